"""What Mandarin speakers call a product: its nouns, brands, values, sizes and measures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sayfind.catalog.product import Product
from sayfind.text.normalise import has_han, normalise
from sayfind.text.unit_table import UNIT_OF_NAME, UNITS

__all__ = ["ChineseNames", "measure_words"]

_MEASURE = re.compile(r"(\d+(?:\.\d+)?)\s?([a-z\"]+)")
_LETTER_SIZES = frozenset({"XS", "S", "M", "L", "XL", "XXL"})
_SAID_UNITS: Mapping[str, str] = {"in": "寸 英寸", "gb": "g gb", "tb": "t tb"}
_SPACES = re.compile(r"[\s,，。、;；/|()（）\[\]【】:：·+]+")


@dataclass(frozen=True, slots=True)
class ChineseNames:
    """A product in Chinese: its title, what it is called, its brand in every script, its values.

    ``sizes`` are bare numbers and ``measures`` numbers with their units, as they are said;
    ``columns`` are the values of each column; ``latin`` are its English noun, brand and values.
    """

    title: str
    pieces: tuple[str, ...]
    nouns: tuple[str, ...]
    brands: tuple[str, ...]
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    sizes: tuple[str, ...]
    measures: tuple[str, ...]
    latin: Mapping[str, tuple[str, ...]]
    price: float | None

    @property
    def values(self) -> tuple[str, ...]:
        """All its values."""
        return tuple(value for _, values in self.columns for value in values)

    @classmethod
    def of(cls, product: Product) -> ChineseNames:
        """What it is called; ``nouns`` is empty where it has no Chinese name."""
        texts = {name: [t for t in ts if has_han(t)] for name, ts in product.translations.items()}
        titles = texts.get("title") or [t for t in (product.title,) if has_han(t)]
        title = titles[0] if titles else ""
        brands = [*texts.get("brand", ()), *([product.brand] if product.brand else [])]
        plain = ("title", "brand", "category")
        columns = tuple((name, tuple(vs)) for name, vs in texts.items() if name not in plain and vs)
        pieces = [p for p in _SPACES.split(title) if has_han(p) and p not in brands]
        known = {*brands, *(value for _, values in columns for value in values)}
        nouns = [p for p in pieces if p not in known] + texts.get("category", [])
        if not titles and not texts.get("category"):
            return cls("", (), (), (), (), (), (), {}, product.price)
        cells = [value for values in product.attributes.values() for value in values]
        latin = {
            "noun": tuple(step for step in product.category[-1:] if not has_han(step)),
            "brand": tuple(b for b in (product.brand,) if b and not has_han(b)),
            "value": tuple(v for v in cells if v.isascii() and v.replace(" ", "").isalpha()),
            "size": tuple(v for v in cells if v in _LETTER_SIZES),
        }
        sizes = tuple(v for v in cells if v.isdecimal() and len(v) < 3)
        measures = tuple(way for value in cells for way in measure_words(value))
        return cls(title, tuple(pieces), tuple(nouns), tuple(brands), columns, sizes, measures,
                   latin, product.price)  # fmt: skip


def measure_words(value: str) -> tuple[str, ...]:
    """How Mandarin says a number with its unit; nothing for what is none.

    >>> measure_words("27 inch"), measure_words("500 ml"), measure_words("red")
    (('27寸', '27英寸'), ('500毫升',), ())
    """
    found = _MEASURE.match(normalise(value))
    unit = UNIT_OF_NAME.get(found[2]) if found else None
    if not found or unit is None:
        return ()
    said = _SAID_UNITS.get(unit) or next(filter(has_han, UNITS[unit].names), "")
    return tuple(f"{found[1]}{name}" for name in said.split())
