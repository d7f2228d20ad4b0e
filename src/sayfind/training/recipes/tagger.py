"""Trains a tagger of intents and slots (``understanding/tagging.py``; docs/understanding.md).

    python -m sayfind.training.recipes.tagger DATA OUT CORPUS

CORPUS is ``snips``, ``nlu``, ``dsner`` or ``shop``. OUT gets ``CORPUS.onnx``, a checkpoint and
``CORPUS.json``: accuracy of intents and F1 of slots by the exported file on the texts held out.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.errors import ConfigError, require
from sayfind.text.normalise import normalise
from sayfind.training.loop import LoopConfig, Task, fit
from sayfind.training.shop_utterances import shop_corpus
from sayfind.training.tagger_corpora import CORPORA, UNKNOWN, Corpus, Example, read_corpus
from sayfind.training.tagger_network import TaggerShape, tagger_network, tagger_onnx
from sayfind.training.word_vectors import english_texts, mandarin_texts, piece_vectors
from sayfind.types import FloatArray
from sayfind.understanding.tagging import Tagger, features

__all__ = ["RECIPES", "TaggerTraining", "measure", "train"]

Batch = tuple[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class TaggerTraining:
    """What a run depends on besides data.

    ``slot_weight`` is the share of slots in the loss; ``members`` are networks of different seeds
    whose scores are averaged in one file; ``vector_size`` is how large the numbers of the first
    word vectors are, the other embeddings being of 0.1.
    """

    shape: TaggerShape = field(default_factory=TaggerShape)
    batch_size: int = 64
    slot_weight: float = 0.5
    steps: int = 1500
    learning_rate: float = 6e-3
    average: float = 0.98
    members: int = 1
    vector_size: float = 0.1
    seed: int = 1

    @property
    def loop(self) -> LoopConfig:
        """The settings of the loop."""
        return LoopConfig(
            steps=self.steps,
            learning_rate=self.learning_rate,
            average=self.average,
            seed=self.seed,
            warm_up=max(1, self.steps // 15),
            save_every=max(1, self.steps // 4),
            weight_decay=1e-2,
        )


RECIPES: dict[str, TaggerTraining] = {
    "snips": TaggerTraining(slot_weight=0.8),
    "nlu": TaggerTraining(
        TaggerShape(hidden=96, drop=0.5, drop_features=0.25),
        slot_weight=0.2,
        steps=2000,
        members=3,
        vector_size=0.2,
    ),
    "dsner": TaggerTraining(slot_weight=1.0, batch_size=32, steps=350, average=0.0, members=4),
    "shop": TaggerTraining(),
}


# The unlabelled texts from which a recipe's words get their first vectors.
_TEXTS: dict[str, tuple[Callable[[Path], list[str]], ...]] = {
    "snips": (),
    "nlu": (english_texts,),
    "dsner": (mandarin_texts,),
    "shop": (english_texts, mandarin_texts),
}


@dataclass(frozen=True)
class _Labels:
    """Tags and intents by number; a tag that is unknown is -1, which teaches nothing."""

    tags: list[str]
    intents: list[str]

    @classmethod
    def of(cls, examples: Sequence[Example]) -> _Labels:
        names = {tag[2:] for e in examples for tag in e.tags if tag not in ("O", UNKNOWN)}
        tags = ["O", *(f"{part}-{name}" for name in sorted(names) for part in "BI")]
        return cls(tags, sorted({e.intent for e in examples}))

    def numbers(self, example: Example) -> list[int]:
        known = {tag: i for i, tag in enumerate(self.tags)}
        return [known.get(tag, -1 if tag == UNKNOWN else 0) for tag in example.tags]


class _Batches:
    """Examples as arrays, grouped by length so that nothing is padded."""

    def __init__(
        self, examples: Sequence[Example], labels: _Labels, config: TaggerTraining
    ) -> None:
        self._size = config.batch_size
        intents = {name: i for i, name in enumerate(labels.intents)}
        groups: dict[int, list[tuple[Any, list[int], int]]] = defaultdict(list)
        for e in examples:
            if e.tokens:
                seen = features(e.text, e.tokens, config.shape.buckets)
                row = (seen.astype(np.int32), labels.numbers(e), intents.get(e.intent, -1))
                groups[len(e.tokens)].append(row)
        self._groups = [
            (np.stack([r[0] for r in rows]), np.array([r[1] for r in rows]),
             np.array([r[2] for r in rows]))
            for rows in groups.values()
        ]  # fmt: skip

    def once(self, rng: np.random.Generator) -> list[Batch]:
        """All examples once, in random batches and order."""
        batches = []
        for group in self._groups:
            order = rng.permutation(len(group[2]))
            for start in range(0, len(order), self._size):
                picked = order[start : start + self._size]
                batches.append(tuple(part[picked] for part in group))
        return [batches[i] for i in rng.permutation(len(batches))]

    def forever(self, seed: int) -> Iterator[Batch]:
        """The examples again and again."""
        rng = np.random.default_rng(seed)
        while True:
            yield from self.once(rng)


def train(
    corpus: Corpus,
    out: Path,
    name: str,
    config: TaggerTraining,
    start: Mapping[int, FloatArray] | None = None,
) -> dict[str, float]:
    """Train (on), export ``out/name.onnx`` and measure it on the texts that are held out.

    ``start`` has the embeddings of some features, from ``word_vectors``.
    """
    started, used = time.monotonic(), time.process_time()
    labels = _Labels.of(corpus.train)
    batches = _Batches(corpus.train, labels, config)
    check = _Batches(corpus.dev, labels, config).once(np.random.default_rng(0))
    members = []
    for number in range(config.members):
        seed = config.seed + number
        network = _network(config, labels, start or {}, seed)
        task = Task(network, _loss(network, config.slot_weight), batches.forever, check)
        fit(task, out / f"{name}-{number + 1}.pt", replace(config.loop, seed=seed))
        members.append(network.state_dict())
    path = out / f"{name}.onnx"
    path.write_bytes(tagger_onnx(members, labels.tags, labels.intents))
    tagger = Tagger(path)
    figures = {f"dev {key}": value for key, value in measure(tagger, corpus.dev).items()}
    figures |= measure(tagger, corpus.test)
    figures |= {"minutes": (time.monotonic() - started) / 60}
    figures |= {"processor_minutes": (time.process_time() - used) / 60}
    figures = {key: round(value, 4) for key, value in figures.items()}
    (out / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return figures


def _network(
    config: TaggerTraining, labels: _Labels, start: Mapping[int, FloatArray], seed: int
) -> Any:
    """A network at its beginning."""
    torch = require("torch", "train")
    torch.manual_seed(seed)
    network = tagger_network(config.shape, len(labels.tags), len(labels.intents))
    with torch.no_grad():
        for bucket, vector in start.items():
            network.pieces.weight[bucket] = torch.from_numpy(vector)
    return network


def _loss(network: Any, slot_weight: float) -> Callable[[Batch, float], Any]:
    """Cross-entropy of the tags that are known, and of the intent."""
    torch = require("torch", "train")
    nll = torch.nn.functional.nll_loss

    def loss(batch: Batch, _: float) -> Any:
        ids, tags, intents = (torch.from_numpy(np.asarray(part, np.int64)) for part in batch)
        told, meant = network(ids)
        known = (tags >= 0).sum().clamp(min=1)
        slots = nll(told.flatten(0, 1), tags.flatten(), ignore_index=-1, reduction="sum") / known
        return slot_weight * slots + (1 - slot_weight) * nll(meant, intents, ignore_index=-1)

    return loss


def measure(tagger: Tagger, examples: Sequence[Example]) -> dict[str, float]:
    """Accuracy of intents, and precision, recall and F1 of whole slots (name and both ends)."""
    hits = given = expected = right = 0
    for e in examples:
        tagged = tagger.tag(e.text)
        right += bool(tagged.intents) and tagged.intents[0][0] == e.intent
        found = {(s.name, s.start, s.end) for s in tagged.slots}
        wanted = set(_spans(e))
        hits, given, expected = (
            hits + len(found & wanted), given + len(found), expected + len(wanted)
        )  # fmt: skip
    precision, recall = hits / max(given, 1), hits / max(expected, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    accuracy = right / max(len(examples), 1)
    return {"intent": accuracy, "precision": precision, "recall": recall, "f1": f1,
            "texts": float(len(examples))}  # fmt: skip


def _spans(example: Example) -> Iterator[tuple[str, int, int]]:
    start = None
    for i, tag in enumerate((*example.tags, "O")):
        if start is not None and not tag.startswith("I-"):
            name = example.tags[start][2:]
            yield name, example.tokens[start].start, example.tokens[i - 1].end
            start = None
        if tag.startswith("B-"):
            start = i


def main(data: Path, out: Path, name: str, *settings: str) -> dict[str, float]:
    """Train one recipe; ``steps=10``, ``seed=2`` and ``members=1`` override it."""
    if name not in RECIPES:
        raise ConfigError(f"No tagger recipe {name!r}: there are {', '.join(RECIPES)}.")
    told = {key: int(value) for key, value in (each.split("=") for each in settings)}
    recipe = RECIPES[name]
    steps, seed = told.pop("steps", recipe.steps), told.pop("seed", recipe.seed)
    config = replace(recipe, steps=steps, seed=seed, members=told.pop("members", recipe.members))
    if told:
        raise ConfigError(f"No setting {next(iter(told))!r}: there are steps, seed and members.")
    out.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(name, data) if name in CORPORA else shop_corpus(data)
    shape = config.shape
    held = {normalise(e.text) for e in (*corpus.dev, *corpus.test)}
    start: dict[int, FloatArray] = {}
    for texts in (read(data) for read in _TEXTS[name]):
        found = piece_vectors(texts, held, shape.buckets, shape.width)
        start |= {bucket: vector * config.vector_size for bucket, vector in found.items()}
    return train(corpus, out, name, config, start)


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
