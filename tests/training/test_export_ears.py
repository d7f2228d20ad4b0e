"""A trained network, written small, hears what it heard in torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.networks import ConvRecurrentConfig, build_network
from sayfind.acoustic.tokens import PHONE_TOKENS
from sayfind.config import to_toml
from sayfind.errors import ConfigError, ModelError
from sayfind.types import Audio

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from sayfind.training.export_ears import (  # noqa: E402
    TOLERANCES,
    acoustic_onnx,
    export_ears,
    parity,
    read_checkpoint,
)
from sayfind.training.recipes.acoustic import AcousticTraining  # noqa: E402
from sayfind.training.weights import Precision, channel_scales  # noqa: E402

TINY = ConvRecurrentConfig(width=16, hidden=8, blocks=(1, 1), kernel=5)


def checkpoint(folder: Path, config: ConvRecurrentConfig = TINY) -> Path:
    torch.manual_seed(0)
    network = build_network(config, np.full(80, -7.0))
    weights = network.state_dict()
    torch.save({"network": weights, "mean": weights, "done": 0.4, "step": 7}, folder / "ears.pt")
    text = to_toml(AcousticTraining(network=config))
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return folder / "ears.pt"


def heard(num_frames: int) -> np.ndarray:
    rng = np.random.default_rng(num_frames)
    return rng.uniform(-15.9, 2.0, (num_frames, 80)).astype(np.float32)


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("num_frames", [1, 2, 3, 4, 97, 700])
def test_onnxruntime_hears_what_torch_hears(
    tmp_path: Path, precision: Precision, num_frames: int
) -> None:
    network = read_checkpoint(checkpoint(tmp_path))
    (tmp_path / "ears.onnx").write_bytes(acoustic_onnx(network, precision))
    model = CtcAcousticModel(tmp_path / "ears.onnx")
    log_probs = model.log_probs(heard(num_frames))
    assert log_probs.shape == (-(-num_frames // 3), len(PHONE_TOKENS))
    assert np.exp(log_probs).sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert parity(network, model, heard(num_frames)) < TOLERANCES[precision]


def test_whole_numbers_take_a_quarter_of_the_weights_bytes(tmp_path: Path) -> None:
    config = ConvRecurrentConfig(width=96, hidden=48, blocks=(2,), old_ears=False)
    network = read_checkpoint(checkpoint(tmp_path, config))
    sizes = {kind: len(acoustic_onnx(network, kind)) for kind in Precision}
    full = sizes[Precision.FLOAT32]
    assert sizes[Precision.INT8] < 0.35 * full
    assert sizes[Precision.INT8] < sizes[Precision.FLOAT16] < 0.6 * full


@pytest.mark.parametrize("kind", [Precision.INT8_DYNAMIC, Precision.INT8_STATIC])
def test_whole_numbers_compute_behind_the_front_end(tmp_path: Path, kind: Precision) -> None:
    network = read_checkpoint(checkpoint(tmp_path))
    nodes = onnx.load_model_from_string(acoustic_onnx(network, kind, [heard(200)])).graph.node
    whole = {"MatMulInteger", "QuantizeLinear", "DynamicQuantizeLinear"}
    changed = [node.name for node in nodes if node.op_type in whole]
    assert changed
    assert not [name for name in changed if "/front/" in name]


def test_channel_scales_keep_every_channel_within_half_a_step() -> None:
    values = np.random.default_rng(0).normal(size=(5, 3, 7)).astype(np.float32)
    values *= np.array([1e-3, 1, 50, 0, 2], np.float32)[:, None, None]
    scales = channel_scales(values)
    steps = np.round(values / scales)
    assert scales.shape == (5, 1, 1)
    assert np.abs(steps).max() <= 127
    assert (np.abs(steps * scales - values) <= scales / 2 * 1.001).all()


def test_the_averaged_weights_are_what_is_written(tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    state = torch.load(path, weights_only=True)
    state["network"] = {name: value * 0 for name, value in state["network"].items()}
    torch.save(state, path)
    difference = export_ears(path, tmp_path / "models" / "ears.onnx")
    assert difference < TOLERANCES[Precision.INT8]
    model = CtcAcousticModel(tmp_path / "models" / "ears.onnx")
    assert np.ptp(model.log_probs(heard(30))) > 0.1
    assert not list((tmp_path / "models").glob("*.tmp"))


def test_the_command_exports(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sayfind.training.export_ears"]
    out = tmp_path / "ears.onnx"
    done = subprocess.run(
        [*command, str(checkpoint(tmp_path)), str(out)], capture_output=True, text=True, check=True
    )
    assert f"{out.stat().st_size / 1e6:.2f} MB" in done.stdout
    silence = Audio(np.zeros(16_000, np.float32), 16_000)
    assert CtcAcousticModel(out).posteriors(silence).log_probs.shape == (34, len(PHONE_TOKENS))


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    wider = AcousticTraining(network=ConvRecurrentConfig(width=24, hidden=8, blocks=(1, 1)))
    (tmp_path / "config.toml").write_text(to_toml(wider), encoding="utf-8")
    with pytest.raises(ModelError, match="does not fit the settings of the network"):
        export_ears(path, tmp_path / "ears.onnx")
    assert not (tmp_path / "ears.onnx").exists()


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint at all", None])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, damage: bytes | None) -> None:
    path = checkpoint(tmp_path)
    path.unlink() if damage is None else path.write_bytes(damage)
    with pytest.raises(ModelError, match="is not a checkpoint"):
        export_ears(path, tmp_path / "ears.onnx")


def test_a_checkpoint_without_settings_is_refused(tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    (tmp_path / "config.toml").unlink()
    with pytest.raises(ConfigError, match=r"config\.toml"):
        export_ears(path, tmp_path / "ears.onnx")


def test_an_export_that_hears_something_else_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOLERANCES, Precision.INT8, 0.0)
    out = tmp_path / "ears.onnx"
    out.write_bytes(b"the old one")
    with pytest.raises(ModelError, match="differs from torch"):
        export_ears(checkpoint(tmp_path), out)
    assert out.read_bytes() == b"the old one"
    assert not out.with_suffix(".tmp").exists()
