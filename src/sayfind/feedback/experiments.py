"""Trying something else on real shoppers, at a known price.

``interleave`` puts two rankings into one list, fairly (team draft: Radlinski et al. 2008), and
``credit`` says whose products were clicked. ``Explorer`` now and then puts a product that nobody
knows enough about into one place of the list: on at most the stated share of pages, never in the
first places, and with its exact propensity, so that the log can be judged by counterfactuals.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sayfind.types import Hit

__all__ = ["ExplorationConfig", "Explorer", "Interleaved", "Shown", "credit", "interleave"]


@dataclass(frozen=True, slots=True)
class Interleaved:
    """``products`` from the top; ``teams`` says for each which ranking put it there, 0 or 1."""

    products: tuple[str, ...]
    teams: tuple[int, ...]


def interleave(
    first: Sequence[str], second: Sequence[str], k: int, generator: random.Random
) -> Interleaved:
    """At most ``k`` products of two rankings, as captains choose teams.

    The team with fewer players picks its best that is left; where both have as many, a coin falls.
    """
    rankings, taken, teams = (first, second), dict[str, int](), [0, 0]
    while len(taken) < k:
        left = [next((p for p in ranking if p not in taken), None) for ranking in rankings]
        if left == [None, None]:
            break
        turn = generator.randrange(2) if teams[0] == teams[1] else int(teams[0] > teams[1])
        turn = turn if left[turn] is not None else 1 - turn
        picked = left[turn]
        assert picked is not None
        taken[picked] = turn
        teams[turn] += 1
    return Interleaved(tuple(taken), tuple(taken.values()))


def credit(shown: Interleaved, clicked: Sequence[str]) -> int:
    """1 if the first ranking's products were clicked more, -1 if the second's, 0 for a draw."""
    team = dict(zip(shown.products, shown.teams, strict=True))
    votes = [team[product] for product in set(clicked) if product in team]
    difference = votes.count(0) - votes.count(1)
    return (difference > 0) - (difference < 0)


@dataclass(frozen=True, slots=True)
class ExplorationConfig:
    """What exploring may cost.

    ``budget`` is the share of result pages on which one place is given to something else (0: no
    exploring), ``first_rank`` the highest such place, from 1. ``depth`` is how far down the ranking
    that something is taken from. ``optimism`` weighs what is not known: a product's chance is the
    softmax of its mean plus ``optimism`` standard deviations, over ``temperature``.
    """

    budget: float = 0.0
    first_rank: int = 4
    depth: int = 40
    optimism: float = 1.0
    temperature: float = 0.05

    def __post_init__(self) -> None:
        if not 0.0 <= self.budget <= 1.0 or self.first_rank < 1 or self.temperature <= 0:
            raise ValueError("budget lies in [0, 1], first_rank is 1 or more, temperature above 0")


@dataclass(frozen=True, slots=True)
class Shown:
    """A list as it is shown, and each product's probability of standing where it stands."""

    hits: tuple[Hit, ...]
    propensities: tuple[float, ...]
    explored: bool = False


@dataclass(frozen=True)
class Explorer:
    """A bandit with a budget; ``known`` maps a product to (clicks, times looked at)."""

    config: ExplorationConfig
    known: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def show(self, hits: Sequence[Hit], k: int, generator: random.Random) -> Shown:
        """The first ``k`` hits, or with the budget's probability one of the others among them."""
        config, page = self.config, list(hits[:k])
        others = list(hits[k : config.depth])
        places = range(config.first_rank - 1, len(page))
        if not config.budget or not others or not places:
            return Shown(tuple(page), (1.0,) * len(page))
        # At a place that may be explored the ranking's own product stands unless it was chosen.
        stays = 1.0 - config.budget / len(places)
        propensities = [stays if place in places else 1.0 for place in range(len(page))]
        if generator.random() >= config.budget:
            return Shown(tuple(page), tuple(propensities))
        shares = self._shares(others)
        (chosen,) = generator.choices(range(len(others)), shares)
        place = generator.choice(places)
        reason = (*others[chosen].reasons, "shown to learn whether it fits")
        page[place] = replace(others[chosen], score=page[place].score, reasons=reason)
        propensities[place] = config.budget / len(places) * shares[chosen]
        return Shown(tuple(page), tuple(propensities), explored=True)

    def _shares(self, hits: Sequence[Hit]) -> list[float]:
        """How likely each is chosen: by the upper end of what its rate may be."""
        values = []
        for hit in hits:
            clicks, shown = self.known.get(hit.product_id, (0.0, 0.0))
            mean = (clicks + 1.0) / (shown + 5.0)
            deviation = math.sqrt(mean * (1.0 - mean) / (shown + 6.0))
            values.append((mean + self.config.optimism * deviation) / self.config.temperature)
        weights = [math.exp(value - max(values)) for value in values]
        return [weight / sum(weights) for weight in weights]
