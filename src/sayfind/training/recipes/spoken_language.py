"""Trains the Mandarin-or-English network (``audio/language.py``; docs/models/spoken-language.md).

    python -m sayfind.training.recipes.spoken_language DATA OUT

Corpora differ in more than language: microphone, codec, length, noise. So every example goes
through a random channel, synthetic voices speak both languages, English by Mandarin speakers is
among the English, and validation is on speakers and whole corpora that are not trained on.
"""

from __future__ import annotations

import gzip
import sys
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.audio.spectrum import band_power, features, stft
from sayfind.errors import require
from sayfind.training.channel import through_a_channel
from sayfind.training.corpus import Clip, held_out, read_clips
from sayfind.training.export import spoken_language_onnx
from sayfind.training.loop import LoopConfig, Task, fit
from sayfind.training.networks import spoken_language
from sayfind.training.synthetic import say
from sayfind.types import FloatArray

__all__ = ["LanguageTraining", "train"]

Batch = tuple[FloatArray, FloatArray]
Group = list[Clip]

# Collection, most clips, weight among its language's groups.
_MANDARIN = (
    *(("aishell3-demo", 101, 5.0), ("misc-zh", 27, 2.0), ("audio-cmn", 2500, 1.5)),
    *(("pinyin-syllables", 600, 0.5), ("seedlingo-zh", 401, 1.0)),
)
_ENGLISH = (
    *(("speechocean762-train", 2500, 3.0), ("librispeech-tc100-178spk", 178, 1.0)),
    *(("librispeech-devclean-14spk", 300, 1.0), ("keywords-en", 2500, 2.0)),
    *(("speech-commands-v2", 1500, 1.5), ("fsdd-digits", 300, 0.5), ("en-misc", 102, 0.5)),
    *(("kathleen-arctic", 157, 0.5), ("vctk-p239", 100, 0.5)),
)
_CHECK = (("aishell1-S0252", 150, 1.0),), (("vctk-mini", 71, 1.0), ("librispeech-sample", 80, 1.0))
_MANDARIN_VOICES = ("cmn", "cmn+m3", "cmn+f2", "cmn+f4", "cmn+m7")
_ENGLISH_VOICES = ("en-us", "en-gb", "en-us+f2", "en-gb+m3", "en-us+f4")
_FLITE_VOICES = ("slt", "rms", "awb", "kal16")


@dataclass(frozen=True, slots=True)
class LanguageTraining:
    """What a run depends on besides data; ``synthetic`` sentences are said in each language."""

    synthetic: int = 1200
    width: int = 96
    seconds: float = 3.0
    batch_size: int = 48
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(minutes=10.0))


def batches(
    groups: Sequence[Sequence[tuple[float, Group]]],
    noises: Sequence[Clip],
    config: LanguageTraining,
    seed: int,
) -> Iterator[Batch]:
    """For ever: features and 1.0 for Mandarin; half of each language, groups by their weights."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(config.batch_size) % 2).astype(np.float32)
    while True:
        sounds = []
        for label in labels.astype(int).tolist():
            weights = np.array([weight for weight, _ in groups[label]])
            number = int(rng.choice(len(weights), p=weights / weights.sum()))
            sounds.append(through_a_channel(groups[label][number][1], noises, config.seconds, rng))
        seen = features(band_power(stft(np.stack(sounds))))
        yield np.ascontiguousarray(seen.transpose(0, 2, 1)), labels


def _groups(data: Path, sets: Sequence[tuple[str, int, float]]) -> list[tuple[float, Group]]:
    return [
        (weight, [c for c in read_clips(data / "speech" / f"{name}.tar", most) if c.row["text"]])
        for name, most, weight in sets
    ]


def _sentences(data: Path, num: int) -> tuple[list[str], list[str]]:
    """English and Mandarin sentences to be said by synthetic voices."""
    with gzip.open(data / "text" / "zh-ecom-queries-train.tsv.gz", "rt", encoding="utf-8") as file:
        mandarin = [line.rstrip("\n").split("\t")[-1] for line in file]
    with tarfile.open(data / "text" / "slurp-text.tar.gz") as tar:
        member = tar.extractfile("slurp-text/dataset/lm/lm.txt")
        english = member.read().decode("utf-8").splitlines() if member else []
    rng = np.random.default_rng(5)
    return (
        [english[number] for number in rng.integers(len(english), size=num)],
        [mandarin[number] for number in rng.integers(len(mandarin), size=num)],
    )


def train(data: Path, out: Path, config: LanguageTraining) -> Path:
    """Train (on) and export ``out/spoken_language.onnx``."""
    torch = require("torch", "train")
    torch.manual_seed(config.loop.seed)
    english, mandarin = _sentences(data, config.synthetic)
    espeak = [f"espeak:{name}" for name in _ENGLISH_VOICES] + [f"flite:{n}" for n in _FLITE_VOICES]
    said = (
        (1.5, list(say(english, espeak))),
        (2.0, list(say(mandarin, [f"espeak:{name}" for name in _MANDARIN_VOICES]))),
    )
    everything = [
        [*_groups(data, sets), synthetic]
        for sets, synthetic in zip((_ENGLISH, _MANDARIN), said, strict=True)
    ]
    learn = [_part(groups, False) for groups in everything]
    check = [
        [*_part(groups, True), *_groups(data, sets)]
        for groups, sets in zip(everything, reversed(_CHECK), strict=True)
    ]
    noises = list(read_clips(data / "noise" / "noise.tar"))
    network = spoken_language(config.width)

    def loss(batch: Batch, _: float) -> Any:
        seen, label = (torch.from_numpy(part) for part in batch)
        return torch.nn.functional.binary_cross_entropy_with_logits(network(seen), label)

    def stream(seed: int) -> Iterator[Batch]:
        return batches(learn, noises, config, seed)

    fixed = list(islice(batches(check, noises, config, config.loop.seed), 10))
    fit(Task(network, loss, stream, fixed), out / "spoken_language.pt", config.loop)
    path = out / "spoken_language.onnx"
    path.write_bytes(spoken_language_onnx(network.state_dict()))
    return path


def _part(groups: Sequence[tuple[float, Group]], held: bool) -> list[tuple[float, Group]]:
    """The groups with only the speakers held out (a fifth), or only the others."""
    parts = [(w, [c for c in clips if held_out(c.speaker, 0.2) == held]) for w, clips in groups]
    return [(weight, clips) for weight, clips in parts if clips]


if __name__ == "__main__":
    print(train(Path(sys.argv[1]), Path(sys.argv[2]), LanguageTraining()))
