"""Postings in compressed sparse rows: for each term, the products that hold it, and how well.

A posting's value, in (0, 1], is worked out when the index is built, so that searching is adding
value times rarity. It mixes two opinions: how much all fields together say the term (BM25F,
Robertson & Zaragoza 2009, section 3.6: tf / (k1 + tf), where tf sums over the fields the field's
weight times the term's count, divided by the field's length normalisation), and how much the one
field says it that says it most (a disjunction maximum).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sayfind.retrieval.config import FIELDS, LexicalConfig

__all__ = ["MAX_EXPANSIONS", "MIN_PREFIX", "Postings", "build_postings", "rarity"]

MIN_PREFIX = 3
MAX_EXPANSIONS = 8


@dataclass(frozen=True)
class Postings:
    """The inverted index.

    The products of term ``t`` are ``products[starts[t]:starts[t + 1]]``; ``values`` and
    ``fields`` (bit ``i`` is set where field ``i`` holds the term) run parallel. ``titles`` holds
    all titles' terms one after another, those of product ``p`` from ``title_starts[p]`` on, with
    a -1 after each title. ``averages`` is how many terms each of ``FIELDS`` has, where it has any;
    empty in an index that an older sayfind made.
    """

    terms: Mapping[str, int]
    starts: NDArray[np.int64]
    products: NDArray[np.int32]
    values: NDArray[np.float32]
    fields: NDArray[np.uint8]
    titles: NDArray[np.int32]
    title_starts: NDArray[np.int64]
    averages: NDArray[np.float64]

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
        return tuple(sorted(found, key=self.num_products, reverse=True)[:MAX_EXPANSIONS])

    def num_products(self, term: int) -> int:
        """How many products hold a term."""
        return int(self.starts[term + 1] - self.starts[term])

    def fields_of(self, term: int, product: int) -> tuple[str, ...]:
        """The fields of a product that hold a term."""
        span = self.of(term)
        at = int(np.searchsorted(self.products[span], product)) + span.start
        if at >= span.stop or self.products[at] != product:
            return ()
        mask = int(self.fields[at])
        return tuple(name for bit, name in enumerate(FIELDS) if mask >> bit & 1)

    @cached_property
    def _places(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The places in ``titles`` of every term, by term, and where each term's begin."""
        order = np.argsort(self.titles, kind="stable").astype(np.int32)
        counts = np.bincount(self.titles + 1, minlength=len(self.terms) + 1)
        return order, np.cumsum(counts)

    @cached_property
    def _product_at(self) -> NDArray[np.int32]:
        sizes = np.diff(self.title_starts, append=len(self.titles))
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    def places(self, term: int) -> NDArray[np.int32]:
        """Where in ``titles`` a term stands, in order."""
        order, ends = self._places
        return order[ends[term] : ends[term + 1]]

    def titled(
        self, term: int, marked: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The products whose titles hold a term at a marked place, and those with it at another."""
        at = self.places(term)
        here = marked[at]
        return self._product_at[at[here]], self._product_at[at[~here]]

    def adjacent(self, first: int, second: int) -> NDArray[np.int32]:
        """The products in whose titles one term directly follows another, each once."""
        at = np.intersect1d(self.places(first) + 1, self.places(second), assume_unique=True)
        return np.unique(self._product_at[at])


def rarity(num_products: int, count: int) -> float:
    """The inverse document frequency of what ``num_products`` of ``count`` products hold."""
    return float(np.log1p((count - num_products + 0.5) / (num_products + 0.5)))


def build_postings(
    documents: Iterable[Sequence[Sequence[str]]],
    config: LexicalConfig,
    averages: NDArray[np.float64] | None = None,
) -> Postings:
    """Postings of products given as the terms of each of ``FIELDS``.

    Lengths are normalised by ``averages``, their own if none are given.
    """
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
    if averages is None:
        averages = np.maximum(sizes.sum(axis=0) / np.maximum((sizes > 0).sum(axis=0), 1), 1.0)
    frequency = _Frequencies.of(np.array(flat, dtype=np.int64), sizes, averages, config.b)
    return _assemble(dict(ids), frequency, (titles, title_starts), averages, config)


class _Frequencies(NamedTuple):
    """How often a product's field says a term, by its length; by term, product and field."""

    term: NDArray[np.int64]
    product: NDArray[np.int64]
    field: NDArray[np.int64]
    values: NDArray[np.float64]
    num_products: int

    @classmethod
    def of(
        cls,
        flat: NDArray[np.int64],
        sizes: NDArray[np.int64],
        averages: NDArray[np.float64],
        b: float,
    ) -> _Frequencies:
        """Of the terms of all fields of all products in a row, ``sizes`` of them in each."""
        place = np.repeat(np.arange(sizes.size), sizes.ravel())
        packed, repeats = np.unique(flat * sizes.size + place, return_counts=True)
        term, place = packed // max(sizes.size, 1), packed % max(sizes.size, 1)
        product, field = place // sizes.shape[1], place % sizes.shape[1]
        norm = 1.0 - b + b * sizes[product, field] / averages[field]
        return cls(term, product, field, repeats / norm, len(sizes))


def _assemble(
    ids: dict[str, int],
    frequency: _Frequencies,
    titles: tuple[list[int], list[int]],
    averages: NDArray[np.float64],
    config: LexicalConfig,
) -> Postings:
    count = frequency.num_products
    pairs, first = np.unique(frequency.term * max(count, 1) + frequency.product, return_index=True)
    values, mask = _values(frequency.values, frequency.field, first, config)
    terms = pairs // max(count, 1)
    counts = np.bincount(terms, minlength=len(ids))
    return Postings(
        terms=ids,
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        products=(pairs % max(count, 1)).astype(np.int32),
        values=values.astype(np.float32),
        fields=mask.astype(np.uint8),
        titles=np.array(titles[0], dtype=np.int32),
        title_starts=np.array(titles[1], dtype=np.int64),
        averages=averages,
    )


def _values(
    frequency: NDArray[np.float64],
    field: NDArray[np.int64],
    first: NDArray[np.int64],
    config: LexicalConfig,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The value of each posting and its fields' bits, of runs of fields that begin at ``first``."""
    if not len(first):
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    together = np.add.reduceat(np.array(config.field_weights)[field] * frequency, first)
    single = np.array(config.field_trust)[field] * frequency / (config.k1_field + frequency)
    best = np.maximum.reduceat(single, first)
    values = (1 - config.best_field) * together / (config.k1 + together) + config.best_field * best
    return values, np.add.reduceat(np.left_shift(1, field), first)
