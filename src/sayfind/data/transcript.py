"""What a corpus writes, as it was said: words of a-z, Chinese characters, pinyin.

A spoken text is lower case without punctuation: English words with their apostrophes, numbers in
full, letters that are spelled standing alone, Chinese characters without spaces between them.
"""

from __future__ import annotations

import re

from sayfind.errors import InputError
from sayfind.text.normalise import has_han, normalise, strip_accents
from sayfind.text.numbers import mandarin_number_words
from sayfind.text.spoken import spoken_forms

__all__ = ["pinyin_of", "said", "said_in_english", "said_in_mandarin", "syllable", "words"]

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_DIGITS = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TAG = re.compile(r"\[[^\]]*\]|<[^>]*>")  # [n], <noise>: sounds, not words
_HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{_HAN}]|[a-z]+(?:'[a-z]+)*")
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}]) (?=[{_HAN}])")
_SYLLABLE = re.compile(r"_?(?P<letters>[a-z]+)(?P<tone>[1-5]?)")
# Particles that are written without a tone because they have none.
_NEUTRAL = frozenset(("a", "ba", "de", "ge", "la", "le", "lo", "lou", "ma", "me", "men", "ne", "o",
                      "wa", "ya", "zhe", "zi"))  # fmt: skip


def said(text: str) -> str:
    """The words of a text, by its script.

    >>> said("How do you take them away ?"), said("降8.5折 别 J Y")
    ('how do you take them away', '降八点五折别 j y')
    """
    return said_in_mandarin(text) if has_han(text) else said_in_english(text)


def said_in_english(text: str) -> str:
    """English words; numbers in their likeliest reading (digit by digit where they are long).

    >>> said_in_english("7204, McQueen Drive")
    'seventy two oh four mcqueen drive'
    """
    parts = []
    for written in _TAG.sub(" ", text).split():
        token = written.strip('.,;:!?()"')
        parts.append(_with_digits(token) if _DIGITS.search(token) else normalise(token))
    return " ".join(_WORD.findall(strip_accents(" ".join(parts))))


def _with_digits(token: str) -> str:
    forms = spoken_forms(token, limit=4)
    # Addresses and telephone numbers are said in pairs or digit by digit, not as amounts.
    pairs = [form for form in forms if "thousand" not in form and "hundred" not in form]
    return (pairs or forms or [""])[0]


def said_in_mandarin(text: str) -> str:
    """Chinese characters and English words or letters; numbers in their first Mandarin reading.

    An ellipsis (``从…出发``, in some corpora ``从_出发``) is a gap in a pattern: nothing is said.
    """
    text = normalise(_TAG.sub(" ", text))
    text = _NUMBER.sub(lambda match: mandarin_number_words(match[0])[0], text)
    return _BETWEEN_HAN.sub("", " ".join(_TOKEN.findall(strip_accents(text))))


def words(spoken: str) -> tuple[str, ...]:
    """The tokens of a spoken text: each Chinese character and each English word."""
    return tuple(_TOKEN.findall(spoken))


def pinyin_of(spoken: str) -> tuple[str, ...]:
    """The syllables of a text that is all Chinese; else nothing.

    ``ü`` is ``v``, the neutral tone 5. Tones are pypinyin's: those of the dictionary, where some
    phrases (``一方面``) have the tones of their context.

    >>> pinyin_of("绿女儿")
    ('lv4', 'nv3', 'er2')
    """
    from pypinyin import Style, lazy_pinyin

    if not spoken or _WORD.search(spoken):
        return ()
    found = lazy_pinyin(spoken, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
    return tuple(found) if len(found) == len(words(spoken)) else ()


def syllable(text: str) -> str:
    """A toned syllable in one spelling.

    Corpora write ``ü`` as ``v``, ``u:``, ``uu`` or leave it to the rules of pinyin; a leading
    ``_`` marks a rare syllable.

    >>> syllable("luu4"), syllable("nuue4"), syllable("jv1"), syllable("ma"), syllable("_lvan2")
    ('lv4', 'nve4', 'ju1', 'ma5', 'lvan2')

    Raises:
        InputError: no syllable, or no tone on one that needs it.
    """
    match = _SYLLABLE.fullmatch(text.lower().replace("u:", "v").replace("ü", "v"))
    if match is None:
        raise InputError(f"{text[:40]!r} is no syllable of pinyin.")
    letters, tone = match["letters"].replace("uu", "v"), match["tone"]
    if letters[0] in "jqxy" and letters[1:2] == "v":
        letters = letters[0] + "u" + letters[2:]
    if letters in ("nue", "lue"):
        letters = letters[0] + "ve"
    if not tone and letters not in _NEUTRAL:
        raise InputError(f"{text[:40]!r} has no tone.")
    return letters + (tone or "5")
