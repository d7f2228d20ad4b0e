"""A pronunciation trie in flat arrays, and for each node the best word that can still follow.

Knows words as numbers and tokens as columns of posteriors; nothing about beams. Nodes are numbered
level by level, so that the children of a node stand side by side and need only a first and a count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import ConfigError

__all__ = ["NOISE", "ROOT", "PronunciationTrie"]

ROOT = 0
NOISE = -1
"""The word at the nodes that take a single stray sound."""

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PronunciationTrie:
    """Node ``n`` is entered by ``token[n]``; its children are ``first_child[n]:first_child[n+1]``.

    ``words`` from ``first_word[n]`` to ``first_word[n+1]`` end at ``n``. ``lookahead[n]`` is the
    best log-probability among the words at or below ``n``; ``entry[n]`` multiplies the probability
    of entering. Node 0 is the root, its token is -1.
    """

    token: Integers
    first_child: Integers
    first_word: Integers
    words: Integers
    lookahead: Floats
    entry: Floats

    @property
    def num_nodes(self) -> int:
        """How many nodes there are, the root included."""
        return len(self.token)

    @property
    def starts(self) -> Integers:
        """The children of the root."""
        return np.arange(self.first_child[ROOT], self.first_child[ROOT + 1])

    @classmethod
    def build(
        cls,
        pronunciations: Sequence[tuple[int, Sequence[str]]],
        tokens: Sequence[str],
        unigrams: Floats,
        noise_log_prob: float | None,
    ) -> PronunciationTrie:
        """A trie of (word number, phones) with log-probabilities ``unigrams`` by word number.

        With ``noise_log_prob`` every token but the blank may also stand alone, as noise, at that
        cost.

        Raises:
            ConfigError: no pronunciation is made of the tokens.
        """
        number = {token: i for i, token in enumerate(tokens) if i}
        nodes = _Nodes()
        for word, phones in pronunciations:
            if phones and all(phone in number for phone in phones):
                nodes.insert([number[phone] for phone in phones], word)
        if len(nodes.ends) == 1:
            raise ConfigError(
                "No word of the lexicon can be said with the tokens of this acoustic model."
            )
        if noise_log_prob is not None:
            nodes.noise(range(1, len(tokens)))
        return nodes.flat(unigrams, noise_log_prob or 0.0)


class _Nodes:
    """The trie while it grows: one dictionary of children for each node."""

    def __init__(self) -> None:
        self.children: list[dict[int, int]] = [{}]
        self.ends: list[list[int]] = [[]]

    def insert(self, sound: Sequence[int], word: int) -> None:
        node = ROOT
        for token in sound:
            node = self._child(node, token)
        if word not in self.ends[node]:
            self.ends[node].append(word)

    def noise(self, tokens: range) -> None:
        for token in tokens:  # keys below zero, so that a word's first phone stays apart
            self.ends[self._child(ROOT, -token)].append(NOISE)

    def _child(self, node: int, token: int) -> int:
        after = self.children[node].get(token)
        if after is None:
            after = self.children[node][token] = len(self.children)
            self.children.append({})
            self.ends.append([])
        return after

    def flat(self, unigrams: Floats, noise_log_prob: float) -> PronunciationTrie:
        order, token, parent = [ROOT], [-1], [ROOT]
        noisy = [False]
        first_child = []
        for place, node in enumerate(order):
            first_child.append(len(order))
            for key, after in sorted(self.children[node].items()):
                order.append(after)
                token.append(abs(key))
                parent.append(place)
                noisy.append(key < 0)
        first_child.append(len(order))
        ends = [self.ends[node] for node in order]
        return PronunciationTrie(
            np.array(token),
            np.array(first_child),
            np.cumsum([0, *map(len, ends)]),
            np.array([word for each in ends for word in each], dtype=np.int64),
            _lookahead(ends, parent, unigrams),
            np.where(noisy, np.exp(noise_log_prob), 1.0),
        )


def _lookahead(ends: list[list[int]], parent: list[int], unigrams: Floats) -> Floats:
    best = [max((unigrams[w] for w in each if w != NOISE), default=-np.inf) for each in ends]
    for node in range(len(ends) - 1, 0, -1):
        best[parent[node]] = max(best[parent[node]], best[node])
    return np.array(
        [best[ROOT] if each == [NOISE] else b for each, b in zip(ends, best, strict=True)]
    )
