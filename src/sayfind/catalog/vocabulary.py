"""What can be asked for: brands, categories, and the attribute columns that are closed sets.

Each value comes with its written forms in every script.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sayfind.catalog.closed_sets import ValueCounts, VocabularyConfig, closed_columns
from sayfind.catalog.entries import Entry, field_entries
from sayfind.catalog.product import Product
from sayfind.errors import ShopError
from sayfind.types import Range

__all__ = ["Entry", "Vocabulary", "VocabularyConfig"]

_FORMAT = 1


@dataclass(frozen=True)
class Vocabulary:
    """All entries: brands, then categories, then attributes, the most frequent first.

    ``price`` is the range of prices in the catalogue (``None`` without prices), its ``unit`` the
    usual currency.
    """

    entries: tuple[Entry, ...] = ()
    price: Range | None = None
    num_products: int = 0
    _by_field: Mapping[str, tuple[Entry, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        grouped: dict[str, list[Entry]] = {}
        for entry in self.entries:
            grouped.setdefault(entry.field, []).append(entry)
        object.__setattr__(self, "_by_field", {f: tuple(found) for f, found in grouped.items()})

    @classmethod
    def from_products(
        cls,
        products: Sequence[Product],
        config: VocabularyConfig = VocabularyConfig(),  # noqa: B008  (frozen)
    ) -> Vocabulary:
        """The vocabulary of a catalogue."""
        counts = ValueCounts.of(products)
        entries = [
            entry
            for name in ("brand", "category")
            for entry in field_entries(name, counts.values[name], counts, config)
        ]
        for column, values in closed_columns(counts, len(products), config):
            entries += field_entries(column, values, counts, config)
        return cls(tuple(entries), _price_range(products), len(products))

    def extended(
        self,
        products: Sequence[Product],
        config: VocabularyConfig = VocabularyConfig(),  # noqa: B008  (frozen)
    ) -> Vocabulary:
        """With the values of more products in the fields there are; new fields wait for a build."""
        counts = ValueCounts.of(products)
        added = [
            entry
            for field in dict.fromkeys((*self.fields, "brand", "category"))
            for entry in field_entries(field, counts.values[field], counts, config)
            if len(entry.value) <= config.max_characters and not self._has(field, entry)
        ]
        order = {field: place for place, field in enumerate(("brand", "category", *self.fields))}
        entries = sorted((*self.entries, *added), key=lambda e: (order[e.field], -e.count))
        return Vocabulary(tuple(entries), self.price, self.num_products) if added else self

    def _has(self, field: str, entry: Entry) -> bool:
        return any(entry.forms[0] == known.forms[0] for known in self.entries_of(field))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields with at least one entry, in order."""
        return tuple(self._by_field)

    def entries_of(self, field: str) -> tuple[Entry, ...]:
        """The entries of one field, the most frequent first."""
        return self._by_field.get(field, ())

    def to_json(self) -> str:
        """The vocabulary as JSON, one entry a line; ``from_json`` gives back an equal one."""
        head = {
            "format": _FORMAT,
            "num_products": self.num_products,
            "price": None
            if self.price is None
            else [self.price.low, self.price.high, self.price.unit],
        }
        rows = ",\n".join(
            json.dumps([e.field, e.value, list(e.forms), e.count], ensure_ascii=False)
            for e in self.entries
        )
        return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "entries": [\n{rows}\n]}}\n'

    @classmethod
    def from_json(cls, text: str) -> Vocabulary:
        """A vocabulary as ``to_json`` wrote it.

        Raises:
            ShopError: damaged, or in another version's format.
        """
        try:
            data: dict[str, Any] = json.loads(text)
            if data["format"] != _FORMAT:
                raise ShopError("The vocabulary is of another version; index the feed again.")
            entries = tuple(Entry(f, v, tuple(forms), n) for f, v, forms, n in data["entries"])
            price = None if data["price"] is None else Range(*data["price"])
            return cls(entries, price, data["num_products"])
        except (KeyError, TypeError, ValueError) as error:
            raise ShopError("The vocabulary is damaged; index the feed again.") from error


def _price_range(products: Iterable[Product]) -> Range | None:
    prices = [p.price for p in products if p.price is not None]
    if not prices:
        return None
    currencies = Counter(p.currency for p in products if p.currency)
    return Range(min(prices), max(prices), currencies.most_common(1)[0][0] if currencies else "")
