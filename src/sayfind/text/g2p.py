"""How an unknown English word is said: a joint-sequence (graphone) n-gram model.

A graphone pairs one or two letters with no, one or two phones; a word is a sequence of them, and
an n-gram over graphones scores the sequence (Bisani & Ney 2008). The model is trained by
``scripts/train_g2p.py`` and stored as a pruned trie, probabilities in 256 steps. Only ``a`` to
``z`` and the apostrophe are known here.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import ModelError
from sayfind.text.phone_set import Phones, is_phone

__all__ = ["G2P", "G2PConfig", "bundled_g2p"]

VERSION = 1
ROOT = -1  # the state with no history


@dataclass(frozen=True, slots=True)
class G2PConfig:
    """How hard to search.

    ``beam_width`` readings stay alive at each letter, none more than ``beam_depth`` (natural log)
    behind the best. At most ``variants`` are given, none more than ``variant_depth`` behind.
    """

    beam_width: int = 12
    beam_depth: float = 7.0
    variants: int = 3
    variant_depth: float = 1.2

    def __post_init__(self) -> None:
        if min(self.beam_width, self.variants) < 1:
            raise ValueError("beam_width and variants are at least 1")
        if min(self.beam_depth, self.variant_depth) < 0:
            raise ValueError("beam_depth and variant_depth are not negative")


@dataclass(frozen=True, slots=True)
class Trie:
    """The n-gram model: a node is a graphone after a history; nodes of one order lie together.

    ``first_child`` has one entry more than nodes; ``suffix`` is the node of the same words without
    the oldest (``ROOT`` for a single graphone).
    """

    tokens: array[int]
    log_probs: array[float]
    backoffs: array[float]
    first_child: array[int]
    suffix: array[int]


class G2P:
    """Says words. Deterministic; safe to share between threads (it keeps no state)."""

    def __init__(
        self, letters: list[str], phones: list[Phones], trie: Trie, config: G2PConfig | None = None
    ) -> None:
        self._config = config or G2PConfig()
        self._letters = letters
        self._phones = phones
        self._trie = trie
        self._ranges: dict[str, tuple[int, int]] = {}
        for token, chunk in enumerate(letters):
            first, _ = self._ranges.get(chunk, (token, token))
            self._ranges[chunk] = (first, token + 1)

    @classmethod
    def open(cls, path: Path, config: G2PConfig | None = None) -> G2P:
        """Read a model file.

        Raises:
            ModelError: it is missing, damaged or of another version.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                if int(stored["version"]) != VERSION:
                    raise ModelError(f"{path.name} is of another version; install sayfind again.")
                graphones = stored["graphones"].tobytes().decode("ascii").split("\n")
                letters, phones = _parse_graphones(graphones)
                trie = _unpack({name: stored[name] for name in stored.files}, len(letters))
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise ModelError(f"Cannot read {path.name}; install sayfind again.") from error
        return cls(letters, phones, trie, config)

    def pronounce(self, word: str) -> tuple[Phones, ...]:
        """The likeliest ways to say a word of ``a-z'``, best first; letters it lacks are silent.

        Never a sound without phones; empty only if no letter is known.
        """
        word = "".join(c for c in word if c in self._ranges)
        finished = sorted(self._search(word).items(), key=lambda item: (-item[1], item[0]))
        found = [(sound, score) for sound, score in finished if sound]
        return tuple(
            sound
            for sound, score in found[: self._config.variants]
            if score >= found[0][1] - self._config.variant_depth
        )

    def _search(self, word: str) -> dict[Phones, float]:
        """Log-probability of each reading that survives the beam."""
        alive: list[dict[tuple[int, Phones], float]] = [{} for _ in range(len(word) + 2)]
        alive[0][(self._after(0), ())] = 0.0
        for i in range(len(word)):
            chunks = [(i + n, self._ranges[c]) for n in (1, 2) if (c := word[i : i + n])
                      in self._ranges and len(c) == n]  # fmt: skip
            for (state, sound), score in self._pruned(alive[i]):
                for end, span in chunks:
                    ahead = alive[end]
                    for node, token, step in self._arcs(state, span):
                        key = (self._after(node), sound + self._phones[token])
                        total = score + step
                        known = ahead.get(key)
                        ahead[key] = total if known is None else _log_add(known, total)
            alive[i] = {}
        finished: dict[Phones, float] = {}
        for (state, sound), score in self._pruned(alive[len(word)]):
            total = score + self._arcs(state, (1, 2))[0][2]
            known = finished.get(sound)
            finished[sound] = total if known is None else _log_add(known, total)
        return finished

    def _pruned(
        self, hypotheses: dict[tuple[int, Phones], float]
    ) -> list[tuple[tuple[int, Phones], float]]:
        ordered = sorted(hypotheses.items(), key=lambda item: (-item[1], item[0]))
        ordered = ordered[: self._config.beam_width]
        floor = ordered[0][1] - self._config.beam_depth if ordered else 0.0
        return [item for item in ordered if item[1] >= floor]

    def _arcs(self, state: int, span: tuple[int, int]) -> list[tuple[int, int, float]]:
        """(node, graphone, log-probability) of each graphone in a range of numbers."""
        trie, (first, last) = self._trie, span
        tokens, log_probs, children = trie.tokens, trie.log_probs, trie.first_child
        found: list[tuple[int, int, float]] = []
        seen: set[int] = set()
        penalty = 0.0
        while state != ROOT:
            end = children[state + 1]
            node = bisect_left(tokens, first, children[state], end)
            while node < end and tokens[node] < last:
                token = tokens[node]
                if token not in seen:
                    seen.add(token)
                    found.append((node, token, penalty + log_probs[node]))
                node += 1
            penalty += trie.backoffs[state]
            state = trie.suffix[state]
            if penalty < -self._config.beam_depth and found:
                return found
        found += [(t, t, penalty + log_probs[t]) for t in range(first, last) if t not in seen]
        return found

    def _after(self, node: int) -> int:
        """The longest history that any graphone is known to follow."""
        children, suffix = self._trie.first_child, self._trie.suffix
        while node != ROOT and children[node] == children[node + 1]:
            node = suffix[node]
        return node


def _log_add(a: float, b: float) -> float:
    high, low = (a, b) if a > b else (b, a)
    return high + math.log1p(math.exp(low - high))


def _parse_graphones(lines: list[str]) -> tuple[list[str], list[Phones]]:
    """Letters and phones of each graphone; the first two are the word's start and end."""
    pairs = [line.partition(" ") for line in lines]
    phones = [tuple(sound.split()) for _, _, sound in pairs]
    if not all(is_phone(phone) for sound in phones for phone in sound):
        raise ValueError("a graphone names an unknown phone")
    return [chunk for chunk, _, _ in pairs], phones


def _unpack(stored: dict[str, NDArray[np.uint8]], num_graphones: int) -> Trie:
    """The trie from its file form: per order graphones, steps and numbers of children."""
    sizes = [int(n) for n in stored["sizes"]]
    tokens = np.concatenate([np.arange(num_graphones), stored["tokens"]]).astype(np.int64)
    children = np.concatenate([stored["children"], np.zeros(sizes[-1], dtype=np.uint16)])
    first_child = np.zeros(len(tokens) + 1, dtype=np.int64)
    np.cumsum(children, out=first_child[1:])
    first_child += sizes[0]
    parent = np.repeat(np.arange(len(tokens)), children)
    parent = np.concatenate([np.full(sizes[0], ROOT), parent])
    backoffs = np.zeros(len(tokens))
    backoffs[: len(stored["backoffs"])] = stored["backoff_steps"][stored["backoffs"]]
    return Trie(
        tokens=array("H", tokens.astype(np.uint16).tobytes()),
        log_probs=array("d", stored["steps"][stored["log_probs"]].astype(np.float64).tobytes()),
        backoffs=array("d", backoffs.tobytes()),
        first_child=array("i", first_child.astype(np.int32).tobytes()),
        suffix=array("i", _suffixes(tokens, parent, sizes).astype(np.int32).tobytes()),
    )


def _suffixes(
    tokens: NDArray[np.int64], parent: NDArray[np.int64], sizes: list[int]
) -> NDArray[np.int64]:
    """Node of each history without its oldest graphone; training keeps all of them in the trie."""
    num_graphones = sizes[0]
    keys = parent * num_graphones + tokens
    suffix = np.full(len(tokens), ROOT, dtype=np.int64)
    start = sizes[0]
    lower = 0
    for order, size in enumerate(sizes[1:], start=2):
        nodes = slice(start, start + size)
        if order == 2:
            suffix[nodes] = tokens[nodes]
        else:
            wanted = suffix[parent[nodes]] * num_graphones + tokens[nodes]
            suffix[nodes] = lower + np.searchsorted(keys[lower:start], wanted)
        lower, start = start, start + size
    return suffix


@cache
def bundled_g2p() -> G2P:
    """The model that comes with sayfind, read once.

    Raises:
        ModelError: the file is missing or damaged.
    """
    with as_file(files("sayfind").joinpath("models/g2p.npz")) as path:
        return G2P.open(path)
