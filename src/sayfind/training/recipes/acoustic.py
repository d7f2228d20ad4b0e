"""Trains the bundled acoustic model (docs/models/ears.md): CTC over the phones of two languages.

    python -m sayfind.training.recipes.acoustic PACKED OUT [RECIPE.toml] [setting=value ...]

``PACKED`` is what ``sayfind.training.packed`` wrote. CTC alone sits on its all-blank plateau for
hours; cross-entropy on forced alignments beside it, fading over the first half, leaves it at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.networks import build_network
from sayfind.config import to_toml
from sayfind.errors import FeedError, require
from sayfind.training.acoustic_loss import alignment_weight, phone_error_rate
from sayfind.training.corpus import held_out
from sayfind.training.log_mel_mixing import Noises
from sayfind.training.loop import Task, fit
from sayfind.training.packed import Packed, Utterance
from sayfind.training.processes import is_first
from sayfind.training.recipes.acoustic_settings import AcousticTraining, read_settings
from sayfind.training.regularisation import domains_of, regularised_loss, with_adversary
from sayfind.training.spelling import Spelling, spelled
from sayfind.training.starting_weights import give_weights
from sayfind.training.utterances import Batch, Collection, batches
from sayfind.types import FloatArray

__all__ = ["AcousticTraining", "dev_errors", "load", "mean_frame", "noises_of", "train"]

# collection: (weight, trust in its alignment); weights are shares of drawn examples
_SETS = {
    "speechocean762-train": (3.0, 1.0), "librispeech-sample": (1.6, 1.0),
    "librispeech-tc100-178spk": (1.2, 1.0), "librispeech-devclean-14spk": (2.0, 1.0),
    "vctk-p239": (0.5, 1.0), "vctk-mini": (0.3, 1.0), "kathleen-arctic": (0.25, 1.0),
    "fsdd-digits": (0.15, 1.0), "en-misc": (0.1, 1.0), "speech-commands-v2": (0.7, 1.0),
    "keywords-en": (0.7, 1.0), "synthetic-en": (0.8, 1.0), "audio-cmn": (2.2, 0.3),
    "pinyin-syllables": (0.35, 0.3), "seedlingo-zh": (0.15, 0.3), "aishell3-demo": (0.3, 0.1),
    "misc-zh": (0.1, 0.1), "aishell1-S0252": (0.9, 0.1), "synthetic-zh": (0.7, 0.1),
}  # fmt: skip
_NEW = (1.0, 1.0)  # of a collection that is not among them, such as a shop's recordings
_CHECKED = ("speechocean762-train", "librispeech-tc100-178spk", "audio-cmn", "seedlingo-zh")
_WORDLESS = ("speech-commands-v2",)  # its utterances without words are background noise
_MOST_CHECKED = 150
_COMFORT = 6.0  # nepers, as in the front end


def load(
    packed: Path, exclude: Sequence[str] = (), by_sentence: Sequence[str] = ()
) -> tuple[list[Collection], dict[str, list[Utterance]]]:
    """What is trained on, and the utterances of held-out speakers (or sentences) by collection.

    Raises:
        FeedError: there is nothing to train on.
    """
    learn, check = [], {}
    for path in sorted(packed.glob("*.npz")):
        name = path.stem
        if name == "noise":
            continue
        weight, trust = _SETS.get(name, _NEW)
        found = [u for u in Packed.open(path).utterances if len(u.log_mel)]
        items = [u for u in found if u.spoken or name in _WORDLESS]
        apart = [_apart(u, name, exclude, by_sentence) for u in items]
        kept = [u for u, away in zip(items, apart, strict=True) if not away]
        held = [u for u, away in zip(items, apart, strict=True) if away and u.spoken]
        if kept:
            learn.append(Collection(name, tuple(kept), weight, trust, domains_of(name)))
        if held and (name in {*_CHECKED, *exclude, *by_sentence} or name not in _SETS):
            check[name] = held[:_MOST_CHECKED]
    if not learn:
        raise FeedError(f"{packed} holds no packed collection; run sayfind.training.packed first.")
    return learn, check


def _apart(
    utterance: Utterance, name: str, exclude: Sequence[str], by_sentence: Sequence[str]
) -> bool:
    """Whether an utterance is only measured."""
    if name in exclude:
        return True
    return held_out(utterance.text if name in by_sentence else utterance.speaker)


def mean_frame(collections: Sequence[Collection]) -> FloatArray:
    """The average log-mel frame of speech, comfort noise included, at a mean level of zero."""
    total, count = np.zeros(80), 0
    for collection in collections:
        for utterance in collection.utterances[:: max(1, len(collection.utterances) // 50)]:
            mel = utterance.log_mel.astype(np.float64)
            mel = np.logaddexp(mel, np.log(np.exp(mel).mean(axis=0)) - _COMFORT)
            total += (mel - mel.mean()).sum(axis=0)
            count += len(mel)
    return (total / count).astype(np.float32)


def train(packed: Path, out: Path, config: AcousticTraining) -> Path:
    """Train (on), a checkpoint and the settings in ``out``; gives the averaged weights' path."""
    torch = require("torch", "train")
    torch.manual_seed(config.loop.seed)
    learn, check = load(packed, config.exclude, config.by_sentence)
    spelling = spelled(learn, check, config)
    learn, check, config = spelling.learn, spelling.check, spelling.config
    if is_first():
        out.mkdir(parents=True, exist_ok=True)
        (out / "config.toml").write_text(to_toml(config), encoding="utf-8")
        spelling.save(out)
    noises = noises_of(packed, learn)
    network = build_network(config.network, mean_frame(learn))
    if config.start_from:
        give_weights(network, Path(config.start_from), other_tokens=True)
    with_adversary(network, config.regularise)

    def loss(batch: Batch, done: float) -> Any:
        weight = alignment_weight(done, config.alignment, config.alignment_floor)
        return regularised_loss(network, batch, weight, config.regularise, done)

    def stream(seed: int) -> Iterator[Batch]:
        return batches(learn, noises, config.batch, seed, spelling.spell)

    fixed = [batch for batch, _ in zip(stream(0), range(4), strict=False)]
    report = _report(check, spelling)
    fit(Task(network, loss, stream, fixed, report), out / "ears.pt", config.loop)
    path = out / "ears_weights.pt"
    if is_first():
        torch.save(network.state_dict(), path)
    return path


def dev_errors(packed: Path, out: Path) -> dict[str, float]:
    """Errors of a finished run in ``out`` on held-out speakers, by collection.

    Raises:
        ModelError: there is no such run, or it is of other settings.
    """
    config = replace(read_settings(out / "config.toml"), start_from=str(out / "ears.pt"))
    spelling = spelled(*load(packed, config.exclude, config.by_sentence), config)
    network = build_network(spelling.config.network)
    give_weights(network, out / "ears_weights.pt")
    return _report(spelling.check, spelling)(network.eval())


def _report(
    check: dict[str, list[Utterance]], spelling: Spelling
) -> Callable[[Any], dict[str, float]]:
    def errors(network: Any) -> dict[str, float]:
        return {
            f"{spelling.unit}_errors/{name}": phone_error_rate(network, utterances, spelling.spell)
            for name, utterances in check.items()
        }

    return errors


def noises_of(packed: Path, learn: Sequence[Collection]) -> Noises:
    """Packed noises, and voices for babble out of what is trained on.

    Raises:
        FeedError: there are no packed noises.
    """
    path = packed / "noise.npz"
    if not path.exists():
        raise FeedError(f"{path} is missing; run sayfind.training.packed first.")
    trusted = [u.log_mel for c in learn if c.trust == 1.0 for u in c.utterances]
    voices = [mel for mel in trusted if len(mel) > 150] or trusted
    return Noises([u.log_mel for u in Packed.open(path).utterances], voices)


def main(arguments: Sequence[str]) -> Path:
    """Train as the command line says."""
    packed, out, *rest = arguments
    recipe = Path(rest.pop(0)) if rest and rest[0].endswith(".toml") else None
    return train(Path(packed), Path(out), read_settings(recipe, rest))


if __name__ == "__main__":
    print(main(sys.argv[1:]))
