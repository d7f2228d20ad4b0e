"""A shopper's query over any engine, scored as ``LexicalIndex`` scores it.

The words, their slips and their rarity come from the shop's own index, which is its dictionary;
everything about products is asked of the engine. Each reading is four sums of weights: how well a
product says its words, what share of them it says, whether they name it, whether its title says
them only of what it goes with. Two short-cuts differ from ``LexicalIndex``: a product that says
two near words of one slot gets both, and no more than ``depth`` products of a reading are looked
at, so that totals and facets count no more.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sayfind.catalog.product import Product
from sayfind.retrieval.engine import (
    MAX_BOOSTS,
    Clauses,
    Condition,
    Engine,
    EngineQuery,
    Family,
    Found,
)
from sayfind.retrieval.filters import overlap, relax, split
from sayfind.retrieval.lexical import BELIEVED, LexicalIndex
from sayfind.retrieval.ordering import SORT_FLOOR
from sayfind.retrieval.postings import Postings
from sayfind.retrieval.ranges import cut
from sayfind.retrieval.reasons import constraint_reason
from sayfind.retrieval.sounds import SOUNDING, sound_weights
from sayfind.retrieval.terms import Reading, readings
from sayfind.text.normalise import normalise
from sayfind.text.tokenise import tokenise
from sayfind.types import Constraint, Hit, Query, Range, SearchResult, Sort

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["EngineRetriever"]

_KEYS = {
    Sort.PRICE_ASCENDING: ("price", 1.0),
    Sort.PRICE_DESCENDING: ("price", -1.0),
    Sort.POPULARITY: ("popularity", -1.0),
    Sort.NEWEST: ("newest", -1.0),
    Sort.RATING: ("rating", -1.0),
}
_MOST_RANGES = 20


@dataclass(frozen=True, slots=True)
class _Plan:
    """A reading as weights: of the words as they are worth, and of the words as they are rare."""

    reading: Reading
    values: dict[str, float]
    rarities: dict[str, float]
    whole: float
    accessory: bool
    sounds: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one reading finds: (score, share of it that is covered) by product."""

    plan: _Plan
    belief: float
    found: dict[str, tuple[float, float]]


class EngineRetriever:
    """A ``Retriever`` over an engine; ``index`` is the dictionary and holds the settings."""

    def __init__(self, engine: Engine, index: LexicalIndex, depth: int = 1000) -> None:
        self.engine, self.index, self.depth = engine, index, depth
        self._most = float(np.log1p(index.contents.popularity.max(initial=0.0))) or 1.0

    @property
    def postings(self) -> Postings:
        """Which products hold which terms, as the shop was built."""
        return self.index.postings

    def changed(
        self,
        products: Sequence[Product],
        removed: Collection[str] = (),
        vocabulary: Vocabulary | None = None,
    ) -> EngineRetriever:
        """The retriever after products were put into the engine and others taken out."""
        index = self.index.changed(products, removed, vocabulary)
        self.engine.upsert(products)
        self.engine.delete(removed)
        return EngineRetriever(self.engine, index, self.depth)

    def search(self, query: Query, k: int) -> SearchResult:
        """At most ``k`` hits, best first; an empty query finds nothing."""
        wishes = split(query.constraints, self.index.config.confident)
        asked = bool(wishes.demanded or wishes.preferred or query.sort is not Sort.RELEVANCE)
        said = readings(query)
        if not (said or asked):
            return SearchResult()
        plans = self._plans(said)
        if said and not plans and not wishes.demanded:
            return SearchResult()
        preferred = sorted(wishes.preferred, key=lambda c: -c.confidence)[:MAX_BOOSTS]
        tried: list[dict[str, tuple[Found, float]]] = []

        def matches(kept: Sequence[Constraint]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
            tried.append(self._candidates(plans, self._clauses(kept), preferred))
            return np.ones(len(tried[-1]), dtype=bool)

        _, relaxed = relax(wishes.demanded, matches)
        found = tried[-1]
        order, note = _ordered(found, query.sort)
        satisfied = tuple(c for c in wishes.demanded if c not in relaxed)
        hits = tuple(self._hit(*found[name], satisfied, note) for name in order[: max(0, k)])
        return SearchResult(hits, len(found), self._facets(found), relaxed)

    def _candidates(
        self, plans: Sequence[_Plan], must: Clauses, preferred: Sequence[Constraint]
    ) -> dict[str, tuple[Found, float]]:
        """Products that cover enough of a reading that is believed, with their scores."""
        gain = self.index.config.boost
        boosts = tuple((self._condition(c), gain * c.confidence) for c in preferred)
        asked = EngineQuery(must=must, boosts=boosts, k=self.depth)
        if not plans:
            (found,) = self.engine.search([asked])
            return {each.id: (each, each.score * self._prior(each)) for each in found}
        known: dict[str, Found] = {}
        answers = self._answers(plans, asked, known)
        totals: dict[str, float] = {}
        least = BELIEVED * max((a.belief for a in answers if a.found), default=0.0)
        covering: set[str] = set()
        for answer in answers:
            best = max((covered for _, covered in answer.found.values()), default=0.0)
            enough = self.index.config.min_coverage * best - 1e-6
            for name, (score, covered) in answer.found.items():
                totals[name] = totals.get(name, 0.0) + answer.belief * score
                if answer.belief >= least and covered >= enough:
                    covering.add(name)
        return {n: (known[n], totals[n] * self._prior(known[n])) for n in covering}

    def _plans(self, said: Sequence[Reading]) -> list[_Plan]:
        """The readings that any product answers; where none has all words, any may be a slip."""
        plans = [self._plan(reading) for reading in said]
        if len(said) == 1:
            whom = EngineQuery(plans[0].rarities, Family.PRESENT, k=1)
            (first,) = self.engine.search([whom]) if plans[0].rarities else ((),)
            if not first or first[0].score < plans[0].whole - 1e-3:
                plans = [self._plan(said[0], slips=True)]
        return [plan for plan in plans if plan.values]

    def _plan(self, reading: Reading, *, slips: bool = False) -> _Plan:
        values: dict[str, float] = {}
        rarities: dict[str, float] = {}
        whole = 0.0
        for slot in self.index.slots(reading, slips=slips):
            whole += slot.rarity if len(slot.products) else 0.0
            for number, share in zip(slot.names, slot.shares, strict=True):
                if share:
                    name = self.postings.name_of(number)
                    values[name] = values.get(name, 0.0) + slot.rarity * share
                    rarities[name] = rarities.get(name, 0.0) + slot.rarity
        accessory = self.index.names_accessory(reading.terms)
        sounds = sound_weights(reading.terms) if slips and self.index.config.sound else {}
        return _Plan(reading, values, rarities, whole, accessory, sounds)

    def _answers(
        self, plans: Sequence[_Plan], asked: EngineQuery, known: dict[str, Found]
    ) -> list[_Answer]:
        found = self.engine.search([replace(asked, terms=plan.values) for plan in plans])
        beliefs = self._beliefs(plans)
        for each in found:
            known |= {product.id: product for product in each}
        closer: list[EngineQuery] = []
        for plan, products in zip(plans, found, strict=True):
            among = frozenset(product.id for product in products)
            whom = EngineQuery(
                plan.rarities, Family.PRESENT, among=among, k=self.depth, numbers=False
            )
            heard = dict.fromkeys(plan.reading.terms, 1.0)
            closer += [whom, replace(whom, terms=heard, family=Family.GOES_WITH)]
        looked = self.engine.search(closer)
        answers = []
        for number, (plan, products) in enumerate(zip(plans, found, strict=True)):
            covered = {f.id: min(1.0, f.score / plan.whole) for f in looked[2 * number]}
            lowered = set() if plan.accessory else {f.id for f in looked[2 * number + 1]}
            scores = {
                f.id: (self._weighed(f.score, covered[f.id], f.id in lowered), covered[f.id])
                for f in products
            }
            answers.append(_Answer(plan, beliefs[number], self._by_sound(plan, scores)))
        return answers

    def _by_sound(
        self, plan: _Plan, scores: dict[str, tuple[float, float]]
    ) -> dict[str, tuple[float, float]]:
        """The best raised by how much of the reading their titles sound like."""
        first = frozenset(sorted(scores, key=lambda name: -scores[name][0])[:SOUNDING])
        if not plan.sounds or not first:
            return scores
        asked = EngineQuery(sounds=plan.sounds, among=first, k=SOUNDING, numbers=False)
        (heard,) = self.engine.search([asked])
        gain = {each.id: 1.0 + self.index.config.sound * each.score**2 for each in heard}
        return {name: (s * gain.get(name, 1.0), covered) for name, (s, covered) in scores.items()}

    def _weighed(self, score: float, covered: float, goes_with: bool) -> float:
        config = self.index.config
        return float(score * covered**config.coverage * (1.0 - config.accessory * goes_with))

    def _beliefs(self, plans: Sequence[_Plan]) -> list[float]:
        """How far each reading is believed: by its probability, and by whether a product has it."""
        if len(plans) < 2:
            return [1.0] * len(plans)
        config = self.index.config
        named = self.engine.search(
            [EngineQuery(plan.rarities, Family.NAMED, k=1) for plan in plans]
        )
        logs = [
            config.flatten * math.log(max(plan.reading.share, 1e-6))
            + config.evidence * (min(1.0, first[0].score / plan.whole) if first else 0.0)
            for plan, first in zip(plans, named, strict=True)
        ]
        shares = [math.exp(value - max(logs)) for value in logs]
        return [share / sum(shares) for share in shares]

    def _prior(self, found: Found) -> float:
        popularity = math.log1p(found.numbers.get("popularity", 0.0)) / self._most
        return 1.0 + self.index.config.popularity * popularity

    # --- wishes as conditions

    def _clauses(self, demanded: Sequence[Constraint]) -> Clauses:
        """Each negation, and for each field what is wished of it; ranges that overlap are one."""
        alone = [(self._condition(c),) for c in demanded if c.negated]
        wished: dict[str, list[Constraint]] = {}
        for constraint in demanded:
            if not constraint.negated:
                wished.setdefault(constraint.field, []).append(constraint)
        return (*alone, *(tuple(map(self._condition, _narrowed(w))) for w in wished.values()))

    def _condition(self, constraint: Constraint) -> Condition:
        name, value = constraint.field, constraint.value
        if name == "price":
            within = value if isinstance(value, Range) else Range(1.0, 0.0)  # which no price is in
            return Condition(name, within=within, negated=constraint.negated)
        table = self.index.contents.values
        if isinstance(value, str):
            title = tuple(dict.fromkeys(tokenise(value)))
            return Condition(name, (normalise(value),), title, negated=constraint.negated)
        field = table.field(name)
        values = [] if field is None else table.find(field, value)
        forms = tuple(dict.fromkeys(table.forms[v][0] for v in values))
        return Condition(name, forms, negated=constraint.negated)

    # --- what is shown

    def _facets(self, found: dict[str, tuple[Found, float]]) -> dict[str, dict[str | Range, int]]:
        if not found:
            return {}
        counts = self.engine.facets(self.index.facet_fields, among=found)
        limit = self.index.config.facet_values
        facets: dict[str, dict[str | Range, int]] = {
            field: dict(list(each.items())[:limit]) for field, each in counts.items()
        }
        prices = [f.numbers["price"] for f, _ in found.values() if "price" in f.numbers]
        amounts, sizes = np.unique(prices, return_counts=True)
        if len(amounts) > 1:
            ranges = cut(amounts.tolist(), sizes.tolist(), "")
            facets["price"] = {r: sum(price in r for price in prices) for r in ranges}
        return facets

    def _hit(self, found: Found, score: float, satisfied: Sequence[Constraint], note: str) -> Hit:
        price = found.numbers.get("price", math.nan)
        reasons = [constraint_reason(c, price, ()) for c in satisfied]
        return Hit(found.id, score, tuple(dict.fromkeys([*reasons, *([note] if note else [])])))


def _narrowed(wishes: Sequence[Constraint]) -> list[Constraint]:
    """Wishes for one field, each range narrowed by those that it overlaps."""
    return [
        replace(wish, value=_narrow(wish.value, [other.value for other in wishes]))
        for wish in wishes
    ]


def _narrow(value: str | Range, others: Sequence[str | Range]) -> str | Range:
    for other in others:
        if isinstance(value, Range) and isinstance(other, Range) and overlap(value, other):
            lows = [r.low for r in (value, other) if r.low is not None]
            highs = [r.high for r in (value, other) if r.high is not None]
            value = Range(max(lows, default=None), min(highs, default=None), value.unit)
    return value


def _ordered(found: dict[str, tuple[Found, float]], sort: Sort) -> tuple[list[str], str]:
    """Ids in the asked order, weak matches after strong ones; a note where it cannot be given."""
    relevant = sorted(found, key=lambda name: (-round(found[name][1], 4), name))
    if sort is Sort.RELEVANCE or not found:
        return relevant, ""
    number, sign = _KEYS[sort]
    values = {n: f.numbers.get(number, math.nan) * sign for n, (f, _) in found.items()}
    if sort is Sort.POPULARITY:
        values = {name: value or math.nan for name, value in values.items()}
    if not any(map(math.isfinite, values.values())):
        return relevant, f"no {sort.value.replace('_', ' ')} is known to sort by"
    floor = SORT_FLOOR * found[relevant[0]][1]

    def place(name: str) -> tuple[bool, float]:
        value = values[name]
        return found[name][1] < floor, value if math.isfinite(value) else math.inf

    return sorted(relevant, key=place), ""
