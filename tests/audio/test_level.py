from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.audio.level import (
    SILENCE,
    active_level,
    decibels,
    dither,
    frame_power,
    loudness_range,
    rms_level,
    set_level,
)
from sayfind.types import Audio


def noise(seconds: float, level: float, seed: int = 0) -> np.ndarray:
    samples = np.random.default_rng(seed).standard_normal(round(seconds * 16_000))
    return (samples * 10 ** (level / 20)).astype(np.float32)


def audio(*parts: np.ndarray) -> Audio:
    return Audio(np.concatenate(parts).astype(np.float32), 16_000)


@pytest.mark.parametrize(("power", "expected"), [(1.0, 0.0), (0.01, -20.0), (0.0, SILENCE)])
def test_decibels(power: float, expected: float) -> None:
    assert decibels(power) == pytest.approx(expected)


@pytest.mark.parametrize("level", [-60.0, -26.0, -10.0])
@pytest.mark.parametrize("pause", [0.0, 1.0, 9.0])
def test_pauses_do_not_lower_the_active_level(level: float, pause: float) -> None:
    sound = audio(noise(1.0, level), np.zeros(round(pause * 16_000)))
    assert active_level(sound) == pytest.approx(level, abs=0.3)
    expected = level - 10 * np.log10(1 + pause)
    assert rms_level(sound) == pytest.approx(expected, abs=0.3)


def test_a_noise_floor_does_not_raise_it() -> None:
    assert active_level(audio(noise(1, -20), noise(4, -50, 1))) == pytest.approx(-20, abs=0.3)


@pytest.mark.parametrize("num_samples", [0, 1, 5, 319, 320, 5_000])
def test_silence_has_the_level_silence(num_samples: int) -> None:
    silent = Audio(np.zeros(num_samples, np.float32), 16_000)
    assert active_level(silent) == rms_level(silent) == SILENCE
    assert np.array_equal(set_level(silent, -20).samples, silent.samples)


@given(st.integers(1, 2_000), st.sampled_from([8_000, 16_000, 44_100]))
def test_frame_power_is_the_mean_square(num_samples: int, rate: int) -> None:
    assert frame_power(np.full(num_samples, 0.5, np.float32), rate) == pytest.approx(0.25)


@pytest.mark.parametrize("level", [-50.0, -26.0, 0.0, 6.0])
def test_set_level(level: float) -> None:
    loud = set_level(audio(noise(1, -33), np.zeros(8_000)), level)
    assert active_level(loud) == pytest.approx(level, abs=0.01)


@pytest.mark.parametrize("level", [-90.0, -75.0, -50.0])
def test_dither_has_its_level_and_follows_its_seed(level: float) -> None:
    silent = Audio(np.zeros(32_000, np.float32), 16_000)
    one = dither(silent, np.random.default_rng(3), level)
    assert rms_level(one) == pytest.approx(level, abs=0.2)
    assert np.array_equal(one.samples, dither(silent, np.random.default_rng(3), level).samples)
    assert np.abs(one.samples).max() <= np.sqrt(6) * 10 ** (level / 20) * 1.0001


def test_the_loudness_range_is_that_of_the_bursts() -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 32_000)
    loud = np.arange(32_000) // 8_000 % 2 == 0
    bursts = Audio(np.where(loud, noise, noise * 10 ** (-30 / 20)).astype(np.float32), 16_000)
    assert loudness_range(bursts) == pytest.approx(30, abs=1.5)
    assert loudness_range(Audio(np.zeros(0, np.float32), 16_000)) == 0.0
