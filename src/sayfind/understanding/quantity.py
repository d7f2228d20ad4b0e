"""How many: "two pairs of", "3 pack", 两双. One of something is no wish, only grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sayfind.understanding.reading import Number, Reading

__all__ = ["QuantityWish", "find_quantities"]

_UNIT = (
    r"(?:pair|pack|piece|set|bag|carton|unit|roll|case|jar|tube|stick|packet|cup|bottle|can|bunch|"
    r"tin|bar|sheet)s?|box(?:es)?|glass(?:es)?|copy|copies|pcs"
)
_ENGLISH_AFTER = re.compile(rf"[\s-]*(?P<unit>{_UNIT})(?![a-z])(?P<of>\s+of(?![a-z]))?")
_ENGLISH_BEFORE = re.compile(
    rf"(?:(?P<unit>{_UNIT})\s+of|(?<![a-z])x|quantity(?: of| is)?|qty|(?<![a-z])times)\s*$"
)
_OF_THEM = re.compile(r"\s+of (?:them|these|those|it)(?![a-z])")
_CLASSIFIER = "双件个台部只条瓶盒包箱袋杯支张本套把副顶辆份罐听款种枚颗根卷桶对打提"
_ZH_UNITS = {
    "双": "pair",
    "对": "pair",
    "包": "pack",
    "盒": "box",
    "瓶": "bottle",
    "袋": "bag",
    "箱": "case",
    "套": "set",
    "卷": "roll",
    "杯": "cup",
    "罐": "can",
}
_CHINESE_AFTER = re.compile(
    rf"\s*(?P<unit>[{_CLASSIFIER}])(?!套|月|装备|小时|人|性|色|子|体|以|之)(?:装)?(?:的)?"
)
_POINTING = tuple("这那前后哪第")  # 这两个 points at two, and wants none
_DOZEN = re.compile(r"(?<![a-z])(?:a |one )?(?P<half>half (?:a )?)?dozen(?: of)?(?![a-z])")
_MOST = 1000


@dataclass(frozen=True, slots=True)
class QuantityWish:
    """Characters ``start`` to ``end`` say how many; ``count`` 1 is only "a", "one" or 一个."""

    start: int
    end: int
    count: float
    unit: str = ""


def find_quantities(reading: Reading) -> Iterator[QuantityWish]:
    """Every count in a reading that is said with a counting word."""
    text = reading.text
    for match in _DOZEN.finditer(text):
        yield QuantityWish(match.start(), match.end(), 6.0 if match["half"] else 12.0)
    for number in reading.numbers:
        if number.value != int(number.value) or not 1 <= number.value <= _MOST:
            continue
        if (number.start and text[number.start - 1] in ".-/") or number.in_code(text):
            continue
        wish = _around(text, number)
        if wish is not None:
            yield wish


def _around(text: str, number: Number) -> QuantityWish | None:
    before = _ENGLISH_BEFORE.search(text, max(0, number.start - 24), number.start)
    if before:
        unit = before["unit"] or ""
        return QuantityWish(before.start(), number.end, number.value, _singular(unit))
    if text[number.start - 1 : number.start] in _POINTING:
        return None
    for pattern in (_ENGLISH_AFTER, _CHINESE_AFTER, _OF_THEM):
        after = pattern.match(text, number.end)
        if after:
            unit = after.groupdict().get("unit") or ""
            return QuantityWish(number.start, after.end(), number.value, _singular(unit))
    return None


def _singular(unit: str) -> str:
    """The English name of a counting word; none for 个 and its like."""
    if not unit.isascii():
        return _ZH_UNITS.get(unit, "")
    if unit in ("boxes", "glasses"):
        return unit[:-2]
    if unit == "copies":
        return "copy"
    return unit[:-1] if unit.endswith("s") and unit not in ("pcs", "glass") else unit
