"""Makes the weights of an ONNX model small: 8-bit whole numbers by channel, or 16-bit floats.

Only the file is small: onnxruntime unfolds the weights once when it opens the model, and computes
in float32 as the training did.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import require

__all__ = ["Precision", "channel_scales", "shrink_weights"]

_LEAST_SIZE = 1024  # numbers; what is smaller is left alone


class Precision(StrEnum):
    """How a weight is stored; the last two compute in whole numbers too (``quantise``)."""

    INT8 = "int8"
    FLOAT16 = "float16"
    FLOAT32 = "float32"
    INT8_DYNAMIC = "int8_dynamic"
    INT8_STATIC = "int8_static"


def channel_scales(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """What one step of 8 bits is worth in each channel (the first axis), other axes kept as 1."""
    peaks = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
    scales: NDArray[np.float32] = (np.maximum(peaks, 1e-12) / 127).astype(np.float32)
    return scales


def shrink_weights(model: Any, precision: Precision, chosen: Callable[[str], bool]) -> None:
    """Change an ONNX model in place: weights whose names are ``chosen``, of two axes or more."""
    onnx = require("onnx", "train")
    graph = model.graph
    if precision is Precision.FLOAT32:
        return
    nodes: list[Any] = []
    for tensor in list(graph.initializer):
        values = onnx.numpy_helper.to_array(tensor)
        fits = values.dtype == np.float32 and values.ndim >= 2 and values.size >= _LEAST_SIZE
        if not fits or not chosen(tensor.name):
            continue
        graph.initializer.remove(tensor)
        small, added = _small(onnx, tensor.name, values, precision)
        graph.initializer.extend(small)
        nodes += added
    for place, node in enumerate(nodes):
        graph.node.insert(place, node)


def _small(
    onnx: Any, name: str, values: NDArray[np.float32], precision: Precision
) -> tuple[list[Any], list[Any]]:
    """The constants that stand for a weight, and the nodes that make it of them."""
    stored = f"{name}.stored"
    make, kind = onnx.helper.make_node, onnx.TensorProto.FLOAT
    if precision is Precision.FLOAT16:
        half = onnx.numpy_helper.from_array(values.astype(np.float16), stored)
        return [half], [make("Cast", [stored], [name], to=kind)]
    scales = channel_scales(values)
    steps = np.round(values / scales).astype(np.int8)
    constants = [
        onnx.numpy_helper.from_array(steps, stored),
        onnx.numpy_helper.from_array(scales, f"{name}.scale"),
    ]
    cast = make("Cast", [stored], [f"{name}.steps"], to=kind)
    return constants, [cast, make("Mul", [f"{name}.steps", f"{name}.scale"], [name])]
