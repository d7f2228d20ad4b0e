"""The settings of lexical retrieval."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FIELDS", "LexicalConfig"]

FIELDS = ("title", "brand", "category", "attributes", "description")
"""The parts of a product that are searched, in the order of their bits in a posting."""


@dataclass(frozen=True, slots=True)
class LexicalConfig:
    """How products are weighed.

    ``k1`` and ``b`` are BM25's saturation and length normalisation; ``title``, ``brand``,
    ``category``, ``attributes`` and ``description`` the weight of a word in each part. ``phrase``:
    what query words that stand side by side in a title add, as a share of the score;
    ``coverage``: the power of the share of the query (by rarity) that a product covers.
    ``min_coverage``: the least share, of the best product's, to count as a match.
    ``confident``: constraints from this confidence on are filters, those below
    raise the score by up to the share ``boost``. ``accessory``: what a product loses, as a share,
    whose title has a word of the query only for what it goes with. ``popularity``: what the most
    popular product gains, as a share. ``facet_fields`` and ``facet_values`` limit what is counted.
    """

    k1: float = 1.2
    b: float = 0.75
    title: float = 3.0
    brand: float = 1.0
    category: float = 2.0
    attributes: float = 0.3
    description: float = 1.0
    phrase: float = 0.2
    coverage: float = 1.0
    min_coverage: float = 0.5
    confident: float = 0.6
    boost: float = 0.5
    accessory: float = 0.3
    popularity: float = 0.1
    facet_fields: int = 12
    facet_values: int = 20

    def __post_init__(self) -> None:
        if self.k1 <= 0 or not 0 <= self.b <= 1:
            raise ValueError("k1 is positive and b lies between 0 and 1")
        if min(self.field_weights) < 0 or max(self.field_weights) == 0:
            raise ValueError("field weights are not negative, and one of them is positive")
        if min(self.phrase, self.coverage, self.boost, self.popularity) < 0:
            raise ValueError("phrase, coverage, boost and popularity are not negative")
        if not all(0 <= x <= 1 for x in (self.min_coverage, self.confident, self.accessory)):
            raise ValueError("min_coverage, confident and accessory lie between 0 and 1")

    @property
    def field_weights(self) -> tuple[float, ...]:
        """The weight of each of ``FIELDS``."""
        return (self.title, self.brand, self.category, self.attributes, self.description)
