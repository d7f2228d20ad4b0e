"""Whether a confidence can be believed, and what answering only when sure would give.

A case is a confidence in [0, 1] and whether the answer was right. Sources: Guo et al., "On
calibration of modern neural networks", 2017 (bins of equal width, expected calibration error);
Brier 1950; Geifman and El-Yaniv, "Selective classification for deep neural networks", 2017
(risk against coverage).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sayfind.errors import InputError
from sayfind.evaluation.figure import (
    Figure,
    column,
    mean_figure,
    statistic_figure,
    undefined,
)

__all__ = [
    "BINS",
    "ReliabilityBin",
    "RiskCoverage",
    "brier",
    "expected_calibration_error",
    "reliability",
    "risk_coverage",
    "risk_coverage_area",
]

FloatArray = NDArray[np.float64]

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The cases with a confidence in [low, high), in the last bin up to 1 included.

    ``confidence`` is their mean confidence, ``accuracy`` their share of right answers.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    n: int


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Answering only at or above a threshold: one point for each threshold that there is.

    ``coverage`` is the share of cases answered, rising; ``risk`` the share of those that are wrong.
    """

    threshold: FloatArray
    coverage: FloatArray
    risk: FloatArray


def reliability(
    confidences: ArrayLike, right: ArrayLike, bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Confidence against accuracy in bins of equal width; bins without a case are left out.

    Raises:
        InputError: a confidence is not in [0, 1], or the columns differ in length.
    """
    sure, yes = _cases(confidences, right)
    places = _places(sure, bins)
    return tuple(
        ReliabilityBin(
            low=place / bins,
            high=(place + 1) / bins,
            confidence=float(sure[places == place].mean()),
            accuracy=float(yes[places == place].mean()),
            n=int((places == place).sum()),
        )
        for place in np.unique(places)
    )


def expected_calibration_error(
    confidences: ArrayLike, right: ArrayLike, bins: int = BINS, seed: int = 0
) -> Figure:
    """Gap between confidence and accuracy, averaged over bins by their number of cases.

    The interval leans upward where cases are few: noise in a bin only ever adds to its gap.

    Raises:
        InputError: a confidence is not in [0, 1], or the columns differ in length.
    """
    sure, yes = _cases(confidences, right)
    gaps = np.zeros((len(sure), bins))
    gaps[np.arange(len(sure)), _places(sure, bins)] = sure - yes

    def error(samples: FloatArray) -> FloatArray:
        return np.asarray(np.abs(samples.sum(axis=1)).sum(axis=1) / samples.shape[1])

    return statistic_figure(gaps, error, seed)


def brier(confidences: ArrayLike, right: ArrayLike, seed: int = 0) -> Figure:
    """Mean squared distance of confidence from the truth, 0 to 1.

    Raises:
        InputError: a confidence is not in [0, 1], or the columns differ in length.
    """
    sure, yes = _cases(confidences, right)
    return mean_figure((sure - yes) ** 2, seed)


def risk_coverage(confidences: ArrayLike, right: ArrayLike) -> RiskCoverage:
    """What answering above each threshold costs; cases of equal confidence come in together.

    Raises:
        InputError: a confidence is not in [0, 1], or the columns differ in length.
    """
    sure, yes = _cases(confidences, right)
    order = np.argsort(-sure, kind="stable")
    sure, wrong = sure[order], 1 - yes[order]
    last = np.flatnonzero(np.append(np.diff(sure), -1.0)) if len(sure) else np.zeros(0, np.int64)
    answered = np.arange(1, len(sure) + 1)[last]
    return RiskCoverage(sure[last], answered / len(yes), wrong.cumsum()[last] / answered)


def risk_coverage_area(confidences: ArrayLike, right: ArrayLike, seed: int = 0) -> Figure:
    """Mean risk over all coverages (AURC): lower is better, the error rate is what no order gives.

    Where confidences tie, each of the tied cases is answered at the risk of all of them together,
    so that the order of the input never matters.

    Raises:
        InputError: a confidence is not in [0, 1], or the columns differ in length.
    """
    sure, yes = _cases(confidences, right)
    if not len(sure):
        return undefined()
    order = np.argsort(-sure, kind="stable")
    _, places = np.unique(-sure[order], return_inverse=True)
    table = np.stack([places.astype(np.float64), 1 - yes[order]], axis=1)

    def area(samples: FloatArray) -> FloatArray:
        return np.array([_area(sample, int(places[-1]) + 1) for sample in samples])

    return statistic_figure(table, area, seed)


def _area(sample: FloatArray, num_levels: int) -> float:
    """``sample`` is (num_cases, 2): place of the confidence, surest first, and wrong or not."""
    levels = sample[:, 0].astype(np.int64)
    counts = np.bincount(levels, minlength=num_levels)
    wrong = np.bincount(levels, sample[:, 1], minlength=num_levels)
    answered = np.maximum(counts.cumsum(), 1)
    return float((wrong.cumsum() / answered * counts).sum() / len(sample))


def _places(sure: FloatArray, bins: int) -> NDArray[np.int64]:
    edges = np.arange(1, bins) / bins
    return np.searchsorted(edges, sure, side="right")


def _cases(confidences: ArrayLike, right: ArrayLike) -> tuple[FloatArray, FloatArray]:
    sure, yes = column(confidences), column(right)
    if len(sure) != len(yes):
        raise InputError(f"{len(sure)} confidences do not pair with {len(yes)} answers.")
    if len(sure) and not (sure.min() >= 0 and sure.max() <= 1):
        raise InputError("A confidence lies between 0 and 1.")
    return sure, yes
