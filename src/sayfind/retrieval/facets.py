"""Counts by value over all matching products, for the fields worth narrowing by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.retrieval.config import LexicalConfig
from sayfind.retrieval.values import ValueTable

__all__ = ["Facets", "choose_facets"]

_MAX_CARDINALITY = 200
_WORD = re.compile(r"(?!(?:true|false|yes|no)$)[^\W\d_]{2}|^[^\W\d_]$", re.IGNORECASE)
_FIRST = ("category", "brand")


@dataclass(frozen=True, slots=True)
class Facets:
    """The chosen fields, with (product, value) pairs of each; pairs lie together by field."""

    fields: tuple[int, ...]
    limit: int
    spans: tuple[tuple[int, int], ...]
    products: NDArray[np.int32]
    values: NDArray[np.int32]

    def count(self, table: ValueTable, matching: NDArray[np.bool_]) -> dict[str, dict[str, int]]:
        """{field: {value: count}}, commonest first; fields that no match has are left out."""
        counted = {}
        for field, (start, end) in zip(self.fields, self.spans, strict=True):
            inside = matching[self.products[start:end]]
            numbers = table.of_field(field)
            counts = np.bincount(
                self.values[start:end][inside] - numbers.start, minlength=len(numbers)
            )
            order = np.argsort(-counts, kind="stable")[: self.limit]
            found = {table.texts[numbers.start + i]: int(counts[i]) for i in order if counts[i]}
            if found:
                counted[table.fields[field]] = found
        return counted


def choose_facets(table: ValueTable, count: int, config: LexicalConfig) -> Facets:
    """The facets of an index: category and brand, then the attributes most products share.

    An attribute with one value, or with too many to choose from, narrows nothing; numbers come
    after words.
    """
    chosen = [f for name in _FIRST if (f := table.field(name)) is not None and table.of_field(f)]
    shares: list[tuple[bool, int, int]] = []
    for field in range(len(table.fields)):
        values = table.of_field(field)
        if field not in chosen and 2 <= len(values) <= _MAX_CARDINALITY:
            filled = int(table.products_of_field(field, count).sum())
            shares.append((_is_numeric([table.texts[v] for v in values]), -filled, field))
    chosen = [*chosen, *(field for *_, field in sorted(shares))][: config.facet_fields]
    spans, products, values_of = [], [], []
    at = 0
    for field in chosen:
        values = table.of_field(field)
        start, end = int(table.starts[values.start]), int(table.starts[values.stop])
        sizes = np.diff(table.starts[values.start : values.stop + 1])
        products.append(table.products[start:end])
        values_of.append(np.repeat(np.arange(values.start, values.stop), sizes))
        spans.append((at, at + end - start))
        at += end - start
    empty = np.zeros(0, dtype=np.int32)
    return Facets(
        fields=tuple(chosen),
        limit=config.facet_values,
        spans=tuple(spans),
        products=np.concatenate([empty, *products]),
        values=np.concatenate([empty, *values_of]).astype(np.int32),
    )


def _is_numeric(texts: Sequence[str]) -> bool:
    """Whether most values are numbers, ranges or yes and no."""
    words = sum(bool(_WORD.search(text)) for text in texts)
    return 2 * words < len(texts)
