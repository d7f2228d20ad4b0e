"""What shoppers say, spoken by the training voices and packed for the acoustic recipe.

    python -m sayfind.training.recipes.synthetic_speech DATA PACKED [setting=value ...]

Queries and pieces of product titles, and some plain sentences beside them, in English and in
Mandarin. No voice of ``VoiceSplit``'s test side speaks, and no query of a benchmark is spoken.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sayfind.config import from_mapping, override
from sayfind.data.voices import Side, Voice, VoiceSplit
from sayfind.text.normalise import has_han
from sayfind.text.spoken import spoken_forms
from sayfind.training.packed import pack_clips, save
from sayfind.training.synthetic import say
from sayfind.types import Language

__all__ = ["SyntheticSpeech", "english_texts", "mandarin_texts", "speak"]

# Festival's one American speaker who is not a test voice; it reads from standard input.
_FESTIVAL = (
    'command:sh -c \'printf %s "$0" | text2wave -eval "(voice_ked_diphone)" -o "$1"\' {text} {out}'
)
_PIECE = (2, 6)  # words of a title that are said at a time
_MOST_WORDS, _MOST_HAN = 14, 18


@dataclass(frozen=True, slots=True)
class SyntheticSpeech:
    """How many utterances of each language, and the share of them that are plain sentences."""

    english: int = 5000
    mandarin: int = 3000
    plain: float = 0.25
    jobs: int = 2
    seed: int = 11


def english_texts(data: Path, count: int, plain: float, seed: int) -> list[str]:
    """Spoken forms of title pieces and queries, and sentences: words of a-z only."""
    rng = np.random.default_rng(seed)
    with gzip.open(data / "catalog" / "icecat" / "products.jsonl.gz", "rt", encoding="utf-8") as f:
        titles = [json.loads(line)["title"] for line in f]
    judged = _lines(data / "text" / "esci-ubi-events.tar.gz", "judgments.tsv")
    queries = sorted({line.split("\t")[0] for line in judged[1:]})
    sentences = _lines(data / "text" / "common-voice-sentences.tar.gz", "en/sentence-collector.txt")
    texts: list[str] = []
    while len(texts) < count:
        draw = rng.random()
        if draw < plain:
            text = _spoken(sentences[int(rng.integers(len(sentences)))])
        elif draw < plain + 0.15:
            text = _spoken(queries[int(rng.integers(len(queries)))])
        else:
            text = _piece(_spoken(titles[int(rng.integers(len(titles)))]), rng)
        if 1 <= len(text.split()) <= _MOST_WORDS:
            texts.append(text)
    return texts


def _spoken(text: str) -> str:
    return next(iter(spoken_forms(text, 1)), "")


def _piece(text: str, rng: np.random.Generator) -> str:
    words = text.split()
    size = int(rng.integers(_PIECE[0], _PIECE[1] + 1))
    first = int(rng.integers(max(1, len(words) - size + 1)))
    return " ".join(words[first : first + size])


def mandarin_texts(data: Path, count: int, plain: float, seed: int) -> list[str]:
    """Queries and sentences of Chinese characters only, whose sounds are known."""
    rng = np.random.default_rng(seed)
    with gzip.open(data / "text" / "zh-ecom-queries-train.tsv.gz", "rt", encoding="utf-8") as file:
        queries = [line.rstrip("\n").split("\t")[-1] for line in file]
    sentences = _lines(data / "text" / "common-voice-sentences.tar.gz", "zh-CN/cn.txt")
    texts: list[str] = []
    while len(texts) < count:
        source = sentences if rng.random() < plain else queries
        text = "".join(c for c in source[int(rng.integers(len(source)))] if c.isalnum())
        if 2 <= len(text) <= _MOST_HAN and all(has_han(c) for c in text):
            texts.append(text)
    return texts


def _lines(archive: Path, ending: str) -> list[str]:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.endswith(ending) and (file := tar.extractfile(member)):
                return file.read().decode("utf-8").splitlines()
    return []


def speak(data: Path, packed: Path, config: SyntheticSpeech) -> None:
    """Write ``synthetic-en.npz`` and ``synthetic-zh.npz`` into the folder of packed collections.

    Raises:
        MissingExtraError: espeak-ng is not installed.
        FeedError: the texts are missing.
    """
    english = english_texts(data, config.english, config.plain, config.seed)
    mandarin = mandarin_texts(data, config.mandarin, config.plain, config.seed)
    for language, code, texts in (
        (Language.ENGLISH, "en", english),
        (Language.MANDARIN, "zh", mandarin),
    ):
        voices = list(_voices(language))
        clips = list(say(texts, voices, config.seed, config.jobs))
        save(f"synthetic-{code}", *pack_clips(clips, code), packed)


def _voices(language: Language) -> Iterator[str]:
    for name in VoiceSplit().voices(Side.TRAIN):
        if Voice.parse(name).language is language:
            yield name
    if language is Language.ENGLISH and shutil.which("text2wave"):
        yield from [_FESTIVAL] * 2


def main(arguments: Sequence[str]) -> None:
    """Speak as the command line says."""
    data, packed, *rest = arguments
    config = from_mapping(SyntheticSpeech, override({}, rest))
    speak(Path(data), Path(packed), config)


if __name__ == "__main__":
    main(sys.argv[1:])
