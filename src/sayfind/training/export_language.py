"""Language models as ONNX files that hold all they need: weights in int8, pieces as metadata."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

from sayfind.errors import require
from sayfind.lm.pieces import Pieces
from sayfind.training.language_networks import Kind, NetworkConfig

__all__ = ["export_language_model"]


def export_language_model(
    network: Any, config: NetworkConfig, pieces: Pieces, path: Path, *, int8: bool = True
) -> None:
    """Write a trained network.

    Causal: ``ids (batch, length)`` to ``log_probs (batch, length - 1)``, of each piece after those
    before it. Masked: ``ids``, ``sounds`` and ``place (batch,)`` to ``log_probs (batch,
    num_pieces)`` at the place. ``int8`` stores matrices and tables in 8 bits.
    """
    torch = require("torch", "train")
    onnx = require("onnx", "train")
    network.eval()
    ids = torch.ones((2, 5), dtype=torch.int64)
    given: tuple[Any, ...]
    if config.kind is Kind.CAUSAL:
        model, given, names = _causal(network), (ids,), ["ids"]
    else:
        place = torch.ones(2, dtype=torch.int64)
        model, given, names = _masked(network), (ids, ids, place), ["ids", "sounds", "place"]
    axes = {name: {0: "batch", 1: "length"} for name in ("ids", "sounds", "log_probs")}
    axes["place"] = {0: "batch"}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces its other exporter
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        torch.onnx.export(
            model, given, str(plain), input_names=names, output_names=["log_probs"],
            dynamic_axes={n: axes[n] for n in (*names, "log_probs")}, opset_version=17,
            dynamo=False,
        )  # fmt: skip
        if int8:
            _quantise(plain, small)
        graph = onnx.load(str(small if int8 else plain))
    about = {"kind": str(config.kind), "pieces": "\n".join(pieces.vocabulary),
             "longest": str(config.longest)}  # fmt: skip
    onnx.helper.set_model_props(graph, about)
    onnx.save(graph, str(path))


def _quantise(plain: Path, small: Path) -> None:
    quantization = require("onnxruntime.quantization", "train")
    quantization.quantize_dynamic(
        str(plain),
        str(small),
        weight_type=quantization.QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gather", "LSTM"],
        per_channel=True,
        reduce_range=True,
        extra_options={"MatMulConstBOnly": True},
    )


def _causal(network: Any) -> Any:
    torch = require("torch", "train")

    class Causal(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Any) -> Any:
            before = ids[:, :-1]
            logits = self.network.logits(self.network(before, torch.zeros_like(before)))
            return logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]

    return Causal().eval()


def _masked(network: Any) -> Any:
    torch = require("torch", "train")

    class Masked(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Any, sounds: Any, place: Any) -> Any:
            states = self.network(ids, sounds)
            index = place[:, None, None].expand(-1, 1, states.shape[-1])
            return self.network.logits(states.gather(1, index)[:, 0]).log_softmax(-1)

    return Masked().eval()
