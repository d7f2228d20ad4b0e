"""What somebody who is typing may mean: completions and spellings, in well under a frame.

Out of the catalogue (brands, categories, values, titles) and out of what was asked before, but
only what several shoppers asked: what one person typed is nobody else's business.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process

from sayfind.catalog.product import Product
from sayfind.catalog.speakable import title_head
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.feedback.log import EventLog
from sayfind.text.normalise import has_han
from sayfind.types import Action

__all__ = ["ASKED", "PRODUCT", "Phrase", "Suggester", "asked_often"]

ASKED, PRODUCT = "query", "product"
_SHOPPERS = 3  # that must have asked something before it is suggested to others
_ASKED_WEIGHT = 20.0  # of one who asked, in products that have a value
_ALIKE = 70.0  # least likeness of a misspelt word, of 100
_SHORT = 3  # characters under which nothing is taken for misspelt
_INSIDE = 0.2  # of the weight, where a phrase holds what was typed and does not begin with it
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something to suggest: ``kind`` is a field, ``query`` or ``product``; ``weight`` ranks it."""

    text: str
    kind: str
    weight: float


class Suggester:
    """Completes what is typed; safe to share between threads."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        """Prepare phrases; of those that read alike, the heaviest stays."""
        best: dict[str, Phrase] = {}
        for phrase in phrases:
            key = _key(phrase.text)
            if key and (key not in best or best[key].weight < phrase.weight):
                best[key] = phrase
        self._phrases = list(best.values())
        entries = [
            (key[start:], start > 0, number)
            for number, key in enumerate(best)
            for start in _starts(key)
        ]
        entries.sort()
        self._keys = [key for key, _, _ in entries]
        self._places = [(number, inside) for _, inside, number in entries]
        self._words = sorted({word for key in best for word in key.split() if len(word) > 2})
        self.complete = lru_cache(4096)(self._complete)

    @classmethod
    def of(cls, shop: Any, asked: Mapping[str, int] | None = None) -> Suggester:
        """The suggestions of a shop, of which anything may be missing."""
        vocabulary: Vocabulary = getattr(shop, "vocabulary", Vocabulary())
        products: Mapping[str, Product] = getattr(shop, "products", {})
        queries = {**dict.fromkeys(shop.examples, _SHOPPERS), **(asked or {})}
        return cls(
            [
                *(
                    Phrase(form, e.field, float(e.count))
                    for e in vocabulary.entries
                    for form in (e.value, *filter(has_han, e.forms))
                    if e.field in ("brand", "category") or len(form) >= _SHORT or has_han(form)
                ),
                *(Phrase(title_head(p.title), PRODUCT, 1.0) for p in products.values()),
                *(Phrase(text, ASKED, _ASKED_WEIGHT * count) for text, count in queries.items()),
            ]
        )

    def suggest(self, typed: str, k: int = 8) -> tuple[str, tuple[Phrase, ...]]:
        """At most ``k`` phrases, likeliest first, and the spelling that they are of.

        The spelling is what was typed, unless nothing begins like that.
        """
        key = _key(typed)
        if not key:
            return key, ()
        spelt = key
        if not (found := self.complete(key, k)):
            spelt = self._spelt(key)
            found = self.complete(spelt, k) or self._continued(spelt, k)
        return spelt, found

    def _continued(self, key: str, k: int) -> tuple[Phrase, ...]:
        """Completions of as many of the last words as have any, behind the words before them."""
        words = key.split()
        for first in range(1, len(words)):
            before, last = words[:first], " ".join(words[first:])
            if found := [p for p in self.complete(last, 4 * k) if p.kind not in (ASKED, PRODUCT)]:
                return tuple(replace(p, text=" ".join([*before, p.text])) for p in found[:k])
        return ()

    def _complete(self, key: str, k: int) -> tuple[Phrase, ...]:
        first = bisect_left(self._keys, key)
        last = bisect_left(self._keys, key + _LAST, lo=first)
        weights: dict[int, float] = {}
        for number, inside in self._places[first:last]:
            weight = self._phrases[number].weight * (_INSIDE if inside else 1.0)
            weights[number] = max(weight, weights.get(number, 0.0))
        best = heapq.nlargest(k, weights, key=lambda number: (weights[number], -number))
        return tuple(self._phrases[number] for number in best)

    def _spelt(self, key: str) -> str:
        """The same with each word that is not known as the one it is likest to.

        The last word may be the beginning of a known one.
        """
        *words, last = key.split()
        at = bisect_left(self._words, last)
        begun = self._words[at : at + 1] and self._words[at].startswith(last)
        return " ".join([*map(self._known, words), last if begun else self._known(last)])

    def _known(self, word: str) -> str:
        at = bisect_left(self._words, word)
        if len(word) < _SHORT or self._words[at : at + 1] == [word]:
            return word
        found = process.extractOne(word, self._words, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        return found[0] if found else word


def asked_often(log: EventLog | None) -> dict[str, int]:
    """What several shoppers asked, and how many of them."""
    who: defaultdict[str, set[str]] = defaultdict(set)
    for _, event in log.read() if log is not None else ():
        if event.action is Action.ASKED and event.text:
            who[_key(event.text)].add(event.session)
    return {text: len(people) for text, people in who.items() if len(people) >= _SHOPPERS}


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _starts(key: str) -> Sequence[int]:
    """Where one may begin to type a phrase: at its words, at any character of a Chinese one."""
    if has_han(key):
        return range(len(key))
    return [0, *(at + 1 for at, character in enumerate(key) if character == " ")]
