"""What hearing piece by piece costs: real-time factor on one core, and memory.

    python benchmarks/streaming_ears.py RECIPE.toml [--seconds 180]

Speed depends neither on the weights, which are random ones of the recipe's size, nor on the sound,
which is noise in pieces of 320 ms. ``cpu`` is processor time by sound, ``worst`` the longest that
one piece took by the piece's own length, ``memory_mb`` the most that the process ever held, of
which ``before_mb`` before the model was opened.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PIECE = 5_120  # samples: 320 ms


def measure(model_path: Path, seconds: float) -> dict[str, float]:
    """The figures of a model that is on disk; imports no torch, so that memory is honest."""
    from sayfind.acoustic.streaming import StreamingAcousticModel
    from sayfind.types import Audio

    before_mb = memory()
    model, rng = StreamingAcousticModel(model_path), np.random.default_rng(0)
    state, spent, worst = model.start(), 0.0, 0.0
    pieces = round(seconds * 16_000 / PIECE)
    for _ in range(pieces):
        piece = Audio((0.1 * rng.normal(size=PIECE)).astype(np.float32), 16_000)
        before = time.process_time()
        state, _ = model.step(state, piece)
        took = time.process_time() - before
        spent, worst = spent + took, max(worst, took)
    length = PIECE / 16_000
    return {
        "seconds": round(pieces * length, 1),
        "cpu": round(spent / pieces / length, 4),
        "worst": round(worst / length, 4),
        "memory_mb": memory(),
        "before_mb": before_mb,
        "model_mb": round(model_path.stat().st_size / 1e6, 1),
    }


def memory() -> int:
    """The most memory that this process has held so far, in MB (not what its parent had)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return round(int(line.split()[1]) / 1024)


def export(recipe: Path, out: Path) -> None:
    """A model of the recipe's size."""
    import torch

    from sayfind.acoustic.networks import build_network
    from sayfind.acoustic.networks.configs import ConformerConfig
    from sayfind.training.export_streaming import streaming_onnx
    from sayfind.training.recipes.acoustic_settings import read_settings

    config = read_settings(recipe).network
    if not isinstance(config, ConformerConfig):
        raise SystemExit(f"{recipe} is of an architecture that cannot stream.")
    torch.manual_seed(0)
    network = build_network(config, np.full(80, -7.0)).eval()
    out.write_bytes(streaming_onnx(network, config))


def main() -> None:
    """Export in one process, measure in another."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", type=Path, help="a recipe, or a model that is exported already")
    parser.add_argument("--seconds", type=float, default=180.0)
    given = parser.parse_args()
    if given.recipe.suffix == ".onnx":
        print(json.dumps(measure(given.recipe, given.seconds)))
        return
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "streaming.onnx"
        export(given.recipe, model)
        again = [sys.executable, __file__, str(model), "--seconds", str(given.seconds)]
        subprocess.run(again, check=True)


if __name__ == "__main__":
    main()
