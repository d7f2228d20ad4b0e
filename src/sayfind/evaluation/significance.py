"""Whether one system is better than another on the same cases.

All tests are two-sided and paired: the first value of both sides is of the same case. The interval
is a paired bootstrap; p comes from swapping the systems case by case (Fisher's sign-flip test; the
"approximate randomisation" of Noreen 1989), for yes and no from McNemar's exact test (1947).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sayfind.errors import InputError
from sayfind.evaluation.figure import Figure, column, ratio_figure

__all__ = [
    "ALPHA",
    "FLIPS",
    "Comparison",
    "compare",
    "compare_shares",
    "holm",
    "mcnemar",
    "paired_bootstrap",
    "sign_flip",
]

FloatArray = NDArray[np.float64]

ALPHA = 0.05
FLIPS = 10_000
_EXACT = 13  # up to so many differing cases, all 2**13 swaps are tried
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours less theirs, its 95% interval, and how often chance alone would differ as much."""

    difference: float
    low: float
    high: float
    p: float
    n: int

    @property
    def is_significant(self) -> bool:
        """Whether p is below 0.05 (for several measures at once, look at ``holm`` first)."""
        return self.p < ALPHA

    def to_json(self) -> dict[str, float | int | None]:
        """``{difference, low, high, p, n}``; ``None`` stands for what is not defined."""
        fields = {"difference": self.difference, "low": self.low, "high": self.high, "p": self.p}
        return {**{k: None if math.isnan(v) else v for k, v in fields.items()}, "n": self.n}


def compare(
    ours: ArrayLike, theirs: ArrayLike, weights: ArrayLike | None = None, seed: int = 0
) -> Comparison:
    """Two systems by a measure of each case, or by a sum over the sum of ``weights``.

    Means need no weights; for error rates, ``ours`` and ``theirs`` are errors and the weights are
    reference lengths.

    Raises:
        InputError: the sides differ in length.
    """
    figure = paired_bootstrap(ours, theirs, weights, seed)
    p = sign_flip(ours, theirs, seed) if figure.is_defined else math.nan
    return Comparison(figure.value, figure.low, figure.high, p, figure.n)


def compare_shares(ours: Sequence[bool], theirs: Sequence[bool], seed: int = 0) -> Comparison:
    """Two systems by the share of cases that each gets right: McNemar's p, bootstrap interval."""
    figure = paired_bootstrap(ours, theirs, None, seed)
    p = mcnemar(ours, theirs) if figure.is_defined else math.nan
    return Comparison(figure.value, figure.low, figure.high, p, figure.n)


def paired_bootstrap(
    ours: ArrayLike, theirs: ArrayLike, weights: ArrayLike | None = None, seed: int = 0
) -> Figure:
    """The difference of two means (or weighted rates), cases resampled together."""
    differences = _differences(ours, theirs)
    return ratio_figure(
        differences, np.ones(len(differences)) if weights is None else weights, seed
    )


def sign_flip(ours: ArrayLike, theirs: ArrayLike, seed: int = 0) -> float:
    """How often swapping sides at random gives as large a sum of differences: p, in (0, 1].

    Exact for up to 13 differing cases, else from 10,000 random swaps (at least 1/10,001).
    """
    differences = _differences(ours, theirs)
    differences = differences[differences != 0]
    if not len(differences):
        return 1.0
    scale = float(np.abs(differences).sum())
    bound = abs(float(differences.sum())) - _TIE * scale
    if len(differences) <= _EXACT:
        bits = np.arange(2 ** len(differences))[:, None] >> np.arange(len(differences)) & 1
        return float((np.abs((1 - 2 * bits) @ differences) >= bound).mean())
    generator = np.random.default_rng(seed)
    extreme = 0
    for _ in range(FLIPS // 500):
        signs = generator.integers(0, 2, (500, len(differences)), dtype=np.int8) * 2 - 1
        extreme += int((np.abs((signs * differences).sum(axis=1)) >= bound).sum())
    return (extreme + 1) / (FLIPS + 1)


def mcnemar(ours: Sequence[bool], theirs: Sequence[bool]) -> float:
    """The p of being right equally often: an exact binomial test on the cases that differ."""
    differences = _differences(ours, theirs)
    gained, lost = int((differences > 0).sum()), int((differences < 0).sum())
    total = gained + lost
    tail, ways = 0, 1
    for i in range(min(gained, lost) + 1):
        tail += ways
        ways = ways * (total - i) // (i + 1)  # the next binomial coefficient
    return min(1.0, 2 * tail / (1 << total))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values corrected for being several (Holm 1979), in the order given.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, p_values[place] * (len(p_values) - rank)))
        adjusted[place] = largest
    return adjusted


def _differences(ours: ArrayLike, theirs: ArrayLike) -> FloatArray:
    first, second = column(ours), column(theirs)
    if len(first) != len(second):
        raise InputError(f"{len(first)} and {len(second)} cases do not pair.")
    return first - second
