"""What our acoustic models tell apart: the blank of CTC, then the phones of both languages."""

from __future__ import annotations

from collections.abc import Iterable

from sayfind.text.phone_set import ENGLISH_PHONES, MANDARIN_FINALS, MANDARIN_INITIALS

__all__ = ["BLANK", "PHONE_TOKENS", "token_numbers"]

BLANK = "<blank>"

PHONE_TOKENS: tuple[str, ...] = (BLANK, *ENGLISH_PHONES, *MANDARIN_INITIALS, *MANDARIN_FINALS)
"""Blank first, ARPAbet, pinyin initials, toned finals."""

_NUMBERS = {token: number for number, token in enumerate(PHONE_TOKENS)}


def token_numbers(phones: Iterable[str]) -> list[int]:
    """Columns of phones in ``PHONE_TOKENS``.

    Raises:
        ValueError: a name that is no phone.
    """
    try:
        return [_NUMBERS[phone] for phone in phones]
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} is not a phone of the zh-en phone space.") from error
