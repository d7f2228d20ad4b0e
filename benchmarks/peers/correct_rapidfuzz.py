"""Matching by letters against the catalogue: what a shop would write first, with rapidfuzz.

Every run of up to three words (six Chinese characters) is replaced by the catalogue phrase that is
nearest in letters, if it is near enough; a run that is a phrase already stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.peers.peer import Material
from benchmarks.peers.stretches import Replacement, apply_best, closed_set, stretches

from sayfind.errors import require
from sayfind.text.normalise import has_han, normalise

__all__ = ["RapidfuzzPeer"]

CUTOFF = 85.0  # of rapidfuzz's ratio, 0 to 100
WORDS, CHARACTERS = 3, 6


class RapidfuzzPeer:
    """The first reading, run by run."""

    def __init__(self, material: Material) -> None:
        self._process: Any = require("rapidfuzz.process", "peers")
        self._ratio: Any = require("rapidfuzz.fuzz", "peers").ratio
        phrases = {normalise(phrase): phrase for phrase in closed_set(material.shop)}
        self._names = phrases
        self._latin = [form for form in phrases if not has_han(form)]
        self._han = [form for form in phrases if has_han(form)]

    def correct(self, readings: Sequence[str]) -> str:
        """The first reading with what is nearly a name made into it."""
        if not readings:
            return ""
        return apply_best(readings[0], list(self._replacements(readings[0])))

    def _replacements(self, text: str) -> Iterator[Replacement]:
        longest = CHARACTERS if has_han(text) else WORDS
        for start, end in stretches(text, longest):
            form = normalise(text[start:end])
            if form in self._names:
                yield Replacement(start, end, text[start:end], 1.0)  # a name already: it stays
                continue
            choices = self._han if has_han(form) else self._latin
            best = self._process.extractOne(form, choices, scorer=self._ratio, score_cutoff=CUTOFF)
            if best is not None:
                yield Replacement(start, end, self._names[best[0]], best[1] / 100.0)
