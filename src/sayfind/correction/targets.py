"""The closed set that corrections come from: the shop's phrases and words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
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
        self.forms = [compact(text) for text in self.texts]
        self._known = self._all_known()
        self._stems = {stem(word) for word in self._known if word.isascii() and word.isalpha()}
        self._proposable = [not any(True for _ in locks(text)) for text in self.texts]
        self._by_form = defaultdict[str, list[int]](list)
        self._by_homophone = defaultdict[tuple[int, ...], list[int]](list)
        for number, form in enumerate(self.forms):
            if self._proposable[number] and form:
                self._by_form[form].append(number)
                if not form.isascii() and _all_han(form):
                    self._by_homophone[homophone_key(phones(self.texts[number]))].append(number)
        self._spelled = {n: f for n, f in enumerate(self.forms)
                         if f.isascii() and len(f) > 3 and self._proposable[n]}  # fmt: skip

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

    def _all_known(self) -> frozenset[str]:
        known = set(self.known_words)
        for text in self.texts:
            form = normalise(text)
            known.add(form)
            known.update(form.replace("-", " ").split())
        return frozenset(known | {strip_accents(word) for word in known})

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
