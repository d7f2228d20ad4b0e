"""What is mixed in the log-mel domain is what the settings say, and the generator decides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.training.log_mel_mixing import (
    SILENCE,
    MixingConfig,
    Noises,
    disguise,
    equalise,
    level,
    mix,
    reverberate,
    stretch,
    warp,
)


def sound(num_frames: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    loud = 4 * np.sin(np.arange(num_frames) / 9)[:, None]
    return (rng.normal(-8, 1, (num_frames, 80)) + loud).astype(np.float32)


def noises() -> Noises:
    made = [sound(n, n).astype(np.float16) for n in (30, 200, 90)]
    return Noises(made[:1], made[1:])


@settings(deadline=None)
@given(st.floats(-10, 40), st.integers(0, 1000))
def test_the_ratio_is_the_one_asked_for(snr: float, seed: int) -> None:
    near, behind = sound(120, seed), sound(120, seed + 1) - 3
    mixed = mix(near, behind, snr)
    added = np.log(np.maximum(np.exp(mixed.astype(np.float64)) - np.exp(near.astype(float)), 1e-30))
    loud = behind.sum(axis=1) > np.median(behind.sum(axis=1))
    shift = np.median((added - behind)[loud])
    found = (level(near) - level(behind) - shift) * 10 / np.log(10)
    assert found == pytest.approx(snr, abs=0.3)
    assert (mixed >= near).all()


def test_the_level_counts_active_frames_only() -> None:
    near = sound(60)
    padded = np.concatenate([near, np.full((500, 80), SILENCE, np.float32)])
    assert level(padded) == pytest.approx(level(near), abs=0.5)
    assert level(near + 2) == pytest.approx(level(near) + 2, abs=1e-3)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 150), st.integers(0, 2**20))
def test_a_disguise_keeps_the_shape_and_is_finite(num_frames: int, seed: int) -> None:
    near = sound(num_frames, seed)
    one, same = (
        disguise(near.copy(), noises(), MixingConfig(), np.random.default_rng(seed))
        for _ in range(2)
    )
    assert one.shape == near.shape
    assert one.dtype == np.float32
    assert np.isfinite(one).all()
    assert one.min() >= np.float32(SILENCE)
    assert (one == same).all()


def test_another_generator_disguises_otherwise() -> None:
    near = sound(90)
    found = [disguise(near, noises(), MixingConfig(), np.random.default_rng(n)) for n in (1, 2)]
    assert np.abs(found[0] - found[1]).mean() > 0.1


def test_without_any_share_only_the_level_and_a_hiss_remain() -> None:
    quiet = MixingConfig(clean=1.0, room=0.0, microphone=0.0, narrow=0.0, gaps=0.0)
    near = sound(90)
    found = disguise(near, noises(), quiet, np.random.default_rng(0))
    loud = near > np.percentile(near, 70)
    assert np.ptp((found - near)[loud]) < 0.3


def test_babble_is_louder_in_more_voices_and_one_voice_is_at_level_zero() -> None:
    rng = np.random.default_rng(0)
    few, many = noises().babble(1, 300, rng), noises().babble(8, 300, rng)
    assert level(few) == pytest.approx(0, abs=1.5)
    assert level(many) > level(few) + 1
    assert many.shape == (300, 80)


def test_gaps_are_digital_silence() -> None:
    gaps = replace(MixingConfig(), gaps=1.0)
    rng = np.random.default_rng(1)
    found = [disguise(sound(200), noises(), gaps, rng) for _ in range(6)]
    empty = [(mel == np.float32(SILENCE)).all(axis=1).any() for mel in found]
    assert sum(empty) >= 2


def test_a_room_rings_on_after_the_sound() -> None:
    near = np.full((60, 80), SILENCE, np.float32)
    near[10:14] = 0.0
    wet = reverberate(near, np.random.default_rng(0))
    assert (wet[15:30] > near[15:30] + 1).all()
    assert (np.diff(wet[15:30, 0]) < 0).all()
    assert np.abs(wet[:10] - near[:10]).max() < 1


def test_a_microphone_is_the_same_for_every_frame() -> None:
    near = sound(40)
    response = equalise(near, 0.7, np.random.default_rng(0)) - near
    assert np.ptp(response, axis=0) == pytest.approx(0, abs=1e-4)
    assert np.abs(np.diff(response[0])).max() < 0.5


@settings(deadline=None)
@given(st.integers(1, 90), st.floats(0.5, 2.0))
def test_tempo_changes_the_length_and_voice_does_not(num_frames: int, factor: float) -> None:
    near = sound(num_frames)
    slower = stretch(near, factor)
    assert slower.shape == (max(1, round(num_frames * factor)), 80)
    assert slower.min() >= near.min() - 1e-4
    assert slower.max() <= near.max() + 1e-4
    assert warp(near, factor).shape == near.shape
    assert (stretch(near, 1.0) == near).all()
    assert warp(near, 1.0) == pytest.approx(near, abs=1e-5)
