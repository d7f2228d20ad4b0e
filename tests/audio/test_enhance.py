from __future__ import annotations

import functools
import time

import numpy as np
import pytest

from sayfind.audio.augment import babble, mix, pink_noise
from sayfind.audio.enhance import Enhancer, EnhancerConfig
from sayfind.errors import ModelError
from sayfind.types import Audio


@functools.cache
def enhancer() -> Enhancer:
    return Enhancer()


def voice(seconds: float, seed: int, pitch: float = 120.0) -> Audio:
    """A voice-like sound: gliding harmonics under moving formants, in syllables."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * 16_000)) / 16_000
    phase = np.cumsum(pitch * (1 + 0.15 * np.sin(2 * np.pi * 1.7 * times + seed))) / 16_000
    centre = 900 + 700 * np.interp(times, np.arange(0, seconds + 1, 0.2), rng.uniform(
        -1, 1, len(np.arange(0, seconds + 1, 0.2))))  # fmt: skip
    total = np.zeros(len(times))
    for number in range(1, 31):
        hertz = number * pitch
        gain = (
            np.exp(-(((hertz - centre) / 400) ** 2)) + np.exp(-(((hertz - 2_500) / 500) ** 2)) / 4
        )
        total += gain * np.sin(2 * np.pi * number * phase)
    syllables = np.clip(np.sin(2 * np.pi * 3.5 * times + seed), 0, 1)
    return Audio((0.05 * syllables * total).astype(np.float32), 16_000)


@pytest.mark.parametrize("num_samples", [0, 1, 255, 256, 5_000, 33_333])
def test_length_and_rate_stay(num_samples: int) -> None:
    sound = pink_noise(num_samples, np.random.default_rng(1))
    enhanced = enhancer().separate(sound).audio
    assert enhanced.rate == 16_000
    assert enhanced.samples.shape == (num_samples,)
    assert enhanced.samples.dtype == np.float32
    assert np.isfinite(enhanced.samples).all()


def test_digital_silence_stays_silent() -> None:
    enhanced = enhancer().separate(Audio(np.zeros(9_000, np.float32), 16_000))
    assert not enhanced.audio.samples.any()
    assert enhanced.snr_db == np.inf


def test_other_rates_are_resampled() -> None:
    assert enhancer().enhance(Audio(np.zeros(4_800, np.float32), 48_000)).rate == 16_000


@pytest.mark.parametrize("gain", [0.01, 1.0, 4.0])
def test_the_level_does_not_matter(gain: float) -> None:
    sound = voice(1.5, 1)
    scaled = Audio(sound.samples * np.float32(gain), 16_000)
    one, two = enhancer().separate(sound), enhancer().separate(scaled)
    assert two.audio.samples == pytest.approx(one.audio.samples * gain, abs=1e-4 * gain)
    assert two.snr_db == pytest.approx(one.snr_db, abs=0.1)


def test_nothing_is_turned_up_or_below_the_floor() -> None:
    noisy = mix(
        voice(2, 1), pink_noise(32_000, np.random.default_rng(2)), 5, np.random.default_rng(3)
    )
    config = EnhancerConfig(floor_db=-10.0)
    heard = Enhancer(config).separate(noisy).audio
    before, after = np.square(noisy.samples).sum(), np.square(heard.samples).sum()
    assert 0.099 * before < after <= before * 1.001


def test_a_floor_of_zero_decibels_is_the_identity() -> None:
    sound = voice(1, 2)
    same = Enhancer(EnhancerConfig(floor_db=0.0)).separate(sound).audio
    assert same.samples == pytest.approx(sound.samples, abs=1e-5)


def test_the_estimated_ratio_follows_the_true_one() -> None:
    far = [voice(3, seed, 90 + 20 * seed) for seed in range(2, 8)]
    under = babble(far, 6, 48_000, np.random.default_rng(4))
    found = [
        enhancer().separate(mix(voice(3, 1), under, snr, np.random.default_rng(5))).snr_db
        for snr in (0, 10, 20, 30)
    ]
    assert found == sorted(found)


def test_it_is_fast() -> None:
    sound = pink_noise(10 * 16_000, np.random.default_rng(1))
    enhancer().separate(sound)
    started = time.process_time()
    enhancer().separate(sound)
    assert (time.process_time() - started) / 10 < 0.05


def test_settings_and_models_are_checked(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="at most 0 dB"):
        EnhancerConfig(floor_db=3.0)
    with pytest.raises(ModelError):
        Enhancer(model=tmp_path / "none.onnx")
