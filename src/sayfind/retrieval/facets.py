"""Counts by value over all matching products, for the fields worth narrowing by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.retrieval.config import LexicalConfig
from sayfind.retrieval.ranges import cut, measured
from sayfind.retrieval.values import ValueTable
from sayfind.types import Range

__all__ = ["Facet", "Facets", "choose_facets"]

_MAX_CARDINALITY = 200
_MAX_SINGLE_NUMBERS = 8
_WORD = re.compile(r"(?!(?:true|false|yes|no)$)[^\W\d_]{2}|^[^\W\d_]$", re.IGNORECASE)
_FIRST = ("category", "brand")


@dataclass(frozen=True)
class Facet:
    """The choices of one field, and (product, choice) pairs, each pair once."""

    field: str
    choices: tuple[str | Range, ...]
    products: NDArray[np.int32]
    places: NDArray[np.int32]

    @property
    def in_ranges(self) -> bool:
        """Whether the choices are ranges, which come in ascending order."""
        return isinstance(self.choices[0], Range)


class Facets:
    """The chosen facets, counted together; each gives at most ``limit`` choices.

    All choices of all facets are numbered in a row; those of a product stand together.
    """

    def __init__(self, chosen: Sequence[Facet], count: int, limit: int) -> None:
        """Join facets of ``count`` products."""
        self.fields = tuple((facet.field, facet.choices, facet.in_ranges) for facet in chosen)
        self._limit = limit
        self._first = np.cumsum([0, *(len(facet.choices) for facet in chosen)])
        none = np.zeros(0, dtype=np.int32)
        products = np.concatenate([none, *(facet.products for facet in chosen)])
        shifted = (f.places + at for f, at in zip(chosen, self._first.tolist(), strict=False))
        places = np.concatenate([none, *shifted])
        order = np.argsort(products, kind="stable")
        self._places = places[order].astype(np.min_scalar_type(int(self._first[-1])))
        sizes = np.bincount(products, minlength=count)
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)

    def count(self, found: NDArray[np.int64]) -> Mapping[str, Mapping[str | Range, int]]:
        """{field: {choice: count}} over products: values commonest first, ranges ascending.

        Fields that none of them has are left out.
        """
        starts = self._starts[found]
        sizes = self._starts[found + 1] - starts
        ends = np.cumsum(sizes)
        at = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)
        counts = np.bincount(self._places[at], minlength=int(self._first[-1]))
        counted: dict[str, Mapping[str | Range, int]] = {}
        for number, (field, choices, in_ranges) in enumerate(self.fields):
            mine = counts[self._first[number] : self._first[number + 1]]
            if mine.any():
                counted[field] = _most(mine, choices, in_ranges, self._limit)
        return counted


def _most(
    counts: NDArray[np.int64], choices: Sequence[str | Range], in_ranges: bool, limit: int
) -> dict[str | Range, int]:
    order = np.argsort(-counts, kind="stable")[:limit]
    order = np.sort(order) if in_ranges else order
    return {choices[i]: int(counts[i]) for i in order.tolist() if counts[i]}


def choose_facets(table: ValueTable, prices: NDArray[np.float64], config: LexicalConfig) -> Facets:
    """The facets of an index: category, brand, price, then the attributes most products share.

    An attribute with one value, or with too many to choose from, narrows nothing; numbers come
    after words, and are ranges where there are many.
    """
    chosen = [f for name in _FIRST if (f := table.field(name)) is not None and table.of_field(f)]
    shares: list[tuple[bool, int, int]] = []
    count = len(prices)
    for field in range(len(table.fields)):
        values = table.of_field(field)
        if field not in chosen and 2 <= len(values) <= _MAX_CARDINALITY:
            filled = int(table.products_of_field(field, count).sum())
            shares.append((_is_numeric([table.texts[v] for v in values]), -filled, field))
    chosen = [*chosen, *(field for *_, field in sorted(shares))][: config.facet_fields]
    facets = [_facet(table, field) for field in chosen]
    price = _price_facet(prices)
    facets[len(_FIRST) : len(_FIRST)] = [price] if price else []
    return Facets(facets[: config.facet_fields], count, config.facet_values)


def _price_facet(prices: NDArray[np.float64]) -> Facet | None:
    """Prices in ranges, if there are two or more; ``prices`` are nan where none is known."""
    products = np.flatnonzero(np.isfinite(prices))
    amounts, counts = np.unique(prices[products], return_counts=True)
    if len(amounts) < 2:
        return None
    ranges = cut(amounts.tolist(), counts.tolist(), "")
    places = np.searchsorted([r.high or 0.0 for r in ranges], prices[products])
    return Facet("price", ranges, products.astype(np.int32), places.astype(np.int32))


def _facet(table: ValueTable, field: int) -> Facet:
    values = table.of_field(field)
    start, end = int(table.starts[values.start]), int(table.starts[values.stop])
    sizes = np.diff(table.starts[values.start : values.stop + 1])
    texts = [table.texts[v] for v in values]
    choices, choice_of = _choices(texts, sizes.tolist())
    places = np.repeat(choice_of, sizes)
    products = table.products[start:end]
    # Two values of one product may lie in one range: it is one product all the same.
    pairs = np.unique(np.stack([places, products]), axis=1) if end > start else np.zeros((2, 0))
    kept = pairs[:, pairs[0] >= 0].astype(np.int32)
    return Facet(table.fields[field], choices, products=kept[1], places=kept[0])


def _choices(
    texts: Sequence[str], sizes: Sequence[int]
) -> tuple[tuple[str | Range, ...], NDArray[np.int32]]:
    """The choices of a field, and which of them each value is; -1 where it is in none."""
    found = measured(texts) if len(texts) > _MAX_SINGLE_NUMBERS else None
    if found is None:
        return tuple(texts), np.arange(len(texts), dtype=np.int32)
    numbers, unit = found
    known = [(n, size) for n, size in zip(numbers, sizes, strict=True) if n is not None]
    ranges = cut([n for n, _ in known], [size for _, size in known], unit)
    ends = [r.high for r in ranges]
    places = [-1 if n is None else int(np.searchsorted(ends, n)) for n in numbers]  # type: ignore[arg-type]
    return ranges, np.array(places, dtype=np.int32)


def _is_numeric(texts: Sequence[str]) -> bool:
    """Whether most values are numbers, ranges or yes and no."""
    words = sum(bool(_WORD.search(text)) for text in texts)
    return 2 * words < len(texts)
