"""Ratings in speech: "rated above 4.5", "at least four stars", 评分四点五以上."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sayfind.types import Range
from sayfind.understanding.price import RangeWish
from sayfind.understanding.reading import Number, Reading

__all__ = ["RATING", "find_ratings"]

RATING = "rating"
"""The role of the column that such a wish is about."""

_MOST = 10.0
_LOW = (
    r"(?:of )?at (?:the )?least|above|over|(?:more|higher|better) than|"
    r"不低于|不少于|高于|大于|至少|起码|超过|达到"
)
_HIGH = r"at (?:the )?most|below|under|(?:less|lower|worse) than|低于|小于|不到|不高于"
_RATED = (
    r"(?:(?<![a-z])(?:with )?(?:a |an )?(?:customer )?"
    r"(?:rated|ratings?|reviews?|reviewed|scored?)(?: of| is| at)?|"
    r"(?:用户)?(?:评分|评价|好评)(?:在|是|要)?)\s*"
)
_BEFORE = re.compile(
    rf"(?P<rated>{_RATED})?(?:(?<![a-z])(?:(?P<low>{_LOW})|(?P<high>{_HIGH})))?\s*$"
)
_AFTER = re.compile(
    r"(?P<stars>\s*-?\s*(?:stars?(?![a-z])|[星分](?![a-z钟])))?"
    r"(?:\s*(?:(?P<low>(?:or|and) (?:more|above|up|over|better|higher)(?![a-z])|(?:及|或)?以上|\+)"
    r"|(?P<high>(?:or|and) (?:less|below|lower|under)(?![a-z])|(?:及|或)?以下)))?"
)


def find_ratings(reading: Reading) -> Iterator[RangeWish]:
    """Every wish for a rating; four stars are meant as four or more."""
    end = -1
    for number in reading.numbers:
        if 0 < number.value <= _MOST and not number.in_code(reading.text):
            wish = _wish(number, reading.text, end)
            if wish is not None:
                yield wish
                end = wish.end


_GOES_ON = re.compile(rf"\s*,?\s*(?:and|but)\s+(?:{_LOW}|{_HIGH})\s*")


def _wish(number: Number, text: str, last: int) -> RangeWish | None:
    """The wish around a number; after the end of the last one, "and below 3" goes on with it."""
    start = max(0, number.start - 48)
    before = _BEFORE.search(text[start : number.start])
    after = _AFTER.match(text, number.end)
    assert before is not None and after is not None, "both match the empty text"
    compared = any(match[side] for match in (before, after) for side in ("low", "high"))
    goes_on = last >= 0 and _GOES_ON.fullmatch(text, last, number.start)
    if not (before["rated"] or goes_on) and not (after["stars"] and compared):
        return None
    high = bool(before["high"] or after["high"])
    wanted = Range(None, number.value) if high else Range(number.value, None)
    said = len(before.group().lstrip())
    return RangeWish(number.start - said, after.end(), wanted, money=False, role=RATING)
