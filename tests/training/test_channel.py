from __future__ import annotations

import numpy as np
import pytest

from sayfind.training.channel import through_a_channel
from sayfind.training.corpus import Clip


def clips(num: int, num_samples: int) -> list[Clip]:
    rng = np.random.default_rng(1)
    sounds = [rng.standard_normal(num_samples) * 2_000 for _ in range(num)]
    return [Clip(sound.astype(np.int16), f"s{n % 2}", {}) for n, sound in enumerate(sounds)]


@pytest.mark.parametrize("num_samples", [1_000, 8_000, 80_000])
@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_any_clip_becomes_an_example(num_samples: int, seconds: float) -> None:
    for seed in range(8):
        sound = through_a_channel(
            clips(4, num_samples), clips(2, 40_000), seconds, np.random.default_rng(seed)
        )
        assert sound.shape == (round(seconds * 16_000),)
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()


def test_it_follows_its_seed() -> None:
    one, two, other = (
        through_a_channel(clips(4, 9_000), clips(2, 40_000), 2.0, np.random.default_rng(seed))
        for seed in (3, 3, 4)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_silent_clips_do_no_harm() -> None:
    silent = [Clip(np.zeros(5_000, np.int16), "s", {})]
    sound = through_a_channel(silent, clips(1, 9_000), 1.0, np.random.default_rng(0))
    assert np.isfinite(sound).all()
