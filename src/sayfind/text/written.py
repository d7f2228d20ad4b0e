"""What was said as it would be written: digits, joined codes, abbreviations without gaps."""

from __future__ import annotations

import re

from sayfind.text.letters import close_names, split_abbreviations
from sayfind.text.numbers import to_digits
from sayfind.text.unit_table import UNIT_OF_NAME

__all__ = ["written_form"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ARTICLE_BEFORE = _words(
    "want need buy get me find show have like for with is as at on of in order see"
)
_LETTER_WORDS = frozenset(["shirt", "shirts", "neck", "reader", "book", "mail", "ray", "box"])
_PAPER = _words(
    "paper sheet sheets size envelope envelopes printer laminator pouches notebook scanner"
)
_PLAIN_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def written_form(spoken: str) -> str:
    """A spoken form as it would be written: digits, and spelled letters joined.

    >>> written_form("r t x forty ninety under fifteen hundred dollars")
    'rtx 4090 under 1500 dollars'
    >>> written_form("galaxy s twenty three ultra five g")
    'galaxy s23 ultra 5g'
    """
    tokens = to_digits(close_names(spoken)).split()
    tokens = _join_letters(tokens)
    return re.sub(r"(\d) percent\b", r"\1%", " ".join(_join_codes(tokens)))


def _is_letter(token: str) -> bool:
    return len(token) == 1 and token.isascii() and token.isalpha()


def _join_letters(tokens: list[str]) -> list[str]:
    joined: list[str] = []
    i = 0
    while i < len(tokens):
        end = i
        while end < len(tokens) and _is_letter(tokens[end]):
            end += 1
        letters = tokens[i:end]
        following = tokens[end] if end < len(tokens) else ""
        if letters and _starts_with_article(letters, following, joined):
            joined.append(letters[0])
            i += 1
        elif len(letters) > 1:
            joined += _abbreviations(letters, following, joined)
            i = end
        else:
            joined.append(tokens[i])
            i += 1
    return joined


def _abbreviations(letters: list[str], following: str, before: list[str]) -> list[str]:
    if following in _LETTER_WORDS and letters[-1] in "tvexo":
        return ["".join(letters[:-1]), letters[-1]]
    after_number = bool(before) and _PLAIN_NUMBER.fullmatch(before[-1]) is not None
    if after_number and letters[0] in "kgpd" and "".join(letters[:2]) not in UNIT_OF_NAME:
        return [letters[0], *split_abbreviations("".join(letters[1:]))]  # "4 k t v"
    return split_abbreviations("".join(letters))


def _starts_with_article(letters: list[str], following: str, before: list[str]) -> bool:
    if letters[0] not in ("a", "i") or len(letters) == 1:
        return False
    if letters[0] == "a" and before and before[-1] in _ARTICLE_BEFORE:
        return True
    return len(letters) == 2 and following in _LETTER_WORDS


def _join_codes(tokens: list[str]) -> list[str]:
    """A single letter and a number beside each other are one code: s 23, 1080 p, 5 g."""
    joined: list[str] = []
    for i, token in enumerate(tokens):
        previous = tokens[i - 1] if i else ""
        following = tokens[i + 1] if i + 1 < len(tokens) else ""
        after_letter = _is_letter(previous) and token.isdigit() and _glues(tokens, i)
        after_number = (
            _is_letter(token)
            and token not in "aix"
            and _PLAIN_NUMBER.fullmatch(previous) is not None
            and following not in _LETTER_WORDS
            and not following.isdigit()
        )
        if joined and (after_letter or after_number):
            joined[-1] += token
        else:
            joined.append(token)
    return joined


def _glues(tokens: list[str], i: int) -> bool:
    """Whether the letter before the number at ``i`` belongs to it ("s 23"), not "a 50 inch tv"."""
    letter, number = tokens[i - 1], tokens[i]
    before = tokens[i - 2] if i > 1 else ""
    following = tokens[i + 1] if i + 1 < len(tokens) else ""
    if letter == "i":
        return number in ("3", "5", "7", "9")
    if letter != "a":
        return not (letter in ("x", "o") and before.isdigit())
    if following in _PAPER:
        return len(number) == 1
    article = i == 1 or before in _ARTICLE_BEFORE or following in UNIT_OF_NAME
    return not article and int(number) < 100
