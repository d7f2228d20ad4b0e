"""Weights to go on from: of a checkpoint, or of an exported model such as the bundled ears."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.errors import ModelError, require

__all__ = ["give_weights", "read_weights"]

_HELPERS = ("adversary.", "pretext.")  # parts that only training needs


def give_weights(network: Any, path: Path, other_tokens: bool = False) -> None:
    """Give a network the (averaged) weights of a checkpoint, or those of an exported model.

    With ``other_tokens`` a layer of tokens that does not fit may stay as it is.

    Raises:
        ModelError: the file is neither, or its weights are of another architecture.
    """
    weights = read_weights(path)
    own = {name: v for name, v in network.state_dict().items() if name.startswith("out.")}
    if other_tokens and any(v.shape != weights.get(name, v[:0]).shape for name, v in own.items()):
        weights |= own
    try:
        network.load_state_dict(weights)
    except (RuntimeError, TypeError) as error:
        lines = str(error).strip().splitlines()
        reason = lines[1 if len(lines) > 1 else 0].strip()
        raise ModelError(f"{path} does not fit the settings of the network: {reason}") from error


def read_weights(path: Path) -> dict[str, Any]:
    """Tensors by name.

    Raises:
        ModelError: the file is neither a checkpoint nor a model that ``export_ears`` wrote.
    """
    return _of_onnx(path) if path.suffix == ".onnx" else _of_checkpoint(path)


def _of_checkpoint(path: Path) -> dict[str, Any]:
    torch = require("torch", "train")
    try:
        state = torch.load(path, weights_only=True)
    except (OSError, EOFError, pickle.UnpicklingError, KeyError, RuntimeError) as error:
        raise ModelError(f"{path} is not a checkpoint of an acoustic model.") from error
    weights = state.get("mean", state) if isinstance(state, dict) else {}
    if not weights or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise ModelError(f"{path} is not a checkpoint of an acoustic model.")
    # of a run's state, or of its end, which is the weights alone
    return {name: v for name, v in weights.items() if not name.startswith(_HELPERS)}


def _of_onnx(path: Path) -> dict[str, Any]:
    onnx, torch = require("onnx", "train"), require("torch", "train")
    try:
        model = onnx.load(path)
    except Exception as error:  # protobuf's errors share no base class but Exception
        raise ModelError(f"{path} is not a model that export_ears wrote.") from error
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    weights = {}
    for name, values in stored.items():
        if name.endswith(".scale"):
            continue
        plain = name.removesuffix(".stored")
        scale = stored.get(f"{plain}.scale", np.float32(1))
        weights[plain] = torch.from_numpy(np.array(values.astype(np.float32) * scale))
    return weights
