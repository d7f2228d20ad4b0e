"""Writes trained networks as ONNX, by hand: few nodes, weights as 16-bit floats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sayfind.audio.spectrum import NUM_BANDS
from sayfind.errors import require

__all__ = ["Graph", "near_voice_onnx", "spoken_language_onnx"]


class Graph:
    """An ONNX graph in the making: each call adds a node and gives the name of its output."""

    def __init__(self) -> None:
        self._onnx = require("onnx", "train")
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output that is used."""
        name = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, values: Any) -> str:
        """A constant that is not a weight (a shape, an axis)."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def weight(self, values: Any) -> str:
        """A weight: half the bytes on disk, float32 once loaded."""
        half = np.asarray(values, np.float32).astype(np.float16)
        return self.add("Cast", self.constant(half), to=self._onnx.TensorProto.FLOAT)

    def gru(self, x: str, weights: Mapping[str, Any], prefix: str, layer: int) -> str:
        """A bidirectional GRU layer over ``(num_frames, batch, width)``, as torch has it."""
        parts: dict[str, list[NDArray[np.float32]]] = {"W": [], "R": [], "B": []}
        for suffix in ("", "_reverse"):
            take = {
                name: _gates(weights[f"{prefix}.{name}_l{layer}{suffix}"])
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            }
            parts["W"].append(take["weight_ih"])
            parts["R"].append(take["weight_hh"])
            parts["B"].append(np.concatenate([take["bias_ih"], take["bias_hh"]]))
        hidden = parts["R"][0].shape[1]
        names = [self.weight(np.stack(parts[part])) for part in ("W", "R", "B")]
        y = self.add(
            "GRU", x, *names, hidden_size=hidden, direction="bidirectional", linear_before_reset=1
        )
        y = self.add("Transpose", y, perm=[0, 2, 1, 3])
        return self.add("Reshape", y, self.constant(np.array([0, 0, -1], np.int64)))

    def model(self, x: str, shape: list[Any], y: str, inner: str, y_shape: list[Any]) -> bytes:
        """The serialised model of one input ``x`` and one output ``y``, which is ``inner``."""
        real = self._onnx.TensorProto.FLOAT
        return self._document([self._port(x, real, shape)], {y: (inner, y_shape)})

    def labelled(
        self,
        inputs: Mapping[str, list[Any]],
        outputs: Mapping[str, tuple[str, list[Any]]],
        labels: Mapping[str, str],
    ) -> bytes:
        """The model of whole-number inputs (name -> shape) and outputs (name -> inner, shape).

        ``labels`` travel with it: an onnxruntime session gives them as its custom metadata.
        """
        whole = self._onnx.TensorProto.INT64
        ports = [self._port(name, whole, shape) for name, shape in inputs.items()]
        return self._document(ports, outputs, labels)

    def _port(self, name: str, kind: int, shape: list[Any]) -> Any:
        return self._onnx.helper.make_tensor_value_info(name, kind, shape)

    def _document(
        self,
        ports: list[Any],
        outputs: Mapping[str, tuple[str, list[Any]]],
        labels: Mapping[str, str] | None = None,
    ) -> bytes:
        helper, real = self._onnx.helper, self._onnx.TensorProto.FLOAT
        for name, (inner, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [inner], [name]))
        given = [self._port(name, real, shape) for name, (_, shape) in outputs.items()]
        graph = helper.make_graph(self._nodes, "sayfind", ports, given, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        helper.set_model_props(model, dict(labels or {}))
        self._onnx.checker.check_model(model)
        data: bytes = model.SerializeToString()
        return data


def _gates(tensor: Any) -> NDArray[np.float32]:
    """Torch orders a GRU's gates reset, update, new; ONNX update, reset, new."""
    reset, update, new = np.split(np.asarray(tensor, np.float32), 3)
    return np.concatenate([update, reset, new])


def near_voice_onnx(weights: Mapping[str, Any]) -> bytes:
    """``features (num_frames, 1, 64) -> mask`` of the same shape, from a network's state."""
    graph = Graph()
    x = graph.add("Transpose", "features", perm=[1, 2, 0])
    x = graph.add(
        "Conv", x, graph.weight(weights["near.weight"]), graph.weight(weights["near.bias"]),
        pads=[2, 2],
    )  # fmt: skip
    x = graph.add("Transpose", graph.add("Relu", x), perm=[2, 0, 1])
    x = graph.gru(graph.gru(x, weights, "far", 0), weights, "far", 1)
    x = graph.add("MatMul", x, graph.weight(np.asarray(weights["out.weight"]).T))
    x = graph.add("Sigmoid", graph.add("Add", x, graph.weight(weights["out.bias"])))
    shape = ["num_frames", 1, NUM_BANDS]
    return graph.model("features", shape, "mask", x, shape)


def spoken_language_onnx(weights: Mapping[str, Any]) -> bytes:
    """``features (1, 64, num_frames) -> probability (1, 1)``, from a network's state."""
    graph = Graph()

    def conv(x: str, name: str, **attributes: Any) -> str:
        pair = [graph.weight(weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        return graph.add("Relu", graph.add("Conv", x, *pair, **attributes))

    x = conv("features", "first", pads=[2, 2], strides=[2])
    for number, step in enumerate((1, 2, 4)):
        spread = {"pads": [2 * step, 2 * step], "dilations": [step], "group": 4}
        inner = conv(conv(x, f"wide.{number}", **spread), f"mixed.{number}")
        x = graph.add("Add", x, inner)
    pooled = [graph.add(kind, x, axes=[2], keepdims=0) for kind in ("ReduceMean", "ReduceMax")]
    x = graph.add("Concat", *pooled, axis=1)
    x = graph.add("MatMul", x, graph.weight(np.asarray(weights["last.weight"]).T))
    x = graph.add("Sigmoid", graph.add("Add", x, graph.weight(weights["last.bias"])))
    return graph.model("features", [1, NUM_BANDS, "num_frames"], "probability", x, [1, 1])
