"""sherpa-onnx reads our networks and hears what our own runtime hears."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.networks import build_network
from sayfind.acoustic.networks.configs import FrontEndConfig, NetworkConfig, Wav2LetterConfig
from sayfind.config import to_toml
from sayfind.decoding.greedy import greedy
from sayfind.errors import ModelError
from sayfind.types import Audio

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
sherpa = pytest.importorskip("sherpa_onnx")

from sayfind.training.export_ears import TOLERANCES, acoustic_onnx, read_checkpoint  # noqa: E402
from sayfind.training.export_sherpa import export_sherpa  # noqa: E402
from sayfind.training.recipes.acoustic_settings import AcousticTraining  # noqa: E402
from sayfind.training.weights import Precision  # noqa: E402

TINY = Wav2LetterConfig(width=24, layers=2, wide=24, front=FrontEndConfig(old_ears=False))


def checkpoint(folder: Path, config: NetworkConfig = TINY) -> Path:
    """Random weights, large enough that rows differ, and blank as likely as all the rest."""
    torch.manual_seed(0)
    network = build_network(config, np.full(80, -7.0))
    with torch.no_grad():
        network.out.weight *= 12
    torch.save(network.state_dict(), folder / "ears_weights.pt")
    text = to_toml(AcousticTraining(architecture="wav2letter", network=config))
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return folder / "ears_weights.pt"


def swelling(seed: int, silence: int) -> Audio:
    """Noise that swells and changes colour, with digital silence around it."""
    rng = np.random.default_rng(seed)
    count = 16_000 + 1_234 * seed
    sound = 0.2 * rng.normal(size=count) * np.sin(np.arange(count) / 700) ** 2
    sound = np.convolve(sound, rng.normal(size=9) / 3, mode="same")
    quiet = np.zeros(silence)
    return Audio(np.concatenate([quiet, sound, quiet]).astype(np.float32), 16_000)


def of_sherpa(recognizer: Any, audio: Audio) -> list[str]:
    stream = recognizer.create_stream()
    stream.accept_waveform(audio.rate, audio.samples)
    recognizer.decode_stream(stream)
    return list(stream.result.tokens)


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.INT8], ids=str)
def test_sherpa_hears_the_same_tokens(tmp_path: Path, precision: Precision) -> None:
    path = checkpoint(tmp_path)
    assert export_sherpa(path, tmp_path / "sherpa", precision) < TOLERANCES[precision]
    (tmp_path / "ears.onnx").write_bytes(acoustic_onnx(read_checkpoint(path), precision))
    own = CtcAcousticModel(tmp_path / "ears.onnx")
    recognizer = sherpa.OfflineRecognizer.from_zipformer_ctc(
        str(tmp_path / "sherpa" / "model.onnx"), str(tmp_path / "sherpa" / "tokens.txt")
    )
    total, wrong = 0, 0
    for seed in range(6):
        audio = swelling(seed, silence=seed * 5_000)
        expected = [heard.token for heard in greedy(own.posteriors(audio))]
        found = of_sherpa(recognizer, audio)
        total += len(expected)
        wrong += abs(len(found) - len(expected))
        wrong += sum(a != b for a, b in zip(found, expected, strict=False))
    assert total > 50
    assert wrong <= 0.01 * total


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sayfind.training.export_sherpa", str(checkpoint(tmp_path))]
    out = tmp_path / "out"
    done = subprocess.run([*command, str(out)], capture_output=True, text=True, check=True)
    assert "of probability from torch" in done.stdout
    assert sorted(file.name for file in out.iterdir()) == ["model.onnx", "tokens.txt"]
    assert (out / "tokens.txt").read_text().startswith("<blank> 0\n")


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    path.write_bytes(b"half of one")
    with pytest.raises(ModelError, match="not a checkpoint"):
        export_sherpa(path, tmp_path / "out")
