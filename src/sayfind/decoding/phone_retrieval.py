"""Names that may have been said, out of a million: an inverted index over phone n-grams.

Knows posteriors and phone strings; the exact judgement is the business of ``second_pass``. What was
heard becomes slots with a few weighted phones each (the posteriors of the slot, spread by a
confusion matrix), the slots become expected n-grams, and each name collects the weights of the
n-grams it holds. Rare n-grams are looked up first, common ones only while the budget lasts, so
that a query costs about the same however long the list is.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sayfind.decoding.ctc_score import token_numbers
from sayfind.errors import ConfigError, ModelError
from sayfind.text.phone_set import is_phone
from sayfind.text.phonetics import phones, readings, substitution_cost
from sayfind.types import Posteriors

__all__ = ["PhoneRetrieval", "RetrievalConfig", "Slot", "Sounds", "confusions", "slots"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Slot = tuple[tuple[int, float], ...]
"""The columns that one sound may have been, with weights that sum to at most one."""

_NEAR = 0.15
"""Part of the highest weight that a row of a long list must have."""
_FAMILIES = ((0, 1), (0, 2), (0, 1, 2))
_ARRAYS = ("starts", "flat", "owner", "norms")
_FAMILY_PARTS = ("keys", "starts", "rows", "weights")


@dataclass(frozen=True, slots=True)
class RetrievalConfig:
    """How wide the net is cast.

    ``alternatives`` phones are kept of each slot, those above ``least``; ``spread`` of the weight
    goes to phones that are easily taken for what was heard. ``budget`` is the number of postings
    read for one query. ``variants`` pronunciations of each name are indexed.
    """

    alternatives: int = 4
    least: float = 0.04
    spread: float = 0.25
    budget: int = 1_000_000
    variants: int = 2

    def __post_init__(self) -> None:
        if min(self.alternatives, self.budget, self.variants) < 1:
            raise ValueError("alternatives, budget and variants are at least 1")
        if not 0 <= self.spread < 1 or not 0 <= self.least < 1:
            raise ValueError("spread and least are in [0, 1)")


@dataclass(frozen=True, slots=True)
class _Family:
    """Postings of one shape of n-gram: ``rows[starts[i]:starts[i+1]]`` hold ``keys[i]``."""

    keys: Integers
    starts: Integers
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]


class Sounds(NamedTuple):
    """How names sound, end to end: columns of the tokens; each row's length, its name's number.

    A name with several pronunciations has several rows.
    """

    flat: NDArray[np.int16]
    lengths: NDArray[np.int32]
    owner: NDArray[np.int32]


class PhoneRetrieval:
    """The index. A name with several pronunciations has several rows."""

    def __init__(
        self,
        names: Sequence[str],
        tokens: Sequence[str],
        sounds: Sounds,
        config: RetrievalConfig | None = None,
    ) -> None:
        """Index sounds over ``tokens``.

        Raises:
            ConfigError: no name has a sound.
        """
        if not len(sounds.lengths):
            raise ConfigError("The list of names cannot act: none can be said with these tokens.")
        self.names = names
        self.tokens = tuple(tokens)
        self.config = config or RetrievalConfig()
        self._flat, self._owner = sounds.flat, sounds.owner
        self._starts = np.append(0, np.cumsum(sounds.lengths, dtype=np.int64))
        self._norms = np.zeros(len(sounds.lengths), dtype=np.float32)
        row_of = np.repeat(np.arange(len(sounds.lengths), dtype=np.int32), sounds.lengths)
        self._families = [self._family(shape, row_of) for shape in _FAMILIES]
        self._confusions = confusions(self.tokens)

    @classmethod
    def build(
        cls, names: Sequence[str], tokens: Sequence[str], config: RetrievalConfig | None = None
    ) -> PhoneRetrieval:
        """Pronounce and index names; those that the tokens cannot say are left out.

        Raises:
            ConfigError: no name can be said with the tokens.
        """
        config = config or RetrievalConfig()
        tokens = tuple(tokens)
        flat, lengths, owner = array("h"), array("i"), array("i")
        words: dict[str, tuple[int, ...]] = {}
        for number, name in enumerate(names):
            for sound in _sounds(name, tokens, config.variants, words):
                flat.extend(sound)
                lengths.append(len(sound))
                owner.append(number)
        sounds = Sounds(np.array(flat), np.array(lengths), np.array(owner))
        return cls(names, tokens, sounds, config)

    def save(self, folder: Path) -> None:
        """Write the index into a folder, in arrays that ``open`` leaves on disk."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, f"_{name}"))
        for number, family in enumerate(self._families):
            for part in _FAMILY_PARTS:
                np.save(folder / f"{part}{number}.npy", getattr(family, part))
        about = {"names": self.names, "tokens": self.tokens, "config": asdict(self.config)}
        text = json.dumps(about, ensure_ascii=False)
        (folder / "names.json").write_text(text, encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> PhoneRetrieval:
        """An index that was saved; processes that open it share its pages, read when needed.

        Raises:
            ModelError: a file is missing or damaged.
        """

        def stored(name: str) -> NDArray[np.generic]:
            return np.load(folder / f"{name}.npy", mmap_mode="r")  # type: ignore[no-any-return]

        try:
            about = json.loads((folder / "names.json").read_text(encoding="utf-8"))
            index = cls.__new__(cls)
            index.names, index.tokens = about["names"], tuple(about["tokens"])
            index.config = RetrievalConfig(**about["config"])
            for name in _ARRAYS:
                setattr(index, f"_{name}", stored(name))
            index._families = [
                _Family(*(stored(f"{part}{number}") for part in _FAMILY_PARTS))  # type: ignore[arg-type]
                for number in range(len(_FAMILIES))
            ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder} holds no index of names; build it again.") from error
        index._confusions = confusions(index.tokens)
        return index

    def __len__(self) -> int:
        return len(self._owner)

    @property
    def owners(self) -> NDArray[np.int32]:
        """The number of each row's name."""
        return self._owner

    def name(self, row: int) -> str:
        """The name that a row belongs to."""
        return self.names[int(self._owner[row])]

    def sound(self, row: int) -> tuple[int, ...]:
        """The columns of a row's pronunciation."""
        return tuple(self._flat[self._starts[row] : self._starts[row + 1]].tolist())

    def candidates(self, posteriors: Posteriors, k: int) -> Integers:
        """At most ``k`` rows that may be somewhere in the sound, likeliest first."""
        grams = self._grams(slots(posteriors, self.config, self._confusions))
        asked, postings = self._postings(grams)
        if not len(postings):
            return np.zeros(0, dtype=np.int64)
        rows = np.concatenate([self._families[f].rows[a:b] for f, a, b, _ in postings])
        weights = np.repeat([w for *_, w in postings], [b - a for _, a, b, _ in postings])
        shared = np.bincount(rows, weights, minlength=len(self))
        least = _NEAR * shared.max() if len(self) > k else 0.0
        near = np.flatnonzero(shared > least)
        scores = shared[near] / (self._norms[near] + 0.25 * asked)
        if len(near) > k:
            best = np.argpartition(-scores, k - 1)[:k]
            near, scores = near[best], scores[best]
        return near[np.lexsort((near, -scores))]

    def _family(self, shape: tuple[int, ...], row_of: NDArray[np.int32]) -> _Family:
        """Postings of n-grams whose parts stand at the offsets ``shape``; norms grow on the way."""
        span = shape[-1]
        count = max(0, len(self._flat) - span)
        keys = np.zeros(count, dtype=np.int32)
        for offset in shape:
            keys = keys * np.int32(len(self.tokens)) + self._flat[offset : offset + count]
        inside = row_of[:count] == row_of[span : span + count]
        keys, rows = keys[inside], row_of[:count][inside]
        counts = np.bincount(keys)
        found = counts.nonzero()[0]
        weights = np.log1p(len(row_of) / counts[found] / 4).astype(np.float32) * len(shape)
        table = np.zeros(len(counts), dtype=np.float32)
        table[found] = weights
        if len(rows):
            firsts = np.append(0, np.flatnonzero(np.diff(rows)) + 1)
            self._norms[rows[firsts]] += np.add.reduceat(table[keys], firsts)
        both = keys.astype(np.int64)  # sorted in place as one number: a million names have 25
        del keys  # million n-grams, and places to sort by would double what they need
        both <<= 32
        both |= rows
        del rows
        both.sort()
        starts = np.append(0, np.cumsum(counts[found]))
        return _Family(found, starts, both.astype(np.int32), weights)

    def _grams(self, heard: Sequence[Slot]) -> list[dict[int, float]]:
        """Expected count of each n-gram, by family."""
        size = len(self.tokens)
        result: list[dict[int, float]] = []
        for shape in _FAMILIES:
            counts: dict[int, float] = {}
            for i in range(len(heard) - shape[-1]):
                for parts in product(*(heard[i + offset] for offset in shape)):
                    key, weight = 0, 1.0
                    for token, share in parts:
                        key, weight = key * size + token, weight * share
                    if weight > self.config.least / 4:
                        counts[key] = min(1.0, counts.get(key, 0.0) + weight)
            result.append(counts)
        return result

    def _postings(
        self, grams: list[dict[int, float]]
    ) -> tuple[float, list[tuple[int, int, int, float]]]:
        """Weight of all that was heard; and (family, start, end, weight), rare ones first."""
        asked = 0.0
        found: list[tuple[int, int, int, float]] = []
        for number, (counts, family) in enumerate(zip(grams, self._families, strict=True)):
            keys = np.fromiter(counts, dtype=np.int64, count=len(counts))
            at = np.searchsorted(family.keys, keys)
            for key, i in zip(keys.tolist(), at.tolist(), strict=True):
                if i < len(family.keys) and family.keys[i] == key:
                    weight = counts[key] * float(family.weights[i])
                    asked += weight
                    start, end = int(family.starts[i]), int(family.starts[i + 1])
                    found.append((number, start, end, weight))
        found.sort(key=lambda p: (p[2] - p[1]) / p[3])
        left = self.config.budget
        kept: list[tuple[int, int, int, float]] = []
        for posting in found:
            left -= posting[2] - posting[1]
            if left < 0 and kept:
                break
            kept.append(posting)
        return asked, kept


def _sounds(
    name: str, tokens: tuple[str, ...], variants: int, words: dict[str, tuple[int, ...]]
) -> Iterator[tuple[int, ...]]:
    if variants > 1:
        found = (token_numbers(reading, tokens) for reading in readings(name, variants))
        yield from dict.fromkeys(sound for sound in found if sound)
        return
    sound: tuple[int, ...] = ()
    for word in name.split():
        part = words.get(word)
        if part is None:
            part = words[word] = token_numbers(phones(word), tokens)
        sound += part
    if sound:
        yield sound


def slots(posteriors: Posteriors, config: RetrievalConfig, spread: Floats) -> list[Slot]:
    """What was heard, sound by sound: the runs of the best path, blank left out."""
    log_probs = posteriors.log_probs
    best = log_probs.argmax(axis=1)
    change = np.flatnonzero(np.concatenate([[True], best[1:] != best[:-1], [True]]))
    result: list[Slot] = []
    for start, end in zip(change[:-1].tolist(), change[1:].tolist(), strict=True):
        if len(best) and best[start]:
            share = np.exp(log_probs[start:end].astype(np.float64)).mean(axis=0)
            share[0] = 0.0
            share /= share.sum()
            share = (1 - config.spread) * share + config.spread * (share @ spread)
            top = np.argsort(-share)[: config.alternatives]
            result.append(tuple((int(t), float(share[t])) for t in top if share[t] > config.least))
    return result


@cache
def confusions(tokens: tuple[str, ...]) -> Floats:
    """How often each token is taken for each other, ``(num_tokens, num_tokens)``; rows sum to one.

    From the costs of the phone space; a token that is no phone stays what it is.
    """
    size = len(tokens)
    table = np.eye(size)
    known = [i for i in range(1, size) if is_phone(tokens[i])]
    for i in known:
        costs = np.array([substitution_cost(tokens[i], tokens[j]) for j in known])
        likely = np.exp(-costs / 0.08)
        likely[known.index(i)] = 0.0
        if likely.sum() > 0:
            table[i] = 0.0
            table[i, known] = likely / likely.sum()
    return table
