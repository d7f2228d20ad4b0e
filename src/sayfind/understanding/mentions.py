"""Mentions: which stretches of a reading name catalogue values, and of which columns.

One stretch may be a value of several columns ("orange", 苹果); each is then an option with its
share, from how many products carry it and from the words around it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from sayfind.catalog.vocabulary import Entry, Vocabulary
from sayfind.text.normalise import normalise
from sayfind.text.units import parse_sizes
from sayfind.understanding.fields import LEADING_HINTS, ROLES, cue_phrases, role_of
from sayfind.understanding.matcher import Match, TokenTrie
from sayfind.understanding.measures import base_quantity, quantity_keys, size_key
from sayfind.understanding.reading import Reading, Span, Token, Way, token_texts
from sayfind.understanding.wording import JOIN, STOP_WORDS

__all__ = ["Catalogue", "Cued", "Mention", "Option"]

_ROLE_WEIGHT = {"category": 1.5, "brand": 1.2, "colour": 1.1}
_CUE_BOOST, _HINT_BOOST = 30.0, 3.0
_WELL_FILLED = 0.3  # share of the products
_BEFORE_VALUE = frozenset("的了买要个款双件台部条只和或与跟有找无")
_AFTER_VALUE = frozenset("的了吗呢吧啊和或与跟有都")
_AFTER_ONE = frozenset("色的款码味号,.和或不也有没吗呢吧 ")
_CUE_BEFORE_GAP = re.compile(r"\s*(?:of|is|in|:|=|#|number|是|为|要)?\s*")
_CUE_AFTER_GAP = re.compile(r"[\s-]*(?:的)?\s*")


@dataclass(frozen=True, slots=True)
class Option:
    """One catalogue value that a stretch may mean, with its relative weight.

    ``trust`` in (0, 1]: lower for a word that only an obscure column knows ("flat" as a cable).
    """

    field: str
    value: str
    weight: float
    trust: float = 1.0
    role: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Tokens ``first`` to ``last`` and characters ``start`` to ``end`` name one of the options.

    ``fit`` in (0, 1]: lower where a Chinese word would be cut. ``weak``: too short to count
    without a word such as "size" beside it. ``cues``: those words. ``rewritten``: the catalogue
    writes its numbers or units in another way.
    """

    first: int
    last: int
    start: int
    end: int
    options: tuple[Option, ...]
    cost: int = 0
    fit: float = 1.0
    weak: bool = False
    cues: tuple[Span, ...] = ()
    rewritten: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(option.role for option in self.options)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(option.field for option in self.options)


@dataclass(frozen=True, slots=True)
class Cued:
    """A word that announces columns: "size", 码."""

    start: int
    end: int
    fields: frozenset[str]


class Catalogue:
    """The closed set of values, compiled for matching."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._entries: list[Entry] = list(vocabulary.entries)
        self.roles = {entry.field: role_of(entry.field) for entry in self._entries}
        self._trust = _trust(vocabulary, self.roles)
        self._values, self._cues = TokenTrie(), TokenTrie()
        self.measures: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for i, entry in enumerate(self._entries):
            self._add(i, entry)
        self._cue_fields: list[frozenset[str]] = []
        for phrase, fields in cue_phrases(self.roles).items():
            self._cues.add([token.text for token in Reading(phrase).tokens], len(self._cue_fields))
            self._cue_fields.append(fields)

    def mentions(self, reading: Reading) -> list[Mention]:
        """Every stretch that names a value, overlapping ones included."""
        cues = self.cues(reading)
        found = []
        matches = self._values.matches(reading)
        boundaries = _boundaries(reading, matches)
        for match in matches:
            mention = self._mention(match, reading, boundaries)
            if mention is not None:
                mention = _with_cues(mention, cues, reading.text)
                found.append(self._with_hint(mention, reading.text))
        return [m if not m.weak else _joined(m, found, reading.text) for m in found]

    def cues(self, reading: Reading) -> list[Cued]:
        """Words that announce a column."""
        tokens = reading.tokens
        return [
            Cued(
                tokens[m.first].start,
                tokens[m.last - 1].end,
                frozenset().union(*(self._cue_fields[p] for p in m.payloads)),
            )
            for m in self._cues.matches(reading)
        ]

    def _add(self, i: int, entry: Entry) -> None:
        own = normalise(entry.value)  # 42 counts beside 码, though only "size 42" is a form
        for form in {*entry.forms, *([own] if own.isdigit() or not entry.forms else [])}:
            raw = token_texts(form)
            self._values.add(raw, i)
            if "'s" in form:
                self._values.add(token_texts(form.replace("'s", "")), i)
            if len(raw) == 2 and form.isascii() and "".join(raw).isalpha():
                self._values.add(["".join(raw)], i)
            if self.roles[entry.field] == "size":
                for size in parse_sizes(f"size {form}"):
                    if size.end == len(form) + 5:
                        self._values.add([size_key(size.label)], i)
            reading = Reading(form)
            if reading.numbers:
                self._add_rewritten(i, entry, reading)

    def _add_rewritten(self, i: int, entry: Entry, reading: Reading) -> None:
        """The form with its numbers in digits, and with its quantities in base units."""
        if any(number.spoken for number in reading.numbers):
            self._values.add(reading.path(Way.NUMBER), i)
        quantities = reading.quantities
        if not quantities:
            return
        self._values.add(reading.path(Way.QUANTITY), i)
        if sum(q.end - q.start for q in quantities) < 0.6 * len(reading.text):
            return
        kind = base_quantity(quantities[0].value, quantities[0].unit)[0]
        self.measures[kind][entry.field] += entry.count + 1
        for quantity in quantities if len(quantities) > 1 else ():
            # '43.2 cm (17")' may be asked for in either unit.
            self._values.add(quantity_keys(quantity.value, quantity.unit)[:1], i)

    def _mention(self, match: Match, reading: Reading, boundaries: _Boundaries) -> Mention | None:
        tokens = reading.tokens[match.first : match.last]
        start, end = tokens[0].start, tokens[-1].end
        best: dict[str, Entry] = {}
        for payload in match.payloads:
            entry = self._entries[payload]
            if entry.field not in best or entry.count > best[entry.field].count:
                best[entry.field] = entry
        fit = _fit(reading, match, boundaries)
        if fit == 0:
            return None
        options = tuple(self._option(entry, match.last - match.first) for entry in best.values())
        weak = match.cost < Way.QUANTITY and _is_weak(reading, tokens)
        said = reading.text[start:end]
        counted = any(n.start < end and start < n.end for n in reading.numbers)
        rewritten = match.cost >= Way.NUMBER or (
            counted and all(said not in entry.forms for entry in best.values())
        )
        mention = Mention(match.first, match.last, start, end, options, match.cost, fit, weak)
        return replace(mention, rewritten=rewritten)

    def _option(self, entry: Entry, words: int) -> Option:
        doubt = (1 - self._trust[entry.field]) ** words
        trust = 1.0 if entry.value == "yes" else 1 - doubt
        weight = (entry.count + 1) * _ROLE_WEIGHT.get(self.roles[entry.field], 1.0) * trust
        return Option(entry.field, entry.value, weight, trust, self.roles[entry.field])

    def _with_hint(self, mention: Mention, text: str) -> Mention:
        before = text[max(0, mention.start - 12) : mention.start].split()
        roles = LEADING_HINTS.get(before[-1], ()) if before else ()
        if not roles or len(mention.options) < 2:
            return mention
        options = tuple(
            replace(o, weight=o.weight * (_HINT_BOOST if self.roles[o.field] in roles else 1))
            for o in mention.options
        )
        return replace(mention, options=options)


def _trust(vocabulary: Vocabulary, roles: dict[str, str]) -> dict[str, float]:
    """How far a single word is believed to mean each column: much if most products fill it."""
    trust = {}
    for name in vocabulary.fields:
        filled = sum(entry.count for entry in vocabulary.entries_of(name))
        share = filled / vocabulary.num_products if vocabulary.num_products else 1.0
        trust[name] = 1.0 if roles[name] in ROLES else min(1.0, max(0.25, share / _WELL_FILLED))
    return trust


def _is_weak(reading: Reading, tokens: Sequence[Token]) -> bool:
    """A bare number, one letter or a function word is hardly a value."""
    start, end = tokens[0].start, tokens[-1].end
    if any(number.start <= start and end <= number.end for number in reading.numbers):
        return True
    text = tokens[0].text
    return len(tokens) == 1 and not tokens[0].han and (len(text) == 1 or text in STOP_WORDS)


@dataclass(frozen=True, slots=True)
class _Boundaries:
    """Where Chinese words part, and where values of two characters and more begin."""

    offsets: Set[int]
    value_starts: Set[int]


def _boundaries(reading: Reading, matches: Sequence[Match]) -> _Boundaries:
    """As segmented, where one value ends and another begins, and beside particles."""
    if not reading.han_boundaries:
        return _Boundaries(frozenset(), frozenset())
    long = [m for m in matches if m.last - m.first > 1 or not reading.tokens[m.first].han]
    starts = {reading.tokens[m.first].start for m in long}
    ends = {reading.tokens[m.last - 1].end for m in long}
    beside = {at for at in starts if reading.text[at - 1 : at] in _BEFORE_VALUE}
    beside |= {at for at in ends if reading.text[at : at + 1] in _AFTER_VALUE}
    return _Boundaries(reading.han_boundaries | (ends & starts) | beside, starts)


def _fit(reading: Reading, match: Match, boundaries: _Boundaries) -> float:
    """1 where the stretch begins and ends at words, 0 where it cannot be a value here."""
    head, tail = reading.tokens[match.first], reading.tokens[match.last - 1]
    if not (head.han or tail.han):
        return 1.0
    begins = not head.han or head.start in boundaries.offsets
    ends = not tail.han or tail.end in boundaries.offsets
    length = match.last - match.first
    if length == 1:  # 红 in 红连衣裙 and 红的, not in 红酒杯
        follows = reading.text[tail.end : tail.end + 1]
        alone = not follows or follows in _AFTER_ONE or tail.end in boundaries.value_starts
        return 1.0 if begins and alone else 0.0
    if begins and ends:
        return 1.0
    return 0.8 if begins or ends else 0.5 if length > 2 else 0.0


def _with_cues(mention: Mention, cues: Sequence[Cued], text: str) -> Mention:
    """The mention with adjoining cue words taken in and their columns made likelier."""
    boosted = list(mention.options)
    taken = []
    for cue in cues:
        if cue.end <= mention.start:
            gap, pattern = text[cue.end : mention.start], _CUE_BEFORE_GAP
        elif cue.start >= mention.end:
            gap, pattern = text[mention.end : cue.start], _CUE_AFTER_GAP
        else:
            continue
        if len(gap) > 10 or not pattern.fullmatch(gap) or not cue.fields & set(mention.fields):
            continue
        taken.append(Span(cue.start, cue.end))
        boosted = [
            replace(o, weight=o.weight * _CUE_BOOST, trust=1.0) if o.field in cue.fields else o
            for o in boosted
        ]
    if not taken:
        return mention
    return replace(mention, options=tuple(boosted), cues=tuple(taken), weak=False)


def _joined(mention: Mention, others: Sequence[Mention], text: str) -> Mention:
    """A short value counts where it is joined to one that was announced: "size 8 or 9"."""
    for other in others:
        if not (other.cues and other.end <= mention.start):
            continue
        between = text[max(other.end, other.cues[-1].end) : mention.start]
        if JOIN.fullmatch(between) and set(other.fields) & set(mention.fields):
            return replace(mention, weak=False)
    return mention
