"""Numbers as said and as written: inverse text normalisation for English and Mandarin.

The grammars are in ``english_numbers`` and ``mandarin_numbers``; both read only what is surely a
number. Ordinals ("first", 第一) and vague amounts ("a few hundred", 两三百, 几十) stay words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sayfind.errors import InputError
from sayfind.text.english_numbers import ReadNumber, read_english
from sayfind.text.mandarin_numbers import read_mandarin
from sayfind.text.normalise import has_han
from sayfind.text.number_speech import english_words, mandarin_words

_LATIN_BEFORE = re.compile(r"[A-Za-z0-9]\s+$")

__all__ = ["NumberSpan", "mandarin_number_words", "number_spans", "number_words", "to_digits"]


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """A number in ``text[start:end]``; ``digits`` is how it is written ("007" stays "007")."""

    start: int
    end: int
    value: float
    digits: str


def number_spans(text: str) -> list[NumberSpan]:
    """Every number of a text in order, in words or digits; digits inside codes are none.

    >>> [(s.start, s.end, s.value) for s in number_spans("under fifty dollars or 2万块")]
    [(6, 11, 50.0), (23, 25, 20000.0)]
    """
    return [
        NumberSpan(read.start, read.end, float(read.digits.rstrip("%")), read.digits)
        for read in _read(text)
    ]


def to_digits(text: str) -> str:
    """The text with number words as digits, everything else untouched; idempotent.

    >>> to_digits("rtx forty ninety under fifteen hundred dollars")
    'rtx 4090 under 1500 dollars'
    >>> to_digits("三千五左右的三星手机")
    '3500左右的三星手机'
    """
    # Digits can complete a number that was none before (scripts mixed in one breath), so it is
    # read until nothing is left to change; every round leaves fewer number words.
    while (written := _with_digits(text)) != text:
        text = written
    return text


def _with_digits(text: str) -> str:
    parts, end = [], 0
    for read in _read(text):
        if read.spoken:
            parts += [text[end : read.start], read.digits]
            end = read.end
    return "".join([*parts, text[end:]])


def _read(text: str) -> list[ReadNumber]:
    english = read_english(text)
    if not has_han(text):
        return english
    mandarin = read_mandarin(text)
    taken = [(read.start, read.end) for read in mandarin]
    kept = [
        read
        for read in english
        if not any(read.start < end and start < read.end for start, end in taken)
        and not _is_name(text, read)
    ]
    return sorted([*kept, *mandarin], key=lambda read: read.start)


def _is_name(text: str, read: ReadNumber) -> bool:
    """Whether an English number word amid Chinese is a brand (seventeen), not "iphone ten"."""
    spoken = text[read.start : read.end]
    if not read.spoken or not spoken.isalpha():
        return False
    return not _LATIN_BEFORE.search(text[: read.start])


def number_words(number: str) -> tuple[str, ...]:
    """How an English speaker may say a number of digits, likeliest first.

    >>> number_words("4090")[:2]
    ('forty ninety', 'four thousand ninety')

    Raises:
        InputError: it is no unsigned decimal number.
    """
    return english_words(_checked(number))


def mandarin_number_words(number: str) -> tuple[str, ...]:
    """How a Mandarin speaker may say a number of digits, likeliest first.

    >>> mandarin_number_words("3500")
    ('三千五百', '三千五', '三五零零')

    Raises:
        InputError: it is no unsigned decimal number.
    """
    return mandarin_words(_checked(number))


def _checked(number: str) -> str:
    bare = number.replace(",", "")
    if not (bare.isascii() and bare.replace(".", "", 1).isdigit() and len(bare) <= 24):
        raise InputError(f"Give a number in digits, such as 4090 or 43.2, not {number[:40]!r}.")
    return bare.strip(".")
