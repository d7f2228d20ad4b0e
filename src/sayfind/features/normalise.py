"""Features of mean zero: over one utterance, or by the statistics of a whole training set.

Our own networks normalise inside themselves (``acoustic.networks.front_end``); these are for
models that expect it done before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sayfind.types import FloatArray

__all__ = ["GlobalNormalisation", "normalise_utterance"]

_LEAST = 1e-5  # a deviation under which a feature counts as constant


def normalise_utterance(features: FloatArray, variance: bool = False) -> FloatArray:
    """Features ``(num_frames, width)`` of mean zero over time and, if asked for, variance one.

    A feature that never changes becomes zero.
    """
    if not len(features):
        return features
    centred: FloatArray = features - features.mean(axis=0)
    if not variance:
        return centred
    result: FloatArray = centred / np.maximum(features.std(axis=0), _LEAST)
    return result


@dataclass(frozen=True)
class GlobalNormalisation:
    """Mean and standard deviation ``(width,)`` of every feature over a training set."""

    mean: FloatArray
    deviation: FloatArray

    @classmethod
    def of(cls, utterances: Iterable[FloatArray]) -> GlobalNormalisation:
        """The statistics of utterances ``(num_frames, width)``, summed in double precision.

        Raises:
            ValueError: there are no frames, or some are not numbers.
        """
        count, total, squares = 0, np.zeros(1), np.zeros(1)
        for features in utterances:
            exact = features.astype(np.float64)
            count += len(exact)
            total = total + exact.sum(axis=0)
            squares = squares + np.square(exact).sum(axis=0)
        if not count or not np.isfinite(squares).all():
            raise ValueError("statistics need frames, all of them numbers")
        mean = total / count
        spread = np.sqrt(np.maximum(squares / count - np.square(mean), 0.0))
        deviation = np.maximum(spread, _LEAST)
        return cls(mean.astype(np.float32), deviation.astype(np.float32))

    def __call__(self, features: FloatArray) -> FloatArray:
        """Features ``(num_frames, width)`` with mean zero and variance one over the set."""
        result: FloatArray = (features - self.mean) / self.deviation
        return result
