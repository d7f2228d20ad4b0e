"""Mel-frequency cepstra, as Kaldi's ``mfcc`` computes them (``--use-energy=false``, no dither).

Source: Davis and Mermelstein 1980; Kaldi, ``feat/feature-mfcc.cc`` and
``feat/feature-functions.cc`` (``DeltaFeatures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sayfind.features.fbank import FbankConfig, fbank
from sayfind.types import Audio, FloatArray

__all__ = ["MfccConfig", "mfcc", "with_deltas"]


_BANK = FbankConfig(num_bands=23, low=20.0, high=0.0)


@dataclass(frozen=True, slots=True)
class MfccConfig:
    """Cepstra of a filterbank.

    Attributes:
        num_cepstra: How many are kept, the zeroth among them.
        lifter: Period of the sine that raises the higher ones (0: none).
        orders: Of differences over time beside them: 2 makes 39 values of 13.
        bank: The filterbank; Kaldi's default for cepstra has 23 bands up to half the rate.
    """

    num_cepstra: int = 13
    lifter: float = 22.0
    orders: int = 2
    bank: FbankConfig = _BANK

    def __post_init__(self) -> None:
        if not 1 <= self.num_cepstra <= self.bank.num_bands or self.orders < 0:
            raise ValueError("num_cepstra is between 1 and the bands, orders not negative")


def mfcc(audio: Audio, config: MfccConfig = MfccConfig()) -> FloatArray:
    """Cepstra and their differences every 10 ms: ``(num_frames, num_cepstra * (1 + orders))``."""
    cepstra: FloatArray = fbank(audio, config.bank) @ _cosines(config).T
    return with_deltas(cepstra, config.orders)


@lru_cache(maxsize=8)
def _cosines(config: MfccConfig) -> FloatArray:
    """Orthonormal DCT-II with its lifter: ``(num_cepstra, num_bands)``."""
    count = config.bank.num_bands
    orders, places = np.arange(config.num_cepstra), np.arange(count) + 0.5
    matrix = np.cos(np.pi / count * np.outer(orders, places)) * np.sqrt(2 / count)
    matrix[0] = np.sqrt(1 / count)
    if config.lifter:
        raised = 1 + config.lifter / 2 * np.sin(np.pi * orders / config.lifter)
        matrix *= raised[:, None]
    result: FloatArray = matrix.astype(np.float32)
    return result


def with_deltas(features: FloatArray, orders: int = 2, window: int = 2) -> FloatArray:
    """Features ``(num_frames, width)`` beside their differences over ``window`` frames each side.

    Every order is one filter over the features themselves, the ends repeated.
    """
    ramp = np.arange(-window, window + 1) / sum(2 * n * n for n in range(1, window + 1))
    parts, kernel = [features], np.ones(1)
    for _ in range(orders if len(features) else 0):
        kernel = np.convolve(kernel, ramp)
        reach = len(kernel) // 2
        far = np.pad(features, ((reach, reach), (0, 0)), mode="edge")
        count = len(features)
        places = np.arange(count)[:, None] + np.arange(len(kernel))
        parts.append(np.einsum("tkw,k->tw", far[places], kernel).astype(np.float32))
    if not len(features):
        return np.zeros((0, features.shape[1] * (1 + orders)), np.float32)
    return np.concatenate(parts, axis=1)
