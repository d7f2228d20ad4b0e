"""A paired test for ratios whose denominators differ between two systems.

Precision is one: each system has given its own number of slots. The clips are resampled together
for the interval; for p, the two systems are swapped clip by clip, numerator and denominator at
once (Noreen 1989, "approximate randomisation").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sayfind.evaluation.figure import resampled_sums
from sayfind.evaluation.significance import FLIPS, Comparison

__all__ = ["compare_ratios"]

FloatArray = NDArray[np.float64]

_BLOCK = 500
_TIE = 1e-12


def compare_ratios(
    ours: FloatArray,
    our_weights: FloatArray,
    theirs: FloatArray,
    their_weights: FloatArray,
    seed: int = 0,
) -> Comparison:
    """Our ratio less theirs; every array is ``(num_clips,)``, denominators sum to more than 0."""
    difference = ours.sum() / our_weights.sum() - theirs.sum() / their_weights.sum()
    sums = resampled_sums(np.stack([ours, our_weights, theirs, their_weights], axis=1), seed)
    defined = (sums[:, 1] != 0) & (sums[:, 3] != 0)
    drawn = sums[defined, 0] / sums[defined, 1] - sums[defined, 2] / sums[defined, 3]
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (difference, difference)
    extreme, total = 0, 0
    generator = np.random.default_rng(seed)
    for _ in range(FLIPS // _BLOCK):
        swaps = generator.integers(0, 2, (_BLOCK, len(ours))).astype(np.float64)
        shuffled = _swapped(swaps, ours, theirs, our_weights, their_weights)
        extreme += int((np.abs(shuffled) >= abs(difference) - _TIE).sum())
        total += len(shuffled)
    p = (extreme + 1) / (total + 1)
    return Comparison(
        float(difference),
        min(float(low), float(difference)),
        max(float(high), float(difference)),
        p,
        len(ours),
    )


def _swapped(
    swaps: FloatArray,
    ours: FloatArray,
    theirs: FloatArray,
    our_weights: FloatArray,
    their_weights: FloatArray,
) -> FloatArray:
    """The difference of ratios after each row of swaps; rows that leave a side empty are absent."""
    above = ours.sum() + swaps @ (theirs - ours)
    below = our_weights.sum() + swaps @ (their_weights - our_weights)
    other_above = theirs.sum() - swaps @ (theirs - ours)
    other_below = their_weights.sum() - swaps @ (their_weights - our_weights)
    defined = (below > _TIE) & (other_below > _TIE)
    return np.asarray(above[defined] / below[defined] - other_above[defined] / other_below[defined])
