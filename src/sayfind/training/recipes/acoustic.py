"""Trains the bundled acoustic model (docs/models/ears.md): CTC over the phones of two languages.

    python -m sayfind.training.recipes.acoustic PACKED OUT [setting=value ...]

``PACKED`` is what ``sayfind.training.packed`` wrote. CTC alone sits on its all-blank plateau for
hours; cross-entropy on forced alignments beside it, fading over the first half, leaves it at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.networks import ConvRecurrentConfig, build_network
from sayfind.config import from_mapping, override, to_toml
from sayfind.errors import FeedError, require
from sayfind.training.corpus import held_out
from sayfind.training.loop import LoopConfig, fit
from sayfind.training.log_mel_mixing import Noises
from sayfind.training.packed import Packed, Utterance
from sayfind.training.utterances import Batch, BatchConfig, Collection, batches, plain_batch

__all__ = ["AcousticTraining", "phone_error_rate", "train"]

# collection: (weight, trust in its alignment); weights are shares of drawn examples
_SETS = {
    "speechocean762-train": (3.0, 1.0), "librispeech-sample": (1.6, 1.0),
    "librispeech-tc100-178spk": (1.2, 1.0), "librispeech-devclean-14spk": (2.0, 1.0),
    "vctk-p239": (0.5, 1.0), "vctk-mini": (0.3, 1.0), "kathleen-arctic": (0.25, 1.0),
    "fsdd-digits": (0.15, 1.0), "en-misc": (0.1, 1.0), "speech-commands-v2": (0.7, 1.0),
    "keywords-en": (0.7, 1.0), "synthetic-en": (0.8, 1.0), "audio-cmn": (1.3, 0.3),
    "pinyin-syllables": (0.35, 0.3), "seedlingo-zh": (0.15, 0.3), "aishell3-demo": (0.3, 0.1),
    "misc-zh": (0.1, 0.1), "aishell1-S0252": (0.5, 0.1), "synthetic-zh": (0.4, 0.1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AcousticTraining:
    """A whole run; ``exclude`` names collections that are only measured."""

    network: ConvRecurrentConfig = field(default_factory=ConvRecurrentConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            minutes=90.0, learning_rate=2e-3, weight_decay=1e-2, average=0.998
        )
    )
    alignment_floor: float = 0.05
    exclude: tuple[str, ...] = ("aishell1-S0252",)


def load(packed: Path, exclude: Sequence[str]) -> tuple[list[Collection], dict[str, list[Utterance]]]:
    """What is trained on, and the utterances of held-out speakers by collection."""
    learn, check = [], {}
    for name, (weight, trust) in _SETS.items():
        path = packed / f"{name}.npz"
        if not path.exists():
            continue
        items = [u for u in Packed.open(path).utterances if u.spoken or name == "speech-commands-v2"]
        held = [u for u in items if name in exclude or held_out(u.speaker)]
        kept = tuple(u for u in items if name not in exclude and not held_out(u.speaker))
        if kept:
            learn.append(Collection(name, kept, weight, trust))
        if held and name in ("speechocean762-train", "librispeech-tc100-178spk", "audio-cmn", *exclude):
            check[name] = [u for u in held if u.spoken][:150]
    if not learn:
        raise FeedError(f"{packed} holds no packed collection; run sayfind.training.packed first.")
    return learn, check


def alignment_weight(done: float, floor: float) -> float:
    """Weight of cross-entropy beside CTC: from one down to ``floor`` at half time."""
    return floor + (1 - floor) * max(0.0, 1 - 2 * done) ** 1.5


def loss_of(network: Any, batch: Batch, weight: float) -> Any:
    """CTC per phone, plus ``weight`` times cross-entropy on the alignment per frame."""
    torch = require("torch", "train")
    functional = torch.nn.functional
    mels, lengths = torch.from_numpy(batch.log_mel), torch.from_numpy(batch.lengths)
    with torch.autocast("cpu", torch.bfloat16):
        log_probs, frames = network(mels, lengths)
    counts = torch.from_numpy(batch.token_lengths)
    ctc = functional.ctc_loss(
        log_probs.transpose(0, 1), torch.from_numpy(batch.tokens), frames, counts,
        reduction="sum", zero_infinity=True,
    )  # fmt: skip
    loss = ctc / counts.sum().clamp(min=1)
    if weight > 0 and batch.aligned.shape[1] == log_probs.shape[1]:
        aligned = torch.from_numpy(batch.aligned)
        each = functional.cross_entropy(
            log_probs.flatten(0, 1), aligned.flatten(), ignore_index=-1, reduction="none"
        ).reshape(aligned.shape)
        trust = torch.from_numpy(batch.trust)[:, None] * (aligned >= 0)
        loss = loss + weight * (each * trust).sum() / trust.sum().clamp(min=1)
    return loss


def phone_error_rate(network: Any, utterances: Sequence[Utterance]) -> float:
    """Phone error rate of the best path, without any language model."""
    torch = require("torch", "train")
    from rapidfuzz.distance import Levenshtein

    errors = total = 0
    order = sorted(utterances, key=lambda u: len(u.log_mel))
    network.eval()
    for first in range(0, len(order), 16):
        some = order[first : first + 16]
        batch = plain_batch(some)
        with torch.no_grad():
            log_probs, frames = network(
                torch.from_numpy(batch.log_mel), torch.from_numpy(batch.lengths)
            )
        ends = np.cumsum(batch.token_lengths)
        for row, truth in enumerate(np.split(batch.tokens, ends[:-1])):
            path = log_probs[row, : int(frames[row])].argmax(-1).numpy()
            kept = path[np.append(True, path[1:] != path[:-1]) & (path != 0)]
            errors += Levenshtein.distance(kept.tolist(), truth.tolist())
            total += len(truth)
    network.train()
    return errors / max(1, total)


def mean_frame(collections: Sequence[Collection]) -> Any:
    """The average log-mel frame of speech, comfort noise included, at a mean level of zero."""
    total, count = np.zeros(80), 0
    for collection in collections:
        for utterance in collection.utterances[:: max(1, len(collection.utterances) // 50)]:
            mel = utterance.log_mel.astype(np.float64)
            mel = np.logaddexp(mel, np.log(np.exp(mel).mean(axis=0)) - 6.0)
            total += (mel - mel.mean()).sum(axis=0)
            count += len(mel)
    return total / count


def train(packed: Path, out: Path, config: AcousticTraining) -> Path:
    """Train (on), a checkpoint and the settings in ``out``; gives the averaged weights' path."""
    torch = require("torch", "train")
    torch.manual_seed(config.loop.seed)
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.toml").write_text(to_toml(config), encoding="utf-8")
    learn, check = load(packed, config.exclude)
    noises = _noises(packed, learn)
    network = build_network(config.network, mean_frame(learn))

    def loss(batch: Batch, done: float) -> Any:
        return loss_of(network, batch, alignment_weight(done, config.alignment_floor))

    def stream(seed: int) -> Iterator[Batch]:
        return batches(learn, noises, config.batch, seed)

    fixed = [batch for batch, _ in zip(stream(0), range(4), strict=False)]
    fit(network, loss, stream, fixed, out / "ears.pt", config.loop, _report(check))
    path = out / "ears_weights.pt"
    torch.save(network.state_dict(), path)
    return path


def _report(check: dict[str, list[Utterance]]) -> Callable[[Any], str]:
    def errors(network: Any) -> str:
        parts = [f"{name} {phone_error_rate(network, items):.3f}" for name, items in check.items()]
        return "phone errors: " + ", ".join(parts)

    return errors


def _noises(packed: Path, learn: Sequence[Collection]) -> Noises:
    path = packed / "noise.npz"
    noises = [u.log_mel for u in Packed.open(path).utterances]
    voices = [u.log_mel for c in learn if c.trust == 1.0 for u in c.utterances if len(u.log_mel) > 150]
    return Noises(noises, voices)


if __name__ == "__main__":
    settings = from_mapping(AcousticTraining, override({}, sys.argv[3:]))
    print(train(Path(sys.argv[1]), Path(sys.argv[2]), settings))
