"""The catalogue phrases that sound like something.

Two steps. An inverted index over n-grams of *confusable classes* (all sibilants are one class, all
of n/l/ng another) names a short list; then the exact weighted edit distance, worked out for the
whole list at once, orders it. A phrase is also found inside a longer sound, with its window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sayfind.catalog.phonetic_alignment import best_windows, whole_distances
from sayfind.errors import ShopError
from sayfind.text.phone_set import FIRST_VOWEL_CLASS, atom_classes, atoms
from sayfind.text.phonetics import Phones, readings

__all__ = ["PhoneticIndex", "Window"]

_FILE = "phonetic_index.npz"
_VERSION = 1
_VARIANTS = 3
_EDGE = 15
_WORTH = 0.2  # rows that share less than this part of what the best row shares are left out
# Families of grams, each with keys of its own: see _grams.
_PAIR, _SKIP, _SOUND, _TRIPLE, _NUM_GRAMS = 0, 256, 512, 1024, 1024 + 4096

IntArray = NDArray[np.int32]


class Window(NamedTuple):
    """A phrase heard inside a longer sound: ``start`` and ``end`` count phones of that sound."""

    phrase: int
    distance: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """The sounds of all phrases end to end; a phrase with variants has several rows."""

    atoms: NDArray[np.int16]
    starts: IntArray
    phrase: IntArray


@dataclass(frozen=True, slots=True)
class _Postings:
    """Rows in which each gram occurs, and how telling it is."""

    rows: IntArray
    starts: IntArray
    weights: NDArray[np.float32]
    norms: NDArray[np.float32]
    inner_norms: NDArray[np.float32]


class PhoneticIndex:
    """Catalogue phrases by sound; phrases keep the numbers of the sequence they came in.

    ``shortlist`` is how many rows are compared exactly: more is slower and misses less.
    """

    def __init__(
        self, phrases: Sequence[str], rows: _Rows, postings: _Postings, shortlist: int = 320
    ) -> None:
        self.phrases = tuple(phrases)
        self.shortlist = shortlist
        self._rows = rows
        self._postings = postings

    @classmethod
    def build(cls, phrases: Sequence[str]) -> PhoneticIndex:
        """Index phrases; one without any sound keeps its number and is never found."""
        sounds: list[tuple[int, ...]] = []
        owner: list[int] = []
        for number, phrase in enumerate(phrases):
            for reading in readings(phrase, _VARIANTS):
                if reading:
                    sounds.append(atoms(reading))
                    owner.append(number)
        starts = np.zeros(len(sounds) + 1, dtype=np.int32)
        np.cumsum([len(s) for s in sounds], out=starts[1:])
        flat = np.fromiter((a for s in sounds for a in s), dtype=np.int16, count=int(starts[-1]))
        rows = _Rows(flat, starts, np.array(owner, dtype=np.int32))
        return cls(phrases, rows, _build_postings(sounds))

    def extended(self, phrases: Sequence[str]) -> PhoneticIndex:
        """The index with more phrases, which come after the others; how telling grams are stays."""
        new = PhoneticIndex.build(phrases)
        rows, mine, theirs = self._rows, self._postings, new._postings
        sizes, ends = np.diff(theirs.starts), mine.starts[1:]
        at = np.repeat(ends, sizes)
        inner = np.where(_with_edge(np.arange(_NUM_GRAMS, dtype=np.int32)), 0.0, mine.weights)
        owner, gram = theirs.rows, np.repeat(np.arange(_NUM_GRAMS), sizes)
        norms, inner_norms = (
            np.bincount(owner, weights[gram], minlength=len(new._rows.phrase)).astype(np.float32)
            for weights in (mine.weights, inner)
        )
        joined = _Rows(
            np.concatenate([rows.atoms, new._rows.atoms]),
            np.concatenate([rows.starts, new._rows.starts[1:] + rows.starts[-1]]),
            np.concatenate([rows.phrase, new._rows.phrase + np.int32(len(self))]),
        )
        postings = _Postings(
            np.insert(mine.rows, at, owner + np.int32(len(rows.phrase))),
            (mine.starts + theirs.starts).astype(np.int32),
            mine.weights,
            np.concatenate([mine.norms, norms]),
            np.concatenate([mine.inner_norms, inner_norms]),
        )
        return PhoneticIndex((*self.phrases, *phrases), joined, postings, self.shortlist)

    def __len__(self) -> int:
        return len(self.phrases)

    def nearest(self, phones: Phones, k: int) -> list[tuple[int, float]]:
        """At most ``k`` (phrase number, distance in [0, 1]), nearest first, ties by number."""
        sound = atoms(phones)
        if not sound or not len(self._rows.phrase) or k < 1:
            return []
        grams = list(_grams(sound))
        shared = self._shared(grams)
        norm = float(self._postings.weights[grams].sum())
        rows = self._best(2.0 * shared / (self._postings.norms + norm + 1e-6))
        padded, lengths = self._padded(rows)
        distances = whole_distances(np.array(sound), padded, lengths)
        best: dict[int, float] = {}
        for i in np.lexsort((self._rows.phrase[rows], distances)):
            best.setdefault(int(self._rows.phrase[rows[i]]), float(distances[i]))
            if len(best) == k:
                break
        return list(best.items())

    def windows(self, phones: Phones, k: int, shortest: int = 3) -> list[Window]:
        """The phrases nearest to some part of a longer sound, at most ``k``, nearest first.

        One window for each phrase, the best. Of equally near ones the longer phrase comes first;
        phrases of fewer than ``shortest`` atoms are left out (they are everywhere).
        """
        sound = atoms(phones)
        if not sound or not len(self._rows.phrase) or k < 1:
            return []
        norms = self._postings.inner_norms
        lengths_all = np.diff(self._rows.starts)
        contained = self._shared(list(_grams(sound, edges=False))) / (norms + 1e-6)
        contained[lengths_all < shortest] = -1.0
        rows = self._best(contained + 0.004 * np.minimum(lengths_all, 25))
        rows = rows[lengths_all[rows] >= shortest]
        padded, lengths = self._padded(rows)
        distances, first, last = best_windows(np.array(sound), padded, lengths)
        phone_of = [i for i, phone in enumerate(phones) for _ in atoms((phone,))]
        best: dict[int, Window] = {}
        for i in np.lexsort((self._rows.phrase[rows], -lengths, distances)):
            number = int(self._rows.phrase[rows[i]])
            if number not in best and last[i] > first[i]:
                start, end = phone_of[first[i]], phone_of[last[i] - 1] + 1
                best[number] = Window(number, float(distances[i]), start, end)
            if len(best) == k:
                break
        return list(best.values())

    def _shared(self, grams: Sequence[int]) -> NDArray[np.float64]:
        """Weight of the grams each row shares with the given ones, ``(num_rows,)``."""
        postings = self._postings
        bounds = [(postings.starts[g], postings.starts[g + 1]) for g in grams]
        rows = [postings.rows[start:end] for start, end in bounds]
        sizes = [end - start for start, end in bounds]
        if not sum(sizes):
            return np.zeros(len(self._rows.phrase), dtype=np.float64)
        weights = np.repeat(postings.weights[grams], sizes)
        shared = np.bincount(np.concatenate(rows), weights, minlength=len(self._rows.phrase))
        return shared.astype(np.float64)

    def _best(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """Rows worth comparing exactly: at most ``shortlist``, none far behind the best."""
        if len(scores) <= self.shortlist:
            return np.arange(len(scores))
        near = np.flatnonzero(scores >= _WORTH * scores.max())
        if len(near) > self.shortlist:
            near = np.sort(near[np.argpartition(-scores[near], self.shortlist)[: self.shortlist]])
        return near

    def _padded(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Atoms of rows, ``(longest, num_rows)``, -1 after the end; and the lengths."""
        starts = self._rows.starts[rows].astype(np.int64)
        lengths = self._rows.starts[rows + 1] - starts
        steps = np.arange(int(lengths.max(initial=0)))[:, None]
        inside = steps < lengths[None, :]
        places = np.where(inside, starts[None, :] + steps, 0)
        return np.where(inside, self._rows.atoms[places], -1).astype(np.int64), lengths

    def save(self, folder: Path) -> None:
        """Write the index into a folder that exists."""
        rows, postings = self._rows, self._postings
        text = "\n".join(p.replace("\n", " ") for p in self.phrases).encode()
        np.savez(
            folder / _FILE,
            version=np.array([_VERSION, len(self.phrases), self.shortlist]),
            phrases=np.frombuffer(text, dtype=np.uint8),
            atoms=rows.atoms,
            row_starts=rows.starts,
            row_phrase=rows.phrase,
            posting_rows=postings.rows,
            posting_starts=postings.starts,
            weights=postings.weights,
            norms=postings.norms,
            inner_norms=postings.inner_norms,
        )

    @classmethod
    def open(cls, folder: Path) -> PhoneticIndex:
        """Read what ``save`` wrote.

        Raises:
            ShopError: the file is missing, damaged, or written by another version.
        """
        try:
            with (folder / _FILE).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                version, count, shortlist = (int(n) for n in stored["version"])
                if version != _VERSION:
                    raise ShopError(
                        f"{_FILE} has version {version}, not {_VERSION}; build the shop again."
                    )
                text = stored["phrases"].tobytes().decode()
                rows = _Rows(stored["atoms"], stored["row_starts"], stored["row_phrase"])
                postings = _Postings(
                    stored["posting_rows"], stored["posting_starts"], stored["weights"],
                    stored["norms"], stored["inner_norms"],
                )  # fmt: skip
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise ShopError(f"Cannot read {_FILE} in the shop; build the shop again.") from error
        return cls(text.split("\n") if count else (), rows, postings, shortlist)


@cache
def _classes() -> list[int]:
    return [int(c) for c in atom_classes()]


def _grams(sound: tuple[int, ...], edges: bool = True) -> dict[int, None]:
    """Keys of the class n-grams of a sound, each once.

    Pairs and triples of the consonant skeleton (edges included if asked for), pairs that skip
    one, and consonants with the vowel before or after.
    """
    classes = [c for c in map(_classes().__getitem__, sound) if c]
    skeleton = [c for c in classes if c < FIRST_VOWEL_CLASS]
    if edges:
        skeleton = [_EDGE, *skeleton, _EDGE]
    grams = dict.fromkeys(_PAIR + a * 16 + b for a, b in pairwise(skeleton))
    grams.update((_SKIP + a * 16 + b, None) for a, b in zip(skeleton, skeleton[2:], strict=False))
    grams.update(
        (_TRIPLE + a * 256 + b * 16 + c, None)
        for a, b, c in zip(skeleton, skeleton[1:], skeleton[2:], strict=False)
    )
    grams.update((_SOUND + a * 16 + b, None) for a, b in pairwise(classes))
    return grams


def _build_postings(sounds: Sequence[tuple[int, ...]]) -> _Postings:
    all_grams = [list(_grams(sound)) for sound in sounds]
    sizes = [len(grams) for grams in all_grams]
    flat = np.fromiter((g for grams in all_grams for g in grams), dtype=np.int32, count=sum(sizes))
    owner = np.repeat(np.arange(len(sounds), dtype=np.int32), sizes)
    order = np.argsort(flat, kind="stable")
    counts = np.bincount(flat, minlength=_NUM_GRAMS)
    starts = np.zeros(_NUM_GRAMS + 1, dtype=np.int32)
    np.cumsum(counts, out=starts[1:])
    weights = np.log1p(len(sounds) / (counts + 0.5)).astype(np.float32)
    each = weights[flat]

    def per_sound(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.bincount(owner, values, minlength=len(sounds)).astype(np.float32)

    return _Postings(
        rows=owner[order],
        starts=starts,
        weights=weights,
        norms=per_sound(each),
        inner_norms=per_sound(np.where(_with_edge(flat), np.float32(0), each)),
    )


def _with_edge(grams: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which n-grams touch the beginning or the end of a sound."""
    triple, sound = grams >= _TRIPLE, (grams >= _SOUND) & (grams < _TRIPLE)
    first = np.where(triple, (grams - _TRIPLE) // 256, 0)
    classes = np.stack([first, grams // 16 % 16, grams % 16])
    at_edge: NDArray[np.bool_] = (classes == _EDGE).any(axis=0)
    return at_edge & ~sound
