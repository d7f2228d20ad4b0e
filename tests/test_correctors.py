"""What the ears remember, and who judges by it."""

from __future__ import annotations

import numpy as np
import pytest

from sayfind import demo, load_audio
from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.correctors import RememberingModel, SoundScorer, scorer_of
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


def test_what_is_gone_is_forgotten(model: RememberingModel) -> None:
    for _ in range(40):
        model.posteriors(Audio(np.zeros(1600, np.float32), 16_000))
    assert len(model._heard) <= 16


def test_the_sound_prefers_what_was_said(model: RememberingModel) -> None:
    audio = load_audio(demo.recording_path("nike-running-shoes"))
    said, other = "nike running shoes under one hundred dollars", "wooden tables"
    right, wrong = SoundScorer(model, 2.0).score(audio, [f"show me {said}", other])
    assert right is not None
    assert wrong is None or wrong < right
    silence = Audio(np.zeros(0, np.float32), 16_000)
    assert SoundScorer(model, 2.0).score(silence, ["red"]) == [None]


def test_without_ears_nobody_judges() -> None:
    assert scorer_of([]) is None
