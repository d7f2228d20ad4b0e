from __future__ import annotations

import numpy as np
import pytest

from sayfind.audio.onnx import open_model
from sayfind.audio.spectrum import NUM_BANDS

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from sayfind.training.export import near_voice_onnx, spoken_language_onnx  # noqa: E402
from sayfind.training.networks import near_voice, spoken_language  # noqa: E402


@pytest.mark.parametrize("num_frames", [1, 2, 60])
def test_the_exported_network_is_the_trained_one(tmp_path, num_frames: int) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    network = near_voice(24)
    (tmp_path / "n.onnx").write_bytes(near_voice_onnx(network.state_dict()))
    seen = np.random.default_rng(1).uniform(-1, 1, (num_frames, 1, NUM_BANDS)).astype(np.float32)
    mask = open_model(tmp_path / "n.onnx").run(None, {"features": seen})[0]
    with torch.no_grad():
        expected = torch.sigmoid(network(torch.from_numpy(seen).transpose(0, 1))).transpose(0, 1)
    assert mask.shape == seen.shape
    assert mask == pytest.approx(expected.numpy(), abs=2e-3)


@pytest.mark.parametrize("num_frames", [2, 9, 60])
def test_the_exported_language_network_is_the_trained_one(tmp_path, num_frames: int) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    network = spoken_language(16).eval()
    (tmp_path / "n.onnx").write_bytes(spoken_language_onnx(network.state_dict()))
    seen = np.random.default_rng(1).uniform(-1, 1, (1, NUM_BANDS, num_frames)).astype(np.float32)
    found = open_model(tmp_path / "n.onnx").run(None, {"features": seen})[0]
    with torch.no_grad():
        expected = torch.sigmoid(network(torch.from_numpy(seen)))
    assert found.shape == (1, 1)
    assert found[0] == pytest.approx(expected.numpy(), abs=2e-3)
