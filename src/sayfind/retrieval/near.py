"""The words of an index that a word may be a slip of: misspelt, or misheard.

Words are near by their sound (a short list from the phonetic index) or by their letters
(rapidfuzz). What is misspelt is near by letters and what is misheard by sound: the nearer of the
two distances counts most.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from sayfind.catalog.phonetic_index import PhoneticIndex
from sayfind.errors import ShopError
from sayfind.retrieval.postings import Postings
from sayfind.text.phonetics import distance, phones

__all__ = ["NearTerms", "sounding_terms"]

_SHORTEST, _LONGEST = 3, 24
_NAMED = 0b1111  # title, brand, category or attributes: a description has words of all kinds
_BY_SOUND, _BY_LETTERS = 12, 12
_FARTHEST, _FARTHEST_SHORT, _SHORT = 0.45, 0.3, 5  # a short word is near too many others
_KEPT = 10
_STEEPNESS = 6.0
_REMEMBERED = 4096
_NEARER = 0.7  # how much of the distance is the nearer of the two


def sounding_terms(postings: Postings) -> list[str]:
    """The words of an index that have a sound and name something."""
    return [
        term
        for term, number in postings.terms.items()
        if _is_word(term) and (postings.fields[postings.of(number)] & _NAMED).any()
    ]


class NearTerms:
    """Finds near words; ``phrases`` of the phonetic index are words of the postings."""

    def __init__(
        self, postings: Postings, sounds: PhoneticIndex, added: PhoneticIndex | None = None
    ) -> None:
        self._sounds, self._added = sounds, added
        words = [*sounds.phrases, *(added.phrases if added else ())]
        self._number_of = {word: postings.terms[word] for word in words if word in postings.terms}
        self._by_length: dict[int, list[str]] = {}
        for word in self._number_of:
            self._by_length.setdefault(len(word), []).append(word)
        self.nearest = lru_cache(_REMEMBERED)(self._nearest)

    @classmethod
    def build(cls, postings: Postings) -> NearTerms:
        """Index the words of postings by sound."""
        return cls(postings, PhoneticIndex.build(sounding_terms(postings)))

    @classmethod
    def without(cls, postings: Postings) -> NearTerms:
        """No word is near another."""
        return cls(postings, PhoneticIndex.build(()))

    @classmethod
    def open(cls, postings: Postings, folder: Path) -> NearTerms:
        """Read what ``save`` wrote.

        Raises:
            ShopError: the file is missing or damaged, or of other postings.
        """
        sounds = PhoneticIndex.open(folder)
        if not postings.terms.keys() >= set(sounds.phrases):
            raise ShopError(f"{folder} mixes two shops; build the shop again.")
        return cls(postings, sounds)

    def over(self, postings: Postings, new: Postings) -> NearTerms:
        """The near words of changed postings, the words of ``new`` among them."""
        known = self._added.phrases if self._added else ()
        fresh = [word for word in sounding_terms(new) if word not in self._number_of]
        if not fresh:
            return NearTerms(postings, self._sounds, self._added)
        words = sorted({*known, *fresh}.difference(self._sounds.phrases))
        return NearTerms(postings, self._sounds, PhoneticIndex.build(words))

    def save(self, folder: Path) -> None:
        """Write the sounds into a folder that exists."""
        whole = self._added is None and len(self._number_of) == len(self._sounds.phrases)
        sounds = self._sounds if whole else PhoneticIndex.build(list(self._number_of))
        sounds.save(folder)

    def _nearest(self, term: str) -> list[tuple[int, float]]:
        """(term number, likeness in (0, 1]) of the few nearest other words, nearest first."""
        if not _is_word(term):
            return []
        sound = phones(term)
        by_sound = {
            index.phrases[i]: apart
            for index in (self._sounds, self._added)
            if index is not None
            for i, apart in index.nearest(sound, _BY_SOUND)
            if index.phrases[i] in self._number_of
        }
        words = {**by_sound, **dict.fromkeys(self._by_letters(term))}
        words.pop(term, None)
        distances = sorted((_distance(term, word, by_sound.get(word)), word) for word in words)
        farthest = _FARTHEST_SHORT if len(term) < _SHORT else _FARTHEST
        near = [(apart, word) for apart, word in distances if apart <= farthest][:_KEPT]
        return [
            (self._number_of[word], 2.0 ** (-_STEEPNESS * (apart - near[0][0]) - apart))
            for apart, word in near
        ]

    def _by_letters(self, term: str) -> Iterable[str]:
        most = 1 if len(term) < 5 else 2
        for length in range(len(term) - most, len(term) + most + 1):
            found = process.extract(
                term, self._by_length.get(length, ()), scorer=OSA.distance,
                score_cutoff=most, limit=_BY_LETTERS,
            )  # fmt: skip
            yield from (word for word, _, _ in found)


def _distance(term: str, word: str, by_sound: float | None) -> float:
    """How unlike two words are, 0 to 1."""
    letters = OSA.normalized_distance(term, word)
    sound = distance(phones(term), phones(word)) if by_sound is None else by_sound
    return _NEARER * min(letters, sound) + (1 - _NEARER) * max(letters, sound)


def _is_word(term: str) -> bool:
    return term.isascii() and term.isalpha() and _SHORTEST <= len(term) <= _LONGEST
