"""The closed set that corrections come from: the shop's phrases and words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from sayfind.catalog.phonetic_index import PhoneticIndex
from sayfind.correction.locks import locks
from sayfind.errors import ShopError
from sayfind.text.normalise import has_han, normalise, strip_accents
from sayfind.text.phone_set import atoms, homophone_classes
from sayfind.text.phonetics import Phones, distance, phones, readings
from sayfind.text.stem import stem

__all__ = ["Near", "Targets", "compact"]

_FILE = "correction.npz"
_VERSION = 1
_VARIANTS = 3


class Near(NamedTuple):
    """A target near to a stretch of text; both distances are in [0, 1]."""

    target: int
    sound: float
    spelling: float


def compact(text: str) -> str:
    """A text without what people leave out or put in: case, accents, spaces, signs."""
    return "".join(c for c in strip_accents(normalise(text)) if c.isalnum())


class Targets:
    """What text may be corrected to, and what is known and so left alone.

    Phrases come first and keep their numbers; words of the shop that are no phrase follow. A
    target that holds a number or a negation is known, but never proposed.
    """

    def __init__(
        self, index: PhoneticIndex, counts: Sequence[float], known_words: Collection[str]
    ) -> None:
        self.index = index
        self.texts = index.phrases
        self.counts = counts
        self.known_words = frozenset(known_words)
        self.forms: list[str] = []
        self._proposable: list[bool] = []
        self._known, self._stems = frozenset[str](), frozenset[str]()
        self._by_form: dict[str, list[int]] = {}
        self._by_homophone: dict[tuple[int, ...], list[int]] = {}
        self._spelled: dict[int, str] = {}
        self._read(self.known_words)

    def _read(self, words: Collection[str]) -> None:
        """Take in words, and the phrases of the index from the first one that is not known yet."""
        first = len(self.forms)
        texts = self.texts[first:]
        self.forms = [*self.forms, *map(compact, texts)]
        self._proposable = [*self._proposable, *(not any(True for _ in locks(t)) for t in texts)]
        known = _all_known(words, texts)
        self._known |= known
        self._stems |= {stem(word) for word in known if word.isascii() and word.isalpha()}
        self._by_form, self._spelled = dict(self._by_form), dict(self._spelled)
        self._by_homophone = dict(self._by_homophone)
        for number, form in enumerate(self.forms[first:], start=first):
            if self._proposable[number] and form:
                self._by_form[form] = [*self._by_form.get(form, ()), number]
                if not form.isascii() and _all_han(form):
                    key = homophone_key(phones(self.texts[number]))
                    self._by_homophone[key] = [*self._by_homophone.get(key, ()), number]
                if form.isascii() and len(form) > 3:
                    self._spelled[number] = form

    @classmethod
    def build(
        cls, phrases: Sequence[str], known_words: Collection[str], counts: Sequence[float] = ()
    ) -> Targets:
        """Index phrases and words; ``counts`` (one for each phrase) break ties."""
        known = {normalise(word) for word in known_words}
        have = {normalise(phrase) for phrase in phrases}
        words = sorted(word for word in known - have if _is_target_word(word))
        index = PhoneticIndex.build([*phrases, *words])
        weights = [*(counts or [1.0] * len(phrases)), *[0.0] * len(words)]
        return cls(index, weights, known)

    def extended(self, phrases: Sequence[str], words: Collection[str]) -> Targets:
        """The same with more phrases and known words; those that are there already count once."""
        have = set(self.texts)
        more = [phrase for phrase in dict.fromkeys(phrases) if phrase not in have]
        fresh = {normalise(word) for word in words} - self.known_words
        again = copy(self)
        again.known_words = self.known_words | fresh
        again.index = self.index.extended(more) if more else self.index
        again.texts, again.counts = again.index.phrases, [*self.counts, *[1.0] * len(more)]
        again._read(fresh)
        return again

    def knows(self, text: str) -> bool:
        """Whether a normalised text is a word or phrase of the shop, singular or plural."""
        bare = text.removesuffix("'s")
        return text in self._known or (
            bare.isascii() and (stem(bare) in self._stems or bare in self._known)
        )

    def is_han(self, target: int) -> bool:
        """Whether a target is written in Chinese, in part at least."""
        return has_han(self.texts[target])

    def near_sound(self, sound: Phones, form: str, k: int) -> list[Near]:
        """Targets near by sound, with the distance of their spelling to ``form``."""
        return [
            Near(number, heard, spelling_distance(form, self.forms[number]))
            for number, heard in self.index.nearest(sound, k)
            if self._proposable[number]
        ]

    def near_spelling(self, sound: Phones, form: str, k: int) -> Iterator[Near]:
        """Targets near by Latin letters."""
        found = process.extract(
            form, self._spelled, scorer=OSA.normalized_similarity, limit=k, score_cutoff=0.7
        )
        for _, similarity, number in found:
            yield Near(number, self.sound_distance(sound, number), 1.0 - similarity)

    def same_letters(self, sound: Phones, form: str) -> list[Near]:
        """Targets that differ in spaces, signs or accents only."""
        numbers = self._by_form.get(form, [])
        return [Near(n, self.sound_distance(sound, n), 0.0) for n in numbers]

    def homophones(self, sound: Phones, form: str) -> list[Near]:
        """Chinese targets with the same syllables, near-homophones and tones let pass."""
        numbers = self._by_homophone.get(homophone_key(sound), [])
        return [
            Near(n, distance(sound, phones(self.texts[n])), spelling_distance(form, self.forms[n]))
            for n in numbers
        ]

    def sound_distance(self, sound: Phones, target: int) -> float:
        """Distance to the nearest way to say a target."""
        said: Iterable[Phones] = readings(self.texts[target], _VARIANTS)
        return min((distance(sound, reading) for reading in said), default=1.0)

    def save(self, folder: Path) -> None:
        """Write the closed set into a folder of its own, which is made if needed."""
        folder.mkdir(parents=True, exist_ok=True)
        self.index.save(folder)
        words = "\n".join(sorted(self.known_words)).encode()
        np.savez(
            folder / _FILE,
            version=np.array(_VERSION),
            counts=np.array(self.counts, dtype=np.float64),
            words=np.frombuffer(words, dtype=np.uint8),
        )

    @classmethod
    def open(cls, folder: Path) -> Targets:
        """Read what ``save`` wrote.

        Raises:
            ShopError: a file is missing, damaged, or written by another version.
        """
        index = PhoneticIndex.open(folder)
        try:
            with (folder / _FILE).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                if int(stored["version"]) != _VERSION:
                    raise ShopError(f"{_FILE} is of another version; build the shop again.")
                words = stored["words"].tobytes().decode().split("\n")
                return cls(index, stored["counts"].tolist(), words)
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise ShopError(f"Cannot read {_FILE} in the shop; build the shop again.") from error


def _all_known(words: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """Words, phrases and the words of phrases, with their accents and without."""
    known = set(words)
    for text in texts:
        form = normalise(text)
        known.add(form)
        known.update(form.replace("-", " ").split())
    return frozenset(known | {strip_accents(word) for word in known})


def homophone_key(sound: Phones) -> tuple[int, ...]:
    """The classes of a sound's atoms; Mandarin near-homophones share it."""
    classes = homophone_classes()
    return tuple(int(classes[atom]) for atom in atoms(sound))


def spelling_distance(a: str, b: str) -> float:
    """Edits (a swap of neighbours is one) over the longer length."""
    return float(OSA.normalized_distance(a, b))


def _is_target_word(word: str) -> bool:
    if _all_han(word):
        return len(word) > 1
    return word.isascii() and word.isalpha() and len(word) > 3


def _all_han(text: str) -> bool:
    return bool(text) and all(map(has_han, text))
