"""What the ears remember, and who judges by it."""

from __future__ import annotations

import numpy as np
import pytest

from sayfind import demo, load_audio
from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.audio.augment import mix, pink_noise
from sayfind.correctors import RememberingModel, SoundScorer, scorer_of
from sayfind.ears import BilingualEars
from sayfind.ears.near import NearVoice
from sayfind.types import Audio


@pytest.fixture(scope="module")
def model() -> RememberingModel:
    return RememberingModel(CtcAcousticModel())


def test_no_sound_is_heard_twice(model: RememberingModel) -> None:
    audio = load_audio(demo.recording_path("nike-running-shoes"))
    part = audio.window(0.1, audio.seconds)
    heard = model.posteriors(part)
    assert model.again(audio) is heard
    assert model.again(part) is heard
    other = Audio(audio.samples.copy(), audio.rate)
    assert model.again(other) is not heard


def test_the_sound_prefers_what_was_said(model: RememberingModel) -> None:
    audio = load_audio(demo.recording_path("nike-running-shoes"))
    said, other = "nike running shoes under one hundred dollars", "wooden tables"
    right, wrong = SoundScorer(model, 2.0).score(audio, [f"show me {said}", other])
    assert right is not None
    assert wrong is None or wrong < right
    silence = Audio(np.zeros(0, np.float32), 16_000)
    assert SoundScorer(model, 2.0).score(silence, ["red"]) == [None]


def test_in_noise_the_near_voice_judges_too(model: RememberingModel) -> None:
    clean = load_audio(demo.recording_path("nike-running-shoes"))
    rng = np.random.default_rng(0)
    audio = mix(clean, pink_noise(len(clean.samples), rng), 6.0, rng)
    near, said = NearVoice(), "show me nike running shoes under one hundred dollars"
    voice = near.of(audio)
    assert voice is not None
    alone, other = (SoundScorer(model, 2.0).score(sound, [said])[0] for sound in (audio, voice))
    both = SoundScorer(model, 2.0, near, 0.25).score(audio.window(0.0, 9.0), [said])[0]
    assert alone is not None and other is not None
    assert both == pytest.approx(0.75 * alone + 0.25 * other, rel=1e-4)


def test_without_ears_nobody_judges() -> None:
    assert scorer_of(BilingualEars(None, None)) is None
