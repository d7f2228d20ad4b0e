"""What an error rate counts: words, characters, Chinese characters and other words, or phones.

Text is compared without case, width, accents and punctuation (``sayfind.text.normalise``);
apostrophes inside a word and the point of a number stay; hyphens part words. Numbers are *not*
rewritten: "twenty" against "20" is an error, unless both go through ``written_tokens``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sayfind.text.normalise import normalise, strip_accents
from sayfind.text.phonetics import phones
from sayfind.text.written import written_form

__all__ = [
    "Tokens",
    "character_tokens",
    "mixed_tokens",
    "phone_tokens",
    "word_tokens",
    "written_tokens",
]

Tokens = Callable[[str], list[str]]

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TAIL = r"(?:(?:'|(?<=\d)[.,](?=\d)){0}+)*"  # don't, 6.5, 1,000
_WORD = re.compile(r"[^\W_]+" + _TAIL.format(r"[^\W_]"))
_OTHER = rf"[^\W_{_HAN}]"
_MIXED = re.compile(rf"[{_HAN}]|{_OTHER}+" + _TAIL.format(_OTHER))
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}]) | (?=[{_HAN}])")


def word_tokens(text: str) -> list[str]:
    """Words between spaces and punctuation; a stretch of Chinese is one.

    >>> word_tokens("Don't buy the Wi-Fi 6.5 “Café” router!")
    ["don't", 'buy', 'the', 'wi', 'fi', '6.5', 'cafe', 'router']
    """
    return _WORD.findall(_plain(text))


def character_tokens(text: str) -> list[str]:
    """Characters, one space between words; none beside a Chinese character."""
    return list(_BESIDE_HAN.sub("", " ".join(word_tokens(text))))


def mixed_tokens(text: str) -> list[str]:
    """Chinese characters and other words.

    >>> mixed_tokens("买iPhone 15手机")
    ['买', 'iphone', '15', '手', '机']
    """
    return _MIXED.findall(_plain(text))


def written_tokens(text: str) -> list[str]:
    """Mixed tokens of the written form, for references that write what is said in words.

    >>> written_tokens("r t x forty ninety") == written_tokens("RTX 4090")
    True
    """
    return mixed_tokens(written_form(" ".join(word_tokens(text))))


def phone_tokens(text: str) -> list[str]:
    """Phones of the likeliest pronunciation, Mandarin ones with their tone."""
    return list(phones(text))


def _plain(text: str) -> str:
    return strip_accents(normalise(text))
