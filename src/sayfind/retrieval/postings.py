"""BM25F postings in compressed sparse rows: for each term, the products that hold it.

A posting's weight is complete (Robertson & Zaragoza 2009, section 3.6), so that searching is
adding: weight = idf * tf / (k1 + tf), where tf sums over the fields the field's weight times the
term's count, divided by the field's length normalisation.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sayfind.retrieval.config import FIELDS, LexicalConfig

__all__ = ["MAX_EXPANSIONS", "MIN_PREFIX", "Postings", "build_postings"]

MIN_PREFIX = 3
MAX_EXPANSIONS = 8


@dataclass(frozen=True)
class Postings:
    """The inverted index.

    The products of term ``t`` are ``products[starts[t]:starts[t + 1]]``; ``weights`` and
    ``fields`` (bit ``i`` is set where field ``i`` holds the term) run parallel. ``titles`` holds
    all titles' terms one after another, those of product ``p`` from ``title_starts[p]`` on, with
    a -1 after each title.
    """

    terms: Mapping[str, int]
    idf: NDArray[np.float32]
    starts: NDArray[np.int64]
    products: NDArray[np.int32]
    weights: NDArray[np.float32]
    fields: NDArray[np.uint8]
    titles: NDArray[np.int32]
    title_starts: NDArray[np.int64]

    def of(self, term: int) -> slice:
        """Where a term's postings lie."""
        return slice(int(self.starts[term]), int(self.starts[term + 1]))

    @cached_property
    def _names(self) -> list[str]:
        return sorted(self.terms)

    @cached_property
    def _name_of(self) -> list[str]:
        return list(self.terms)

    def name_of(self, number: int) -> str:
        """The term with a number."""
        return self._name_of[number]

    def resolve(self, term: str) -> tuple[int, ...]:
        """The term's number; of a term no product holds, the commonest that begin with it."""
        if term in self.terms:
            return (self.terms[term],)
        if len(term) < MIN_PREFIX:
            return ()
        first = bisect_left(self._names, term)
        last = bisect_left(self._names, term + "\U0010ffff", first)
        found = [self.terms[name] for name in self._names[first:last]]
        return tuple(sorted(found, key=lambda number: float(self.idf[number]))[:MAX_EXPANSIONS])

    def any_of(self, numbers: Sequence[int]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The products that hold one of the terms, and the weight of the weightiest."""
        if len(numbers) == 1:
            span = self.of(numbers[0])
            return self.products[span], self.weights[span]
        spans = [self.of(number) for number in numbers]
        products = np.concatenate([self.products[span] for span in spans])
        weights = np.concatenate([self.weights[span] for span in spans])
        order = np.lexsort((weights, products))
        last = np.flatnonzero(np.diff(products[order], append=-1))
        return products[order[last]], weights[order[last]]

    def fields_of(self, term: int, product: int) -> tuple[str, ...]:
        """The fields of a product that hold a term."""
        span = self.of(term)
        at = int(np.searchsorted(self.products[span], product)) + span.start
        if at >= span.stop or self.products[at] != product:
            return ()
        mask = int(self.fields[at])
        return tuple(name for bit, name in enumerate(FIELDS) if mask >> bit & 1)

    def titled(self, term: int, counting: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The products whose titles hold a term at a place that counts."""
        at = np.flatnonzero((self.titles == term) & counting)
        return np.searchsorted(self.title_starts, at, side="right") - 1

    def adjacent(self, first: int, second: int) -> NDArray[np.int64]:
        """The products in whose titles one term directly follows another."""
        titles = self.titles
        at = np.flatnonzero((titles[:-1] == first) & (titles[1:] == second))
        return np.searchsorted(self.title_starts, at, side="right") - 1


def build_postings(documents: Iterable[Sequence[Sequence[str]]], config: LexicalConfig) -> Postings:
    """Postings of products given as the terms of each of ``FIELDS``."""
    ids: defaultdict[str, int] = defaultdict()
    ids.default_factory = ids.__len__
    flat: list[int] = []
    lengths: list[int] = []
    titles: list[int] = []
    title_starts: list[int] = []
    for fields in documents:
        title_starts.append(len(titles))
        for number, terms in enumerate(fields):
            known = [ids[term] for term in terms]
            flat += known
            lengths.append(len(known))
            if number == 0:
                titles += [*known, -1]
    sizes = np.array(lengths, dtype=np.int64).reshape(-1, len(FIELDS))
    return _assemble(
        dict(ids), np.array(flat, dtype=np.int64), sizes, (titles, title_starts), config
    )


def _assemble(
    ids: dict[str, int],
    flat: NDArray[np.int64],
    sizes: NDArray[np.int64],
    titles: tuple[list[int], list[int]],
    config: LexicalConfig,
) -> Postings:
    count, width = len(sizes), len(FIELDS)
    place = np.repeat(np.arange(sizes.size), sizes.ravel())
    packed, repeats = np.unique(flat * sizes.size + place, return_counts=True)
    term, place = packed // max(sizes.size, 1), packed % max(sizes.size, 1)
    product, field = place // width, place % width
    average = np.maximum(sizes.sum(axis=0) / np.maximum((sizes > 0).sum(axis=0), 1), 1.0)
    norm = 1.0 - config.b + config.b * sizes[product, field] / average[field]
    frequency = np.array(config.field_weights)[field] * repeats / norm
    pairs, first = np.unique(term * max(count, 1) + product, return_index=True)
    total = np.add.reduceat(frequency, first) if len(first) else np.zeros(0)
    bits = np.left_shift(1, field)
    mask = np.add.reduceat(bits, first) if len(first) else np.zeros(0, dtype=np.int64)
    terms = pairs // max(count, 1)
    counts = np.bincount(terms, minlength=len(ids))
    idf = np.log1p((count - counts + 0.5) / (counts + 0.5))
    return Postings(
        terms=ids,
        idf=idf.astype(np.float32),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        products=(pairs % max(count, 1)).astype(np.int32),
        weights=(idf[terms] * total / (config.k1 + total)).astype(np.float32),
        fields=mask.astype(np.uint8),
        titles=np.array(titles[0], dtype=np.int32),
        title_starts=np.array(titles[1], dtype=np.int64),
    )
