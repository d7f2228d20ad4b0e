"""Writes a trained causal Conformer as one graph that hears piece by piece.

    python -m sayfind.training.export_streaming CHECKPOINT OUT.onnx [int8|float16|float32]

``sayfind.acoustic.streaming`` reads it. What comes out is compared with what the network hears of
the whole before it is moved to its place.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.networks.configs import ConformerConfig
from sayfind.acoustic.streaming import StreamingAcousticModel
from sayfind.acoustic.tokens import PHONE_TOKENS
from sayfind.errors import ModelError, require
from sayfind.training.export_ears import (
    TOLERANCES,
    network_notes,
    placed,
    probe,
    read_checkpoint,
    tokens_of,
    traced,
    with_notes,
)
from sayfind.training.recipes.acoustic_settings import read_settings
from sayfind.training.weights import Precision, shrink_weights
from sayfind.types import FloatArray

__all__ = ["export_streaming", "streaming_onnx", "streaming_parity"]

_VARYING = {"seen": {1: "seen"}, "keys": {2: "past"}, "values": {2: "past"}}


def streaming_onnx(
    network: Any,
    config: ConformerConfig,
    precision: Precision = Precision.INT8,
    tokens: Sequence[str] = PHONE_TOKENS,
) -> bytes:
    """A causal network as a graph of a piece and caches; the caches that begin are noted in it.

    Raises:
        ModelError: the network is not causal.
    """
    torch = require("torch", "train")
    from sayfind.acoustic.networks.streaming import CACHES, StreamingEars, first_caches

    shapes = first_caches(config)
    past = {"seen": {1: 4}, "keys": {2: config.chunk}, "values": {2: config.chunk}}
    example = [torch.full((1, 3 * config.chunk, 80), -8.0), torch.tensor([3 * config.chunk])]
    for name in CACHES:
        shape = [past.get(name, {}).get(axis, size) for axis, size in enumerate(shapes[name])]
        example.append(torch.ones(shape))
    model = traced(
        StreamingEars(network, config),
        tuple(example),
        {"log_mel": {1: "time"}, "lengths": {}, **{n: _VARYING.get(n, {}) for n in CACHES}},
        {"log_probs": {1: "rows"}, **{f"{n}_after": _VARYING.get(n, {}) for n in CACHES}},
    )
    shrink_weights(model, precision, lambda name: ".front." not in name)
    notes = {"chunk": f"{config.chunk}", "caches": json.dumps(shapes)}
    return with_notes(model, {**network_notes(network, tokens), **notes})


def streaming_parity(network: Any, model: StreamingAcousticModel, log_mel: FloatArray) -> float:
    """Mean over rows of the summed difference of probabilities from torch's of the whole."""
    torch = require("torch", "train")
    with torch.no_grad():
        mels = torch.from_numpy(log_mel)[None]
        expected = network(mels, torch.tensor([len(log_mel)]))[0][0].numpy()
    return float(np.abs(np.exp(model.log_probs(log_mel)) - np.exp(expected)).sum(axis=1).mean())


def export_streaming(checkpoint: Path, out: Path, precision: Precision = Precision.INT8) -> float:
    """Write ``out`` and give its difference from torch.

    Raises:
        ModelError: the checkpoint does not fit or is of a network that cannot stream.
    """
    network = read_checkpoint(checkpoint)
    config = read_settings(checkpoint.with_name("config.toml")).network
    if not isinstance(config, ConformerConfig) or not config.causal:
        raise ModelError(
            f"{checkpoint} cannot stream; train runs/recipes/conformer_streaming.toml."
        )

    def difference(path: Path) -> float:
        return streaming_parity(network, StreamingAcousticModel(path), probe())

    data = streaming_onnx(network, config, precision, tokens_of(network, checkpoint))
    return placed(data, out, difference, TOLERANCES[precision])


if __name__ == "__main__":
    kind = Precision(sys.argv[3]) if len(sys.argv) > 3 else Precision.INT8
    found = export_streaming(Path(sys.argv[1]), Path(sys.argv[2]), kind)
    size = Path(sys.argv[2]).stat().st_size
    print(f"{sys.argv[2]}: {size / 1e6:.2f} MB, {found:.4f} of probability from torch")
