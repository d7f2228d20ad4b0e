"""Many-to-many alignment of letters and phones by expectation maximisation.

One arc pairs a letter with no, one or two phones, or two letters with one phone. Words of one
shape (number of letters, number of phones) run through the lattice together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pair = tuple[str, tuple[str, ...]]
Graphone = tuple[str, tuple[str, ...]]
FloatArray = NDArray[np.float64]

ARCS = ((1, 0), (1, 1), (1, 2), (2, 1))


@dataclass(frozen=True)
class Group:
    """Words of one shape: ``letters`` and ``phones`` are ``(num_words, length)`` symbol numbers."""

    words: list[int]
    letters: NDArray[np.int64]
    phones: NDArray[np.int64]


class Aligner:
    """Learns which letters go with which phones, then cuts each word into graphones."""

    def __init__(self, pairs: Sequence[Pair], chunk_penalty: float = 0.2) -> None:
        self.pairs = pairs
        self.alphabet = sorted({c for word, _ in pairs for c in word})
        self.sounds = sorted({p for _, sound in pairs for p in sound})
        self.chunk_penalty = chunk_penalty
        self.groups = self._group()
        a, s = len(self.alphabet), len(self.sounds)
        self.shapes = [(a, 1), (a, s), (a, s * s), (a * a, s)]
        self.weights = [np.full(x * y, 1.0 / (x * y)) for x, y in self.shapes]

    def _group(self) -> list[Group]:
        letter = {c: i for i, c in enumerate(self.alphabet)}
        phone = {p: i for i, p in enumerate(self.sounds)}
        by_shape: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, (word, sound) in enumerate(self.pairs):
            by_shape[len(word), len(sound)].append(number)
        return [
            Group(
                numbers,
                np.array([[letter[c] for c in self.pairs[n][0]] for n in numbers]),
                np.array([[phone[p] for p in self.pairs[n][1]] for n in numbers]),
            )
            for _, numbers in sorted(by_shape.items())
        ]

    def train(self, iterations: int) -> None:
        """Expectation maximisation from uniform weights."""
        for _ in range(iterations):
            counts = [np.zeros(len(w)) for w in self.weights]
            for group in self.groups:
                self._expect(group, counts)
            total = sum(float(c.sum()) for c in counts)
            self.weights = [c / total for c in counts]
            # A second symbol in an arc saves a factor; without a price everything is swallowed.
            self.weights[2] *= self.chunk_penalty
            self.weights[3] *= self.chunk_penalty

    def _keys(
        self, group: Group, i: int, j: int
    ) -> Iterator[tuple[int, int, int, NDArray[np.int64]]]:
        """(arc, letters, phones, key per word) of the arcs that leave a lattice point."""
        a, s = len(self.alphabet), len(self.sounds)
        num_letters, num_phones = group.letters.shape[1], group.phones.shape[1]
        for arc, (x, y) in enumerate(ARCS):
            if i + x > num_letters or j + y > num_phones:
                continue
            left = group.letters[:, i]
            if x == 2:
                left = left * a + group.letters[:, i + 1]
            right = group.phones[:, j] if y else np.zeros(len(group.words), dtype=np.int64)
            if y == 2:
                right = right * s + group.phones[:, j + 1]
            yield arc, x, y, left * self.shapes[arc][1] + right

    def _expect(self, group: Group, counts: list[FloatArray]) -> None:
        n, m, size = group.letters.shape[1], group.phones.shape[1], len(group.words)
        forward = np.zeros((n + 1, m + 1, size))
        forward[0, 0] = 1.0
        arcs = []
        for i in range(n):
            for j in range(m + 1):
                for arc, x, y, key in self._keys(group, i, j):
                    weight = self.weights[arc][key]
                    forward[i + x, j + y] += forward[i, j] * weight
                    arcs.append((arc, i, j, x, y, key, weight))
        backward = np.zeros_like(forward)
        backward[n, m] = 1.0
        total = np.where(forward[n, m] > 0, forward[n, m], np.inf)
        for arc, i, j, x, y, key, weight in reversed(arcs):
            through = weight * backward[i + x, j + y]
            backward[i, j] += through
            counts[arc] += np.bincount(key, forward[i, j] * through / total, len(counts[arc]))

    def best(self) -> dict[int, list[Graphone]]:
        """The likeliest graphones of each word, by its number; none for words without a path."""
        found: dict[int, list[Graphone]] = {}
        for group in self.groups:
            found.update(self._viterbi(group))
        return found

    def _viterbi(self, group: Group) -> Iterator[tuple[int, list[Graphone]]]:
        n, m, size = group.letters.shape[1], group.phones.shape[1], len(group.words)
        score = np.full((n + 1, m + 1, size), -np.inf)
        score[0, 0] = 0.0
        came = np.zeros((n + 1, m + 1, size), dtype=np.int8)
        with np.errstate(divide="ignore"):
            logs = [np.log(w) for w in self.weights]
        for i in range(n):
            for j in range(m + 1):
                for arc, x, y, key in self._keys(group, i, j):
                    value = score[i, j] + logs[arc][key]
                    better = value > score[i + x, j + y]
                    score[i + x, j + y] = np.where(better, value, score[i + x, j + y])
                    came[i + x, j + y][better] = arc
        for column, number in enumerate(group.words):
            if np.isfinite(score[n, m, column]):
                yield number, self._trace(number, came[:, :, column])

    def _trace(self, number: int, came: NDArray[np.int8]) -> list[Graphone]:
        word, sound = self.pairs[number]
        i, j = len(word), len(sound)
        graphones: list[Graphone] = []
        while i:
            x, y = ARCS[came[i, j]]
            graphones.append((word[i - x : i], sound[j - y : j]))
            i, j = i - x, j - y
        return graphones[::-1]
