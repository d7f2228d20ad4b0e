"""What of a product is searched and filtered: its fields as terms, and its values with their names.

A boolean attribute that is true is searched by its name ("wireless"), one that is false not at
all. A translation is another name of the value it translates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sayfind.catalog.product import Product
from sayfind.text.normalise import normalise
from sayfind.text.tokenise import tokenise

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["ProductReader", "Value", "attribute_words"]

_TRUE = frozenset({"true", "yes", "y", "是", "有"})
_FALSE = frozenset(
    {"false", "no", "n", "none", "n/a", "否", "无", "not available", "not supported"}
)
_MAX_VALUE = 120  # characters; longer values are prose, searched but never filtered by
_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-./]+")

_PRODUCT_TYPES = frozenset(
    {"product type", "item type", "type of product", "product kind", "kind", "商品类型", "产品类型"}
)
"""Attributes that say what a product is, and so are searched as its category is."""


@dataclass(frozen=True, slots=True)
class Value:
    """One filterable value of a product: as the feed writes it, and every form it is known by."""

    field: str
    text: str
    forms: tuple[str, ...]


@lru_cache(maxsize=4096)
def attribute_words(name: str) -> str:
    """A column's name as words: ``frameColour`` -> ``frame colour``."""
    return " ".join(normalise(_WORD_BREAK.sub(" ", name)).split())


class ProductReader:
    """Reads products with the names by which a vocabulary says their values also go.

    It remembers what it has read, since most values stand in many products.
    """

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        entries = vocabulary.entries if vocabulary is not None else ()
        self._names = {(e.field, normalise(e.value)): tuple(e.forms) for e in entries}
        self._terms: dict[tuple[str, str, tuple[str, ...]], Sequence[str]] = {}
        self._values: dict[tuple[str, str, tuple[str, ...]], Value] = {}

    def terms(self, product: Product) -> tuple[Sequence[str], ...]:
        """The terms of each of ``config.FIELDS``, translations and other names included."""
        translations = product.translations
        title = [term for text in product.titles for term in tokenise(text)]
        brand = self._value_terms("brand", product.brand, translations.get("brand", ()))
        category: list[str] = []
        for step, _, others in _steps(product):
            category += self._value_terms("category", step, others)
        attributes: list[str] = []
        for name, value, others in _attributes(product):
            slot = category if attribute_words(name) in _PRODUCT_TYPES else attributes
            slot += self._value_terms(name, value, others)
        prose = (product.description, *translations.get("description", ()))
        return title, brand, category, attributes, [t for text in prose for t in tokenise(text)]

    def values(self, product: Product) -> Iterator[Value]:
        """Every value that a constraint may name, or a facet count."""
        if product.brand:
            yield self._value("brand", product.brand, product.translations.get("brand", ()))
        for step, paths, others in _steps(product):
            yield self._value("category", step, (*paths, *others))
        for name, value, others in _attributes(product):
            if value and len(value) <= _MAX_VALUE:
                yield self._value(name, value, others)

    def _value(self, field: str, text: str, others: tuple[str, ...]) -> Value:
        key = (field, text, others)
        if key not in self._values:
            plain = normalise(text)
            known = self._names.get((field, plain), ())
            forms = (plain, *(normalise(other) for other in others), *known)
            self._values[key] = Value(field, text, tuple(dict.fromkeys(forms)))
        return self._values[key]

    def _value_terms(self, field: str, value: str, others: tuple[str, ...]) -> Sequence[str]:
        key = (field, value, others)
        if key not in self._terms:
            self._terms[key] = self._new_value_terms(field, value, others)
        return self._terms[key]

    def _new_value_terms(self, field: str, value: str, others: tuple[str, ...]) -> list[str]:
        """The terms of a value, and those of its other names that are new."""
        plain = normalise(value)
        if plain in _FALSE:
            return []
        terms = tokenise(attribute_words(field) if plain in _TRUE else value)
        known = set(terms)
        for name in (*others, *self._names.get((field, plain), ())):
            fresh = [term for term in tokenise(name) if term not in known]
            known.update(fresh)
            terms += fresh
        return terms


def _steps(product: Product) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Each step of the category, the ways to write the path to it, and its translations."""
    last = len(product.category) - 1
    for depth, step in enumerate(product.category):
        path = product.category[: depth + 1]
        others = product.translations.get("category", ()) if depth == last else ()
        yield step, (" > ".join(path), "/".join(path)) if depth else (), others


def _attributes(product: Product) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each attribute's name, one value, and the translations of that value."""
    for name, values in product.attributes.items():
        aligned = product.translations.get(name, ())
        for place, value in enumerate(values):
            yield name, value, aligned[place : place + 1]
