"""The near voice of noisy recordings, and readings judged by both hearings."""

from __future__ import annotations

import numpy as np
import pytest

from sayfind import Audio, demo, load_audio
from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.audio.augment import mix, pink_noise
from sayfind.decoding.second_pass import acoustic_evidence
from sayfind.ears.near import NearVoice, evidence

SAID = ["nike running shoes", "wooden tables"]


@pytest.fixture(scope="module")
def clean() -> Audio:
    return load_audio(demo.recording_path("nike-running-shoes"))


def with_noise(audio: Audio, snr: float) -> Audio:
    rng = np.random.default_rng(1)
    return mix(audio, pink_noise(len(audio.samples), rng), snr, rng)


def test_it_is_nearer_to_the_clean_voice_than_the_recording(clean: Audio) -> None:
    noisy = with_noise(clean, 10.0)
    near = NearVoice().of(noisy)
    assert near is not None and len(near.samples) == len(noisy.samples)

    def away(audio: Audio) -> float:
        """The part of the sound that is not the clean voice, whatever its level."""
        level = audio.samples @ clean.samples / (clean.samples @ clean.samples)
        rest = audio.samples - level * clean.samples
        return float(rest @ rest / (level**2 * clean.samples @ clean.samples))

    assert away(near) < 0.6 * away(noisy)


def test_quiet_recordings_have_none_and_noisy_ones_are_remembered(clean: Audio) -> None:
    near, noisy = NearVoice(), with_noise(clean, 10.0)
    pause = np.zeros(16_000, np.float32)
    assert near.of(Audio(np.concatenate([pause, clean.samples]), clean.rate)) is None
    assert near.again(noisy) is None
    assert near.of(noisy) is near.again(noisy.window(0.5, 1.0)) is not None
    assert NearVoice(noisy_under=0.0).of(noisy) is None


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_two_hearings_are_mixed(clean: Audio, share: float) -> None:
    model = CtcAcousticModel()
    hearings = [model.posteriors(clean), model.posteriors(with_noise(clean, 6.0))]
    first, second = (np.array(acoustic_evidence(each, SAID)) for each in hearings)
    mixed = evidence(hearings, SAID, share)
    assert mixed == pytest.approx((1 - share) * first + share * second)
    assert evidence(hearings[:1], SAID, share) == pytest.approx(first)
