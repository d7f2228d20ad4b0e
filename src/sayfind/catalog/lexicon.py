"""Pronunciations for the words of a catalogue, as an English recogniser wants them."""

from __future__ import annotations

from collections.abc import Iterable

from sayfind.text.phonetics import Phones, pronounce

__all__ = ["build_lexicon"]


def build_lexicon(words: Iterable[str]) -> dict[str, tuple[Phones, ...]]:
    """Each distinct word with its pronunciations, likeliest first, in alphabetical order.

    Words that hold no Latin letter have no English pronunciation and are left out.

    >>> build_lexicon(["nike", "耐克"])
    {'nike': (('N', 'AY', 'K', 'IY'),)}
    """
    variants = {word: pronounce(word) for word in sorted(set(words))}
    return {word: sounds for word, sounds in variants.items() if sounds}
