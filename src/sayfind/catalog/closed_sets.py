"""Which values of a catalogue make up closed sets, and how often each of them occurs.

Decided from the values alone: free text, ids, codes, dates and links are no vocabulary.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sayfind.catalog.forms import column_words
from sayfind.catalog.product import Product

__all__ = ["NUMBER", "ValueCounts", "VocabularyConfig", "closed_columns"]

NUMBER = re.compile(r"[-+]?\d[\d.,]*(?:\s*[-x×:/~]\s*[-+]?\d[\d.,]*)*%?")
_NOT_WORDS = re.compile(
    r"\d{4}-\d\d-\d\d.*|\d{7,}|.*(?:://|www\.|@\w+\.).*|.*\.(?:jpe?g|png|gif|webp|pdf)"
    r"|[0-9a-f]{8}-[0-9a-f-]{27}"
)
_NO_VALUE = frozenset(
    [
     "n", "y", "yes", "no", "true", "false", "none", "n/a", "na", "unknown", "other", "others",
     "not", "available", "not", "supported", "unspecified", "misc", "default", "various",
    ]
) | {"not available", "not supported", "not specified", "其他", "无", "未知"}  # fmt: skip
_SIZES = frozenset({"size", "sizes", "尺码"})
_NO_COLUMNS = frozenset(
    [
     "id", "ids", "code", "codes", "key", "sku", "ean", "gtin", "upc", "mpn", "isbn", "asin",
     "url", "urls", "link", "links", "image", "images", "picture", "photo", "date", "dates",
     "released", "created", "updated", "timestamp", "time", "visible", "license", "model",
     "stock", "inventory", "cost", "unit", "units", "measure", "promoted", "featured", "active",
     "enabled", "published", "status",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VocabularyConfig:
    """When an attribute column counts as a closed set.

    A value counts if it has at most ``max_words`` words and ``max_characters`` characters, and in
    feeds of ``small_feed`` rows or more occurs at least twice. A column counts if such values,
    ``max_values`` of them at most, make up the share ``min_covered`` of its cells, if each occurs
    ``min_repeated`` times on average (in feeds that are not small), and if it is filled in the
    share ``min_filled`` of the rows. At most ``max_columns`` columns, the best filled first.
    Columns of bare numbers may have ``max_numbers`` values; those are asked for by column and
    number ("size 42"). A value keeps at most ``max_forms`` forms.
    """

    max_words: int = 6
    max_characters: int = 40
    small_feed: int = 60
    max_values: int = 500
    min_covered: float = 0.6
    min_repeated: float = 2.5
    min_filled: float = 0.005
    max_columns: int = 120
    max_numbers: int = 40
    max_forms: int = 24

    def __post_init__(self) -> None:
        counts = (self.max_words, self.max_characters, self.max_values, self.max_forms)
        if min(counts) < 1 or min(self.max_columns, self.max_numbers, self.small_feed) < 0:
            raise ValueError("the limits of a vocabulary are positive")
        if not (0 <= self.min_covered <= 1 and 0 <= self.min_filled <= 1):
            raise ValueError("min_covered and min_filled are shares from 0 to 1")


@dataclass(slots=True)
class ValueCounts:
    """How often each value occurs in each field, and what it is translated to."""

    values: dict[str, Counter[str]]
    translations: dict[tuple[str, str], Counter[str]]

    @classmethod
    def of(cls, products: Iterable[Product]) -> ValueCounts:
        counts = cls(defaultdict(Counter), defaultdict(Counter))
        for product in products:
            if product.brand:
                counts.values["brand"][product.brand] += 1
            for step in product.category:
                counts.values["category"][step] += 1
            for name, values in product.attributes.items():
                counts.values[_attribute_key(name)].update(values)
            if product.translations:
                counts._translate(product)
        return counts

    def _translate(self, product: Product) -> None:
        for name, translated in product.translations.items():
            if name == "title":
                continue
            key = _attribute_key(name)
            if name == "brand":
                key = name
                pairs = [(product.brand, other) for other in translated]
            elif name == "category":
                key = name
                pairs = [(step, other) for step in product.category[-1:] for other in translated]
            else:
                values = product.attributes.get(name, ())
                pairs = list(zip(values, translated, strict=False))
                pairs = pairs if len(translated) % max(1, len(values)) == 0 else []
            for value, other in pairs:
                self.translations[key, value][other] += 1


def _attribute_key(name: str) -> str:
    """An attribute called ``brand`` or ``category`` would be taken for the field."""
    return f"{name} (attribute)" if name in ("brand", "category") else name


def closed_columns(
    counts: ValueCounts, num_rows: int, config: VocabularyConfig
) -> Iterator[tuple[str, Counter[str]]]:
    """Attribute columns that are closed sets, with the values that count, best filled first."""
    columns = [
        (sum(values.values()), column, values)
        for column, values in counts.values.items()
        if column not in ("brand", "category")
    ]
    columns.sort(key=lambda item: (-item[0], item[1]))
    kept = 0
    for cells, column, values in columns:
        if kept >= config.max_columns or cells < max(1, config.min_filled * num_rows):
            return
        if _NO_COLUMNS & set(column_words(column).split()):
            continue
        sized = not _SIZES.isdisjoint(column_words(column).split())
        closed = _closed_values(values, num_rows < config.small_feed, sized, config)
        if closed:
            kept += 1
            yield column, closed


def _closed_values(
    values: Counter[str], small: bool, sized: bool, config: VocabularyConfig
) -> Counter[str] | None:
    if set(values) == {"yes"}:
        return values
    least = 1 if small else 2
    kept = {v: n for v, n in values.items() if n >= least and _is_short(v, config)}
    top = Counter(dict(Counter(kept).most_common(config.max_values)))
    numbers = {value: count for value, count in top.items() if NUMBER.fullmatch(value)}
    covered = sum(top.values())
    numeric = sum(numbers.values()) * 2 > covered
    if not top or covered < config.min_covered * values.total():
        return None
    if not small and covered < config.min_repeated * len(top):
        return None
    if numeric:
        return top if len(top) <= config.max_numbers else None
    if sized and len(numbers) <= config.max_numbers:  # letters and numbers in one column: "M", "42"
        return top
    return Counter({value: count for value, count in top.items() if value not in numbers})


def _is_short(value: str, config: VocabularyConfig) -> bool:
    if len(value) > config.max_characters or value.count(" ") >= config.max_words:
        return False
    folded = value.casefold()
    return folded not in _NO_VALUE and not _NOT_WORDS.fullmatch(folded)
