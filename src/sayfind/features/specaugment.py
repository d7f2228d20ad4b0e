"""SpecAugment: stretches of bands and of time that a network must do without in training.

Source: Park et al. 2019, "SpecAugment", section 2, without its time warping (``training`` changes
the tempo in another way). Works on features whose mean is zero, so that what is hidden is average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sayfind.types import FloatArray

__all__ = ["SpecAugmentConfig", "kept", "spec_augment"]


@dataclass(frozen=True, slots=True)
class SpecAugmentConfig:
    """How much is hidden.

    Attributes:
        band_masks: Stretches of bands, each narrower than ``band_width``.
        time_width: Each stretch of time is shorter than so many frames.
        frames_per_mask: There is one stretch of time, and another for so many frames.
    """

    band_masks: int = 2
    band_width: int = 14
    time_width: int = 16
    frames_per_mask: int = 200

    def __post_init__(self) -> None:
        if min(self.band_masks, self.band_width, self.time_width) < 0 or self.frames_per_mask < 1:
            raise ValueError("widths and counts are not negative and frames_per_mask is positive")


def kept(
    num_frames: int, num_bands: int, config: SpecAugmentConfig, rng: np.random.Generator
) -> FloatArray:
    """One where a feature is kept and zero where it is hidden: ``(num_frames, num_bands)``."""
    mask = np.ones((num_frames, num_bands), np.float32)
    for _ in range(config.band_masks):
        first, last = _stretch(num_bands, config.band_width, rng)
        mask[:, first:last] = 0
    for _ in range(1 + num_frames // config.frames_per_mask):
        first, last = _stretch(num_frames, config.time_width, rng)
        mask[first:last] = 0
    return mask


def _stretch(size: int, width: int, rng: np.random.Generator) -> tuple[int, int]:
    length = int(rng.integers(0, max(1, min(width, size))))
    first = int(rng.integers(0, max(1, size - length)))
    return first, first + length


def spec_augment(
    normalised: FloatArray, config: SpecAugmentConfig, rng: np.random.Generator
) -> FloatArray:
    """Features ``(num_frames, num_bands)`` of mean zero, some stretches of them set to zero."""
    return normalised * kept(len(normalised), normalised.shape[1], config, rng)
