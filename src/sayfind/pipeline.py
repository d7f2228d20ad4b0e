"""From a voice (or a keyboard) to products: the one place that walks through all the rooms."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace

from sayfind.audio.vad import SileroVad
from sayfind.catalog.phrases import catalogue_phrases, chinese_phrases
from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.correction.locks import lock_signature
from sayfind.correction.phonetic import PhoneticCorrector, did_you_mean
from sayfind.correction.writing import as_written
from sayfind.correctors import open_corrector, scorer_of
from sayfind.decoding.result import later
from sayfind.ears import BilingualEars, hurried_ears, open_ears
from sayfind.ears.additions import said_of, with_sentences
from sayfind.ears.speech_judge import SpeechJudge
from sayfind.errors import LanguageError
from sayfind.learnt import Learnt, behaviour_home
from sayfind.recommendation.suggestions import ShopRecommender
from sayfind.retrieval.engines import open_index
from sayfind.retrieval.postings import Postings
from sayfind.retrieval.rules import with_rules
from sayfind.shop import Shop
from sayfind.stages import (
    Corrector,
    Recognizer,
    Recommender,
    Retriever,
    Understander,
    VoiceActivityDetector,
)
from sayfind.text.normalise import has_han
from sayfind.text.tokenise import tokenise
from sayfind.types import (
    Audio,
    Change,
    Clarification,
    Context,
    Hit,
    NBest,
    Query,
    SearchResult,
    Trace,
)
from sayfind.understanding.constraints import ConstraintUnderstander
from sayfind.understanding.dialogue import (
    ClarifyConfig,
    Dialogue,
    ExpectConfig,
    Meaning,
    begun,
    clarification,
)
from sayfind.understanding.dialogue.meanings import meanings
from sayfind.understanding.grammar import WHAT, Grammar, GrammarUnderstander
from sayfind.understanding.intent import IntentReader
from sayfind.understanding.photo import ImageEncoder, LookEncoder, fused
from sayfind.understanding.screen import with_screen
from sayfind.updates import Changes, UpdateLog

__all__ = ["VoiceSearch", "around_speech"]

_NO_PICTURES = "This shop has no pictures to compare a photo with: index it with --images."
_ALIKE = 200  # pictures that count as alike
_SHOWN = 20  # products of an answer that "the last one" may speak of
NOBODY = "I heard a sound, but nobody speaking."

# Seconds of what surrounds the speech that are listened to with it: the recogniser learns the
# noise of the place from them (docs/hearing.md).
_AROUND = 3.0


class Stopwatch:
    """Seconds by stage, in the order in which they ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Book the time since the last lap to a stage."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now


class VoiceSearch:
    """Voice search over one shop. Any stage may be replaced by attribute before the first call."""

    def __init__(self, shop: Shop, learnt: Learnt | None = None) -> None:
        """Open every stage of a shop, with what it has learnt (``Learnt()``: as if nothing)."""
        self.shop = shop
        self.vad: VoiceActivityDetector = SileroVad()
        self.judge = SpeechJudge()
        self._beside = ThreadPoolExecutor(2, "judging")
        ears = open_ears(shop.ears)
        self.recognizer: Recognizer = ears
        self.grammar = shop.grammar()
        self.understander: Understander = _understander(shop.vocabulary, self.grammar)
        self._index = index = open_index(shop.folder, shop.vocabulary)
        self.retriever: Retriever = index
        self._names = PhoneticCorrector.open(shop.folder / "phonetic")
        self.corrector: Corrector = _corrector(shop, index.postings, ears, self._names)
        self.photos = shop.photos()
        self.encoder: ImageEncoder = LookEncoder()
        self.clarify, self.expected = ClarifyConfig(), ExpectConfig()
        self.knowledge = shop.knowledge()
        self.learnt = Learnt.current(behaviour_home(shop.folder)) if learnt is None else learnt
        self.corrector = self.learnt.corrector(self.corrector, lock_signature)
        self.retriever = with_rules(self.learnt.retriever(self.retriever), shop.folder)
        self.recommender: Recommender = ShopRecommender(shop.products, self.learnt.behaviour)
        log = UpdateLog(shop.folder)
        self.built, (changes, self.updated_to) = log.built(), log.read()
        if changes:
            vars(self).update(vars(self.changed(changes, self.updated_to)))

    def changed(self, changes: Changes, updated_to: int) -> VoiceSearch:
        """A pipeline that finds, hears and corrects to what is in the shop after some changes.

        This one stays as it is. ``updated_to`` is the place after them in the shop's log.

        Raises:
            ShopError: an older sayfind built the shop.
        """
        again, known = copy(self), self.shop.products
        again.updated_to = updated_to
        new = [p for p in changes.put if p.id not in known or not _sounds_alike(p, known[p.id])]
        vocabulary = self.shop.vocabulary.extended(new)
        products = changes.applied(known)
        again.shop = replace(self.shop, products=products, vocabulary=vocabulary)
        again._index = self._index.changed(changes.put, changes.removed, vocabulary)
        again.retriever = with_rules(self.learnt.retriever(again._index), self.shop.folder)
        again.recommender = ShopRecommender(products, self.learnt.behaviour)
        if vocabulary is not self.shop.vocabulary:
            again.understander = _understander(vocabulary, self.grammar)
            again.knowledge = again.shop.knowledge()
        if new and isinstance(self.recognizer, BilingualEars):
            english, mandarin = said_of(new)
            again.recognizer = with_sentences(self.recognizer, english, mandarin)
            names = [name for name, _ in catalogue_phrases(new, Vocabulary.from_products(new))]
            names += [name for name, _ in chinese_phrases(vocabulary)]
            words = {
                term for product in new for title in product.titles for term in tokenise(title)
            }
            words.update(word for sentence in english for word in sentence)
            again._names = self._names.extended(names, words)
            chain = _corrector(again.shop, again._index.postings, again.recognizer, again._names)
            again.corrector = self.learnt.corrector(chain, lock_signature)
        return again

    def hear(self, audio: Audio, context: Context | None = None) -> Trace:
        """Search by sound (16 kHz mono, as ``load_audio`` gives).

        Raises:
            LanguageError: the shop has no word of the language that is spoken.
        """
        context = context or Context()
        watch = Stopwatch()
        speech = self.vad.speech(audio)
        watch.lap("vad")
        if not speech:
            return self._finish(NBest(), None, context, watch, ())
        judged = self._beside.submit(self.judge.is_speech, audio, speech)
        spoken, start = around_speech(audio, speech)
        within = tuple((first - start, last - start) for first, last in speech)
        try:
            heard = self.recognizer.recognize(spoken, replace(context, speech=within))
        except LanguageError:  # whatever language a noise may sound like
            if judged.result():
                raise
        if not judged.result():
            watch.lap("hear")
            return _nobody(self._finish(NBest(), None, context, watch, speech))
        heard = as_written(later(heard, start))
        watch.lap("hear")
        trace = self._finish(heard, spoken, context, watch, speech)
        unable = getattr(self.recognizer, "notes", ())  # phrases that it could not lean towards
        trace = replace(trace, notes=(*trace.notes, *unable))
        return trace if heard else _nobody(trace)

    def hurried(self) -> VoiceSearch:
        """A twin that shares everything, whose ears search less: for a rush."""
        twin = copy(self)
        if isinstance(self.recognizer, BilingualEars):
            twin.recognizer = hurried_ears(self.recognizer)
        return twin

    def type(self, text: str, context: Context | None = None, *, literal: bool = False) -> Trace:
        """Search by text; ``literal`` searches exactly this, uncorrected."""
        heard = NBest.from_text(text)
        return self._finish(heard, None, context or Context(), Stopwatch(), (), literal)

    def _finish(
        self,
        heard: NBest,
        audio: Audio | None,
        context: Context,
        watch: Stopwatch,
        speech: tuple[tuple[float, float], ...],
        literal: bool = False,
    ) -> Trace:
        changes: tuple[Change, ...] = ()
        dialogue = Dialogue(
            self.understander, self.shop.vocabulary, self.shop.products.get, self.expected
        )
        corrected = heard = dialogue.expect(heard, context) if audio is not None else heard
        plain = literal or dialogue.speaks_of(heard.text, context) or self._is_command(heard.text)
        if heard and not plain:
            corrected, changes = self.corrector.correct(heard, audio)
        watch.lap("correct")
        query = self.understander.understand(corrected)
        contradictions = query.notes
        turn = dialogue.turn(corrected, query, context)
        query, rules = self.knowledge.infer(_as_wished(turn.query, context))
        watch.lap("understand")
        said_all = query.intent is not None and self._rule(query) and not query.terms
        asked_for = with_screen(query, context.screen, self.shop.vocabulary)
        result = SearchResult() if said_all else self.retriever.search(asked_for, context.num_hits)
        result, notes = self._with_photo(result, context, (*contradictions, *turn.notes))
        if (other := self.knowledge.instead(query)) and (not result.total or result.relaxed):
            result = self.retriever.search(other[0], context.num_hits)
            notes, rules = (*notes, other[1]), (*rules, other[1])
        view = turn.state.now if turn.going_on else begun(None, query).now
        result = _focused(result, view.focus, context.num_hits)
        notes = (*notes, *self._reply(query, result))
        shown = tuple(hit.product_id for hit in result.hits[:_SHOWN])
        state = replace(turn.state, now=replace(view, shown=shown))
        asked = None if turn.going_on else self._clarification(query, result)
        watch.lap("find")
        return Trace(
            id=uuid.uuid4().hex,
            heard=heard,
            corrected=corrected,
            changes=changes,
            query=query,
            result=result,
            seconds=watch.seconds,
            speech=speech,
            did_you_mean=_offers(heard, changes),
            notes=notes,
            state=state,
            rules=rules,
            clarify=asked,
        )

    def _with_photo(
        self, result: SearchResult, context: Context, notes: tuple[str, ...]
    ) -> tuple[SearchResult, tuple[str, ...]]:
        """The result with what looks like the shopper's photo first, if there is one."""
        if context.screen.photo is None:
            return result, notes
        if self.photos is None:
            return result, (*notes, _NO_PICTURES)
        alike = self.photos.similar(context.screen.photo, self.encoder, _ALIKE)
        return fused(result, alike, context.num_hits), notes

    def _reply(self, query: Query, result: SearchResult) -> tuple[str, ...]:
        """What the domain says to an intent of its own, the places and things in it by name."""
        if self.grammar is None or query.intent is None or not self._rule(query):
            return ()
        chinese = has_han(query.text)
        slots = dict(query.intent.slots)

        def shown(name: str) -> str:
            said = str(slots[name])
            hits = result.hits if name == WHAT else self._found(said)
            product = self.shop.product(hits[0].product_id) if hits else None
            return product.titles[-1 if chinese else 0] if product else said

        if WHAT in slots and not result.hits:
            nothing = "这里没有“{}”。" if chinese else "Nothing here is called {}."
            return (nothing.format(slots[WHAT]),)
        reply = self.grammar.answer(query.intent, chinese, shown)
        return (reply,) if reply else ()

    def _rule(self, query: Query) -> bool:
        """Whether the intent is one of the domain's own."""
        name = query.intent.name if query.intent else ""
        return self.grammar is not None and self.grammar.rule(name) is not None

    def _is_command(self, text: str) -> bool:
        """Whether the domain's grammar reads a text, and finds what it speaks of as it stands."""
        intent = self.grammar.read(text) if self.grammar else None
        if intent is None:
            return False
        names = [value for name, value in intent.slots if name == WHAT]
        return all(self._found(str(name)) for name in names)

    def _found(self, text: str) -> tuple[Hit, ...]:
        query = self.understander.understand(NBest.from_text(text))
        return self.retriever.search(query, 1).hits

    def _clarification(self, query: Query, result: SearchResult) -> Clarification | None:
        """A question back, where what was found leaves out what else may have been meant."""
        found = []
        for label, probability, other in meanings(query, self.understander, self.clarify.asking):
            answer = self.retriever.search(other, self.clarify.looked_at)
            ids = tuple(hit.product_id for hit in answer.hits)
            found.append(Meaning(label, probability, ids, answer.total))
        shown = [hit.product_id for hit in result.hits]
        return clarification(found, shown, self.clarify)


def _understander(vocabulary: Vocabulary, grammar: Grammar | None) -> Understander:
    plain = ConstraintUnderstander(vocabulary, intents=IntentReader())
    return plain if grammar is None else GrammarUnderstander(grammar, plain)


def _sounds_alike(one: Product, other: Product) -> bool:
    """Whether two products are spoken of by the same words: a price is none."""
    said = ("title", "brand", "category", "attributes", "translations")
    return all(getattr(one, name) == getattr(other, name) for name in said)


def _corrector(
    shop: Shop, postings: Postings, ears: BilingualEars, names: PhoneticCorrector
) -> Corrector:
    """Correction with what the ears know: their language model, and what they heard."""
    model = ears.english.own.model if ears.english else None
    return open_corrector(shop.folder, postings, model, scorer_of(ears), phonetic=names)


def around_speech(audio: Audio, speech: tuple[tuple[float, float], ...]) -> tuple[Audio, float]:
    """What is listened to (the speech and the place around it), and when it starts, in seconds."""
    start = max(0.0, speech[0][0] - _AROUND)
    return audio.window(start, speech[-1][1] + _AROUND), start


def _nobody(trace: Trace) -> Trace:
    """The same, saying that there was a sound and no speech in it."""
    return replace(trace, notes=(*trace.notes, NOBODY))


def _focused(result: SearchResult, focus: str, k: int) -> SearchResult:
    """The result with the product that is spoken of in the first place."""
    if not focus:
        return result
    score = max((hit.score for hit in result.hits), default=0.0)
    chosen = next((hit for hit in result.hits if hit.product_id == focus), Hit(focus, score))
    chosen = replace(chosen, score=score, reasons=("the one you chose", *chosen.reasons))
    others = [hit for hit in result.hits if hit.product_id != focus]
    return replace(result, hits=(chosen, *others)[:k], total=max(1, result.total))


def _offers(heard: NBest, changes: tuple[Change, ...]) -> tuple[str, ...]:
    return tuple(did_you_mean(heard.text, changes)) if heard else ()


def _as_wished(query: Query, context: Context) -> Query:
    """The query less the wishes that the shopper took back, with those chosen by hand."""
    if not (context.removed or context.added):
        return query
    ours = {(c.field, c.value, c.negated) for c in (*context.removed, *context.added)}
    kept = tuple(c for c in query.constraints if (c.field, c.value, c.negated) not in ours)
    return replace(query, constraints=(*kept, *context.added))
