"""What a merchant has decided: products first or last, and values worth more, for some queries.

One file beside the shop, ``<shop>.rules.toml``, so that a rebuilt shop keeps it::

    [[rule]]
    asked = ["headphones", "earphones"]    # words of the query, any of these; none: every query
    pin = ["id-7"]                         # first, in this order, where they are found at all
    bury = ["id-9"]                        # after everything else that is found
    boost = {brand = "Sony"}               # counts as a wish that raises, and filters nothing

An order that the shopper asked for stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sayfind.config import load_toml
from sayfind.stages import Retriever
from sayfind.text.tokenise import tokenise
from sayfind.types import Constraint, Hit, Query, SearchResult, Sort

__all__ = ["MerchantRules", "Rule", "RuledRetriever", "rules_path", "with_rules"]

_DEPTH = 200  # hits among which products are moved
_RAISES = 0.59  # the confidence of a wish that raises and does not filter
_PINNED = "put first by the shop"


@dataclass(frozen=True, slots=True)
class Rule:
    """One decision; ``pin`` and ``bury`` are product ids, ``boost`` maps a field to a value."""

    asked: tuple[str, ...] = ()
    pin: tuple[str, ...] = ()
    bury: tuple[str, ...] = ()
    boost: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if both := sorted({*self.pin} & {*self.bury}):
            raise ValueError(f"{both[0]} is both pinned and buried")

    def applies(self, terms: set[str]) -> bool:
        """Whether a query with these terms is spoken of."""
        return not self.asked or any(terms.issuperset(tokenise(text)) for text in self.asked)


@dataclass(frozen=True, slots=True)
class MerchantRules:
    """All decisions; where two speak of one product, the first counts."""

    rule: tuple[Rule, ...] = ()


def rules_path(shop: Path) -> Path:
    """Where the rules of a shop are looked for."""
    return shop.absolute().with_name(f"{shop.absolute().name}.rules.toml")


def with_rules(retriever: Retriever, shop: Path) -> Retriever:
    """The retriever under the rules of a shop; itself where there are none.

    Raises:
        ConfigError: the file is malformed, or a key or value is not known.
    """
    path = rules_path(shop)
    if not path.is_file():
        return retriever
    return RuledRetriever(retriever, load_toml(path, MerchantRules))


class RuledRetriever:
    """A ``Retriever`` that asks another one, and moves what it finds by rules."""

    def __init__(self, retriever: Retriever, rules: MerchantRules) -> None:
        self._retriever, self.rules = retriever, rules

    def search(self, query: Query, k: int) -> SearchResult:
        """The other's hits in the order of the rules."""
        terms = set(tokenise(query.text))
        rules = [rule for rule in self.rules.rule if rule.applies(terms)]
        if not rules or query.sort is not Sort.RELEVANCE or not (terms or query.constraints):
            return self._retriever.search(query, k)
        wishes = [
            Constraint(name, value, _RAISES) for rule in rules for name, value in rule.boost.items()
        ]
        asked = replace(query, constraints=(*query.constraints, *wishes))
        found = self._retriever.search(asked, max(k, _DEPTH) if k > 0 else k)
        return replace(found, hits=_moved(found.hits, rules)[: max(0, k)])


def _moved(hits: Sequence[Hit], rules: Sequence[Rule]) -> tuple[Hit, ...]:
    by_id = {hit.product_id: hit for hit in hits}
    place: dict[str, bool] = {}  # whether it comes first; of two rules the first counts
    for rule in rules:
        for name in (*rule.pin, *rule.bury):
            place.setdefault(name, name in rule.pin)
    highest, lowest = (f((hit.score for hit in hits), default=0.0) for f in (max, min))
    first = [
        replace(by_id[name], score=highest, reasons=(_PINNED, *by_id[name].reasons))
        for name, pinned in place.items()
        if pinned and name in by_id
    ]
    last = [
        replace(by_id[name], score=lowest)
        for name, pinned in place.items()
        if not pinned and name in by_id
    ]
    return (*first, *(hit for hit in hits if hit.product_id not in place), *last)
