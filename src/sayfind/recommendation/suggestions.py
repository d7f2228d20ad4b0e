"""Suggestions from behaviour, and from the catalogue where nobody has behaved yet.

``ShopRecommender`` implements ``stages.Recommender``. What it knows is also a prior: for ranking
(``rerank``) and for recognition (``likely_phrases``: what this person would plausibly say). All of
it is off for somebody who says so.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from sayfind.catalog.product import Product
from sayfind.recommendation.behaviour import Behaviour, Near
from sayfind.recommendation.factorise import fold_in
from sayfind.types import Hit, Session

__all__ = ["Relation", "ShopRecommender", "SuggestionConfig", "likely_phrases", "rerank"]

_RECIPROCAL = 10.0  # of a rank, in the fusion of lists (Cormack et al. 2009 take 60 for long ones)


class Relation(StrEnum):
    """What one product is to another."""

    SIMILAR = "similar"
    GOES_WITH = "goes with"


@dataclass(frozen=True, slots=True)
class SuggestionConfig:
    """How much each source counts; 0 turns one off.

    ``following``, ``viewed``, ``bought`` and ``taste`` are behaviour, ``alike`` the catalogue,
    ``wanted`` what everybody wants. ``memory`` is how much the product before the last counts of
    what the last one does, and so on. ``most_of_one`` is the largest part of a list that one
    brand may take.
    """

    following: float = 1.0
    viewed: float = 1.0
    bought: float = 0.7
    taste: float = 0.7
    alike: float = 0.5
    wanted: float = 0.2
    memory: float = 0.7
    most_of_one: float = 0.5

    def __post_init__(self) -> None:
        weights = (self.following, self.viewed, self.bought, self.taste, self.alike, self.wanted)
        if min(weights) < 0 or not 0.0 <= self.memory <= 1.0 or not 0.0 < self.most_of_one <= 1.0:
            raise ValueError("weights are 0 or more, memory and most_of_one shares")


class ShopRecommender:
    """Suggests products of one shop; may be shared between threads."""

    def __init__(
        self,
        products: Mapping[str, Product],
        behaviour: Behaviour,
        config: SuggestionConfig | None = None,
    ) -> None:
        self._products, self.behaviour = products, behaviour
        self.config = config or SuggestionConfig()
        shelves = defaultdict[tuple[str, ...], list[Product]](list)
        for product in products.values():
            shelves[product.category].append(product)
        self._shelves = dict(shelves)

    @cached_property
    def _wanted(self) -> list[tuple[str, float]]:
        """Everything sold, the most wanted first; the feed's own popularity breaks ties."""
        wanted = self.behaviour.wanted
        order = sorted(
            self._products.values(), key=lambda p: (-wanted.get(p.id, 0.0), -p.popularity, p.id)
        )
        return [(product.id, 1.0) for product in order]

    def suggest(self, session: Session, k: int) -> tuple[Hit, ...]:
        """At most ``k`` products, best first, each with its strongest reason."""
        if not session.personal:
            session = Session(personal=False)
        held = {*session.viewed, *session.bought}
        found: dict[str, tuple[float, float, str]] = {}
        for weight, reason, ranked in self._sources(session):
            for rank, (product, _) in enumerate(ranked):
                if product in held or product not in self._products:
                    continue
                gain = weight * _RECIPROCAL / (_RECIPROCAL + rank)
                total, strongest, why = found.get(product, (0.0, 0.0, ""))
                why = reason if gain > strongest else why
                found[product] = (total + gain, max(strongest, gain), why)
        order = sorted(found, key=lambda product: (-found[product][0], product))
        hits = [Hit(product, found[product][0], (found[product][2],)) for product in order]
        return tuple(self._mixed(hits))[: max(0, k)]

    def related(self, product_id: str, relation: Relation, k: int) -> tuple[Hit, ...]:
        """What is like a product, or what is bought with it; nothing for one that is not sold."""
        if product_id not in self._products:
            return ()
        near = self.behaviour.viewed if relation is Relation.SIMILAR else self.behaviour.bought
        reason = (
            "looked at by the same people" if relation is Relation.SIMILAR else "bought together"
        )
        hits = [
            Hit(other, score, (reason,))
            for other, score in near.get(product_id, ())
            if other in self._products
        ]
        known = {hit.product_id for hit in hits}
        if relation is Relation.SIMILAR:
            least = hits[-1].score if hits else 1.0
            hits += [
                Hit(other, least * score, ("alike in the catalogue",))
                for other, score in self._alike(product_id)
                if other not in known
            ]
        return tuple(hits[: max(0, k)])

    def _sources(self, session: Session) -> Iterator[tuple[float, str, list[tuple[str, float]]]]:
        """(weight, reason, products best first) of every source that has something to say."""
        config, known = self.config, self.behaviour
        viewed, bought = session.viewed[::-1], session.bought[::-1]
        yield config.following, "looked at next by others", self._near(known.following, viewed)
        yield config.viewed, "looked at by the same people", self._near(known.viewed, viewed)
        yield config.bought, "bought together", self._near(known.bought, bought)
        yield config.taste, "fits your taste", self._taste(session)
        alike = {name: self._alike(name) for name in dict.fromkeys((*viewed, *bought))}
        yield config.alike, "like what you looked at", self._near(alike, (*viewed, *bought))
        yield config.wanted, "liked by many", self._wanted

    def _near(
        self, near: Near | Mapping[str, list[tuple[str, float]]], recent: Sequence[str]
    ) -> list[tuple[str, float]]:
        """Neighbours of what was looked at, the most recent counting most."""
        scores = defaultdict[str, float](float)
        for back, product in enumerate(dict.fromkeys(recent)):
            for other, score in near.get(product, ()):
                scores[other] += score * self.config.memory**back
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))

    def _taste(self, session: Session) -> list[tuple[str, float]]:
        factors = self.behaviour.factors
        liked = [(p, 1.0) for p in session.viewed] + [(p, 5.0) for p in session.bought]
        if factors is None or not liked:
            return []
        scores = fold_in(factors, liked)
        best = scores.argsort(kind="stable")[::-1][:50]
        return [(factors.products[i], float(scores[i])) for i in best if scores[i] > 0]

    def _alike(self, product_id: str) -> list[tuple[str, float]]:
        """Others of the same shelf, in [0, 1]: the same brand, values in common, a near price."""
        product = self._products.get(product_id)
        if product is None:
            return []
        shelf = self._shelves[product.category]
        scored = [(other.id, _likeness(product, other)) for other in shelf if other is not product]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:30]

    def _mixed(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """The same hits, so that no brand takes more than its part of the list's beginning."""
        later: list[Hit] = []
        taken = defaultdict[str, int](int)
        count = 0
        scores: list[float] = []
        for hit in hits:
            brand = self._products[hit.product_id].brand
            if brand and taken[brand] + 1 > max(2.0, self.config.most_of_one * (count + 2)):
                later.append(hit)
                continue
            taken[brand] += 1
            count += 1
            scores.append(hit.score)
            yield hit
        least = scores[-1] if scores else math.inf
        yield from (replace(hit, score=min(hit.score, least)) for hit in later)


def _likeness(a: Product, b: Product) -> float:
    values = [{(n, v) for n, vs in p.attributes.items() for v in vs} for p in (a, b)]
    union = len(values[0] | values[1])
    shared = len(values[0] & values[1]) / union if union else 0.0
    price = 0.0
    if a.price and b.price:
        price = math.exp(-abs(math.log(a.price / b.price)))
    return 0.4 * (a.brand == b.brand and bool(a.brand)) + 0.3 * shared + 0.3 * price


def rerank(hits: Sequence[Hit], weights: Mapping[str, float], strength: float) -> tuple[Hit, ...]:
    """Hits moved by what shoppers want; ``weights`` lie in [0, 1], what is not named has none.

    A product of weight 1 may rise to ``1 / (1 + strength)`` of its rank and no further: behaviour
    settles what words leave open, and cannot bring up what they rule out. Scores stay with the
    places, so that they still fall.
    """
    if not strength or not weights:
        return tuple(hits)
    keys = [
        (rank + 1) / (1.0 + strength * min(1.0, max(0.0, weights.get(hit.product_id, 0.0))))
        for rank, hit in enumerate(hits)
    ]
    order = sorted(range(len(hits)), key=lambda i: (keys[i], i))
    return tuple(
        replace(
            hits[old],
            score=hits[place].score,
            reasons=(*hits[old].reasons, *(("shoppers choose it",) if old > place else ())),
        )
        for place, old in enumerate(order)
    )


def likely_phrases(
    hits: Sequence[Hit],
    product: Callable[[str], Product],
    weight: float = 2.0,
) -> dict[str, float]:
    """What somebody who is suggested these would plausibly say: phrase to weight (natural log).

    Brands, the last step of categories, and titles, in lower case; the first suggestion gives
    ``weight``, later ones less. Made for a recogniser's biasing list.
    """
    phrases = defaultdict[str, float](float)
    for rank, hit in enumerate(hits):
        item = product(hit.product_id)
        for text in (item.brand, *item.category[-1:], item.title):
            if text:
                phrase = " ".join(text.lower().split())
                phrases[phrase] = max(phrases[phrase], weight / (1.0 + 0.25 * rank))
    return dict(phrases)
