"""The values that products have, field by field: what constraints name and facets count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sayfind.retrieval.documents import Value
from sayfind.retrieval.packed import PackedForms, PackedTexts
from sayfind.text.normalise import normalise
from sayfind.text.units import convert, dimension, parse_quantities
from sayfind.types import Range

__all__ = ["ValueTable", "build_values"]

Mask = NDArray[np.bool_]
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class ValueTable:
    """Values sorted by field; those of field ``f`` are ``field_starts[f]:field_starts[f + 1]``.

    ``texts`` holds each value as written, ``forms`` every normalised form it goes by. The products
    of value ``v`` are ``products[starts[v]:starts[v + 1]]``.
    """

    fields: tuple[str, ...]
    texts: Sequence[str]
    forms: Sequence[Sequence[str]]
    field_starts: NDArray[np.int64]
    starts: NDArray[np.int64]
    products: NDArray[np.int32]

    @cached_property
    def _field_of(self) -> dict[str, int]:
        return {normalise(name): number for number, name in enumerate(self.fields)}

    @cached_property
    def _by_form(self) -> dict[int, dict[str, list[int]]]:
        return {}

    def _forms_of(self, field: int) -> dict[str, list[int]]:
        """Form -> values of one field; made when the field is first asked for."""
        if field not in self._by_form:
            found: dict[str, list[int]] = {}
            for value in self.of_field(field):
                for form in self.forms[value]:
                    found.setdefault(form, []).append(value)
            self._by_form[field] = found
        return self._by_form[field]

    def field(self, name: str) -> int | None:
        """The number of a field, or ``None`` where no product has it."""
        return self._field_of.get(normalise(name))

    def of_field(self, field: int) -> range:
        """The numbers of a field's values."""
        return range(int(self.field_starts[field]), int(self.field_starts[field + 1]))

    def place(self, name: str, form: str) -> int | None:
        """The number of a field's value by its first form, ``None`` where there is none."""
        field = self.field(name)
        values = [] if field is None else self._forms_of(field).get(form, [])
        return next((value for value in values if self.forms[value][0] == form), None)

    def find(self, field: int, value: str | Range) -> list[int]:
        """The values that are the given one in any form, or lie within a range."""
        if isinstance(value, Range):
            values = self.of_field(field)
            return [
                v for v in values if any(n in value for n in _numbers(self.texts[v], value.unit))
            ]
        return self._forms_of(field).get(normalise(value), [])

    def products_with(self, values: Iterable[int], count: int) -> Mask:
        """Which of ``count`` products have at least one of the values."""
        mask = np.zeros(count, dtype=bool)
        for value in values:
            mask[self.products[self.starts[value] : self.starts[value + 1]]] = True
        return mask

    def held_by(self, product: int, name: str, value: str | Range) -> list[str]:
        """A product's own values of a field that are the given one, as the feed writes them."""
        field = self.field(name)
        if field is None:
            return []
        spans = (
            (v, self.products[self.starts[v] : self.starts[v + 1]]) for v in self.find(field, value)
        )
        return [self.texts[v] for v, span in spans if _holds(span, product)]

    def products_of_field(self, field: int, count: int) -> Mask:
        """Which of ``count`` products have the field at all."""
        mask = np.zeros(count, dtype=bool)
        values = self.of_field(field)
        mask[self.products[self.starts[values.start] : self.starts[values.stop]]] = True
        return mask


def _holds(products: NDArray[np.int32], product: int) -> bool:
    at = int(np.searchsorted(products, product))
    return at < len(products) and int(products[at]) == product


def _numbers(text: str, unit: str) -> list[float]:
    """The amounts a value states, in the asked unit; plain numbers where it names none."""
    quantities = parse_quantities(text)
    if not unit or not quantities:
        return [float(found) for found in _NUMBER.findall(text)]
    kind = dimension(unit)
    same = (q for q in quantities if q.dimension is kind)
    return [convert(q.value, q.unit, unit) for q in same]


def build_values(products: Iterable[Iterable[Value]]) -> ValueTable:
    """The table over products given as their values."""
    numbers: dict[tuple[str, str], int] = {}
    seen: dict[Value, int] = {}
    texts: list[str] = []
    forms: list[dict[str, None]] = []
    flat: list[int] = []
    lengths: list[int] = []
    for values in products:
        before = len(flat)
        for value in values:
            if value not in seen:
                number = seen[value] = numbers.setdefault((value.field, value.forms[0]), len(texts))
                if number == len(texts):
                    texts.append(value.text)
                    forms.append({})
                forms[number].update(dict.fromkeys(value.forms))
            flat.append(seen[value])
        lengths.append(len(flat) - before)
    fields = tuple(dict.fromkeys(("brand", "category", *(field for field, _ in numbers))))
    rank = {field: place for place, field in enumerate(fields)}
    order = sorted(range(len(texts)), key=[rank[field] for field, _ in numbers].__getitem__)
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    count = max(len(lengths), 1)
    places = np.repeat(np.arange(len(lengths)), lengths)
    both = np.unique(position[np.array(flat, dtype=np.int64)] * count + places)
    per_field = np.bincount([rank[field] for field, _ in numbers], minlength=len(fields))
    per_value = np.bincount(both // count, minlength=len(texts))
    return ValueTable(
        fields=fields,
        texts=PackedTexts(texts[i] for i in order),
        forms=PackedForms(forms[i] for i in order),
        field_starts=np.concatenate([[0], np.cumsum(per_field)]).astype(np.int64),
        starts=np.concatenate([[0], np.cumsum(per_value)]).astype(np.int64),
        products=(both % count).astype(np.int32),
    )
