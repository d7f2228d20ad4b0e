"""What another ranking would have earned, from a log that an older one made.

A ``Logged`` is one decision: with which probability the older policy took it (its propensity), with
which the new one would, and what it earned. Without a propensity above zero for everything that the
new policy may do, no estimate is worth anything; where the weights are few and large, the effective
number of cases says so. Sources: Horvitz and Thompson 1952 (inverse propensity), Ionides 2008
(clipping), Swaminathan and Joachims 2015 (self-normalised), Dudik et al. 2011 (doubly robust).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import InputError

__all__ = [
    "Estimate",
    "Logged",
    "clipped",
    "doubly_robust",
    "inverse_propensity",
    "self_normalised",
]

Floats = NDArray[np.float64]
_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision: ``propensity`` of the logging policy, ``target`` of the new one, ``reward``.

    ``predicted`` is what a model expects this decision to earn, ``expected`` what it expects of the
    new policy in this situation; only ``doubly_robust`` looks at them.
    """

    propensity: float
    target: float
    reward: float
    predicted: float = 0.0
    expected: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.propensity <= 1.0 or not 0.0 <= self.target <= 1.0:
            raise ValueError("a propensity lies in (0, 1], a target probability in [0, 1]")


@dataclass(frozen=True, slots=True)
class Estimate:
    """``value`` with its 95% bootstrap interval; ``effective`` cases of ``n`` carry the weight.

    ``effective`` is Kish's (1965): the square of the sum of weights over the sum of squares.
    """

    value: float
    low: float
    high: float
    n: int
    effective: float


def inverse_propensity(cases: Sequence[Logged], seed: int = 0) -> Estimate:
    """The mean reward of the new policy: unbiased, and wild where propensities are small."""
    return _estimate(cases, np.inf, lambda w, r, _p, _e: (w * r).mean(axis=-1), seed)


def clipped(cases: Sequence[Logged], most: float = 10.0, seed: int = 0) -> Estimate:
    """The same with weights cut at ``most``: calmer, and too low by what was cut."""
    return _estimate(cases, most, lambda w, r, _p, _e: (w * r).mean(axis=-1), seed)


def self_normalised(cases: Sequence[Logged], seed: int = 0) -> Estimate:
    """Weights scaled to a mean of one: never outside the range of the rewards."""

    def mean(w: Floats, r: Floats, _p: Floats, _e: Floats) -> Floats:
        return np.asarray((w * r).sum() / max(float(w.sum()), 1e-300))

    return _estimate(cases, np.inf, mean, seed)


def doubly_robust(cases: Sequence[Logged], most: float = np.inf, seed: int = 0) -> Estimate:
    """A model's expectation, mended by what it got wrong.

    Right in the mean if either the propensities or the model are.
    """
    return _estimate(cases, most, lambda w, r, p, e: (e + w * (r - p)).mean(axis=-1), seed)


def _estimate(
    cases: Sequence[Logged],
    most: float,
    mean: Callable[[Floats, Floats, Floats, Floats], Floats],
    seed: int,
) -> Estimate:
    if not cases:
        raise InputError("There is nothing to estimate from; give at least one logged decision.")
    if not most > 0:
        raise InputError(f"Weights cannot be clipped at {most}; give a number above 0.")
    table = np.array([(c.target / c.propensity, c.reward, c.predicted, c.expected) for c in cases])
    weights, rewards, predicted, expected = table.T
    weights = np.minimum(weights, most)
    generator = np.random.default_rng(seed)
    resampled = []
    for _ in range(_RESAMPLES):
        drawn = generator.integers(0, len(cases), len(cases))
        resampled.append(mean(weights[drawn], rewards[drawn], predicted[drawn], expected[drawn]))
    low, high = np.percentile(resampled, (2.5, 97.5))
    value = float(mean(weights, rewards, predicted, expected))
    effective = float(weights.sum() ** 2 / max((weights**2).sum(), 1e-300))
    return Estimate(value, min(value, float(low)), max(value, float(high)), len(cases), effective)
