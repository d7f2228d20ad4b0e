"""Batches for language models: lines drawn by weight, cut at random, padded, masked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sayfind.lm.pieces import BEGIN, END, MASK, PAD, SPECIAL, Pieces
from sayfind.training.language_text import Line

__all__ = ["Batch", "BatchConfig", "Batches", "Masking", "mask"]

Ids = NDArray[np.int64]


class Masking(StrEnum):
    """What is hidden together: single pieces, whole words, or runs of pieces."""

    PIECES = "pieces"
    WORDS = "words"
    SPANS = "spans"


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """How lines become batches.

    Attributes:
        pieces: Pieces in a batch, padding included.
        masked: Share of pieces to guess.
        maskings: The ways of hiding, one drawn for each line.
        keep_sound: Share of the hidden places whose Mandarin syllable is told.
        cut: Share of English titles of which only a stretch of one to six words is kept, as in
            a query.
        longest: Most pieces of a line; what is longer loses its last words.
    """

    pieces: int = 2048
    masked: float = 0.2
    maskings: tuple[Masking, ...] = (Masking.PIECES, Masking.WORDS, Masking.SPANS)
    keep_sound: float = 0.7
    cut: float = 0.6
    longest: int = 38

    def __post_init__(self) -> None:
        if self.pieces < 64 or not self.maskings:
            raise ValueError("pieces is at least 64, and there is a way of masking")
        if not all(0 <= share <= 1 for share in (self.masked, self.keep_sound, self.cut)):
            raise ValueError("masked, keep_sound and cut are shares")


@dataclass(frozen=True, slots=True)
class Batch:
    """Pieces and sounds as given, and ``targets``: the right piece where one is asked, else 0."""

    ids: Ids
    sounds: Ids
    targets: Ids


class Batches:
    """Lines of text as batches for a masked or a causal model."""

    def __init__(
        self, lines: Sequence[Line], pieces: Pieces, config: BatchConfig, causal: bool
    ) -> None:
        self._words = [_fitting(pieces.words(line.text), config.longest) for line in lines]
        self._titles = np.array([line.source == "en-titles" for line in lines])
        weights = np.array([line.weight for line in lines])
        self._shares = weights / weights.sum()
        self._sounds = np.array(pieces.sounds)
        self._config, self._causal, self._size = config, causal, len(pieces)

    def stream(self, seed: int) -> Iterator[Batch]:
        """For ever; lines of like length stand together."""
        rng = np.random.default_rng(seed)
        while True:
            drawn = rng.choice(len(self._words), size=4096, p=self._shares)
            lines = sorted((self._cut(int(number), rng) for number in drawn), key=_length)
            groups = list(self._grouped(lines))
            for number in rng.permutation(len(groups)).tolist():
                yield self._batch(groups[number], rng)

    def all(self, seed: int) -> Iterator[Batch]:
        """Every line once, whole."""
        rng = np.random.default_rng(seed)
        for group in self._grouped(sorted(self._words, key=_length)):
            yield self._batch(group, rng)

    def _cut(self, number: int, rng: np.random.Generator) -> list[list[int]]:
        words = self._words[number]
        if not self._titles[number] or rng.random() >= self._config.cut:
            return words
        length = int(rng.integers(1, 7))
        start = int(rng.integers(0, max(1, len(words) - length + 1)))
        return words[start : start + length]

    def _grouped(self, lines: Sequence[list[list[int]]]) -> Iterator[list[list[list[int]]]]:
        group: list[list[list[int]]] = []
        for line in lines:
            if (len(group) + 1) * (_length(line) + 2) > self._config.pieces and group:
                yield group
                group = []
            group.append(line)
        if group:
            yield group

    def _batch(self, lines: Sequence[list[list[int]]], rng: np.random.Generator) -> Batch:
        ids = np.full((len(lines), max(map(_length, lines)) + 2), PAD, dtype=np.int64)
        hidden = np.zeros(ids.shape, dtype=bool)
        for row, words in enumerate(lines):
            flat = [BEGIN, *(piece for word in words for piece in word), END]
            ids[row, : len(flat)] = flat
            if not self._causal:
                hidden[row, 1 : len(flat) - 1] = mask(words, self._config, rng)
        if self._causal:
            return Batch(ids[:, :-1], self._sounds[ids[:, :-1]], ids[:, 1:])
        return self._hide(ids, hidden, rng)

    def _hide(self, ids: Ids, hidden: NDArray[np.bool_], rng: np.random.Generator) -> Batch:
        """Nine tenths of the hidden become the mask, the rest any piece, as a slip would."""
        told = hidden & (rng.random(ids.shape) < self._config.keep_sound)
        sounds = np.where(hidden & ~told, 0, self._sounds[ids])
        slip = rng.integers(len(SPECIAL), self._size, ids.shape)
        shown = np.where(rng.random(ids.shape) < 0.9, MASK, slip)
        return Batch(np.where(hidden, shown, ids), sounds, np.where(hidden, ids, 0))


def mask(
    words: Sequence[Sequence[int]], config: BatchConfig, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which pieces of a line are hidden ``(num_pieces,)``: at least one.

    The way is drawn among the configured ones. Spans are one to four pieces long (SpanBERT, Joshi
    et al. 2020, has a geometric length; lines are short here).
    """
    way = config.maskings[int(rng.integers(len(config.maskings)))]
    owner = np.repeat(np.arange(len(words)), [len(word) for word in words])
    size = len(owner)
    wanted = max(1, round(config.masked * size))
    hidden = np.zeros(size, dtype=bool)
    for at in rng.permutation(size).tolist():
        if hidden.sum() >= wanted:
            break
        if way is Masking.WORDS:
            hidden |= owner == owner[at]
        else:
            hidden[at : at + (int(rng.integers(1, 5)) if way is Masking.SPANS else 1)] = True
    return hidden


def _fitting(words: list[list[int]], longest: int) -> list[list[int]]:
    total = 0
    for number, word in enumerate(words):
        total += len(word)
        if total > longest:
            return words[:number]
    return words


def _length(words: Sequence[Sequence[int]]) -> int:
    return sum(map(len, words))
