"""What products sound like, as sparse vectors: search that hears.

A name is the row of its phones' *confusable classes* (all sibilants are one, all vowels in front
another), words end to end, and its vector has a 1 for every run of ``LENGTH`` of them. A query
asks by the runs of its own sound, rare ones counting more, so that a product scores by the share
of the query that its name sounds like, wherever words begin and end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from sayfind.retrieval.contents import Contents
from sayfind.text.phone_set import atom_classes, atoms
from sayfind.text.phonetics import phones

__all__ = ["LENGTH", "SoundVectors", "runs", "title_words"]

LENGTH = 4
_LETTERS = "abcdefghijklmnop"


@cache
def _letters() -> list[str]:
    return [_LETTERS[number] if number else "" for number in atom_classes().tolist()]


@lru_cache(maxsize=1 << 18)
def _heard(word: str) -> str:
    """The classes of a word's phones, a letter each."""
    letters = _letters()
    return "".join(letters[atom] for atom in atoms(phones(word)))


def runs(words: Iterable[str]) -> list[str]:
    """The distinct runs of a name's sound, in order; a short name is one run.

    >>> runs(["nike"]) == runs(["naike"])
    True
    """
    sound = "".join(map(_heard, words))
    if not sound:
        return []
    last = max(1, len(sound) - LENGTH + 1)
    return list(dict.fromkeys(sound[i : i + LENGTH] for i in range(last)))


@dataclass(frozen=True, slots=True)
class SoundVectors:
    """The products whose names have each run, ascending, of ``count`` products."""

    products: Mapping[str, NDArray[np.int32]]
    count: int

    @classmethod
    def build(cls, names: Sequence[Sequence[str]]) -> SoundVectors:
        """The vectors of products given as the words of their names."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, words in enumerate(names):
            for run in runs(words):
                found[run].append(place)
        rows = {run: np.array(places, dtype=np.int32) for run, places in found.items()}
        return cls(rows, len(names))

    def weights(self, words: Iterable[str]) -> dict[str, float]:
        """A query's vector: its runs, each with its share of their rarity; they sum to one."""
        found = {run: self._rarity(run) for run in runs(words)}
        whole = sum(found.values())
        return {run: value / whole for run, value in found.items()} if whole else {}

    def _rarity(self, run: str) -> float:
        held = len(self.products.get(run, ()))
        return float(np.log1p((self.count - held + 0.5) / (held + 0.5)))

    def scores(self, weights: Mapping[str, float]) -> NDArray[np.float32]:
        """How far each product sounds like what is asked, ``(num_products,)``, in [0, 1]."""
        scores = np.zeros(self.count, dtype=np.float32)
        for run, weight in weights.items():
            if run in self.products:
                scores[self.products[run]] += np.float32(weight)
        return scores


def title_words(contents: Contents) -> list[list[str]]:
    """The words of every product's titles."""
    postings = contents.postings
    names = list(postings.terms)
    ends = [*postings.title_starts[1:].tolist(), len(postings.titles)]
    titles, start, found = postings.titles.tolist(), 0, []
    for end in ends[: len(postings.title_starts)]:
        found.append([names[term] for term in titles[start:end] if term >= 0])
        start = end
    return found
