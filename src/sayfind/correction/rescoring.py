"""Readings weighed anew: a log-linear model of all that speaks for each, and its weights.

A reading's total is the weighted sum of its scores; probabilities are the softmax of totals. The
weights are found by coordinate ascent on word errors: those of the best reading (Och 2003, minimum
error rate training) and, to have a slope where those do not change, a tenth of the expected ones. A
price on leaving the starting weights keeps out what hardly helps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sayfind.types import Hypothesis, NBest

__all__ = ["FLOORS", "LogLinear", "Pool", "tune"]

Floats = NDArray[np.float64]

FLOORS: Mapping[str, float] = {"first": -6.0}
"""Scores that are not believed under a value: a recogniser that does not list a reading."""


@dataclass(frozen=True, slots=True)
class LogLinear:
    """Weights by score name; a score without a weight does not count.

    ``temperature`` divides totals before they become probabilities (calibration).
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise ValueError("temperature is positive")

    def total(self, scores: Mapping[str, float]) -> float:
        """The weighted sum; a score that a reading lacks is at its floor, or 0."""
        return float(
            sum(weight * _score(scores, name) for name, weight in self.weights.items() if weight)
        )

    def order(self, readings: Sequence[Hypothesis], like: NBest) -> NBest:
        """The readings by total, with probabilities; ``like`` lends the language."""
        totals = [self.total(reading.scores) / self.temperature for reading in readings]
        return NBest.from_scores(list(readings), totals, like.language)


def _score(scores: Mapping[str, float], name: str) -> float:
    floor = FLOORS.get(name)
    value = scores.get(name, floor if floor is not None else 0.0)
    return value if floor is None else max(floor, value)


@dataclass(frozen=True, slots=True)
class Pool:
    """The readings of one utterance for tuning: ``scores`` by reading, ``errors`` of each."""

    scores: Sequence[Mapping[str, float]]
    errors: Sequence[float]

    def table(self, names: Sequence[str]) -> Floats:
        """``(num_readings, num_names)``."""
        return np.array([[_score(s, name) for name in names] for s in self.scores])


def tune(
    pools: Sequence[Pool], start: LogLinear, names: Sequence[str] = (), price: float = 0.005,
    rounds: int = 3,
) -> LogLinear:  # fmt: skip
    """Weights with the fewest errors over pools.

    ``names`` are the weights that may move (all of ``start`` if none are given); none becomes
    negative. ``price`` is charged per unit that a weight moves away and per pool, so that
    evidence that hardly helps stays out. The temperature is tuned with them, last.
    """
    used = [pool for pool in pools if len(set(pool.errors)) > 1]
    every = list(dict.fromkeys([*start.weights, *names]))
    if not used:
        return start
    tables = [pool.table(every) for pool in used]
    errors = [np.array(pool.errors, dtype=np.float64) for pool in used]
    first = np.array([start.weights.get(name, 0.0) for name in every])
    free = [every.index(name) for name in (names or every)]

    def cost(weights: Floats) -> float:
        at = zip(tables, errors, strict=True)
        wrong = sum(_wrong(table @ weights, e, start.temperature) for table, e in at)
        return wrong / len(used) + price * float(np.abs(weights - first).sum())

    weights = _ascend(first, free, cost, rounds)
    found = dict(zip(every, (round(float(w), 3) for w in weights), strict=True))
    return LogLinear(found, _temperature(tables, errors, weights))


def _ascend(first: Floats, free: Sequence[int], cost, rounds: int) -> Floats:  # type: ignore[no-untyped-def]
    best, weights = cost(first), first
    for number in range(rounds):
        step, before = 0.6 / 2**number, best
        for column in free:
            for change in (-2, -1, -0.5, 0.5, 1, 2):
                trial = weights.copy()
                trial[column] = max(0.0, weights[column] + change * step)
                value = cost(trial)
                if value < best - 1e-9:
                    best, weights = value, trial
        if best == before and number:
            break
    return weights


def _wrong(totals: Floats, errors: Floats, temperature: float) -> float:
    """Errors of the best reading, and a tenth of those of one drawn by its probability."""
    shares = np.exp((totals - totals.max()) / temperature)
    return float(errors[int(np.argmax(totals))] + 0.1 * (shares @ errors) / shares.sum())


def _temperature(tables: Sequence[Floats], errors: Sequence[Floats], weights: Floats) -> float:
    """The temperature at which the best readings are likeliest."""

    def surprise(temperature: float) -> float:
        total = 0.0
        for table, wrong in zip(tables, errors, strict=True):
            logits = table @ weights / temperature
            shares = np.exp(logits - logits.max())
            total -= float(np.log(shares[wrong == wrong.min()].sum() / shares.sum() + 1e-12))
        return total

    return min((float(t) for t in np.geomspace(0.5, 12.0, 25)), key=surprise)
