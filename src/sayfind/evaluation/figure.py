"""A measured value with its 95% bootstrap interval.

Knows numbers, not what they measure. The interval is the percentile interval over 2,000 resamples
of the cases (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13), widened where
needed to hold the value. The cases are taken to be independent: where several recordings share a
speaker or a query, put them together with ``grouped`` first, or the interval is too narrow.
The same values and seed give the same digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sayfind.errors import InputError

__all__ = [
    "RESAMPLES",
    "Figure",
    "column",
    "grouped",
    "mean_figure",
    "quantile_figure",
    "ratio_figure",
    "resampled_indices",
    "resampled_sums",
    "share_figure",
    "statistic_figure",
    "undefined",
]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

RESAMPLES = 2_000
_TAIL = 0.025  # on each side
_BLOCK = 1 << 19  # indices drawn at a time: 4 MiB


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` with the interval ``low`` to ``high``, over ``n`` cases.

    A figure that no case defines (a share of none) is NaN in all three, with the ``n`` it had.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def is_defined(self) -> bool:
        """Whether there was anything to measure."""
        return not math.isnan(self.value)

    def to_json(self) -> dict[str, float | int | None]:
        """``{value, low, high, n}``; ``None`` stands for what is not defined."""
        bounds = {"value": self.value, "low": self.low, "high": self.high}
        return {**{k: None if math.isnan(v) else v for k, v in bounds.items()}, "n": self.n}

    @classmethod
    def from_json(cls, fields: dict[str, float | int | None]) -> Figure:
        """The figure that ``to_json`` wrote."""
        value, low, high = (
            math.nan if (bound := fields[name]) is None else float(bound)
            for name in ("value", "low", "high")
        )
        return cls(value, low, high, int(fields["n"] or 0))

    def __str__(self) -> str:
        if not self.is_defined:
            return f"undefined (n={self.n})"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n={self.n})"


def undefined(n: int = 0) -> Figure:
    """The figure of a measure that no case defines."""
    return Figure(math.nan, math.nan, math.nan, n)


def mean_figure(values: ArrayLike, seed: int = 0) -> Figure:
    """The mean over cases; undefined without one.

    Raises:
        InputError: a value is not a finite number.
    """
    numbers = column(values)
    return ratio_figure(numbers, np.ones(len(numbers)), seed)


def share_figure(yes: ArrayLike, seed: int = 0) -> Figure:
    """The share of cases that say yes.

    Where all agree, resampling knows no doubt; the open side is then the exact limit of Clopper and
    Pearson (1934): none of 30 is 0 to 0.116, not 0 to 0.
    """
    figure = mean_figure(yes, seed)
    if figure.n and figure.value in (0.0, 1.0):
        limit = _TAIL ** (1 / figure.n)
        low, high = (0.0, 1 - limit) if figure.value == 0.0 else (limit, 1.0)
        return Figure(figure.value, low, high, figure.n)
    return figure


def ratio_figure(numerators: ArrayLike, denominators: ArrayLike, seed: int = 0) -> Figure:
    """Sum of numerators over sum of denominators, cases resampled as pairs.

    Undefined where the denominators sum to zero; resamples in which they do are left out.

    Raises:
        InputError: the columns differ in length, or a value is not a finite number.
    """
    above, below = column(numerators), column(denominators)
    if len(above) != len(below):
        raise InputError(f"{len(above)} numerators do not pair with {len(below)} denominators.")
    if not below.sum():
        return undefined(len(above))
    sums = resampled_sums(np.stack([above, below], axis=1), seed)
    defined = sums[:, 1] != 0
    return _figure(
        float(above.sum() / below.sum()), sums[defined, 0] / sums[defined, 1], len(above)
    )


def quantile_figure(values: ArrayLike, quantile: float, seed: int = 0) -> Figure:
    """A quantile over cases (0.5 is the median), linear between the two nearest.

    Raises:
        InputError: a value is not a finite number, or the quantile is not in [0, 1].
    """
    if not 0 <= quantile <= 1:
        raise InputError(f"A quantile lies between 0 and 1, not at {quantile}.")

    def quantiles(samples: FloatArray) -> FloatArray:
        return np.asarray(np.quantile(samples, quantile, axis=1))

    return statistic_figure(column(values), quantiles, seed)


def statistic_figure(
    values: FloatArray, statistic: Callable[[FloatArray], FloatArray], seed: int = 0
) -> Figure:
    """Any statistic of the cases: it takes ``(num_samples, num_cases, ...)``, gives one a sample.

    ``values`` is ``(num_cases, ...)``; undefined without a case.
    """
    if not len(values):
        return undefined()
    blocks = [statistic(values[block]) for block in resampled_indices(len(values), seed)]
    return _figure(float(statistic(values[None])[0]), np.concatenate(blocks), len(values))


def grouped(values: ArrayLike, keys: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Sum and count of the values of each key: what ``ratio_figure`` takes to resample groups.

    >>> grouped([1.0, 0.0, 1.0], ["ann", "bob", "ann"])
    (array([2., 0.]), array([2., 1.]))
    """
    _, places = np.unique(np.asarray(keys, dtype=np.str_), return_inverse=True)
    numbers = column(values)
    if len(numbers) != len(places):
        raise InputError(f"{len(numbers)} values do not pair with {len(places)} keys.")
    sums = np.bincount(places, numbers).astype(np.float64)
    return sums, np.bincount(places).astype(np.float64)


def resampled_indices(num_cases: int, seed: int) -> Iterator[IndexArray]:
    """Cases drawn with replacement, ``RESAMPLES`` rows in blocks of ``(num_rows, num_cases)``."""
    generator = np.random.default_rng(seed)
    rows = max(1, _BLOCK // max(1, num_cases))
    for start in range(0, RESAMPLES, rows):
        shape = (min(rows, RESAMPLES - start), num_cases)
        yield generator.integers(0, num_cases, shape)


def resampled_sums(columns: FloatArray, seed: int) -> FloatArray:
    """Column sums of every resample: ``(num_cases, num_columns)`` to ``(RESAMPLES, num_columns)``.

    The same cases are drawn for all columns, so that differences and ratios stay paired.
    """
    blocks = [
        np.stack([each[drawn].sum(axis=1) for each in columns.T], axis=1)
        for drawn in resampled_indices(len(columns), seed)
    ]
    return np.concatenate(blocks)


def column(values: ArrayLike) -> FloatArray:
    """Values as float64 ``(num_cases,)``.

    Raises:
        InputError: they are not one finite number for each case.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise InputError("A measure takes one finite number for each case.")
    return numbers


def _figure(value: float, samples: FloatArray, n: int) -> Figure:
    low, high = np.quantile(samples, [_TAIL, 1 - _TAIL]) if len(samples) else (value, value)
    return Figure(value, min(value, float(low)), max(value, float(high)), n)
