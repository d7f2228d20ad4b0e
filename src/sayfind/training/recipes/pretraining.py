"""Trains an acoustic network on speech without transcripts, for ``start_from`` to go on from.

    python -m sayfind.training.recipes.pretraining PACKED OUT [RECIPE.toml] [setting=value ...]
    python -m sayfind.training.recipes.acoustic PACKED OUT2 RECIPE.toml 'start_from="OUT/ears.pt"'

``PACKED`` is what ``sayfind.training.packed`` wrote, of recordings whose ``text`` may be empty.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.networks import build_network
from sayfind.config import to_toml
from sayfind.errors import FeedError, require
from sayfind.training.corpus import held_out
from sayfind.training.log_mel_mixing import Noises
from sayfind.training.loop import Task, fit
from sayfind.training.packed_utterances import Packed, Utterance
from sayfind.training.pretext import pretext_loss, with_pretext
from sayfind.training.processes import is_first
from sayfind.training.recipes.acoustic import mean_frame, noises_of
from sayfind.training.recipes.acoustic_settings import AcousticTraining, read_settings
from sayfind.training.utterances import Batch, Collection, batches

__all__ = ["pretrain", "unlabelled"]


def unlabelled(packed: Path, longest: int) -> tuple[list[Collection], list[Utterance]]:
    """All speech without its transcripts, in pieces of at most ``longest`` frames, and some apart.

    Raises:
        FeedError: there is nothing to train on.
    """
    learn, apart = [], []
    for path in sorted(packed.glob("*.npz")):
        if path.stem == "noise":
            continue
        pieces = [p for u in Packed.open(path).utterances for p in _pieces(u, longest)]
        kept = tuple(piece for piece in pieces if not held_out(piece.speaker))
        apart += [piece for piece in pieces if held_out(piece.speaker)]
        if kept:
            learn.append(Collection(path.stem, kept, float(sum(len(p.log_mel) for p in kept))))
    if not learn:
        raise FeedError(f"{packed} holds no packed collection; run sayfind.training.packed first.")
    return learn, apart


def _pieces(utterance: Utterance, longest: int) -> Iterator[Utterance]:
    for first in range(0, len(utterance.log_mel), longest):
        mel = utterance.log_mel[first : first + longest]
        ends = np.array([0, len(mel)], np.int32)
        yield replace(utterance, log_mel=mel, phones=("SIL",), starts=ends, text="")


def pretrain(packed: Path, out: Path, config: AcousticTraining) -> Path:
    """Train (on), a checkpoint and the settings in ``out``; gives the checkpoint's path."""
    torch = require("torch", "train")
    torch.manual_seed(config.loop.seed)
    slowest = 1 + config.batch.mixing.tempo
    learn, apart = unlabelled(packed, int(config.batch.longest / slowest))
    noises: Noises = noises_of(packed, learn)
    network = with_pretext(build_network(config.network, mean_frame(learn)), config.pretext)
    if is_first():
        out.mkdir(parents=True, exist_ok=True)
        (out / "config.toml").write_text(to_toml(config), encoding="utf-8")

    def loss(batch: Batch, _: float) -> Any:
        return pretext_loss(network, batch, config.pretext)

    def stream(seed: int) -> Iterator[Batch]:
        return batches(learn, noises, config.batch, seed)

    measured = [Collection("apart", tuple(apart), 1.0)] if apart else learn
    check = batches(measured, noises, replace(config.batch, plain=1.0), 0)
    fixed = [batch for batch, _ in zip(check, range(4), strict=False)]
    fit(Task(network, loss, stream, fixed), out / "ears.pt", config.loop)
    return out / "ears.pt"


def main(arguments: Sequence[str]) -> Path:
    """Train as the command line says."""
    packed, out, *rest = arguments
    recipe = Path(rest.pop(0)) if rest and rest[0].endswith(".toml") else None
    return pretrain(Path(packed), Path(out), read_settings(recipe, rest))


if __name__ == "__main__":
    print(main(sys.argv[1:]))
