"""What products sound like, as sparse vectors: search that hears.

A name is the row of its phones' *confusable classes* (all sibilants are one, all vowels in front
another), words end to end, and its vector has a 1 for every run of ``LENGTH`` of them. A query
asks by the runs of its own sound, so that a product scores by the share of the query that its name
sounds like, wherever words begin and end. All runs weigh alike, so that none need be counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache

from sayfind.retrieval.contents import Contents
from sayfind.text.phone_set import atom_classes, atoms
from sayfind.text.phonetics import phones

__all__ = ["LENGTH", "SOUNDING", "runs", "sound_weights", "title_words"]

LENGTH = 4
SOUNDING = 100
"""How many of the best products of a reading that may be misheard are ordered by sound too."""

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


def sound_weights(words: Iterable[str]) -> dict[str, float]:
    """A query's vector: the weights of its runs, which sum to one; empty where nothing sounds."""
    found = runs(words)
    return dict.fromkeys(found, 1.0 / len(found)) if found else {}


def title_words(contents: Contents, place: int) -> list[str]:
    """The words of a product's titles."""
    postings = contents.postings
    start = int(postings.title_starts[place])
    after = postings.title_starts[place + 1 : place + 2].tolist()
    end = after[0] if after else len(postings.titles)
    return [postings.name_of(term) for term in postings.titles[start:end].tolist() if term >= 0]
