"""Pinyin with tone numbers (``zhuang4``) to phones of the shared space."""

from __future__ import annotations

import re

from sayfind.text.phone_set import MANDARIN_INITIALS, Phones, is_phone

__all__ = ["syllable_phones"]

_INITIALS = tuple(sorted((i for i in MANDARIN_INITIALS), key=len, reverse=True))
_AFTER_Y = {"i": "i", "a": "ia", "e": "ie", "ao": "iao", "ou": "iou", "an": "ian", "in": "in",
            "ang": "iang", "ing": "ing", "ong": "iong", "u": "v", "ue": "ve", "uan": "van",
            "un": "vn", "o": "o", "ai": "ai"}  # fmt: skip
_AFTER_W = {"u": "u", "a": "ua", "o": "uo", "ai": "uai", "ei": "uei", "an": "uan", "en": "uen",
            "ang": "uang", "eng": "ueng"}  # fmt: skip
_SHORT = {"iu": "iou", "ui": "uei", "un": "uen", "ue": "ve", "v": "v", "ü": "v", "üe": "ve"}
_AFTER_JQX = {"u": "v", "ue": "ve", "uan": "van", "un": "vn"}


def syllable_phones(text: str) -> Phones:
    """The phones of syllables in pinyin, or nothing where one is not a syllable.

    >>> syllable_phones("xue2")
    ('x', 've2')
    """
    result: list[str] = []
    for match in re.finditer(
        r"([a-zü:]+)([1-5])", text.lower().replace("u:", "v").replace("uu", "v")
    ):
        sound = _syllable(match.group(1).replace("ü", "v"), match.group(2))
        if not sound:
            return ()
        result += sound
    return tuple(result)


def _syllable(letters: str, tone: str) -> Phones:
    if letters[0] == "y":
        sound = ("", _AFTER_Y.get(letters[1:], ""))
    elif letters[0] == "w":
        sound = ("", _AFTER_W.get(letters[1:], ""))
    else:
        initial = next((i for i in _INITIALS if letters.startswith(i)), "")
        rest = letters[len(initial) :]
        if initial in ("j", "q", "x"):
            rest = _AFTER_JQX.get(rest, rest)
        sound = (initial, _SHORT.get(rest, rest))
    phones = tuple(part for part in (sound[0], sound[1] + tone) if part)
    return phones if all(map(is_phone, phones)) else ()
