from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.audio.augment import (
    babble,
    mix,
    pink_noise,
    reverberate,
    squeeze_pauses,
    telephone,
    white_noise,
)
from sayfind.audio.level import active_level, rms_level
from sayfind.types import Audio

Generator = np.random.Generator


def rng(seed: int = 0) -> Generator:
    return np.random.default_rng(seed)


def bursts(seed: int, level: float = 0.05, seconds: float = 3.0) -> Audio:
    """Half a second on, half a second off."""
    samples = rng(seed).standard_normal(round(seconds * 16_000)) * level
    samples[(np.arange(len(samples)) // 8_000) % 2 == 1] = 0
    return Audio(samples.astype(np.float32), 16_000)


@settings(max_examples=60, deadline=None)
@given(st.floats(-10, 40), st.integers(0, 2**32 - 1), st.floats(1e-3, 0.1))
def test_the_snr_is_the_stated_one(snr: float, seed: int, loudness: float) -> None:
    speech, noise = bursts(1, loudness), white_noise(7_777, rng(2))
    mixed = mix(speech, noise, snr, rng(seed))
    if np.abs(mixed.samples).max() > 0.999:
        return  # turned down as a whole: the next test's case
    under = Audio(mixed.samples - speech.samples, 16_000)
    assert active_level(speech) - rms_level(under) == pytest.approx(snr, abs=0.02)


def test_speech_and_noise_are_turned_down_together() -> None:
    speech = bursts(1, 0.3)
    mixed = mix(speech, white_noise(48_000, rng(2)), 0.0, rng(3))
    assert np.abs(mixed.samples).max() == pytest.approx(1.0, abs=1e-6)
    pause = np.concatenate([mixed.samples[8_000:16_000], mixed.samples[24_000:32_000]])
    talk = np.concatenate([mixed.samples[:8_000], mixed.samples[16_000:24_000]])
    difference = np.square(talk).mean() - np.square(pause).mean()
    ratio = 10 * np.log10(difference / np.square(pause).mean())
    assert ratio == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("which", ["speech", "noise", "nothing"])
def test_silence_mixes_to_the_speech(which: str) -> None:
    silent = Audio(np.zeros(16_000, np.float32), 16_000)
    if which == "speech":
        assert mix(silent, white_noise(100, rng()), 10, rng()) == silent
    elif which == "noise":
        speech = bursts(1)
        assert mix(speech, silent, 10, rng()) is speech
    else:
        empty = Audio(np.zeros(0, np.float32), 16_000)
        assert mix(empty, empty, 10, rng()) is empty


def test_rates_must_agree() -> None:
    other = Audio(np.ones(800, np.float32), 8_000)
    with pytest.raises(ValueError, match="one sampling rate"):
        mix(bursts(1), other, 10, rng())
    with pytest.raises(ValueError, match="one sampling rate"):
        reverberate(bursts(1), other)
    with pytest.raises(ValueError, match="one sampling rate"):
        babble([bursts(1), other], 2, 800, rng())


@pytest.mark.parametrize(("make", "slope"), [(white_noise, 0.0), (pink_noise, -3.01)])
def test_the_slope_of_noise_per_octave(make: Callable[..., Audio], slope: float) -> None:
    sound = make(1 << 18, rng(4))
    assert rms_level(sound) == pytest.approx(-26, abs=0.1)
    power = np.square(np.abs(np.fft.rfft(sound.samples)))
    hertz = np.fft.rfftfreq(len(sound.samples), 1 / 16_000)
    bands = [power[(hertz >= f) & (hertz < 2 * f)].mean() for f in (125, 250, 500, 1000, 2000)]
    steps = np.diff(10 * np.log10(bands))
    assert steps == pytest.approx(slope, abs=0.5)


@pytest.mark.parametrize("make", [white_noise, pink_noise])
@pytest.mark.parametrize("num_samples", [0, 1, 2, 3, 1_001])
def test_noise_of_any_length(make: Callable[..., Audio], num_samples: int) -> None:
    sound = make(num_samples, rng())
    assert len(sound.samples) == num_samples
    assert np.isfinite(sound.samples).all()


def test_squeezing_cuts_pauses_only() -> None:
    squeezed = squeeze_pauses(bursts(5), longest=0.1)
    assert squeezed.seconds == pytest.approx(1.5 + 0.3, abs=0.05)
    busy = white_noise(16_000, rng())
    assert len(squeeze_pauses(busy).samples) == 16_000
    assert len(squeeze_pauses(Audio(np.zeros(0, np.float32), 16_000)).samples) == 0


@pytest.mark.parametrize("num_talkers", [1, 2, 6, 20])
def test_babble_is_full_level_and_steady(num_talkers: int) -> None:
    clips = [bursts(seed, 0.01 * (1 + seed)) for seed in range(5)]
    sound = babble(clips, num_talkers, 50_000, rng(6))
    assert len(sound.samples) == 50_000
    assert rms_level(sound) == pytest.approx(-26, abs=0.01)
    if num_talkers >= 6:
        assert active_level(sound) - rms_level(sound) < 1.0


def test_babble_levels_its_talkers() -> None:
    times = np.arange(32_000) / 16_000
    low = Audio((0.001 * np.sin(2 * np.pi * 300 * times)).astype(np.float32), 16_000)
    high = Audio((0.5 * np.sin(2 * np.pi * 3_000 * times)).astype(np.float32), 16_000)
    spectrum = np.abs(np.fft.rfft(babble([low, high], 2, 32_000, rng()).samples))
    assert spectrum[600] == pytest.approx(spectrum[6_000], rel=0.05)


def test_babble_needs_somebody() -> None:
    for clips, talkers in (([], 1), ([bursts(1)], 0)):
        with pytest.raises(ValueError, match="at least one"):
            babble(clips, talkers, 100, rng())


@pytest.mark.parametrize("seed", [0, 1])
def test_everything_follows_its_seed(seed: int) -> None:
    clips = [bursts(number) for number in range(4)]

    def one(seed: int) -> bytes:
        generator = rng(seed)
        under = babble(clips, 3, 16_000, generator)
        return mix(clips[0], under, 6, generator).samples.tobytes()

    assert one(seed) == one(seed)
    assert one(seed) != one(seed + 1)


def test_a_unit_impulse_is_no_room() -> None:
    impulse = np.zeros(4_000, np.float32)
    impulse[700] = 0.3
    dry = bursts(7)
    wet = reverberate(dry, Audio(impulse, 16_000))
    assert wet.samples == pytest.approx(dry.samples, abs=1e-5)


def test_a_room_fills_pauses_and_keeps_level_and_length() -> None:
    decay = np.exp(-np.arange(8_000) / 1_500) * rng(8).standard_normal(8_000) * 0.2
    decay[0] = 1.0
    dry = bursts(9)
    wet = reverberate(dry, Audio(decay.astype(np.float32), 16_000))
    assert len(wet.samples) == len(dry.samples)
    assert active_level(wet) == pytest.approx(active_level(dry), abs=0.01)
    assert np.abs(wet.samples[8_100:9_000]).max() > 1e-3


def test_nothing_in_a_room_is_nothing() -> None:
    empty = Audio(np.zeros(0, np.float32), 16_000)
    assert reverberate(empty, bursts(1)) is empty
    dead = Audio(np.zeros(10, np.float32), 16_000)
    assert reverberate(bursts(1), dead).samples.any()


@pytest.mark.parametrize(("hertz", "passes"), [(60, 0), (1_000, 1), (3_000, 1), (5_000, 0)])
def test_the_telephone_band(hertz: float, passes: int) -> None:
    times = np.arange(16_001) / 16_000
    tone = Audio((0.5 * np.sin(2 * np.pi * hertz * times)).astype(np.float32), 16_000)
    heard = telephone(tone)
    assert len(heard.samples) == len(tone.samples)
    ratio = rms_level(heard) - rms_level(tone)
    assert (abs(ratio) < 1.0) if passes else (ratio < -30)


def test_telephone_of_nothing() -> None:
    empty = Audio(np.zeros(0, np.float32), 16_000)
    assert len(telephone(empty).samples) == 0
