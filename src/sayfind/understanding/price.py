"""Ranges in speech: money ("under fifty dollars", 三千左右) and measures ("at least 16 gb").

Numbers are replaced by one placeholder character and quantities with a unit by another; then a
table of patterns reads comparisons around them. What a number is (digits, English or Chinese
words) is ``sayfind.text.numbers``' knowledge, not this file's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sayfind.types import Range
from sayfind.understanding.reading import Number, Quantity, Reading
from sayfind.understanding.vague_price import vague_prices
from sayfind.understanding.wording import CURRENCIES, CURRENCY_AFTER, CURRENCY_BEFORE

__all__ = ["RangeWish", "find_ranges"]

_N, _M = "\ue000", "\ue001"

# What must not follow a bare number that is to be a price: counts, ages, percents, codes.
_NOT_MONEY = (
    r"(?!\s*(?:%|percent|per cent|years?|yrs?|months?|weeks?|days?|hours?|hrs?|minutes?|mins?|"
    r"seconds?|secs?|people|persons?|players?|pieces?|pcs|packs?|pairs?|items?|stars?|reviews?|"
    r"ratings?|pages?|times|inch(?:es)?|degrees?|count|ct|doors?|seats?|ports?|layers?|x)\b)"
    r"(?!\s*[个人岁年月天件双只条片层门号码寸级代星折米倍次分])(?!-?[a-z0-9])"
)


def _operand(i: int) -> str:
    return (
        rf"(?:(?P<measure{i}>{_M})|"
        rf"(?:(?P<before{i}>{CURRENCY_BEFORE})\s*)?(?P<number{i}>{_N})"
        rf"(?:\s?(?P<scale{i}>k(?![a-z])|grand\b|[百千万]))?"
        rf"(?:(?:\s*-?\s*)(?P<after{i}>{CURRENCY_AFTER}))?{_NOT_MONEY})"
    )


_A, _B = _operand(1), _operand(2)
_HIGH_WORDS = (
    r"under|below|beneath|(?:no|not|nothing) (?:more|higher|greater|bigger|larger) than|"
    r"(?:less|lower|cheaper|smaller|lighter|shorter) than|(?:not|no|isn't|nothing) over|"
    r"at (?:the )?most|up to|max(?:imum)? of|maximum|not exceeding|less or equal to|<=?|≤|"
    r"不超过|不要超过|不能超过|别超过|不高于|不大于|不多于|低于|小于|少于|最多|至多|顶多|不到|便宜过"
)
_HIGH_LOOSE = (  # "i have fifty dollars" is a budget, "can i have" is none
    r"within|(?<!pro )max|(?:my |a )?budget(?: is| of)?|inside|"
    r"(?<!can )(?<!could )(?<!may )(?<!might )(?<!should )i(?:'ve| have)(?: got)?|"
    r"预算(?:是|在|大概)?|价位|<"
)
_HIGH_AFTER = (
    r"(?:or|and) (?:less|under|below|cheaper|lower|smaller)|max(?:imum)?|tops|at (?:the )?most|"
    r"(?:之)?以?内|以下|之下|封顶|以里|及以下|或以下"
)
_LOW_WORDS = (
    r"over|above|(?:no|not|nothing) (?:less|lower|fewer|cheaper|smaller) than|"
    r"(?:more|greater|higher|bigger|larger|heavier|longer) than|more expensive than|pricier than|"
    r"at (?:the )?least|min(?:imum)? of|minimum|not under|not below|upwards of|north of|"
    r"exceeding|>=?|≥|高于|大于|超过|多于|至少|最少|起码|不低于|不少于|不小于"
)
_LOW_LOOSE = r"from|starting (?:at|from)|min|beyond"
_LOW_AFTER = (
    r"(?:or|and) (?:more|above|over|higher|up|bigger|larger|greater)|upwards|"
    r"(?:及|或)?以上|之上|往上|开外|起步|起(?!来)"
)
_LOW_AFTER_LOOSE = r"plus|\+"
_AROUND_WORDS = r"around|about|approximately|roughly|approx\.?|~|大概(?:是|在)?|大约|差不多|约"
_AROUND_LOOSE = r"near|nearly|close to|almost|like|for|at|价格在|一共"
_AROUND_AFTER = r"or so|ish\b|-ish\b|左右|上下|来块|附近|的样子"
_INTRO = (
    r"(?:价格|价位|价钱|售价|单价|预算)(?:在|是|为|要)?|(?<![a-z])(?:that |which )?"
    r"(?:priced?|costs?|costing)(?: is| are)?(?![a-z])"
)
_PAD = r"(?:\s*(?:the|a|价格|价钱|是|在|about|around)\s*)?"


@dataclass(frozen=True, slots=True)
class RangeWish:
    """Characters ``start`` to ``end`` ask for ``range``. ``money`` tells price from measure.

    ``confidence`` is lower where an amount was only named ("50 dollar"). ``role`` says what
    column is meant where the unit does not.
    """

    start: int
    end: int
    range: Range
    money: bool = True
    confidence: float = 1.0
    role: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    kind: str
    loose: bool = False  # a bare number is not enough: a currency or a unit must be said


def _rule(pattern: str, kind: str, loose: bool = False) -> _Rule:
    return _Rule(re.compile(rf"(?:{_INTRO}\s*)?(?:{pattern})"), kind, loose)


_WORD = r"(?<![a-z0-9])"
_RULES = (
    _rule(
        rf"{_WORD}(?:between|from|in the range(?: of)?|ranging from|从|在|介于)\s*{_A}\s*"
        rf"(?:and|to|-|~|到|至|和|与|until)\s*{_B}(?:\s*之间)?",
        "between",
    ),
    _rule(rf"{_A}\s*(?:to|-|~|or)\s*{_B}", "between", loose=True),
    _rule(rf"{_A}\s*(?:到|至)\s*{_B}(?:\s*之间)?", "between"),
    _rule(rf"{_A}\s*[-~]\s*{_B}\s*之间", "between"),
    _rule(rf"{_WORD}(?:{_HIGH_WORDS}){_PAD}\s*{_A}", "high"),
    _rule(rf"{_WORD}(?:{_HIGH_LOOSE}){_PAD}\s*{_A}", "high", loose=True),
    _rule(rf"{_A}\s*(?:{_HIGH_AFTER})", "high"),
    _rule(rf"{_WORD}(?:{_LOW_WORDS}){_PAD}\s*{_A}", "low"),
    _rule(rf"{_WORD}(?:{_LOW_LOOSE}){_PAD}\s*{_A}", "low", loose=True),
    _rule(rf"{_A}\s*(?:{_LOW_AFTER})", "low"),
    _rule(rf"{_A}\s*(?:{_LOW_AFTER_LOOSE})(?![a-z])", "low", loose=True),
    _rule(rf"{_WORD}(?:{_AROUND_WORDS})\s*{_A}(?:\s*(?:{_AROUND_AFTER}))?", "around"),
    _rule(rf"{_WORD}(?:{_AROUND_LOOSE})\s*{_A}", "exact", loose=True),
    _rule(rf"{_A}\s*-?(?:{_AROUND_AFTER})", "around"),
    _rule(rf"{_A}\s*出头", "little more"),
    _rule(rf"{_A}\s*多(?:{CURRENCY_AFTER})?", "something more"),
    _rule(_A, "exact", loose=True),
)


def find_ranges(reading: Reading, around: float = 0.2) -> list[RangeWish]:
    """Every range in a reading; they may overlap, the longest are the likeliest.

    ``around`` is the share by which "about 300" reaches to either side.
    """
    wishes = list(vague_prices(reading.text))
    found = [RangeWish(v.start, v.end, v.range, confidence=v.confidence) for v in wishes]
    if reading.numbers:
        marked = _Marked(reading)
        for rule in _RULES:
            for match in rule.pattern.finditer(marked.text):
                wish = _wish(rule, match, marked, around)
                if wish is not None:
                    found.append(wish)
    return found


class _Marked:
    """The reading with each number and quantity as one placeholder character."""

    def __init__(self, reading: Reading) -> None:
        self.origin: list[int] = []
        self.values: dict[int, Number | Quantity] = {}
        pieces: list[str] = []
        at = 0
        for item in _operands(reading):
            self._copy(reading.text, at, item.start, pieces)
            self.values[len(self.origin)] = item
            self.origin.append(item.start)
            pieces.append(_M if isinstance(item, Quantity) else _N)
            at = item.end
        self._copy(reading.text, at, len(reading.text), pieces)
        self.origin.append(len(reading.text))
        self.text = "".join(pieces)
        self.source = reading.text

    def _copy(self, text: str, start: int, end: int, pieces: list[str]) -> None:
        pieces.append(text[start:end].replace(_N, " ").replace(_M, " "))
        self.origin.extend(range(start, end))

    def surface(self, at: int) -> str:
        item = self.values[at]
        return self.source[item.start : item.end]


def _operands(reading: Reading) -> Iterator[Number | Quantity]:
    """Quantities, and the numbers outside them, in order; none inside a code such as dv7."""
    quantities = reading.quantities
    taken = [(q.start, q.end) for q in quantities]
    items: list[Number | Quantity] = [*quantities]
    items += [
        n
        for n in reading.numbers
        if not any(s < n.end and n.start < e for s, e in taken) and not n.in_code(reading.text)
    ]
    end = 0
    for item in sorted(items, key=lambda i: (i.start, -i.end)):
        if item.start >= end:
            yield item
            end = item.end


def _wish(rule: _Rule, match: re.Match[str], marked: _Marked, around: float) -> RangeWish | None:
    sides = [i for i in (1, 2) if f"number{i}" in match.re.groupindex and _has(match, i)]
    amounts = [_amount(match, i, marked) for i in sides]
    units = {unit for _, unit, _ in amounts if unit}
    money = {is_money for _, _, is_money in amounts}
    if money == {True, False}:  # "5 to 7 kg": the bare number shares the other one's unit
        if any(is_money and unit for _, unit, is_money in amounts):
            return None
        money = {False}
    if (rule.loose and not units) or len(units) > 1:
        return None
    is_money, unit = True in money, next(iter(units), "")
    values = [value for value, _, _ in amounts]
    if rule.kind == "exact" and not _exact_price(is_money, match, values[0]):
        return None
    if len(values) == 2:
        values = sorted([_share_scale(match, marked, *values), values[1]])
    low, high = _bounds(rule.kind, values, around)
    confidence = 0.5 if rule.kind == "exact" else 1.0 if unit else 0.9
    start, end = marked.origin[match.start()], _end(match, marked)
    return RangeWish(start, end, Range(low, high, unit), is_money, confidence)


def _has(match: re.Match[str], i: int) -> bool:
    return match[f"number{i}"] is not None or match[f"measure{i}"] is not None


def _end(match: re.Match[str], marked: _Marked) -> int:
    last = match.end() - 1
    return marked.values[last].end if last in marked.values else marked.origin[last] + 1


def _amount(match: re.Match[str], i: int, marked: _Marked) -> tuple[float, str, bool]:
    """(value, unit, is it money) of one operand."""
    if match[f"measure{i}"] is not None:
        quantity = marked.values[match.start(f"measure{i}")]
        assert isinstance(quantity, Quantity)
        return quantity.value, quantity.unit, False
    value = marked.values[match.start(f"number{i}")].value
    value *= {"k": 1e3, "grand": 1e3, "百": 1e2, "千": 1e3, "万": 1e4}.get(
        match[f"scale{i}"] or "", 1.0
    )
    said = match[f"before{i}"] or match[f"after{i}"] or ""
    unit, factor = CURRENCIES.get(said.replace(" ", ""), ("", 1.0))
    return value * factor, unit, True


def _exact_price(is_money: bool, match: re.Match[str], value: float) -> bool:
    """Whether "50 dollars" is a price: "27 inch" is a value, 三块 may be three pieces."""
    said = match["after1"] or match["before1"] or ""
    return is_money and not (said == "块" and value < 10) and said not in ("pounds", "pound")


def _share_scale(match: re.Match[str], marked: _Marked, low: float, high: float) -> float:
    """In 1到2千 and "five to six hundred" the multiplier belongs to both numbers."""
    if match["number1"] is None or match["number2"] is None or not 1 <= low < 10 or low >= high:
        return low
    surface = marked.surface(match.start("number2")) + (match["scale2"] or "")
    if match["scale1"] or not re.search(r"(?:[百千万]|hundred|thousand|k|grand)$", surface):
        return low
    return low * float(10 ** math.floor(math.log10(high)))


def _bounds(kind: str, values: list[float], around: float) -> tuple[float | None, float | None]:
    value = values[0]
    if kind == "between":
        return value, values[1]
    if kind == "high":
        return None, value
    if kind == "low":
        return value, None
    if kind == "little more":
        return value, round(value * (1 + around), 2)
    if kind == "something more":
        return value, value + float(10 ** math.floor(math.log10(max(value, 1))))
    return round(value * (1 - around), 2), round(value * (1 + around), 2)
