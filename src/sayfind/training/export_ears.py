"""Writes a trained acoustic network as ONNX, as ``sayfind.acoustic.ctc`` reads it.

    python -m sayfind.training.export_ears CHECKPOINT OUT.onnx [PRECISION [PACKED.npz]]

``CHECKPOINT`` is what the recipe saves as it goes, in mid-training too (``config.toml`` is read
from beside it); the averaged weights are written. ``PRECISION`` is a ``Precision``; ``PACKED.npz``
holds the speech that ``int8_static`` is calibrated on. The front end is inside the model and keeps
full precision. What comes out is compared with torch before it is moved to its place.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.networks import SUBSAMPLING, build_network
from sayfind.acoustic.tokens import PHONE_TOKENS
from sayfind.errors import ModelError, require
from sayfind.training.packed_utterances import Packed
from sayfind.training.quantise import quantise_dynamic, quantise_static
from sayfind.training.recipes.acoustic_settings import read_settings
from sayfind.training.spelling import token_names
from sayfind.training.starting_weights import give_weights
from sayfind.training.weights import Precision, shrink_weights
from sayfind.types import FloatArray

__all__ = [
    "TOLERANCES",
    "acoustic_onnx",
    "export_ears",
    "network_notes",
    "parity",
    "placed",
    "probe",
    "read_checkpoint",
    "tokens_of",
    "traced",
    "with_notes",
]

TOLERANCES = {
    Precision.FLOAT32: 1e-3,
    Precision.FLOAT16: 0.01,
    Precision.INT8: 0.05,
    Precision.INT8_DYNAMIC: 0.1,
    Precision.INT8_STATIC: 0.25,
}
"""Largest mean difference of a posterior probability's row from torch's, summed over tokens."""

_OPSET = 17
_CALIBRATION = 64  # utterances at most
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


def acoustic_onnx(
    network: Any,
    precision: Precision = Precision.INT8,
    calibration: Sequence[FloatArray] = (),
    tokens: Sequence[str] = PHONE_TOKENS,
) -> bytes:
    """A network as an ONNX model of ``log_mel`` and ``lengths`` that carries its own tokens.

    ``calibration`` are log-mel arrays ``(num_frames, 80)`` whose range sets the scales of
    ``int8_static``.
    """
    computed = precision in (Precision.INT8_DYNAMIC, Precision.INT8_STATIC)
    inputs: dict[str, dict[int, str]] = {"log_mel": {1: "time"}, "lengths": {}}
    outputs: dict[str, dict[int, str]] = {"log_probs": {1: "frames"}, "num_frames": {}}
    model = traced(network, _example(), inputs, outputs, fold=computed)
    if precision is Precision.INT8_DYNAMIC:
        model = quantise_dynamic(model)
    elif precision is Precision.INT8_STATIC:
        model = quantise_static(model, calibration or [probe()])
    else:
        shrink_weights(model, precision, lambda name: not name.startswith("front."))
    return with_notes(model, network_notes(network, tokens))


def _example() -> tuple[Any, Any]:
    """Something to trace a network with."""
    torch = require("torch", "train")
    return torch.full((1, _FRAMES, 80), -8.0), torch.tensor([_FRAMES])


def network_notes(network: Any, tokens: Sequence[str]) -> dict[str, str]:
    """What a runtime must know of a network: its tokens, and seconds between rows."""
    names = " ".join(tokens[: network.out.out_features])
    return {"tokens": names, "frame_shift": f"{SUBSAMPLING / 100}"}


def with_notes(model: Any, notes: Mapping[str, str]) -> bytes:
    """A checked ONNX model with metadata, serialised."""
    for key, value in notes.items():
        model.metadata_props.add(key=key, value=value)
    require("onnx", "train").checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def traced(
    network: Any,
    example: tuple[Any, ...],
    inputs: Mapping[str, dict[int, str]],
    outputs: Mapping[str, dict[int, str]],
    fold: bool = False,
) -> Any:
    """The ONNX model of a network; inputs and outputs by name, with the axes that may vary.

    With ``fold`` weights are turned as layers want them, and lose their names.
    """
    torch, onnx = require("torch", "train"), require("onnx", "train")
    file = io.BytesIO()
    with warnings.catch_warnings():
        # the tracing exporter is the one that needs no further package; torch calls it the old one
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(), example, file, dynamo=False, opset_version=_OPSET,
            input_names=list(inputs), output_names=list(outputs),
            dynamic_axes={name: axes for name, axes in {**inputs, **outputs}.items() if axes},
            do_constant_folding=fold,
        )  # fmt: skip
    return onnx.load_model_from_string(file.getvalue())


def tokens_of(network: Any, checkpoint: Path) -> tuple[str, ...]:
    """Names of the columns of a checkpoint's network.

    Raises:
        ModelError: the names beside it are those of another network.
    """
    count = network.out.out_features
    names = token_names(checkpoint, count)
    if len(names) != count:
        raise ModelError(f"{checkpoint} has {count} tokens, but tokens.txt names {len(names)}.")
    return names


def parity(network: Any, model: CtcAcousticModel, log_mel: FloatArray) -> float:
    """Mean over frames of the summed difference of probabilities from torch's (0 to 2)."""
    torch = require("torch", "train")
    with torch.no_grad():
        mels = torch.from_numpy(log_mel)[None]
        expected = network(mels, torch.tensor([len(log_mel)]))[0][0].numpy()
    found = model.log_probs(log_mel)
    return float(np.abs(np.exp(found) - np.exp(expected)).sum(axis=1).mean())


def export_ears(
    checkpoint: Path,
    out: Path,
    precision: Precision = Precision.INT8,
    speech: Sequence[FloatArray] = (),
) -> float:
    """Write ``out`` and give its difference from torch on ``speech``, log-mel arrays.

    ``int8_static`` is calibrated on all of the speech but the first, which it is measured on.

    Raises:
        ModelError: the checkpoint does not fit, or the exported model hears something else.
    """
    network = read_checkpoint(checkpoint)
    test, *rest = speech or [probe()]
    data = acoustic_onnx(network, precision, rest, tokens_of(network, checkpoint))

    def difference(path: Path) -> float:
        return parity(network, CtcAcousticModel(path), test)

    return placed(data, out, difference, TOLERANCES[precision])


def placed(data: bytes, out: Path, measure: Callable[[Path], float], most: float) -> float:
    """Write a model where it belongs if it differs from torch by at most so much; gives that.

    Raises:
        ModelError: it differs by more; what was at ``out`` is left.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_suffix(".tmp")
    beside.write_bytes(data)
    difference = measure(beside)
    if not difference <= most:
        beside.unlink()
        raise ModelError(f"The exported model differs from torch by {difference:.3f}; not written.")
    beside.replace(out)
    return difference


def probe() -> FloatArray:
    """Something like speech: loud and soft, with bands that come and go."""
    rng = np.random.default_rng(0)
    slow = np.cumsum(rng.normal(0, 0.5, (400, 80)), axis=0).astype(np.float32)
    return np.asarray(np.clip(slow - slow.mean(axis=0) - 7, -15.9, 3), np.float32)


def main(arguments: Sequence[str]) -> None:
    """Export as the command line says."""
    checkpoint, out = map(Path, arguments[:2])
    kind = Precision(arguments[2]) if len(arguments) > 2 else Precision.INT8
    speech = [
        utterance.log_mel.astype(np.float32)
        for path in arguments[3:]
        for utterance in Packed.open(Path(path)).utterances[:_CALIBRATION]
    ]
    found = export_ears(checkpoint, out, kind, speech)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {found:.4f} of probability from torch")


if __name__ == "__main__":
    main(sys.argv[1:])
