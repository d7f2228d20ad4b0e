"""Pinyin matching against the closed set: the way of the common Chinese correctors.

A run of characters whose toneless pinyin is that of a catalogue phrase becomes this phrase; from
four syllables on, one syllable may be another. No language model chooses: the set is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.peers.peer import Material
from benchmarks.peers.stretches import Replacement, apply_best, closed_set, stretches

from sayfind.errors import require

__all__ = ["PinyinPeer"]

SHORTEST, LONGEST = 2, 8  # characters
FORGIVING = 4  # from so many syllables on, one may differ

Syllables = tuple[str, ...]


class PinyinPeer:
    """The first reading, run by run; text without Chinese stays as it is."""

    def __init__(self, material: Material) -> None:
        self._pypinyin: Any = require("pypinyin", "peers")
        self._names = [name for name in closed_set(material.shop) if _is_han(name)]
        self._known = set(self._names)
        self._exact: dict[Syllables, str] = {}
        self._near: dict[tuple[int, Syllables], str] = {}
        for name in self._names:
            sound = self._sound(name)
            self._exact.setdefault(sound, name)
            if len(sound) >= FORGIVING:
                for place in range(len(sound)):
                    self._near.setdefault((place, _without(sound, place)), name)

    def correct(self, readings: Sequence[str]) -> str:
        """The first reading with what sounds like a name made into it."""
        if not readings:
            return ""
        return apply_best(readings[0], list(self._replacements(readings[0])))

    def _replacements(self, text: str) -> Iterator[Replacement]:
        for start, end in stretches(text, LONGEST):
            run = text[start:end]
            if len(run) < SHORTEST or not _is_han(run):
                continue
            if run in self._known:
                yield Replacement(start, end, run, 1.0)  # a name already: it stays
                continue
            sound = self._sound(run)
            if sound in self._exact:
                yield Replacement(start, end, self._exact[sound], 0.9)
            elif near := self._forgiven(sound):
                yield Replacement(start, end, near, 1.0 - 1.0 / len(sound))

    def _forgiven(self, sound: Syllables) -> str | None:
        if len(sound) < FORGIVING:
            return None
        places = ((place, _without(sound, place)) for place in range(len(sound)))
        return next((self._near[key] for key in places if key in self._near), None)

    def _sound(self, text: str) -> Syllables:
        return tuple(self._pypinyin.lazy_pinyin(text))


def _without(sound: Syllables, place: int) -> Syllables:
    return sound[:place] + sound[place + 1 :]


def _is_han(text: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in text)
