"""The settings of lexical retrieval."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FIELDS", "LexicalConfig"]

FIELDS = ("title", "brand", "category", "attributes", "description")
"""The parts of a product that are searched, in the order of their bits in a posting."""

_TRUST = (1.0, 1.0, 0.3, 0.5, 1.0)  # in each of FIELDS, when it alone is asked


@dataclass(frozen=True, slots=True)
class LexicalConfig:
    """How products are weighed.

    ``k1`` and ``b`` are BM25's saturation and length normalisation; ``title``, ``brand``,
    ``category``, ``attributes`` and ``description`` the weight of a word in each part.
    ``best_field``: the share of the one part that says a word most, instead of all parts together;
    ``k1_field`` is its saturation. ``phrase``: what query words that stand side by side in a title
    add, as a share of the score;
    ``coverage``: the power of the share of the query (by rarity) that a product covers.
    ``min_coverage``: the least share, of the best product's, to count as a match.
    ``confident``: constraints from this confidence on are filters, those below
    raise the score by up to the share ``boost``. ``accessory``: what a product loses, as a share,
    whose title has a word of the query only for what it goes with. ``popularity``: what the most
    popular product gains, as a share. ``flatten`` is the power to which the probability of a
    reading is raised before readings are weighed; ``evidence`` how much more a reading counts
    (as a natural logarithm) all of whose words stand together in one product's names than one of
    which none do. ``sound``: what a name that sounds just like the only reading gains, as a share,
    where no product has all of its words. ``facet_fields`` and ``facet_values`` limit what is
    counted.
    """

    k1: float = 1.2
    b: float = 0.75
    title: float = 3.0
    brand: float = 1.0
    category: float = 2.0
    attributes: float = 0.3
    description: float = 1.0
    best_field: float = 0.7
    k1_field: float = 0.6
    phrase: float = 0.0
    coverage: float = 1.0
    min_coverage: float = 0.5
    confident: float = 0.6
    boost: float = 0.5
    accessory: float = 0.3
    popularity: float = 0.1
    flatten: float = 0.5
    evidence: float = 3.0
    sound: float = 1.0
    facet_fields: int = 12
    facet_values: int = 20

    def __post_init__(self) -> None:
        if min(self.k1, self.k1_field) <= 0 or not 0 <= self.b <= 1:
            raise ValueError("k1 and k1_field are positive and b lies between 0 and 1")
        if min(self.field_weights) < 0 or max(self.field_weights) == 0:
            raise ValueError("field weights are not negative, and one of them is positive")
        gains = (self.phrase, self.coverage, self.boost, self.popularity, self.evidence, self.sound)
        if min(gains) < 0:
            raise ValueError(
                "phrase, coverage, boost, popularity, evidence and sound are not negative"
            )
        shares = (self.best_field, self.min_coverage, self.confident, self.accessory, self.flatten)
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError(
                "best_field, min_coverage, confident, accessory and flatten lie between 0 and 1"
            )

    @property
    def field_weights(self) -> tuple[float, ...]:
        """The weight of each of ``FIELDS``."""
        return (self.title, self.brand, self.category, self.attributes, self.description)

    @property
    def field_trust(self) -> tuple[float, ...]:
        """How far each of ``FIELDS`` is believed on its own; nothing where it has no weight."""
        return tuple(
            trust * (weight > 0) for trust, weight in zip(_TRUST, self.field_weights, strict=True)
        )
