"""Click models: how much of a click is the product's, and how much the place's where it stood.

``PositionModel``: a product is clicked if its place is looked at and it attracts (Richardson et al.
2007; Craswell et al. 2008), fitted by expectation maximisation. ``CascadeModel``: the list is read
from the top until one is clicked (Craswell et al. 2008), fitted by counting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sayfind.types import Action, FeedbackEvent

__all__ = ["CascadeModel", "ClickConfig", "Impression", "PositionModel", "impressions"]

Pair = tuple[str, str]
_LEAST = 1e-9  # weight of lists under which a place counts as never shown


@dataclass(frozen=True, slots=True)
class Impression:
    """A list as it was shown: ``products`` from the top, which of them were ``clicked``.

    ``query`` is what the attraction of a product is relative to; empty for the shop as a whole.
    ``weight`` is how much the list counts.
    """

    products: tuple[str, ...]
    clicked: frozenset[str]
    query: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ClickConfig:
    """How click models are fitted.

    ``ranks`` places are told apart, lower ones count as the last. ``prior_clicks`` and
    ``prior_shown`` are the made-up lists that every product begins with, so that one lucky click
    proves little. ``rounds`` is the most passes, ``tolerance`` the change of an examination
    probability at which they end.
    """

    ranks: int = 20
    prior_clicks: float = 1.0
    prior_shown: float = 5.0
    rounds: int = 200
    tolerance: float = 1e-4

    def __post_init__(self) -> None:
        if self.ranks < 1 or self.rounds < 1 or not 0 < self.prior_clicks < self.prior_shown:
            raise ValueError("ranks, rounds at least 1, prior_clicks above 0, below prior_shown")


def impressions(events: Iterable[FeedbackEvent]) -> list[Impression]:
    """The lists of a log: one for each trace with something shown, clicked products marked.

    A click on what that trace never showed is left out: no page sends one.
    """
    shown = defaultdict[str, dict[int, str]](dict)
    clicked = defaultdict[str, set[str]](set)
    queries: dict[str, str] = {}
    for event in events:
        if event.action is Action.SHOWN and event.rank:
            shown[event.trace_id][event.rank] = event.product_id
        elif event.action is Action.CLICKED:
            clicked[event.trace_id].add(event.product_id)
        elif event.action is Action.ASKED:
            queries[event.trace_id] = event.text
    return [
        Impression(
            products := tuple(places[rank] for rank in sorted(places)),
            frozenset(clicked[trace] & set(products)),
            queries.get(trace, ""),
        )
        for trace, places in shown.items()
    ]


@dataclass(frozen=True)
class PositionModel:
    """``examination[rank - 1]`` is how likely a place is looked at, the first place being 1.

    ``attraction`` maps (query, product) to how likely it is clicked once looked at.
    """

    examination: tuple[float, ...]
    attraction: Mapping[Pair, float] = field(default_factory=dict)

    @classmethod
    def fit(cls, lists: Sequence[Impression], config: ClickConfig | None = None) -> PositionModel:
        """The most likely model of some lists (expectation maximisation, Chuklin et al. 2015, 4.1).

        Attraction is smoothed by the config's prior; examination is not.
        """
        config = config or ClickConfig()
        pairs, ranks, clicks, weights, names = _columns(lists, config.ranks)
        attraction = np.full(len(names), config.prior_clicks / config.prior_shown)
        examination = 1.0 / np.arange(1, config.ranks + 1)
        shown = np.bincount(ranks, weights, config.ranks)
        seen = shown > _LEAST
        of_pair = np.bincount(pairs, weights, len(names)) + config.prior_shown
        for _ in range(config.rounds if len(names) else 0):
            looked, drawn = examination[ranks], attraction[pairs]
            missed = np.maximum(1e-12, 1.0 - looked * drawn)
            attracted = np.where(clicks, 1.0, drawn * (1.0 - looked) / missed)
            examined = np.where(clicks, 1.0, looked * (1.0 - drawn) / missed)
            drawn_from = np.bincount(pairs, weights * attracted, len(names)).astype(np.float64)
            attraction = (drawn_from + config.prior_clicks) / of_pair
            before = examination
            looks = np.bincount(ranks, weights * examined, config.ranks)
            examination = np.where(seen, looks / np.maximum(shown, _LEAST), before)
            if np.abs(examination - before).max() < config.tolerance:
                break
        # Only the product of both is ever seen: the first place is taken to be always looked at.
        first = max(float(examination[0]), _LEAST)
        attraction = np.minimum(1.0, attraction * first)
        places = tuple(float(min(1.0, value / first)) for value in examination)
        return cls(places, dict(zip(names, map(float, attraction), strict=True)))

    def click_probability(self, query: str, product_id: str, rank: int) -> float:
        """How likely a product is clicked at a rank (from 1); a new one as likely as the mean."""
        mean = sum(self.attraction.values()) / max(1, len(self.attraction))
        drawn = self.attraction.get((query, product_id), mean)
        return self.examination[min(rank, len(self.examination)) - 1] * drawn


@dataclass(frozen=True)
class CascadeModel:
    """``attraction`` maps (query, product) to how likely it is clicked once it is reached."""

    attraction: Mapping[Pair, float] = field(default_factory=dict)

    @classmethod
    def fit(cls, lists: Sequence[Impression], config: ClickConfig | None = None) -> CascadeModel:
        """Clicks over times reached: everything down to the first click, or the whole list."""
        config = config or ClickConfig()
        reached, taken = defaultdict[Pair, float](float), defaultdict[Pair, float](float)
        for shown in lists:
            for product in shown.products:
                reached[shown.query, product] += shown.weight
                if product in shown.clicked:
                    taken[shown.query, product] += shown.weight
                    break
        return cls(
            {
                pair: (taken[pair] + config.prior_clicks) / (count + config.prior_shown)
                for pair, count in reached.items()
            }
        )

    def click_probabilities(self, query: str, products: Sequence[str]) -> list[float]:
        """How likely each product of a list is the one that is clicked."""
        mean = sum(self.attraction.values()) / max(1, len(self.attraction))
        on, result = 1.0, []
        for product in products:
            drawn = self.attraction.get((query, product), mean)
            result.append(on * drawn)
            on *= 1.0 - drawn
        return result


def _columns(lists: Sequence[Impression], ranks: int) -> tuple[
    np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[Pair]
]:  # fmt: skip
    """One row for each shown product: its pair, its place from 0, clicked or not, its weight."""
    numbers: dict[Pair, int] = {}
    rows = [
        (
            numbers.setdefault((shown.query, product), len(numbers)),
            min(place, ranks - 1),
            product in shown.clicked,
            shown.weight,
        )
        for shown in lists
        for place, product in enumerate(shown.products)
    ]
    pairs, places, clicks, weights = zip(*rows, strict=True) if rows else ((), (), (), ())
    return (
        np.array(pairs, dtype=np.int64),
        np.array(places, dtype=np.int64),
        np.array(clicks, dtype=np.bool_),
        np.array(weights, dtype=np.float64),
        list(numbers),
    )
