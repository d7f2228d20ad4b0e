"""What the ears refuse, and what they answer where there is nothing to hear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sayfind.acoustic.ctc import EARS, CtcAcousticModel
from sayfind.acoustic.networks import ConvRecurrentConfig, build_network
from sayfind.audio.onnx import MODELS
from sayfind.errors import AudioError, ModelError
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
