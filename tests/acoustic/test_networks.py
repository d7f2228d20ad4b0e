"""Every architecture keeps one contract, learns, and is heard by onnxruntime as by torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.networks import ARCHITECTURES, build_network
from sayfind.acoustic.networks.configs import (
    ConformerConfig,
    ConvRecurrentConfig,
    DeepSpeech2Config,
    FrontEndConfig,
    NetworkConfig,
    Wav2LetterConfig,
)
from sayfind.training.utterances import Batch

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from sayfind.training.acoustic_loss import loss_of  # noqa: E402
from sayfind.training.export_ears import acoustic_onnx, parity  # noqa: E402
from sayfind.training.weights import Precision  # noqa: E402

YOUNG = FrontEndConfig(old_ears=False)
CAUSAL = FrontEndConfig(old_ears=False, causal=True)
TINY: dict[str, NetworkConfig] = {
    "conv_recurrent": ConvRecurrentConfig(width=32, hidden=16, blocks=(1,), old_ears=False),
    "deep_speech2": DeepSpeech2Config(width=32, convolutions=1, recurrent=1, front=YOUNG),
    "wav2letter": Wav2LetterConfig(width=32, layers=2, wide=48, front=YOUNG),
    "conformer": ConformerConfig(width=32, blocks=1, heads=2, front=YOUNG),
    "causal": ConformerConfig(width=32, blocks=2, heads=2, causal=True, chunk=4, front=CAUSAL),
}


def tiny(name: str) -> Any:
    torch.manual_seed(0)
    return build_network(TINY[name], np.full(80, -7.0)).eval()


def heard(num_frames: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(-15.9, 2.0, (num_frames, 80)).astype(np.float32)


def log_probs(network: Any, *mels: np.ndarray) -> list[np.ndarray]:
    longest = max(len(mel) for mel in mels)
    padded = np.stack([np.pad(m, ((0, longest - len(m)), (0, 0)), mode="edge") for m in mels])
    lengths = torch.tensor([len(mel) for mel in mels])
    with torch.no_grad():
        found, frames = network(torch.from_numpy(padded), lengths)
    assert frames.tolist() == [-(-len(mel) // 3) for mel in mels]
    return [row[:count].numpy() for row, count in zip(found, frames.tolist(), strict=True)]


def test_every_architecture_is_tested_here() -> None:
    assert {type(config) for config in TINY.values()} == set(ARCHITECTURES.values())


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("num_frames", [1, 2, 3, 100, 101])
def test_rows_are_log_probabilities_of_every_third_frame(name: str, num_frames: int) -> None:
    (found,) = log_probs(tiny(name), heard(num_frames))
    assert found.shape == (-(-num_frames // 3), 241)
    assert np.exp(found).sum(axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("name", ["wav2letter", "conformer", "causal"])
def test_what_others_in_the_batch_say_changes_nothing(name: str) -> None:
    network = tiny(name)
    short, long = heard(70), heard(160, seed=1)
    (alone,) = log_probs(network, short)
    together, _ = log_probs(network, short, long)
    assert together == pytest.approx(alone, abs=1e-4)


@pytest.mark.parametrize("name", TINY)
def test_onnxruntime_hears_the_same_at_any_length(name: str, tmp_path: Path) -> None:
    network = tiny(name)
    (tmp_path / "n.onnx").write_bytes(acoustic_onnx(network, Precision.FLOAT32))
    model = CtcAcousticModel(tmp_path / "n.onnx")
    for num_frames in (1, 2, 50, 403):
        assert parity(network, model, heard(num_frames)) < 1e-4


@pytest.mark.parametrize("future", [0, 1, 5, 40])
def test_the_causal_network_does_not_change_what_it_said(future: int) -> None:
    network = tiny("causal")
    past = heard(3 * 4 * 3)  # three chunks of four rows of three frames
    after = [heard(future, seed)[: future or 1] for seed in (1, 2)]
    ends = [log_probs(network, np.concatenate([past, mel]))[0] for mel in after if len(mel)]
    (alone,) = log_probs(network, past)
    kept = 8  # rows of the chunks that are whole, the stem's look ahead of 30 ms included
    for found in ends:
        assert found[:kept] == pytest.approx(alone[:kept], abs=1e-4)


def test_the_other_conformer_does_look_ahead() -> None:
    network, past = tiny("conformer"), heard(60)
    (alone,) = log_probs(network, past)
    (more,) = log_probs(network, np.concatenate([past, heard(60, 1)]))
    assert np.abs(more[:8] - alone[:8]).max() > 1e-3


def batch() -> Batch:
    """Four utterances in which every phone has a band of its own."""
    rng = np.random.default_rng(0)
    phones = rng.integers(1, 9, (4, 6))
    mel = rng.normal(-9, 0.3, (4, 90, 80)).astype(np.float32)
    for row, said in enumerate(phones):
        for place, phone in enumerate(said):
            mel[row, 15 * place : 15 * place + 15, 8 * phone : 8 * phone + 8] += 8
    aligned = np.repeat(phones, 5, axis=1)
    return Batch(
        mel, np.full(4, 90), phones.ravel(), np.full(4, 6), aligned, np.ones(4, np.float32)
    )


@pytest.mark.parametrize("name", TINY)
def test_the_loss_falls(name: str) -> None:
    network = tiny(name).train()
    optimiser = torch.optim.AdamW(network.parameters(), 5e-3)
    losses = []
    for _ in range(30):
        optimiser.zero_grad()
        loss = loss_of(network, batch(), 1.0)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert np.mean(losses[-5:]) < 0.5 * losses[0]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: ConvRecurrentConfig(kernel=4), "odd"),
        (lambda: ConvRecurrentConfig(blocks=()), "empty"),
        (lambda: ConformerConfig(width=30), "heads"),
        (lambda: ConformerConfig(causal=True), "causal"),
        (lambda: ConformerConfig(chunk=0), "chunk"),
        (lambda: DeepSpeech2Config(front=CAUSAL), "causal"),
        (lambda: Wav2LetterConfig(last_kernel=2), "odd"),
        (lambda: FrontEndConfig(causal=True), "old_ears"),
        (lambda: FrontEndConfig(drop_old_ears=1.5), "share"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()
