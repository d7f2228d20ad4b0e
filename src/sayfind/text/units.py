"""Quantities with units, prices and sizes in running English and Chinese text.

Canonical units are short symbols (``"cm"``, ``"gb"``, ``"fl oz"``), ISO codes for money (``"CNY"``)
and ``"pcs"``, ``"pack"``, ``"pair"``, ``"set"`` for counts. Where text is ambiguous: 寸 is an inch
(as shops use it), ¥ is yuan, "pounds" is a mass unless a price word stands before it, storage is
decimal (1 TB is 1000 GB, as vendors print it), 5G, 4K and 3D are not quantities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sayfind.errors import InputError
from sayfind.text.numbers import number_spans
from sayfind.text.unit_table import UNIT_OF_NAME, UNITS, Dimension

__all__ = [
    "Dimension",
    "Quantity",
    "Size",
    "convert",
    "dimension",
    "parse_quantities",
    "parse_sizes",
]


@dataclass(frozen=True, slots=True)
class Quantity:
    """``value`` in ``unit`` (canonical), found in ``text[start:end]``."""

    value: float
    unit: str
    start: int
    end: int

    @property
    def dimension(self) -> Dimension:
        """What is measured."""
        return UNITS[self.unit].dimension


@dataclass(frozen=True, slots=True)
class Size:
    """A clothing or shoe size: ``label`` "XL" or "42", ``system`` "EU", "US", "UK" or ""."""

    label: str
    system: str
    start: int
    end: int


# Characters after a Chinese unit that make it the start of another word (5升级, 2件套, 3条纹).
_NOT_BEFORE = {
    "升": "级降温", "克": "拉莱力", "米": "色白粉其奇诺", "个": "性人月", "件": "套", "条": "纹",
    "元": "素气宝", "块": "头茎", "套": "装", "双": "面色肩层", "只": "要", "片": "式",
    "对": "于开", "包": "邮", "刀": "片具鞘架剪", "把": "手", "两": "用面件", "张": "力",
    "本": "体", "台": "灯历球", "部": "分位", "支": "架持", "箱": "包子", "瓶": "盖子",
    "袋": "子装",
}  # fmt: skip


def _name_pattern(name: str) -> str:
    escaped = re.escape(name).replace("\\ ", "[ -]?")
    if name[-1].isascii() and name[-1].isalnum():
        return escaped + r"(?![a-z0-9])"
    return escaped + (f"(?![{_NOT_BEFORE[name]}])" if name in _NOT_BEFORE else "")


_NAMES = sorted(UNIT_OF_NAME, key=lambda name: (-len(name), name))
_UNIT = re.compile(
    r"(?P<gap>\s*-?\s*|[多来])(?P<name>" + "|".join(map(_name_pattern, _NAMES)) + ")", re.IGNORECASE
)
_SYMBOLS = {"$": "USD", "us$": "USD", "hk$": "HKD", "¥": "CNY", "￥": "CNY", "€": "EUR",
            "£": "GBP", "₹": "INR", "₩": "KRW", "rmb": "CNY", "usd": "USD"}  # fmt: skip
_SYMBOL_BEFORE = re.compile(r"(?P<symbol>us\$|hk\$|[$¥￥€£₹₩]|\brmb|\busd)\s?$", re.IGNORECASE)
_SYMBOL_AFTER = re.compile(r"\s?(?P<symbol>[$¥￥€£])(?!\s?\d)")
_DIGITS = re.compile(r"(?<![\w.,])(?<![\w][-/])\d+(?:,\d{3})*(?:\.\d+)?(?=[\"'a-zA-Z])", re.ASCII)
_AFTER_REST = r"(?![\d.%a-z\"十百千万半]|[个件只条块瓶包盒])"
_MONEY_REST = re.compile(rf"([\d一二三四五六七八九])(?:[毛角]钱?)?{_AFTER_REST}")
_METRES_REST = re.compile(rf"(\d\d?|[一二三四五六七八九]){_AFTER_REST}")
_HAN_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_HALF_MORE = re.compile(r"半(?![价糖身袖截])")
_PRICE_WORD = re.compile(
    r"(?:under|below|over|above|than|most|least|budget|for|cost|costs|price|spend|about|around)"
    r"\s+$",
    re.IGNORECASE,
)
# Glued letters that name a generation, a definition or a dimension, not an amount.
_NOT_A_QUANTITY = re.compile(r"[2-6]g(?![a-z])|[2-8]k|[23]d|802\.1", re.IGNORECASE)
_LINES = frozenset([240, 360, 480, 576, 720, 1080, 1440, 2160, 4320])


def parse_quantities(text: str) -> list[Quantity]:
    """Numbers with their units in order of appearance, spoken or written; no two overlap.

    Offsets are into ``text`` as given; it is best normalised first.

    >>> [(q.value, q.unit) for q in parse_quantities('17" laptop, 2 kg, under $1,299.50')]
    [(17.0, 'in'), (2.0, 'kg'), (1299.5, 'USD')]
    >>> [(q.value, q.unit) for q in parse_quantities("两百块以内的五百毫升保温杯")]
    [(200.0, 'CNY'), (500.0, 'ml')]
    """
    found: list[Quantity] = []
    for start, end, value in _numbers(text):
        if found and start < found[-1].end:
            continue
        quantity = _quantity(text, start, end, value)
        if quantity is not None:
            found.append(quantity)
    return found


def _numbers(text: str) -> list[tuple[int, int, float]]:
    spans = [(s.start, s.end, s.value) for s in number_spans(text)]
    taken = {start for start, _, _ in spans}
    glued = (
        (m.start(), m.end(), float(m[0].replace(",", "")))
        for m in _DIGITS.finditer(text)
        if m.start() not in taken
    )
    return sorted([*spans, *glued])


def _quantity(text: str, start: int, end: int, value: float) -> Quantity | None:
    if text.startswith("百分之", start):
        return Quantity(value, "%", start, end)
    symbol = _SYMBOL_BEFORE.search(text, max(0, start - 5), start)
    if symbol:
        return Quantity(value, _SYMBOLS[symbol["symbol"].lower()], symbol.start(), end)
    after = _SYMBOL_AFTER.match(text, end)
    if after:
        return Quantity(value, _SYMBOLS[after["symbol"]], start, after.end())
    match = _UNIT.match(text, end)
    if match is None or _NOT_A_QUANTITY.match(text[start : end + 2]):
        return None
    name = match["name"].lower()
    unit = UNIT_OF_NAME.get(name) or UNIT_OF_NAME[re.sub("[ -]", " ", name)]
    if not _is_meant(text, match, unit, value):
        return None
    if name in ("pound", "pounds") and _PRICE_WORD.search(text, max(0, start - 12), start):
        unit = "GBP"
    return _with_rest(text, Quantity(value, unit, start, match.end()))


def _is_meant(text: str, match: re.Match[str], unit: str, value: float) -> bool:
    """Whether a unit's spelling is the unit here, and not a word or a letter of a model name."""
    name, gap = match["name"].lower(), match["gap"]
    if name == "p":
        return value in _LINES
    if name in ("in", "'", '"', "''") and gap:
        return False  # "5 in 1", "12 'inch"; glued they are inches
    if name in ("m", "l", "g", "v", "w") and "-" in gap:
        return False
    if name in ("min", "second", "can", "box", "bag", "cup", "count", "ct", "bottle"):
        return unit != "s" and gap.strip() in ("", "-")
    return not (name == "in" and text[match.end() : match.end() + 2].strip()[:1].isdigit())


def _with_rest(text: str, quantity: Quantity) -> Quantity:
    """8块5, 1米8, 2斤半: what is said after the unit belongs to the amount."""
    value, unit, end = quantity.value, quantity.unit, quantity.end
    if not "\u4e00" <= text[end - 1] <= "\u9fff":
        return quantity
    half = _HALF_MORE.match(text, end)
    if half and unit not in ("pack", "pcs", "set"):
        return replace(quantity, value=value + 0.5, end=half.end())
    rest = None
    if unit == "CNY":
        rest = _MONEY_REST.match(text, end)
    elif unit == "m":
        rest = _METRES_REST.match(text, end)
    if rest is None:
        return quantity
    digits = rest[1].translate(_HAN_DIGITS)
    return replace(quantity, value=round(value + float(f"0.{digits}"), 3), end=rest.end())


def dimension(unit: str) -> Dimension:
    """What a unit measures; any known spelling will do.

    Raises:
        InputError: the unit is not known.
    """
    return UNITS[_canonical(unit)].dimension


def convert(value: float, unit: str, to: str) -> float:
    """The same amount in another unit of the same dimension.

    >>> convert(2, "斤", "kg"), round(convert(17, "inch", "cm"), 2)
    (1.0, 43.18)

    Raises:
        InputError: a unit is not known, or the two measure different things (currencies do).
    """
    source, target = _canonical(unit), _canonical(to)
    if source == target:
        return value
    one, other = UNITS[source], UNITS[target]
    if one.dimension is not other.dimension:
        raise InputError(
            f"{unit} measures {one.dimension} and {to} measures {other.dimension}: "
            "convert between units of one kind."
        )
    if one.dimension in (Dimension.MONEY, Dimension.COUNT):
        raise InputError(f"{unit} cannot be converted into {to}: there is no fixed rate.")
    return value * one.factor / other.factor


def _canonical(unit: str) -> str:
    if unit in UNITS:
        return unit
    known = UNIT_OF_NAME.get(unit.lower()) or _SYMBOLS.get(unit.lower())
    if known is None:
        raise InputError(f"Use a known unit such as cm, kg or ml, not {unit!r}.")
    return known


_LETTER = r"(?:[2-6]?x{1,5}[sl]|xs|[2-6]xl|[sml])"
_LETTER_SIZE = re.compile(
    rf"(?:\bsize\s+|尺码?\s?)(?P<after>{_LETTER})(?![a-z0-9'-])"
    rf"|(?<![a-z0-9'&.-])(?P<sure>[2-6]?x{{1,5}}[sl]|[2-6]xl)(?![a-z0-9'-])"
    rf"|(?<![a-z0-9'.-])(?P<zh>{_LETTER})[码号]",
    re.IGNORECASE,
)
_WORD_SIZES = {"small": "S", "medium": "M", "large": "L", "extra large": "XL", "extra small": "XS",
               "x large": "XL", "double extra large": "XXL"}  # fmt: skip
_WORD_SIZE = re.compile(
    r"\bsize\s+(?P<word>double extra large|extra large|extra small|x large|small|medium|large)\b",
    re.IGNORECASE,
)
_SYSTEM = r"(?P<{0}>eu|eur|us|uk|fr|it|cn|欧码?|美码?|英码?)"
_NUMBER_SIZE = re.compile(
    r"(?<![\w.])"
    + _SYSTEM.format("system")
    + r"\s?(?:size\s?)?(?P<a>\d{1,2}(?:\.5)?)(?![\w.])(?!\s?(?:dollar|buck|pound|inch|%|gb))"
    r"|\bsize\s+(?:" + _SYSTEM.format("inner") + r"\s?)?(?P<b>\d{1,2}(?:\.5)?)(?![\w.])"
    r"|(?<![\w.])(?P<c>\d{2}(?:\.5)?)\s?码",
    re.IGNORECASE,
)
_SIZE_BEFORE = re.compile(r"\bsize\s+$", re.IGNORECASE)
_SIZE_AFTER = re.compile(r"\s?码")
_SYSTEMS = {"欧": "EU", "美": "US", "英": "UK", "EUR": "EU"}


def parse_sizes(text: str) -> list[Size]:
    """Clothing and shoe sizes in order: "size M", "XXL", "EU 42", "42码", "size nine".

    >>> [(s.label, s.system) for s in parse_sizes("EU 42 or size L")]
    [('42', 'EU'), ('L', '')]
    """
    return sorted(_sizes(text), key=lambda size: size.start)


def _sizes(text: str) -> Iterator[Size]:
    for match in _LETTER_SIZE.finditer(text):
        label = match["after"] or match["sure"] or match["zh"]
        yield Size(_letter_label(label), "", match.start(), match.end())
    for match in _WORD_SIZE.finditer(text):
        yield Size(_WORD_SIZES[match["word"].lower()], "", match.start(), match.end())
    for match in _NUMBER_SIZE.finditer(text):
        name = (match["system"] or match["inner"] or "").upper().removesuffix("码")
        label = match["a"] or match["b"] or match["c"]
        yield Size(label, _SYSTEMS.get(name, name), match.start(), match.end())
    for span in number_spans(text):
        if span.digits == text[span.start : span.end] or span.value >= 70:
            continue
        before = _SIZE_BEFORE.search(text, max(0, span.start - 8), span.start)
        after = _SIZE_AFTER.match(text, span.end)
        if before or (after and span.value >= 10):
            start, end = (
                before.start() if before else span.start,
                after.end() if after else span.end,
            )
            yield Size(span.digits, "", start, end)


def _letter_label(label: str) -> str:
    """XXL for xxl and 2XL alike."""
    upper = label.upper()
    count = int(upper[0]) if upper[0].isdigit() else 0
    return "X" * count + upper[-1] if count else upper
