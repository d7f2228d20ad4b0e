"""One product, as every room sees it. Knows nothing about feeds or indexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Product"]


@dataclass(frozen=True, slots=True)
class Product:
    """One row of the catalogue, cleaned.

    ``category`` is a path, broadest first: ``("Shoes", "Running shoes")``. ``attributes`` maps a
    column name to its values (one product may come in several colours or sizes). ``translations``
    maps a field name (``title``, ``brand``, ``category``, an attribute) to the same thing in other
    scripts: ``{"brand": ("耐克",)}``; for a category it translates the last step of the path, and
    for an attribute its values in order. ``popularity`` is any non-negative number, higher is
    more popular.
    """

    id: str
    title: str
    brand: str = ""
    category: tuple[str, ...] = ()
    description: str = ""
    price: float | None = None
    currency: str = ""
    popularity: float = 0.0
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    translations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    url: str = ""
    image: str = ""

    @property
    def titles(self) -> tuple[str, ...]:
        """The title in every script the feed gives."""
        return (self.title, *self.translations.get("title", ()))
