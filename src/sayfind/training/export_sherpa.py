"""Writes a trained network in the layout that sherpa-onnx reads: for phones, boards and browsers.

    python -m sayfind.training.export_sherpa CHECKPOINT FOLDER [int8|float16|float32]

``FOLDER`` gets ``model.onnx`` and ``tokens.txt``, for sherpa-onnx's ``from_zipformer_ctc``: of its
layouts that is the one with Kaldi's filterbank in nats, mirrored ends and samples in [-1, 1], which
is what our networks hear. (NeMo's has another mel scale, WeNet's another loudness.) The cut to the
loud part, which our runtime does before the network, is inside the graph.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.ctc import EDGE_FRAMES, QUIET_NEPERS, RARE_LOG_PROB
from sayfind.acoustic.networks import SUBSAMPLING
from sayfind.acoustic.tokens import PHONE_TOKENS
from sayfind.audio.onnx import open_model
from sayfind.errors import require
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
from sayfind.training.weights import Precision, shrink_weights

__all__ = ["export_sherpa", "sherpa_onnx_model"]

_FRAMES = 301  # of the example that is traced


def sherpa_onnx_model(
    network: Any,
    precision: Precision = Precision.INT8,
    tokens: Sequence[str] = PHONE_TOKENS,
) -> bytes:
    """``x (batch, time, 80)`` and ``x_lens`` to ``log_probs`` and ``log_probs_len``."""
    torch = require("torch", "train")
    example = torch.full((1, _FRAMES, 80), -8.0), torch.tensor([_FRAMES])
    model = traced(
        _whole(network).eval(),
        example,
        {"x": {0: "batch", 1: "time"}, "x_lens": {0: "batch"}},
        {"log_probs": {0: "batch", 1: "frames"}, "log_probs_len": {0: "batch"}},
    )
    shrink_weights(model, precision, lambda name: ".front." not in name)
    notes = {"model_type": "zipformer2_ctc", "subsampling_factor": f"{SUBSAMPLING}"}
    return with_notes(model, {**network_notes(network, tokens), **notes})


def _whole(network: Any) -> Any:
    """A network that finds the loud part by itself, as ``acoustic.ctc`` does for ours."""
    torch = require("torch", "train")

    class Whole(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.ears = network

        def forward(self, x: Any, x_lens: Any) -> tuple[Any, Any]:
            first, last = _loud(torch, x, x_lens)
            places = first[:, None] + torch.arange(x.shape[1])[: (last - first).max()]
            kept = places.clamp(max=x.shape[1] - 1)[:, :, None].expand(-1, -1, x.shape[2])
            heard, rows = self.ears(x.gather(1, kept), last - first)
            ends = _rows(torch, x_lens + SUBSAMPLING - 1)
            at = torch.arange(x.shape[1])[None, : ends.max()] - _rows(torch, first)[:, None]
            inside = ((at >= 0) & (at < rows[:, None]))[:, :, None]
            taken = torch.minimum(at.clamp(min=0), rows.max() - 1)
            moved = heard.gather(1, taken[:, :, None].expand(-1, -1, heard.shape[2]))
            quiet = torch.full_like(moved[:, :1], RARE_LOG_PROB)
            certain = torch.log1p(-(heard.shape[2] - 1) * torch.exp(quiet[..., :1]))
            quiet = torch.cat([certain, quiet[..., 1:]], dim=2)
            return torch.where(inside, moved, quiet), ends

    return Whole()


def _rows(torch: Any, frames: Any) -> Any:
    return torch.div(frames, SUBSAMPLING, rounding_mode="floor")


def _loud(torch: Any, x: Any, lengths: Any) -> tuple[Any, Any]:
    """As ``acoustic.ctc.loud_part``, for a batch."""
    places = torch.arange(x.shape[1])[None]
    power = torch.log(torch.exp(x).sum(dim=2))
    power = torch.where(places < lengths[:, None], power, torch.full_like(power, -1e4))
    loud = (power >= power.amax(dim=1, keepdim=True) - QUIET_NEPERS).to(torch.int64)
    first = (torch.cumsum(loud, dim=1) == 0).sum(dim=1) - EDGE_FRAMES
    last = (loud * (places + 1)).amax(dim=1) + EDGE_FRAMES
    return first.clamp(min=0), torch.minimum(last, lengths)


def export_sherpa(checkpoint: Path, folder: Path, precision: Precision = Precision.INT8) -> float:
    """Write ``model.onnx`` and ``tokens.txt``; gives the difference of its network from torch.

    Raises:
        ModelError: the checkpoint does not fit, or the exported model hears something else.
    """
    network = read_checkpoint(checkpoint)
    folder.mkdir(parents=True, exist_ok=True)
    tokens = tokens_of(network, checkpoint)
    lines = "".join(f"{token} {number}\n" for number, token in enumerate(tokens))
    (folder / "tokens.txt").write_text(lines, encoding="utf-8")

    def difference(path: Path) -> float:
        return _parity(network, path)

    data = sherpa_onnx_model(network, precision, tokens)
    return placed(data, folder / "model.onnx", difference, TOLERANCES[precision])


def _parity(network: Any, path: Path) -> float:
    """Mean over rows of the summed difference of probabilities from torch's."""
    torch, given = require("torch", "train"), probe()[None]
    lengths = np.array([given.shape[1]], np.int64)
    with torch.no_grad():
        expected = _whole(network)(torch.from_numpy(given), torch.from_numpy(lengths))[0].numpy()
    found = open_model(path).run(["log_probs"], {"x": given, "x_lens": lengths})[0]
    return float(np.abs(np.exp(found) - np.exp(expected)).sum(axis=2).mean())


if __name__ == "__main__":
    kind = Precision(sys.argv[3]) if len(sys.argv) > 3 else Precision.INT8
    found = export_sherpa(Path(sys.argv[1]), Path(sys.argv[2]), kind)
    print(f"{sys.argv[2]}: {found:.4f} of probability from torch")
