"""What is hidden is hidden in stretches, and no more than the settings say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.features.specaugment import SpecAugmentConfig, kept, spec_augment


@given(st.integers(1, 700), st.integers(0, 2**20))
def test_whole_bands_and_whole_frames_are_hidden(num_frames: int, seed: int) -> None:
    config = SpecAugmentConfig()
    mask = kept(num_frames, 80, config, np.random.default_rng(seed))
    assert mask.shape == (num_frames, 80)
    assert set(np.unique(mask)) <= {0.0, 1.0}
    frames, bands = mask.max(axis=1), mask.max(axis=0)
    if frames.any():
        assert (mask == np.outer(frames, bands)).all()
        assert (bands == 0).sum() <= config.band_masks * (config.band_width - 1)
    assert (frames == 0).sum() <= (1 + num_frames // 200) * (config.time_width - 1)


def test_the_generator_decides_and_nothing_is_changed_but_hidden() -> None:
    features = np.random.default_rng(0).normal(size=(300, 80)).astype(np.float32)
    one, same, other = (
        spec_augment(features, SpecAugmentConfig(), np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()
    assert ((one == features) | (one == 0)).all()
    assert 0.02 < (one == 0).mean() < 0.6


def test_nothing_is_hidden_where_widths_are_one() -> None:
    config = SpecAugmentConfig(band_width=1, time_width=1)
    assert kept(50, 80, config, np.random.default_rng(0)).all()


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="frames_per_mask"):
        SpecAugmentConfig(frames_per_mask=0)
