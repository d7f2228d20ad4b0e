"""Writes a trained acoustic network as ONNX, as ``sayfind.acoustic.ctc`` reads it.

    python -m sayfind.training.export_ears CHECKPOINT OUT.onnx [int8|float16|float32]

``CHECKPOINT`` is what the recipe saves as it goes, in mid-training too (``config.toml`` is read
from beside it); the averaged weights are written. The front end is inside the model and keeps full
precision. What comes out is compared with torch before it is moved to its place.
"""

from __future__ import annotations

import io
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.networks import SUBSAMPLING, build_network
from sayfind.acoustic.tokens import PHONE_TOKENS
from sayfind.errors import ModelError, require
from sayfind.training.recipes.acoustic_settings import read_settings
from sayfind.training.starting_weights import give_weights
from sayfind.training.weights import Precision, shrink_weights
from sayfind.types import FloatArray

__all__ = ["TOLERANCES", "acoustic_onnx", "export_ears", "parity", "read_checkpoint"]

TOLERANCES = {Precision.FLOAT32: 1e-3, Precision.FLOAT16: 0.01, Precision.INT8: 0.05}
"""Largest mean difference of a posterior probability's row from torch's, summed over tokens."""

_OPSET = 17
_FRAMES = 301  # of the example that is traced; any number can be heard afterwards


def read_checkpoint(path: Path) -> Any:
    """The network of a checkpoint of ``training.loop``, averaged weights, ready to hear.

    Raises:
        ModelError: it is no checkpoint, or one of another architecture than its settings say.
        ConfigError: its settings cannot be read.
    """
    network = build_network(read_settings(path.with_name("config.toml")).network)
    give_weights(network, path)
    return network.eval()


def acoustic_onnx(network: Any, precision: Precision = Precision.INT8) -> bytes:
    """A network as an ONNX model of ``log_mel`` and ``lengths`` that carries its own tokens."""
    onnx = require("onnx", "train")
    model = onnx.load_model_from_string(_traced(network))
    shrink_weights(model, precision, lambda name: not name.startswith("front."))
    tokens = " ".join(PHONE_TOKENS[: network.out.out_features])
    for key, value in (("tokens", tokens), ("frame_shift", f"{SUBSAMPLING / 100}")):
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _traced(network: Any) -> bytes:
    torch = require("torch", "train")
    file = io.BytesIO()
    example = torch.full((1, _FRAMES, 80), -8.0), torch.tensor([_FRAMES])
    with warnings.catch_warnings():
        # the tracing exporter is the one that needs no further package; torch calls it the old one
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(), example, file, dynamo=False, opset_version=_OPSET,
            input_names=["log_mel", "lengths"], output_names=["log_probs", "num_frames"],
            dynamic_axes={"log_mel": {1: "time"}, "log_probs": {1: "frames"}},
            do_constant_folding=False,
        )  # fmt: skip
    return file.getvalue()


def parity(network: Any, model: CtcAcousticModel, log_mel: FloatArray) -> float:
    """Mean over frames of the summed difference of probabilities from torch's (0 to 2)."""
    torch = require("torch", "train")
    with torch.no_grad():
        mels = torch.from_numpy(log_mel)[None]
        expected = network(mels, torch.tensor([len(log_mel)]))[0][0].numpy()
    found = model.log_probs(log_mel)
    return float(np.abs(np.exp(found) - np.exp(expected)).sum(axis=1).mean())


def export_ears(
    checkpoint: Path, out: Path, precision: Precision = Precision.INT8, probe: Any = None
) -> float:
    """Write ``out`` and give its difference from torch on ``probe``, a log-mel array.

    Raises:
        ModelError: the checkpoint does not fit, or the exported model hears something else.
    """
    network = read_checkpoint(checkpoint)
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_suffix(".tmp")
    beside.write_bytes(acoustic_onnx(network, precision))
    difference = parity(network, CtcAcousticModel(beside), _probe() if probe is None else probe)
    if not difference <= TOLERANCES[precision]:
        beside.unlink()
        raise ModelError(f"The exported model differs from torch by {difference:.3f}; not written.")
    beside.replace(out)
    return difference


def _probe() -> FloatArray:
    """Something like speech: loud and soft, with bands that come and go."""
    rng = np.random.default_rng(0)
    slow = np.cumsum(rng.normal(0, 0.5, (400, 80)), axis=0).astype(np.float32)
    return np.asarray(np.clip(slow - slow.mean(axis=0) - 7, -15.9, 3), np.float32)


if __name__ == "__main__":
    kind = Precision(sys.argv[3]) if len(sys.argv) > 3 else Precision.INT8
    found = export_ears(Path(sys.argv[1]), Path(sys.argv[2]), kind)
    size = Path(sys.argv[2]).stat().st_size
    print(f"{sys.argv[2]}: {size / 1e6:.2f} MB, {found:.4f} of probability from torch")
