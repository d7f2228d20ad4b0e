"""What the ears refuse, and what they answer where there is nothing to hear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.acoustic.ctc import EARS, CtcAcousticModel, loud_part
from sayfind.acoustic.networks import ConvRecurrentConfig, build_network
from sayfind.audio.onnx import MODELS
from sayfind.errors import AudioError, ModelError
from sayfind.features.fbank import fbank
from sayfind.stages import AcousticModel
from sayfind.types import Audio

pytest.importorskip("torch")
pytest.importorskip("onnx")

from sayfind.training.export_ears import acoustic_onnx


@pytest.fixture(scope="module")
def ears(tmp_path_factory: pytest.TempPathFactory) -> CtcAcousticModel:
    path = tmp_path_factory.mktemp("ears") / "ears.onnx"
    config = ConvRecurrentConfig(width=8, hidden=4, blocks=(1,), kernel=3, old_ears=False)
    path.write_bytes(acoustic_onnx(build_network(config)))
    return CtcAcousticModel(path)


def test_the_ears_are_an_acoustic_model(ears: CtcAcousticModel) -> None:
    assert isinstance(ears, AcousticModel)
    assert EARS.parent == MODELS


@pytest.mark.parametrize(
    ("num_samples", "frames"), [(0, 0), (79, 0), (80, 1), (400, 1), (16_000, 34), (16_123, 34)]
)
def test_there_is_a_row_for_every_thirty_milliseconds(
    ears: CtcAcousticModel, num_samples: int, frames: int
) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, num_samples).astype(np.float32)
    posteriors = ears.posteriors(Audio(sound, 16_000))
    assert posteriors.frame_shift == 0.03
    assert posteriors.log_probs.shape == (frames, len(posteriors.tokens))
    assert posteriors.log_probs.dtype == np.float32


def burst(seconds: float, quiet: float) -> np.ndarray:
    """Loud noise, with soft noise before and after."""
    rng = np.random.default_rng(0)
    edge, middle = round(quiet * 16_000), round(seconds * 16_000)
    loudness = np.concatenate([np.full(edge, 1e-4), np.full(middle, 0.1), np.full(edge, 1e-4)])
    return (rng.normal(size=len(loudness)) * loudness).astype(np.float32)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 400), st.integers(0, 400))
def test_digital_silence_before_and_after_changes_nothing(
    ears: CtcAcousticModel, before: int, after: int
) -> None:
    sound = burst(0.8, 0.4)
    plain = ears.posteriors(Audio(sound, 16_000)).log_probs
    ends = [np.zeros(160 * count, np.float32) for count in (before, after)]
    around = Audio(np.concatenate([ends[0], sound, ends[1]]), 16_000)
    found = ears.posteriors(around).log_probs
    assert len(found) == -(-(160 + before + after) // 3)
    assert np.exp(found).sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    first, last = loud_part(fbank(Audio(sound, 16_000)))
    count = -(-(last - first) // 3)
    start, moved = first // 3, (first + before) // 3
    heard, again = plain[start : start + count], found[moved : moved + count]
    assert again == pytest.approx(heard, abs=1e-3)
    assert (found[: max(0, moved)].argmax(axis=1) == 0).all()


def test_a_louder_or_softer_sound_is_heard_the_same(ears: CtcAcousticModel) -> None:
    sound = burst(0.8, 0.4)
    plain, softer = (
        np.exp(ears.posteriors(Audio(sound * np.float32(gain), 16_000)).log_probs)
        for gain in (1.0, 0.05)
    )
    assert np.abs(plain - softer).sum(axis=1).mean() < 0.1


def test_the_loud_part_has_its_edges_and_silence_is_one_part() -> None:
    mel = np.full((300, 80), -15.9, np.float32)
    assert loud_part(mel) == (0, 300)
    mel[100:150] = 0
    assert loud_part(mel) == (75, 175)
    assert loud_part(mel[90:]) == (0, 85)
    assert loud_part(mel[:0]) == (0, 0)


def test_another_rate_is_refused(ears: CtcAcousticModel) -> None:
    with pytest.raises(AudioError, match="8000"):
        ears.posteriors(Audio(np.zeros(800, np.float32), 8_000))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(ears: CtcAcousticModel, bad: float) -> None:
    sound = np.zeros(800, np.float32)
    sound[7] = bad
    with pytest.raises(AudioError, match="not numbers"):
        ears.posteriors(Audio(sound, 16_000))


def test_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not an acoustic model"):
        CtcAcousticModel(MODELS / "near_voice.onnx")
    with pytest.raises(ModelError, match="missing"):
        CtcAcousticModel(tmp_path / "ears.onnx")
    (tmp_path / "ears.onnx").write_bytes(b"\x00" * 100)
    with pytest.raises(ModelError, match="cannot be read"):
        CtcAcousticModel(tmp_path / "ears.onnx")
