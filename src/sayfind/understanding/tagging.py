"""A learned reading: the intent of an utterance and the slots in it, by one small network.

Knows tokens, their hashed features and how to decode; what was learnt (labels included) is in an
ONNX file that ``training/recipes/tagger.py`` writes. There is no vocabulary: a word is the sum of
its pieces, so that a name that was never seen still looks like a name.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import rjieba
from numpy.typing import NDArray

from sayfind.audio.onnx import open_model
from sayfind.errors import ModelError

__all__ = [
    "NUM_FEATURES",
    "Slot",
    "Tagged",
    "Tagger",
    "Token",
    "bucket_of",
    "decode",
    "features",
    "tokenise",
]

NUM_FEATURES = 20
"""Hashed features of one token; rarer ones beyond it are left out."""

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_HAN}]|\d+(?:[.,]\d+)*|(?:(?![{_HAN}])[^\W\d_])+|[^\w\s]|_")
_MOST_TOKENS = 200

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number, mark or Han character: characters ``start`` to ``end`` of the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Slot:
    """Characters ``start`` to ``end`` fill the slot ``name``; ``confidence`` is in [0, 1]."""

    name: str
    start: int
    end: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the network made of a text: (intent, probability), likeliest first, and slots."""

    intents: tuple[tuple[str, float], ...]
    slots: tuple[Slot, ...]


def tokenise(text: str) -> list[Token]:
    """The tokens of a text, at most 200."""
    found = [Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text)]
    return found[:_MOST_TOKENS]


def features(text: str, tokens: Sequence[Token], buckets: int) -> Ids:
    """Feature ids ``(num_tokens, NUM_FEATURES)`` in [1, buckets); 0 is no feature."""
    ids = np.zeros((len(tokens), NUM_FEATURES), np.int64)
    words = _words_around(text, tokens)
    lowered = ["<", *(token.text.lower() for token in tokens), ">"]
    for i, token in enumerate(tokens):
        around = lowered[i : i + 3]
        names = _han(around, *words[i]) if i in words else _latin(token.text, around)
        kept = names[:NUM_FEATURES]
        ids[i, : len(kept)] = [bucket_of(name, buckets) for name in kept]
    return ids


def bucket_of(name: str, buckets: int) -> int:
    """The id of a feature by name, such as ``wred`` for the word red."""
    return 1 + zlib.crc32(name.encode()) % (buckets - 1)


def _latin(word: str, around: list[str]) -> list[str]:
    """The word, how it is written, its neighbours, its ends and its trigrams."""
    before, low, after = around
    shape = re.sub(r"(.)\1+", r"\1", re.sub(r"\d", "0", re.sub(r"[A-Z]", "A", re.sub(
        r"[a-z]", "a", word))))  # fmt: skip
    padded = f"^{low}$"
    names = [f"w{low}", f"s{shape}", f"b{before} {low}", f"a{low} {after}"]
    names += [f"p{low[:n]}" for n in (2, 3) if n < len(low)]
    names += [f"e{low[-n:]}" for n in (2, 3, 4) if n < len(low)]
    return names + [f"t{padded[i : i + 3]}" for i in range(len(padded) - 2) if len(low) > 1]


def _han(around: list[str], word: str, place: str) -> list[str]:
    """The character, its neighbours, the word it belongs to, and where in it."""
    before, low, after = around
    return [
        f"w{low}", f"b{before} {low}", f"a{low} {after}", f"l{before}", f"r{after}",
        f"c{before}{low}{after}", f"j{word}", f"k{place}", f"m{low}{place}",
        f"f{word[:1]}{len(word)}", f"z{word[-2:]}", f"y{word[-1:]}{place}",
    ]  # fmt: skip


def _words_around(text: str, tokens: Sequence[Token]) -> dict[int, tuple[str, str]]:
    """Index of a Han character -> the segmented word it is in, and its place: B, M, E or S."""
    han = {t.start: i for i, t in enumerate(tokens) if re.match(rf"[{_HAN}]", t.text)}
    if not han:
        return {}
    found = {}
    for word, start, end in rjieba.tokenize(text):
        for at in range(start, end):
            if at in han:
                first, last = at == start, at == end - 1
                place = "S" if first and last else "B" if first else "E" if last else "M"
                found[han[at]] = (word, place)
    return {i: found.get(i, (tokens[i].text, "S")) for i in han.values()}


def decode(scores: Scores, tags: Sequence[str]) -> list[int]:
    """The best path through ``(num_tokens, num_tags)`` in which I-x only goes on what is x."""
    allowed = _allowed(tuple(tags))
    if not len(scores):
        return []
    total = scores[0] + np.where([tag.startswith("I-") for tag in tags], -np.inf, 0.0)
    back = []
    for row in scores[1:]:
        paths = total[:, None] + allowed
        best = paths.argmax(axis=0)
        back.append(best)
        total = paths[best, np.arange(len(tags))] + row
    path = [int(total.argmax())]
    for best in reversed(back):
        path.append(int(best[path[-1]]))
    return path[::-1]


def _allowed(tags: tuple[str, ...]) -> Scores:
    """0 where the second tag may follow the first, minus infinity elsewhere."""
    name = np.array([tag[2:] for tag in tags])
    inside = np.array([tag.startswith("I-") for tag in tags])
    return np.where(inside[None, :] & (name[:, None] != name[None, :]), -np.inf, 0.0).astype(
        np.float32
    )


class Tagger:
    """The network in a file.

    Raises:
        ModelError: the file is missing, or no tagger.
    """

    def __init__(self, path: Path) -> None:
        self._session = open_model(path)
        told = self._session.get_modelmeta().custom_metadata_map
        try:
            self.intents: tuple[str, ...] = tuple(json.loads(told["intents"]))
            self.tags: tuple[str, ...] = tuple(json.loads(told["tags"]))
            self._buckets = int(told["buckets"])
        except KeyError as error:
            raise ModelError(f"{path} is no tagger: train one with runs/taggers.sh.") from error

    def tag(self, text: str) -> Tagged:
        """Intent and slots of one text; no intent and no slot where there is no token."""
        tokens = tokenise(text)
        if not tokens:
            return Tagged((), ())
        seen = features(text, tokens, self._buckets)
        tag_scores, intent_scores = self._session.run(None, {"features": seen})
        shares = np.exp(intent_scores[0])
        order = np.argsort(-shares)
        intents = tuple((self.intents[i], float(shares[i])) for i in order)
        return Tagged(intents, tuple(self._slots(tokens, tag_scores)))

    def _slots(self, tokens: Sequence[Token], scores: Scores) -> list[Slot]:
        path = decode(scores, self.tags)
        sure = np.exp(scores[np.arange(len(path)), path])
        starts = [i for i, tag in enumerate(path) if self.tags[tag].startswith("B-")]
        slots = []
        for first, limit in pairwise([*starts, len(path)]):
            last = first + 1
            while last < limit and self.tags[path[last]].startswith("I-"):
                last += 1
            name = self.tags[path[first]][2:]
            confidence = float(sure[first:last].min())
            slots.append(Slot(name, tokens[first].start, tokens[last - 1].end, confidence))
        return slots
