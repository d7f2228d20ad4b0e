"""Repairs names that were misheard or misspelled, from a closed set, or says why not.

Only a stretch that the shop does not know is looked at. It is changed if one name of the shop is
near enough by sound (typed text: by sound and spelling), and clearly nearer than the next. Numbers
and negations stay. What was considered and refused is reported with the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sayfind.correction.apply import apply, did_you_mean, join
from sayfind.correction.locks import lock_signature
from sayfind.correction.reasons import EVERYDAY, FARTHER, SAME_LETTERS, SCRIPT, TIED, TOO_FAR
from sayfind.correction.stretches import (
    doubt,
    foreign_stretches,
    han_stretches,
    latin_stretches,
    lock_refusal,
    sound_of,
)
from sayfind.correction.targets import Near, Targets, compact
from sayfind.correction.tokens import Token, read_tokens
from sayfind.text.phone_set import atoms
from sayfind.text.stem import stem
from sayfind.types import Audio, Change, NBest

__all__ = ["PhoneticConfig", "PhoneticCorrector", "did_you_mean"]

_SOURCE = "phonetic"
_NEAREST = 8  # targets looked at for one stretch


@dataclass(frozen=True, slots=True)
class PhoneticConfig:
    """How sure the corrector must be; distances are in [0, 1], 0 is the same.

    ``strength`` scales every limit: 0 turns correction off. ``max_spoken`` is the most that the
    sound of a name may differ from what was heard, ``max_typed`` the most that sound and spelling
    may differ on average, ``max_homophone`` the most for Chinese characters of the same syllables.
    Everyday words need ``max_everyday`` when spoken (one that was typed stays). ``margin`` is by
    how much the next name must be farther, ``homophone_margin`` the same among Chinese homophones.
    A known word swallowed into a longer name costs ``known_word``. A stretch has at most
    ``max_words`` words (typed: at most two) or ``max_characters`` Chinese characters, and at most
    ``max_stretches`` are looked up. Names not taken are reported up to ``max_offered``. Sounds of
    fewer than ``full_length`` atoms must be nearer in proportion.
    """

    strength: float = 1.0
    max_spoken: float = 0.16
    max_typed: float = 0.17
    max_homophone: float = 0.05
    max_everyday: float = 0.05
    max_offered: float = 0.22
    margin: float = 0.03
    homophone_margin: float = 0.008
    known_word: float = 0.05
    full_length: int = 5
    max_words: int = 3
    max_characters: int = 6
    max_stretches: int = 6

    def __post_init__(self) -> None:
        limits = (self.strength, self.max_spoken, self.max_typed, self.max_homophone,
                  self.max_everyday, self.max_offered, self.margin, self.homophone_margin,
                  self.known_word)  # fmt: skip
        if not all(0.0 <= limit <= 1.0 for limit in limits):
            raise ValueError("strength, distances and margins lie between 0 and 1")
        counts = (self.full_length, self.max_words, self.max_characters, self.max_stretches)
        if min(counts) < 1:
            raise ValueError("full_length, max_words, max_characters, max_stretches are at least 1")


@dataclass(frozen=True, slots=True)
class _Question:
    """A stretch, the distance of each target found for it, and what a change must satisfy."""

    stretch: list[Token]
    totals: dict[int, float]
    limit: float
    margin: float
    refusal: str


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What was decided about one stretch; ``rank`` orders verdicts that overlap, lower first."""

    change: Change
    rank: float
    rivals: tuple[Change, ...] = ()


class PhoneticCorrector:
    """Implements ``sayfind.stages.Corrector`` over the shop's phrases and words.

    ``phrases`` are names and terms in the form they should have in the text, ``known_words`` all
    other words that products are described with, ``counts`` how often each phrase occurs.
    """

    def __init__(
        self,
        phrases: Sequence[str],
        known_words: Collection[str] = (),
        config: PhoneticConfig | None = None,
        counts: Sequence[float] = (),
    ) -> None:
        self.config = config or PhoneticConfig()
        self._targets = Targets.build(phrases, known_words, counts)

    @classmethod
    def open(cls, folder: Path, config: PhoneticConfig | None = None) -> PhoneticCorrector:
        """A corrector from what ``save`` wrote.

        Raises:
            ShopError: a file is missing, damaged, or written by another version.
        """
        corrector = cls.__new__(cls)
        corrector.config = config or PhoneticConfig()
        corrector._targets = Targets.open(folder)
        return corrector

    def extended(self, phrases: Sequence[str], words: Collection[str]) -> PhoneticCorrector:
        """The same with more names to correct to, and more words that are known."""
        corrector = PhoneticCorrector.__new__(PhoneticCorrector)
        corrector.config = self.config
        corrector._targets = self._targets.extended(phrases, words)
        return corrector

    @property
    def targets(self) -> Targets:
        """The closed set that corrections come from."""
        return self._targets

    def save(self, folder: Path) -> None:
        """Write the closed set into a folder of its own."""
        self._targets.save(folder)

    def correct(self, n_best: NBest, audio: Audio | None) -> tuple[NBest, tuple[Change, ...]]:
        """The readings, with a corrected one before its source where a change was taken.

        Also every decision. The uncorrected reading stays as an alternative.
        ``scores["corrector"]`` is the log of how sure the corrector is of the one and the other.
        """
        if not n_best:
            return n_best, ()
        first = n_best.hypotheses[0]
        typed = audio is None and "acoustic" not in first.scores
        changes = self.changes(first.text, typed)
        taken = [change for change in changes if change.accepted]
        if not taken:
            return n_best, changes
        return join(n_best, taken), changes

    def changes(self, text: str, typed: bool) -> tuple[Change, ...]:
        """Every change to a text that was taken or considered, in the order of the text."""
        if not self.config.strength:
            return ()
        tokens = read_tokens(text, self._targets.knows)
        if not any(token.doubtful for token in tokens):
            return ()
        verdicts = [*self._latin(text, tokens, typed), *self._han(text, tokens)]
        kept = _settle(verdicts)
        taken = [v.change for v in kept if v.change.accepted]
        if taken and lock_signature(apply(text, taken)) != lock_signature(text):
            why = "refused: number is locked"
            return tuple(replace(change, accepted=False, reason=why) for change in taken)
        found = [change for v in kept for change in (v.change, *v.rivals)]
        return tuple(sorted(found, key=lambda c: (c.start, c.end, not c.accepted)))

    def _latin(self, text: str, tokens: list[Token], typed: bool) -> Iterator[_Verdict]:
        looked_up = 0
        longest = min(2, self.config.max_words) if typed else self.config.max_words
        for first, last in latin_stretches(text, tokens, longest):
            stretch = tokens[first:last]
            everyday = all(t.real for t in stretch if t.doubtful)
            form = compact(text[stretch[0].start : stretch[-1].end])
            sound = sound_of(stretch)
            found = [] if any(t.lock for t in stretch) else self._targets.same_letters(sound, form)
            if not found and not (typed and everyday and len(stretch) == 1):
                if looked_up == self.config.max_stretches:
                    continue
                looked_up += 1
                found = self._targets.near_sound(sound, form, _NEAREST)
                if typed and len(stretch) == 1:
                    found += self._targets.near_spelling(sound, form, _NEAREST)
            if found:
                yield from self._judge_latin(text, stretch, found, typed)

    def _judge_latin(
        self, text: str, stretch: list[Token], found: list[Near], typed: bool
    ) -> Iterator[_Verdict]:
        everyday = all(t.real for t in stretch if t.doubtful)
        extra = self.config.known_word * sum(not t.doubtful for t in stretch)
        limit = self.config.max_typed if typed else self.config.max_spoken
        if everyday:
            limit = self.config.max_everyday
        size = max(len(atoms(sound_of(stretch))), typed * sum(len(t.text) for t in stretch))
        limit *= self.config.strength * min(1.0, size / self.config.full_length)
        # Letters already agree where only the spaces differ: nothing is far about that.
        form = compact(text[stretch[0].start : stretch[-1].end])
        totals = {
            near.target: (0.0 if not near.spelling else extra + self._total(near, form, typed))
            for near in found
        }
        question = _Question(stretch, totals, limit, self.config.margin, lock_refusal(stretch))
        yield from self._judge(text, question, found)

    def _han(self, text: str, tokens: list[Token]) -> Iterator[_Verdict]:
        config = self.config
        for first, last in han_stretches(tokens, config.max_characters):
            stretch = tokens[first:last]
            form = text[stretch[0].start : stretch[-1].end]
            if found := self._targets.homophones(sound_of(stretch), form):
                refusal = lock_refusal(stretch) or doubt(tokens, first, last, found)
                totals = {near.target: near.sound for near in found}
                # Two syllables say little: a slip of the tone is all that they are allowed.
                limit = config.max_homophone * config.strength * (0.4 if len(stretch) == 2 else 1.0)
                question = _Question(stretch, totals, limit, config.homophone_margin, refusal)
                yield from self._judge(text, question, found)
        for stretch in foreign_stretches(tokens, config.max_characters):
            form = text[stretch[0].start : stretch[-1].end]
            near = self._targets.near_sound(sound_of(stretch), form, _NEAREST)
            found = [each for each in near if not self._targets.is_han(each.target)]
            totals = {each.target: each.sound for each in found}
            yield from self._judge(text, _Question(stretch, totals, 0.0, 0.0, SCRIPT), found)

    def _judge(self, text: str, question: _Question, found: list[Near]) -> Iterator[_Verdict]:
        """The verdict on the nearest target, if there is one worth a word."""
        stretch, totals, limit = question.stretch, question.totals, question.limit
        ordered = sorted(
            {near.target: near for near in found}.values(),
            key=lambda near: (totals[near.target], -self._targets.counts[near.target], near.target),
        )
        start, end = stretch[0].start, stretch[-1].end
        offered = max(limit, self.config.max_offered * self.config.strength)
        if not ordered or totals[ordered[0].target] > offered:
            return
        best = ordered[0]
        if self._targets.texts[best.target] == text[start:end]:
            return
        rivals = [near for near in ordered[1:] if self._is_rival(best, near)]
        lead = totals[rivals[0].target] - totals[best.target] if rivals else 1.0
        tied = lead < question.margin and not self._is_commoner(best, rivals[0])
        refusal = question.refusal or self._refusal(
            stretch, best, totals[best.target] - limit, tied
        )

        def change(near: Near, accepted: bool, reason: str) -> Change:
            scores = {"distance": totals[near.target], "limit": limit, "sound": near.sound,
                      "spelling": near.spelling, "lead": lead}  # fmt: skip
            after = self._targets.texts[near.target]
            return Change(text[start:end], after, start, end, accepted, reason, scores, _SOURCE)

        reason = _reason(best, totals[best.target])
        others = [near for near in rivals[:2] if totals[near.target] <= limit + question.margin]
        why = TIED if tied else FARTHER
        named = [change(near, False, why) for near in others if not refusal or refusal == TIED]
        covered = sum(token.doubtful for token in stretch)
        rank = totals[best.target] - 0.05 * covered + (1.0 if refusal else 0.0)
        yield _Verdict(change(best, not refusal, refusal or reason), rank, tuple(named))

    def _refusal(self, stretch: list[Token], best: Near, excess: float, tied: bool) -> str:
        """Why a change is not made; empty if it is. ``excess`` is distance over the limit."""
        if excess > 0:
            return EVERYDAY if all(t.real for t in stretch if t.doubtful) else TOO_FAR
        if self._targets.is_han(best.target) != any(token.han for token in stretch):
            return SCRIPT
        return TIED if tied else ""

    def _total(self, near: Near, form: str, typed: bool) -> float:
        """One distance from sound and spelling.

        A slip of one key can wreck the sound of a word; if its first letter and length speak for
        it, the spelling alone is believed too.
        """
        if not typed:
            return near.sound
        target = self._targets.forms[near.target]
        mean = (near.sound + near.spelling) / 2
        slips = round(near.spelling * max(len(form), len(target)))
        if slips == 1 and len(form) >= 5 and form[0] == target[0]:
            return min(mean, 0.6 * near.spelling + 0.05)
        return mean

    def _is_rival(self, best: Near, other: Near) -> bool:
        """Whether a target is another thing than the best, not another form of it."""
        mine, theirs = self._targets.forms[best.target], self._targets.forms[other.target]
        if self._targets.is_han(best.target) != self._targets.is_han(other.target):
            return False
        return mine != theirs and stem(mine) != stem(theirs)

    def _is_commoner(self, best: Near, rival: Near) -> bool:
        """Whether the best is at least as near and ten times as frequent."""
        counts = self._targets.counts
        return counts[best.target] >= 10 * max(counts[rival.target], 1.0)


def _reason(near: Near, total: float) -> str:
    if near.spelling == 0.0:
        return SAME_LETTERS
    return "nearest by sound" if total == near.sound else "nearest by sound and spelling"


def _settle(verdicts: list[_Verdict]) -> list[_Verdict]:
    """The best verdict wherever several overlap."""
    kept: list[_Verdict] = []
    for verdict in sorted(verdicts, key=lambda v: (v.rank, v.change.start, v.change.end)):
        change = verdict.change
        if all(change.end <= k.change.start or k.change.end <= change.start for k in kept):
            kept.append(verdict)
    return kept
