"""What each word of a reading may stand for in the index: the word, or other ways to write it.

A slot is scored as one term, whichever way a product writes it. "ps 4" is also found as "ps4" and
"smart watch" as "smartwatch", and the other way round. A word that no product has is completed,
or else stands for those it may be a slip of (``sayfind.retrieval.near``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sayfind.retrieval.near import NearTerms
from sayfind.retrieval.postings import Postings, rarity

__all__ = ["NAMES", "Slot", "Slots"]

NAMES = 0b111
"""The bits of the fields that name a product: title, brand and category."""

_SHORTEST_PART = 3
_OTHERWISE = 0.5  # what another way to write a word is worth beside the word itself


@dataclass(frozen=True, slots=True)
class Slot:
    """The products that hold a word, ascending, how well (0 to 1), and in which fields.

    ``rarity`` is the slot's inverse document frequency; ``names`` the terms that were found, and
    ``shares`` what each is worth beside the word itself (0 where it stands only in a pair).
    """

    products: NDArray[np.int32]
    values: NDArray[np.float32]
    fields: NDArray[np.uint8]
    rarity: float
    names: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()


class Slots:
    """Makes slots of the terms of readings."""

    def __init__(self, postings: Postings, near: NearTerms) -> None:
        self._postings, self._near = postings, near
        self._count = len(postings.title_starts)

    def of(self, terms: Sequence[str], *, slips: bool = False) -> list[Slot]:
        """One slot for each term; with ``slips`` every word may be a slip of another."""
        joined: list[list[int]] = [[] for _ in terms]
        for place, (first, second) in enumerate(pairwise(terms)):
            number = self._postings.terms.get(first + second)
            if number is not None and not (first.isdigit() and second.isdigit()):
                joined[place].append(number)
                joined[place + 1].append(number)
        return [self._slot(term, others, slips) for term, others in zip(terms, joined, strict=True)]

    def _slot(self, term: str, joined: Sequence[int], slips: bool) -> Slot:
        parts = [self._one(number) for number in self._postings.resolve(term)]
        parts += [self._one(number, _OTHERWISE) for number in joined]
        parts += self._split(term)
        if not parts or slips:
            near = self._near.nearest(term)
            parts += [self._one(number, likeness) for number, likeness in near]
        return _union(parts, self._count)

    def _one(self, number: int, share: float = 1.0) -> Slot:
        postings = self._postings
        span = postings.of(number)
        values = postings.values[span]
        return Slot(
            postings.products[span],
            values if share == 1.0 else values * np.float32(share),
            postings.fields[span],
            rarity(postings.num_products(number), self._count),
            (number,),
            (share,),
        )

    def _split(self, term: str) -> list[Slot]:
        """The products whose titles write a term as two words."""
        if len(term) < 2 * _SHORTEST_PART or not term.isalpha() or not term.isascii():
            return []
        known = self._postings.terms
        for cut in range(_SHORTEST_PART, len(term) - _SHORTEST_PART + 1):
            first, second = known.get(term[:cut]), known.get(term[cut:])
            if first is not None and second is not None:
                together = self._postings.adjacent(first, second)
                if len(together):
                    return [self._of_pair(first, second, together)]
        return []

    def _of_pair(self, first: int, second: int, products: NDArray[np.int32]) -> Slot:
        values = np.zeros(len(products), dtype=np.float32)
        for number in (first, second):
            part = self._one(number)
            values += part.values[np.searchsorted(part.products, products)] * _OTHERWISE / 2
        fields = np.ones(len(products), dtype=np.uint8)
        rare = rarity(len(products), self._count)
        return Slot(products, values, fields, rare, (first, second), (0.0, 0.0))


def _union(parts: Sequence[Slot], count: int) -> Slot:
    """One slot of several: each product with its best value, the rarity that of them all."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        nothing = np.zeros(0, dtype=np.int32)
        return Slot(nothing, nothing.astype(np.float32), nothing.astype(np.uint8), rarity(0, count))
    products = np.concatenate([part.products for part in parts])
    values = np.concatenate([part.values for part in parts])
    fields = np.concatenate([part.fields for part in parts])
    order = np.lexsort((values, products))
    last = order[np.flatnonzero(np.diff(products[order], append=-1))]
    shares: dict[int, float] = {}
    for part in parts:
        for name, share in zip(part.names, part.shares, strict=True):
            shares[name] = max(share, shares.get(name, 0.0))
    names, worth = tuple(shares), tuple(shares.values())
    rare = rarity(len(last), count)
    return Slot(products[last], values[last], fields[last], rare, names, worth)
