"""A BERT sentence encoder as an ONNX graph, drawn straight from a checkpoint: no torch needed.

Knows the ``sentence-transformers`` folder with BERT weights, mean pooling and unit length
(``config.json``, ``model.safetensors``, ``tokenizer.json``), which most small encoders are. The
arithmetic is Devlin et al. 2019's encoder; the weights become int8 by onnxruntime's dynamic
quantisation.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import ModelError, require

__all__ = ["MODEL", "TOKENIZER", "compile_encoder"]

MODEL, TOKENIZER = "encoder.onnx", "tokenizer.json"
_KINDS = {"F32": np.float32, "F16": np.float16}
_OPSET = 20  # the first with Gelu
Weights = dict[str, NDArray[np.float32]]


def compile_encoder(checkpoint: Path, folder: Path) -> None:
    """Write ``encoder.onnx`` (int8) and ``tokenizer.json`` of a checkpoint into a folder.

    Raises:
        ModelError: the checkpoint is missing, damaged, or no BERT.
        MissingExtraError: ``onnx`` is not installed.
    """
    require("onnx", "dense")
    try:
        settings = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
        if settings["model_type"] != "bert" or settings["hidden_act"] != "gelu":
            raise ModelError(
                f"{checkpoint} is a {settings['model_type']}; give a BERT encoder, such as MiniLM."
            )
        weights = _read_safetensors(checkpoint / "model.safetensors")
        model = _Drawing(settings, weights).model()
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(checkpoint / "tokenizer.json", folder / TOKENIZER)
        _quantize(model, folder / MODEL)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{checkpoint} is not a readable sentence-transformers folder ({error}); "
            "give one with config.json, model.safetensors and tokenizer.json."
        ) from error


def _read_safetensors(path: Path) -> Weights:
    """Its float tensors by name; the format is a JSON header of offsets, then the bytes."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    found: Weights = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] in _KINDS:
            start, end = (8 + size + offset for offset in about["data_offsets"])
            flat = np.frombuffer(raw[start:end], dtype=_KINDS[about["dtype"]])
            found[name.removeprefix("bert.")] = flat.astype(np.float32).reshape(about["shape"])
    return found


def _quantize(model: Any, path: Path) -> None:
    quantization = require("onnxruntime.quantization", "dense")
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        plain = Path(place) / "plain.onnx"
        require("onnx", "dense").save(model, plain)
        quantization.quantize_dynamic(
            plain, path, weight_type=quantization.QuantType.QInt8, per_channel=True
        )


class _Drawing:
    """Draws the graph node by node; every method gives the name of what it has drawn."""

    def __init__(self, settings: dict[str, Any], weights: Weights) -> None:
        self._onnx = require("onnx", "dense")
        self._weights = weights
        self._heads = int(settings["num_attention_heads"])
        self._width = int(settings["hidden_size"])
        self._layers = int(settings["num_hidden_layers"])
        self._epsilon = float(settings["layer_norm_eps"])
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> Any:
        """Inputs ``ids`` and ``mask`` (batch, length); output ``vectors`` (batch, width)."""
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        hidden = self._embeddings()
        mask = self._node("Cast", "mask", to=kinds.FLOAT)
        hindered = self._node("Sub", mask, self._constant(np.float32(1)))
        hindered = self._node("Mul", hindered, self._constant(np.float32(1e4)))
        hindered = self._node("Unsqueeze", hindered, self._constant(np.array([1, 2])))
        for layer in range(self._layers):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden, hindered)
        self._pooled(hidden, mask)
        shape = ["batch", "length"]
        graph = helper.make_graph(
            self._nodes,
            "sentence_encoder",
            [helper.make_tensor_value_info(n, kinds.INT64, shape) for n in ("ids", "mask")],
            [helper.make_tensor_value_info("vectors", kinds.FLOAT, ["batch", self._width])],
            self._constants,
        )
        opset = helper.make_opsetid("", _OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=9)

    def _embeddings(self) -> str:
        words = self._node("Gather", self._weight("embeddings.word_embeddings.weight"), "ids")
        length = self._node("Shape", "ids", start=1, end=2)
        first, one = self._constant(np.array([0])), self._constant(np.array([0]))
        places = self._weight("embeddings.position_embeddings.weight")
        places = self._node("Slice", places, first, length, one)
        total = self._node("Add", words, places)
        kind = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._norm("embeddings.LayerNorm.", self._node("Add", total, self._constant(kind)))

    def _layer(self, name: str, hidden: str, hindered: str) -> str:
        queries, keys, values = (
            self._split(self._linear(f"{name}attention.self.{part}.", hidden))
            for part in ("query", "key", "value")
        )
        scale = self._constant(np.float32(1 / np.sqrt(self._width / self._heads)))
        scores = self._node("MatMul", queries, self._node("Transpose", keys, perm=[0, 1, 3, 2]))
        scores = self._node("Add", self._node("Mul", scores, scale), hindered)
        heads = self._node("MatMul", self._node("Softmax", scores, axis=-1), values)
        joined = self._node("Transpose", heads, perm=[0, 2, 1, 3])
        joined = self._node("Reshape", joined, self._constant(np.array([0, 0, self._width])))
        attended = self._linear(f"{name}attention.output.dense.", joined)
        hidden = self._norm(
            f"{name}attention.output.LayerNorm.", self._node("Add", attended, hidden)
        )
        inner = self._node("Gelu", self._linear(f"{name}intermediate.dense.", hidden))
        outer = self._linear(f"{name}output.dense.", inner)
        return self._norm(f"{name}output.LayerNorm.", self._node("Add", outer, hidden))

    def _split(self, values: str) -> str:
        """``(batch, length, width)`` to ``(batch, heads, length, width / heads)``."""
        shape = np.array([0, 0, self._heads, self._width // self._heads])
        return self._node(
            "Transpose", self._node("Reshape", values, self._constant(shape)), perm=[0, 2, 1, 3]
        )

    def _pooled(self, hidden: str, mask: str) -> None:
        """The mean over the tokens that are there, at unit length."""
        weights = self._node("Unsqueeze", mask, self._constant(np.array([2])))
        total = self._node(
            "ReduceSum",
            self._node("Mul", hidden, weights),
            self._constant(np.array([1])),
            keepdims=0,
        )
        length = self._node("ReduceL2", total, self._constant(np.array([1])), keepdims=1)
        node = self._onnx.helper.make_node("Div", [total, length], ["vectors"])
        self._nodes.append(node)

    def _linear(self, name: str, value: str) -> str:
        matrix = self._constant(np.ascontiguousarray(self._weights[f"{name}weight"].T))
        return self._node("Add", self._node("MatMul", value, matrix), self._weight(f"{name}bias"))

    def _norm(self, name: str, value: str) -> str:
        scale, shift = self._weight(f"{name}weight"), self._weight(f"{name}bias")
        return self._node("LayerNormalization", value, scale, shift, epsilon=self._epsilon)

    def _weight(self, name: str) -> str:
        return self._constant(self._weights[name])

    def _constant(self, value: Any) -> str:
        name = f"constant{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"value{len(self._nodes)}"
        node = self._onnx.helper.make_node(kind, list(inputs), [name], **attributes)
        self._nodes.append(node)
        return name
