"""What a log of sessions says of products: which are wanted, alike, bought together, seen next.

Everything counts sessions, not events: a pair is counted once in each, and an older session less
(time decay). What is kept is small: the nearest few products of each, and one vector where tastes
were factorised. Knows events; which sessions are to be believed is decided before.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import ModelError
from sayfind.types import Action, FeedbackEvent

__all__ = ["Behaviour", "BehaviourConfig", "Factors", "Taste", "learn_behaviour", "tastes"]

Near = Mapping[str, tuple[tuple[str, float], ...]]
_VERSION = 1
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class BehaviourConfig:
    """How sessions are counted.

    A session that ended ``half_life`` days ago counts half. ``click``, ``basket`` and ``purchase``
    are what an act says about a taste. Likeness is the cosine of two products' sessions, shrunk as
    if ``shrink`` sessions had held only one of them. Of each product the nearest ``neighbours``
    are kept. ``window`` is how many later products of a session follow one.
    """

    half_life: float = 30.0
    click: float = 1.0
    basket: float = 3.0
    purchase: float = 5.0
    shrink: float = 3.0
    neighbours: int = 30
    window: int = 3

    def __post_init__(self) -> None:
        if min(self.half_life, self.click, self.basket, self.purchase) <= 0 or self.shrink < 0:
            raise ValueError("half_life and weights are above 0, shrink is 0 or more")
        if self.neighbours < 1 or self.window < 1:
            raise ValueError("neighbours and window are 1 or more")

    def weight(self, action: Action) -> float:
        """What an act says about a taste; 0 for what says nothing."""
        weights = {
            Action.CLICKED: self.click,
            Action.ADDED: self.basket,
            Action.BOUGHT: self.purchase,
        }
        return weights.get(action, 0.0)


@dataclass(frozen=True, slots=True)
class Taste:
    """One session: ``products`` in the order they were first looked at, with what each says.

    ``bought`` are those put into the basket or bought; ``weight`` is the session's age in (0, 1].
    """

    products: Mapping[str, float]
    bought: frozenset[str]
    weight: float


@dataclass(frozen=True)
class Factors:
    """Tastes as vectors: ``vectors`` is float32 ``(num_products, num_factors)``."""

    products: tuple[str, ...]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Behaviour:
    """What was learnt, each part by product id.

    ``wanted`` is how much; ``viewed`` what the same people look at, ``bought`` what they buy with
    it, ``following`` what they look at next, nearest first with scores above 0. ``answers`` maps
    a question to how much each product attracts whoever asks it, in [0, 1].
    """

    wanted: Mapping[str, float] = field(default_factory=dict)
    viewed: Near = field(default_factory=dict)
    bought: Near = field(default_factory=dict)
    following: Near = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    factors: Factors | None = None

    def save(self, folder: Path) -> None:
        """Write it into a folder that is there."""
        body = {
            "version": _VERSION,
            "wanted": self.wanted,
            "viewed": self.viewed,
            "bought": self.bought,
            "following": self.following,
            "answers": self.answers,
        }
        path = folder / "behaviour.json"
        path.write_text(json.dumps(body, ensure_ascii=False, sort_keys=True), encoding="utf-8")
        if self.factors is not None:
            names = np.array(self.factors.products, dtype=np.str_)
            np.savez(folder / "factors.npz", products=names, vectors=self.factors.vectors)

    @classmethod
    def open(cls, folder: Path) -> Behaviour:
        """What ``save`` wrote.

        Raises:
            ModelError: a file is missing, damaged or of another version.
        """
        try:
            body = json.loads((folder / "behaviour.json").read_text(encoding="utf-8"))
            if body["version"] != _VERSION:
                raise ModelError(f"{folder} is of another version; run `sayfind learn` again.")
            return cls(
                wanted=body["wanted"],
                viewed=_near(body["viewed"]),
                bought=_near(body["bought"]),
                following=_near(body["following"]),
                answers=body["answers"],
                factors=_factors(folder / "factors.npz"),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, BadZipFile) as error:
            raise ModelError(f"{folder} cannot be read; run `sayfind learn` again.") from error


def _near(rows: Mapping[str, Any]) -> Near:
    return {name: tuple((str(p), float(s)) for p, s in row) for name, row in rows.items()}


def _factors(path: Path) -> Factors | None:
    if not path.exists():
        return None
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return Factors(tuple(map(str, stored["products"])), stored["vectors"].astype(np.float32))


def tastes(
    sessions: Mapping[str, Sequence[FeedbackEvent]], now: float, config: BehaviourConfig
) -> list[Taste]:
    """What each session says; ``now`` is in seconds since 1970, and so are the events' times."""
    found = []
    for events in sessions.values():
        products: dict[str, float] = {}
        bought = set()
        for event in events:
            weight = config.weight(event.action)
            if weight and event.product_id:
                products[event.product_id] = max(weight, products.get(event.product_id, 0.0))
                if event.action is not Action.CLICKED:
                    bought.add(event.product_id)
        if products:
            days = max(0.0, now - max(event.time for event in events)) / _DAY
            age = 0.5 ** (days / config.half_life)
            found.append(Taste(products, frozenset(bought), max(age, 1e-9)))
    return found


def learn_behaviour(
    found: Sequence[Taste],
    wanted: Mapping[str, float],
    answers: Mapping[str, Mapping[str, float]] | None = None,
    factors: Factors | None = None,
    config: BehaviourConfig | None = None,
) -> Behaviour:
    """Count tastes; ``wanted`` and ``answers`` come from whoever counts clicks robustly."""
    config = config or BehaviourConfig()
    return Behaviour(
        wanted=dict(sorted(wanted.items())),
        viewed=_together([(tuple(t.products), t.weight) for t in found], config),
        bought=_together([(tuple(sorted(t.bought)), t.weight) for t in found], config),
        following=_following(found, config),
        answers=answers or {},
        factors=factors,
    )


def _together(baskets: Sequence[tuple[Sequence[str], float]], config: BehaviourConfig) -> Near:
    """Products that lie in the same baskets: the cosine of their baskets, shrunk."""
    alone, both = defaultdict[str, float](float), defaultdict[tuple[str, str], float](float)
    for products, weight in baskets:
        for product in products:
            alone[product] += weight
        for a, b in combinations(sorted(products), 2):
            both[a, b] += weight
    near = defaultdict[str, list[tuple[str, float]]](list)
    for (a, b), weight in both.items():
        score = weight / math.sqrt((alone[a] + config.shrink) * (alone[b] + config.shrink))
        near[a].append((b, score))
        near[b].append((a, score))
    return _nearest(near, config.neighbours)


def _following(found: Sequence[Taste], config: BehaviourConfig) -> Near:
    """What is looked at after a product, the very next counting most."""
    after = defaultdict[str, defaultdict[str, float]](lambda: defaultdict(float))
    totals = defaultdict[str, float](float)
    for taste in found:
        products = list(taste.products)
        for place, product in enumerate(products):
            totals[product] += taste.weight
            for gap, other in enumerate(products[place + 1 : place + 1 + config.window], 1):
                after[product][other] += taste.weight / gap
    near = {
        product: [(o, w / (totals[product] + config.shrink)) for o, w in others.items()]
        for product, others in after.items()
    }
    return _nearest(near, config.neighbours)


def _nearest(near: Mapping[str, list[tuple[str, float]]], most: int) -> Near:
    return {
        name: tuple(sorted(row, key=lambda pair: (-pair[1], pair[0]))[:most])
        for name, row in sorted(near.items())
    }
