"""The judge of speech: its measures, its file, and what it makes of people and of noise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind import Audio, demo, load_audio
from sayfind.audio.vad import SileroVad
from sayfind.data.sets import open_noises
from sayfind.ears.speech_judge import MEASURES, JudgeWeights, SpeechJudge
from sayfind.errors import ModelError

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def judge() -> SpeechJudge:
    return SpeechJudge()


def burst(seconds: float, seed: int) -> Audio:
    """A puff of noise in silence, such as a sneeze that nobody recorded."""
    rng = np.random.default_rng(seed)
    samples = np.zeros(32_000, np.float32)
    length = round(seconds * 16_000)
    shape = np.hanning(length) * 0.3
    samples[8_000 : 8_000 + length] = shape * rng.standard_normal(length)
    return Audio(samples, 16_000)


@pytest.mark.parametrize("name", ["nike-running-shoes", "black-backpack", "sony-headphones"])
def test_people_are_heard(judge: SpeechJudge, name: str) -> None:
    audio = load_audio(demo.recording_path(name))
    speech = SileroVad().speech(audio)
    assert judge.is_speech(audio, speech)
    quiet = Audio(audio.samples * np.float32(0.05), audio.rate)
    assert judge.is_speech(quiet, speech)


@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0])
def test_a_burst_of_noise_is_nobody(judge: SpeechJudge, seconds: float) -> None:
    audio = burst(seconds, 1)
    assert not judge.is_speech(audio, ((0.5, 0.5 + seconds),))


@given(st.floats(0.0, 1.9), st.floats(0.001, 0.3))
def test_any_stretch_can_be_measured(judge: SpeechJudge, start: float, length: float) -> None:
    found = judge.measures(burst(0.4, 2), ((start, start + length),))
    assert found.shape == (len(MEASURES),) and np.isfinite(found).all()


def test_more_speech_never_counts_against_it(judge: SpeechJudge) -> None:
    weights = dict(zip(MEASURES, judge.weights.weights, strict=True))
    assert weights["vad_mean"] > 0 and weights["vad_seconds"] > 0
    assert weights["phone_surety"] > 0 > weights["phone_doubt"]


def test_weights_survive_the_disk(judge: SpeechJudge, tmp_path: Path) -> None:
    judge.weights.save(tmp_path / "judge.json")
    assert JudgeWeights.open(tmp_path / "judge.json") == judge.weights


@pytest.mark.parametrize("text", ["", "[]", '{"mean": [1]}', '{"bias": 1, "other": 2}'])
def test_a_damaged_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "judge.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="reinstall"):
        JudgeWeights.open(tmp_path / "judge.json")
    with pytest.raises(ModelError, match="reinstall"):
        JudgeWeights.open(tmp_path / "gone.json")


def test_weights_that_make_no_sense(judge: SpeechJudge) -> None:
    with pytest.raises(ValueError, match="measures"):
        replace(judge.weights, mean=(0.0,))
    with pytest.raises(ValueError, match="positive"):
        replace(judge.weights, scale=(0.0,) * len(MEASURES))


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
def test_sneezes_seldom_pass(judge: SpeechJudge) -> None:
    cases = [c for c in open_noises(DATA / "noise" / "noise.tar").cases
             if c.row["kind"] == "Person sneeze"]  # fmt: skip
    vad, woke, passed = SileroVad(), 0, 0
    for case in cases[::2]:
        audio = case.audio()
        speech = vad.speech(audio)
        woke += bool(speech)
        passed += bool(speech) and judge.is_speech(audio, speech)
    assert woke >= 8 and passed <= 1
