"""Pre-trains the bundled language models from nothing, and exports them as int8 ONNX.

    python -m sayfind.training.recipes.language_model DATA OUT [setting=value ...]

``network.kind=causal`` (GPT-like; with ``network.body=lstm`` an LSTM) or ``masked`` (BERT-like,
with the Mandarin syllable of every place as a second input). DATA holds ``text/`` and ``catalog/``.
The vocabulary is cut by ``tokenizers``. A stopped run goes on. docs/language-models.md has figures.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from sayfind.config import from_mapping, override, to_toml
from sayfind.errors import InputError, ModelError, require
from sayfind.lm.pieces import SPECIAL, Pieces, split_words
from sayfind.text.normalise import has_han
from sayfind.training.export_language import export_language_model
from sayfind.training.language_batches import Batch, BatchConfig, Batches
from sayfind.training.language_networks import Kind, NetworkConfig, language_network
from sayfind.training.language_text import Line, is_held_out, read_commerce_text
from sayfind.training.loop import LoopConfig, Task, fit

__all__ = ["LanguageTraining", "batch_loss", "make_pieces", "train"]


@dataclass(frozen=True, slots=True)
class LanguageTraining:
    """What a run depends on besides data.

    Attributes:
        rarest: Times a Chinese character must occur to be a piece.
        latin: How many pieces Latin words are cut into.
        checks: Held-out batches that the validation figure is of.
        mandarin: Factor of the weights of Mandarin lines.
        start_from: A checkpoint of the same shape and text to go on from with other settings.
    """

    rarest: int = 5
    latin: int = 2500
    checks: int = 12
    mandarin: float = 1.0
    start_from: str = ""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(minutes=10.0, learning_rate=3e-3, save_every=250)
    )


def make_pieces(lines: Sequence[Line], rarest: int, latin: int) -> Pieces:
    """A vocabulary: digits, Chinese characters that are not too rare, WordPieces of Latin words.

    Raises:
        InputError: there is no text.
    """
    counts = Counter(word for line in lines for word in split_words(line.text))
    if not counts:
        raise InputError("A language model needs text: no line has a word.")
    han = sorted(w for w, count in counts.items() if has_han(w) and count >= rarest)
    words = {w: count for w, count in counts.items() if w.isalpha() and not has_han(w)}
    tokenizers = require("tokenizers", "transfer")
    model = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token=SPECIAL[1]))
    model.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    trainer = tokenizers.trainers.WordPieceTrainer(
        vocab_size=latin, special_tokens=[SPECIAL[1]], show_progress=False
    )
    model.train_from_iterator((w for w, count in words.items() for _ in range(count)), trainer)
    cut = sorted(piece for piece in model.get_vocab() if piece not in SPECIAL)
    return Pieces(list(dict.fromkeys([*SPECIAL, *"0123456789", *han, *cut])))


def batch_loss(network: Any, batch: Batch, config: NetworkConfig) -> Any:
    """Mean cross entropy (natural log) of the pieces that are asked."""
    torch = require("torch", "train")
    ids, sounds, targets = (torch.from_numpy(p) for p in (batch.ids, batch.sounds, batch.targets))
    if config.kind is Kind.CAUSAL:
        sounds = torch.zeros_like(sounds)
    asked = targets > 0
    states = network(ids, sounds)[asked]
    return torch.nn.functional.cross_entropy(network.logits(states), targets[asked])


def train(data: Path, out: Path, config: LanguageTraining) -> Path:
    """Train (on) and export ``out/KIND_language.onnx``; the settings are saved beside it."""
    torch = require("torch", "train")
    torch.manual_seed(config.loop.seed)
    lines = read_commerce_text(data)
    known = [line for line in lines if not is_held_out(line.text)]
    pieces = make_pieces(known, config.rarest, config.latin)
    network = language_network(config.network, len(pieces), len(pieces.syllables))
    if config.start_from:
        network.load_state_dict(_weights(Path(config.start_from)))
    known = [
        replace(x, weight=x.weight * config.mandarin) if x.source[:2] == "zh" else x for x in known
    ]
    causal = config.network.kind is Kind.CAUSAL
    unseen = [line for line in lines if is_held_out(line.text)]
    checks = list(islice(Batches(unseen, pieces, config.batch, causal).stream(0), config.checks))

    def loss(batch: Batch, _: float) -> Any:
        return batch_loss(network, batch, config.network)

    stream = Batches(known, pieces, config.batch, causal).stream
    out.mkdir(parents=True, exist_ok=True)
    (out / "settings.toml").write_text(to_toml(config), encoding="utf-8")
    fit(
        Task(network, loss, stream, checks), out / f"{config.network.kind}_language.pt", config.loop
    )
    path = out / f"{config.network.kind}_language.onnx"
    export_language_model(network, config.network, pieces, path)
    return path


def _weights(path: Path) -> Any:
    """The mean weights of a checkpoint of this recipe."""
    torch = require("torch", "train")
    try:
        return torch.load(path, weights_only=False)["mean"]
    except (OSError, KeyError, RuntimeError) as error:
        raise ModelError(f"{path} is no checkpoint of a language model; name another.") from error


if __name__ == "__main__":
    chosen = from_mapping(LanguageTraining, override({}, sys.argv[3:]))
    print(train(Path(sys.argv[1]), Path(sys.argv[2]), chosen))
