from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from sayfind.audio.level import active_level, rms_level
from sayfind.training.corpus import Clip
from sayfind.training.mixtures import MixtureConfig, backgrounds, examples
from sayfind.types import Audio

CONFIG = MixtureConfig(seconds=2.0, backgrounds=12)


def clips(num_speakers: int) -> list[Clip]:
    found = []
    for number in range(num_speakers):
        rng = np.random.default_rng(number)
        bursts = (np.arange(24_000) // 3_000) % 2
        samples = (rng.standard_normal(24_000) * bursts * 3_000).astype(np.int16)
        found += [Clip(samples, f"s{number}", {}), Clip(samples[:9_000], f"s{number}", {})]
    return found


def stream(seed: int = 0, **changes: float):  # type: ignore[no-untyped-def]
    config = dataclasses.replace(CONFIG, **changes)
    rng = np.random.default_rng(seed)
    return examples(clips(9), backgrounds(clips(9), clips(2), rng), config, rng)


def test_backgrounds_are_ten_seconds_of_finite_sound() -> None:
    behind = backgrounds(clips(9), clips(2), np.random.default_rng(1))
    for back in itertools.islice(behind, 12):
        assert back.audio.seconds == 10.0
        assert np.isfinite(back.audio.samples).all()
        assert back.audio.samples.any()


def test_examples_have_one_length_and_follow_their_seed() -> None:
    one, two = (list(itertools.islice(stream(3), 12)) for _ in range(2))
    for (near, mixture), (near_again, mixture_again) in zip(one, two, strict=True):
        assert near.shape == mixture.shape == (32_000,)
        assert near.dtype == mixture.dtype == np.float32
        assert np.array_equal(near, near_again)
        assert np.array_equal(mixture, mixture_again)


def test_clean_examples_are_clean() -> None:
    for near, mixture in itertools.islice(stream(clean=1.0, nobody=0.0), 8):
        assert np.array_equal(near, mixture)
        assert near.any()


def test_with_nobody_near_there_is_only_background() -> None:
    pairs = list(itertools.islice(stream(clean=0.0, nobody=1.0), 20))
    assert any(not near.any() and mixture.any() for near, mixture in pairs)


@pytest.mark.parametrize("snr", [-5.0, 10.0, 30.0])
def test_the_ratio_is_in_its_range(snr: float) -> None:
    pairs = stream(clean=0.0, nobody=0.0, lowest_snr=snr, lowest_snr_few=snr, highest_snr=snr)
    for near, mixture in itertools.islice(pairs, 10):
        under = rms_level(Audio(mixture - near, 16_000))
        assert active_level(Audio(near, 16_000)) - under == pytest.approx(snr, abs=0.2)
