"""One reading of an utterance, cut into tokens that matchers can walk.

Latin text is cut into words, Han text into characters, digits into numbers. All offsets are
characters of the *normalised* text. Besides its plain tokens a reading is a lattice: "twelve
ounce" may also be walked as the number 12 followed by "ounce", or as one quantity. The same
lattice is made of the catalogue's values, which is why either way of writing a number matches.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import rjieba

from sayfind.text.normalise import normalise
from sayfind.text.numbers import NumberSpan, number_spans
from sayfind.text.units import parse_quantities, parse_sizes
from sayfind.understanding.measures import base_quantity, quantity_keys, size_key

__all__ = ["HAN", "Edge", "Number", "Quantity", "Reading", "Span", "Token", "Way", "token_texts"]

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(
    rf"[{HAN}]"
    r"|\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
    rf"|(?:(?![{HAN}])[^\W\d_])+(?:'(?:(?![{HAN}])[^\W\d_])+)*"
)
# Cheap tests that spare most texts the grammars of numbers and sizes.
_MAYBE_NUMBER = re.compile(
    r"\d|[零〇一二两兩俩三四五六七八九十百千万萬亿億半]|"
    r"(?<![a-z])(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|"
    r"twent|thirt|fort|fourt|fift|sixt|sevent|eight|ninet|hundred|thousand|million|half|dozen|"
    r"point|nought|naught|oh)"
)
_MAYBE_SIZE = re.compile(r"size|[码号欧美英]|x[sl]|(?<![a-z])(?:eur?|us|uk|fr|it|cn)(?![a-z])")
_MEMORY_SIZES = frozenset([8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0])
_HAN_LAST = re.compile(rf"[{HAN}]$")
_CLAUSE = re.compile(r"[,;.!?\u3002\uff0c\uff1b\uff01\uff1f]")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of characters, end excluded."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or Han character. ``glued``: nothing stands between it and the last one."""

    text: str
    start: int
    end: int
    han: bool
    glued: bool
    clause_before: bool

    @property
    def numeric(self) -> bool:
        return self.text[0].isdigit()

    @property
    def latin(self) -> bool:
        return not self.han and not self.numeric


@dataclass(frozen=True, slots=True)
class Number:
    """A number as said: characters ``start`` to ``end`` mean ``value``; ``spoken`` in words."""

    start: int
    end: int
    value: float
    digits: str
    spoken: bool = False

    def in_code(self, text: str) -> bool:
        """Whether its digits follow a letter: iphone15, dv7."""
        before = text[max(0, self.start - 1) : self.start]
        return before.isalpha() and not _HAN_LAST.match(before) and text[self.start].isdigit()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit: characters ``start`` to ``end``."""

    start: int
    end: int
    value: float
    unit: str


class Way(IntEnum):
    """How an edge reads its tokens; the value is what it costs (a higher way outweighs many)."""

    SAID = 0
    INFLECTED = 1
    NUMBER = 16
    QUANTITY = 256


@dataclass(frozen=True, slots=True)
class Edge:
    """A way to walk from one token to a later one."""

    key: str
    end: int
    way: Way


class Reading:
    """A normalised text with its tokens, numbers, Han word boundaries and lattice."""

    def __init__(self, text: str, max_characters: int = 1000) -> None:
        self.text = normalise(text[: 2 * max_characters])[:max_characters].strip()
        self.tokens = list(_tokens(self.text))

    @cached_property
    def numbers(self) -> list[Number]:
        """Every number in digits or words, in order; none inside a code such as dv7."""
        if not _MAYBE_NUMBER.search(self.text):
            return []
        spans = number_spans(self.text)
        numbers = [Number(s.start, s.end, s.value, s.digits, _spoken(s, self.text)) for s in spans]
        for i, token in enumerate(self.tokens):  # 128gb, 2k and 3-pack begin with one, too
            inside = any(s.start < token.end and token.start < s.end for s in spans)
            if token.numeric and not inside and not self._continues_code(i):
                value = float(token.text)
                numbers.append(Number(token.start, token.end, value, token.text))
        return sorted(numbers, key=lambda number: number.start)

    def _continues_code(self, i: int) -> bool:
        token = self.tokens[i]
        before = self.text[max(0, token.start - 2) : token.start]
        return bool(re.search(r"[^\W\d_][-_/.]?$", before)) and not _HAN_LAST.search(before)

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start for token in self.tokens]

    @cached_property
    def token_at(self) -> dict[int, int]:
        """First character of a token -> its index."""
        return {token.start: i for i, token in enumerate(self.tokens)}

    @cached_property
    def token_to(self) -> dict[int, int]:
        """Character after a token -> its index plus one."""
        return {token.end: i + 1 for i, token in enumerate(self.tokens)}

    @cached_property
    def han_boundaries(self) -> frozenset[int]:
        """Offsets at which a Chinese word begins or ends."""
        if not any(token.han for token in self.tokens):
            return frozenset()
        return frozenset(
            offset for _, start, end in rjieba.tokenize(self.text) for offset in (start, end)
        )

    @cached_property
    def edges(self) -> list[list[Edge]]:
        """For each token the ways to leave it, the shopper's own words first."""
        edges = [[Edge(token.text, i + 1, Way.SAID)] for i, token in enumerate(self.tokens)]
        for i, token in enumerate(self.tokens):
            if token.latin:
                edges[i] += [Edge(key, i + 1, Way.INFLECTED) for key in _variants(token.text)]
                edges[i] += self._joined(i)
        for first, last, key in self._number_edges():
            edges[first].append(Edge(key, last, Way.NUMBER))
        for quantity in self.quantities:
            span = self.tokens_of(Span(quantity.start, quantity.end))
            if span and self.tokens[span.start].start == quantity.start:
                keys = quantity_keys(quantity.value, quantity.unit)
                if quantity.unit == "g" and quantity.value in _MEMORY_SIZES:
                    keys += quantity_keys(quantity.value, "gb")  # 128g is said of phones
                edges[span.start] += [Edge(key, span.stop, Way.QUANTITY) for key in keys]
        for size in parse_sizes(self.text) if _MAYBE_SIZE.search(self.text) else ():
            span = self.tokens_of(Span(size.start, size.end))
            if span:
                edges[span.start].append(Edge(size_key(size.label), span.stop, Way.QUANTITY))
        return edges

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Every number with a unit of measure (money is none), in order."""
        if not self.numbers:
            return []
        return [
            Quantity(q.start, q.end, q.value, q.unit)
            for q in parse_quantities(self.text)
            if base_quantity(q.value, q.unit)[0]
        ]

    def path(self, way: Way) -> list[str]:
        """One walk from the first token to the last: as said, or rewritten where it can be."""
        keys, at = [], 0
        while at < len(self.tokens):
            edge = self.edges[at][0]
            for other in self.edges[at][1:]:
                if other.way != Way.INFLECTED and edge.way < other.way <= way:
                    edge = other
            keys.append(edge.key)
            at = edge.end
        return keys

    def tokens_of(self, span: Span) -> range:
        """Indices of the tokens that lie in a stretch of characters."""
        first = bisect_left(self._starts, span.start)
        last = bisect_left(self._starts, span.end)
        if last > first and self.tokens[last - 1].end > span.end:
            last -= 1
        return range(first, max(first, last))

    def _joined(self, i: int) -> list[Edge]:
        if i + 1 < len(self.tokens) and self.tokens[i + 1].latin:
            return [Edge(self.tokens[i].text + self.tokens[i + 1].text, i + 2, Way.INFLECTED)]
        return []

    def _number_edges(self) -> Iterator[tuple[int, int, str]]:
        """First and last token of each number that is not one token of digits already."""
        for number in self.numbers:
            first, last = self.token_at.get(number.start), self.token_to.get(number.end)
            if first is not None and last is not None:
                key = number.digits.rstrip("%")
                if last - first > 1 or key != self.tokens[first].text:
                    yield first, last, key


def _spoken(span: NumberSpan, text: str) -> bool:
    return span.digits != text[span.start : span.end].replace(",", "")


def token_texts(text: str) -> list[str]:
    """The tokens of a normalised text, without their places."""
    return [w.replace(",", "") if w[0].isdigit() else w for w in _TOKEN.findall(text)]


def _tokens(text: str) -> Iterator[Token]:
    end = 0
    for found in _TOKEN.finditer(text):
        gap = text[end : found.start()]
        word = found.group()
        yield Token(
            text=word.replace(",", "") if word[0].isdigit() else word,
            start=found.start(),
            end=found.end(),
            han=bool(_HAN_LAST.match(word)),
            glued=found.start() > 0 and not gap,
            clause_before=bool(gap) and bool(_CLAUSE.search(gap)),
        )
        end = found.end()


def _variants(word: str) -> list[str]:
    """Other spellings under which a catalogue may hold an English word: levi's, levis, levi."""
    plain = word.replace("'", "")
    variants = [plain] if plain != word else []
    if len(plain) > 3 and plain.endswith("s") and not plain.endswith("ss"):
        variants.append(plain[:-1])
        if plain.endswith("es"):
            variants.append(plain[:-2])
        if plain.endswith("ies"):
            variants.append(plain[:-3] + "y")
    return variants
