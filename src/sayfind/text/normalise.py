"""One written form for text that people and feeds spell differently.

Knows Unicode, not words: case, width, quotes, dashes, spaces and invisible characters.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["has_han", "normalise", "strip_accents"]

_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_SPACE = re.compile(r"\s+")

_CHARACTERS = {
    '"': "“”„‟〝〞〟＂″‶",
    "'": "‘’‚‛`´＇′‵ʹʼʻ",
    "-": "‐‑‒–—―−﹘﹣－",
    ".": "。｡",
    ",": "、､",
    "~": "～〜",
    " ": "®™©℠℗",  # a mark parts two words as a space does: "Core™2" is "core 2"
}
_TABLE = {ord(old): new for new, olds in _CHARACTERS.items() for old in olds}

# Letters that Unicode does not take apart into a letter and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "ł": "l",
     "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i"}
)  # fmt: skip


def normalise(text: str) -> str:
    """Text in its compared form: NFKC, case folded, half width, one kind of quote, dash and space.

    Trade marks and control characters are gone; idempotent.

    >>> normalise("  ＨＰ Core™2 “Duo” – 17″ ")
    'hp core 2 "duo" - 17"'
    """
    if text.isascii():
        return _tidy(text.lower().replace("`", "'"))
    text = _fold(text.translate(_TABLE))
    # Folding can compose new characters (and the other way round), so it is done until it rests.
    while (folded := _fold(text)) != text:
        text = folded
    return _tidy(text)


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_TABLE).casefold()
    return unicodedata.normalize("NFKC", text).replace("⁄", "/")


def _tidy(text: str) -> str:
    if not text.isprintable():
        text = "".join(map(_visible, text))
    return _SPACE.sub(" ", text).strip()


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    # Cc control, Cf invisible (zero width, direction), Co and Cs private and broken, Cn unassigned.
    return "" if unicodedata.category(character).startswith("C") else character


def has_han(text: str) -> bool:
    """Whether there is a Chinese character in the text."""
    return _HAN.search(text) is not None


def strip_accents(text: str) -> str:
    """Latin letters without their accents, everything else as it is.

    >>> strip_accents("Nescafé Dolce Gusto Størk 咖啡")
    'Nescafe Dolce Gusto Stork 咖啡'
    """
    if text.isascii():
        return text
    return "".join(map(_bare, text.translate(_LETTERS)))


def _bare(character: str) -> str:
    if character.isascii():
        return character
    decomposed = unicodedata.normalize("NFD", character)
    first, marks = decomposed[0], decomposed[1:]
    if first.isascii() and all(unicodedata.combining(mark) for mark in marks):
        return first
    return "" if 0x300 <= ord(character) <= 0x36F else character
