"""Models that compute in 8-bit whole numbers, by onnxruntime's own tools.

Weights have a scale for each channel. Activations have one that is found as they are heard
(*dynamic*) or beforehand on some speech (*static*). The front end is left alone: its sums of
energies reach over more than 8 bits can tell.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.errors import require
from sayfind.types import FloatArray

__all__ = ["quantise_dynamic", "quantise_static"]


def quantise_dynamic(model: Any) -> Any:
    """An ONNX model whose layers find the range of what they hear each time."""
    tools = require("onnxruntime.quantization", "train")

    def make(source: Path, out: Path) -> None:
        tools.quantize_dynamic(
            source, out, per_channel=True, reduce_range=False,
            op_types_to_quantize=["MatMul", "Gemm"], nodes_to_exclude=_front(model),
        )  # fmt: skip

    return _through_files(model, make)


def quantise_static(model: Any, speech: Sequence[FloatArray]) -> Any:
    """An ONNX model whose ranges are those of log-mel arrays ``(num_frames, 80)``."""
    tools = require("onnxruntime.quantization", "train")

    class Reader(tools.CalibrationDataReader):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self._left: Iterator[FloatArray] = iter(speech)

        def get_next(self) -> dict[str, Any] | None:
            mel = next(self._left, None)
            if mel is None:
                return None
            lengths = np.array([len(mel)], np.int64)
            return {"log_mel": mel[None].astype(np.float32), "lengths": lengths}

    def make(source: Path, out: Path) -> None:
        tools.quantize_static(
            source, out, Reader(), per_channel=True, quant_format=tools.QuantFormat.QDQ,
            op_types_to_quantize=["MatMul", "Gemm", "Conv"], nodes_to_exclude=_front(model),
            activation_type=tools.QuantType.QUInt8, weight_type=tools.QuantType.QInt8,
        )  # fmt: skip

    return _through_files(model, make)


def _front(model: Any) -> list[str]:
    """Names of the front end's nodes, as torch gives them."""
    return [node.name for node in model.graph.node if "/front/" in node.name]


def _through_files(model: Any, make: Callable[[Path, Path], None]) -> Any:
    onnx = require("onnx", "train")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source, out = Path(folder) / "source.onnx", Path(folder) / "out.onnx"
        onnx.save(model, source)
        make(source, out)
        return onnx.load(out)
