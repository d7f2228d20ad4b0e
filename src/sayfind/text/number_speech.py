"""How numbers are said: every usual reading of a string of digits, in English and Mandarin."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["ONES", "TEENS", "TENS", "english_words", "mandarin_words"]

ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

LONGEST_CARDINAL = 12
"""Digits of the largest number with a name (below a thousand billion); longer ones are spelled."""


def _two(value: int) -> str:
    if value < 20:
        return [*ONES, *TEENS][value]
    tens = TENS[value // 10 - 2]
    return tens if value % 10 == 0 else f"{tens} {ONES[value % 10]}"


def _three(value: int, joint: str) -> str:
    hundreds, rest = divmod(value, 100)
    parts = ([f"{ONES[hundreds]} hundred"] if hundreds else []) + ([_two(rest)] if rest else [])
    return joint.join(parts)


def _cardinal_words(value: int, joint: str = " ") -> str:
    """Reading of a value of at most ``LONGEST_CARDINAL`` digits."""
    if value == 0:
        return "zero"
    parts, rest = [], value
    for name, scale in (("billion", 10**9), ("million", 10**6), ("thousand", 1000)):
        count, rest = divmod(rest, scale)
        if count:
            parts.append(f"{_three(count, joint)} {name}")
    if rest:
        bridge = "and " if joint != " " and parts and rest < 100 else ""
        parts.append(bridge + _three(rest, joint))
    return " ".join(parts)


def _spelled(digits: str) -> str:
    return " ".join(ONES[int(d)] for d in digits)


def _pairs(digits: str) -> str | None:
    """Two halves: "forty ninety" (4090), "one twenty eight" (128), "twenty oh five" (2005)."""
    high, low = int(digits[:-2]), int(digits[-2:])
    if low == 0:
        return f"{_two(high)} hundred" if high % 10 else None
    if low < 10:
        return f"{_two(high)} oh {ONES[low]}"
    return f"{_two(high)} {_two(low)}"


@lru_cache(maxsize=16384)
def english_words(number: str) -> tuple[str, ...]:
    """How a number of digits (``"4090"``, ``"43.2"``, ``"1,299"``) may be said, likeliest first."""
    whole, _, part = number.replace(",", "").partition(".")
    if part:
        return (f"{_integer_part(whole or '0')} point {_spelled(part)}",)
    return _integer_words(whole)


def _integer_part(digits: str) -> str:
    """What stands before "point"."""
    value = int(digits)
    return _spelled(digits) if value >= 10**LONGEST_CARDINAL else _cardinal_words(value)


def _integer_words(digits: str) -> tuple[str, ...]:
    value, spelled = int(digits), _spelled(digits)
    if (digits[0] == "0" and len(digits) > 1) or len(digits) > LONGEST_CARDINAL:
        return (spelled,)
    cardinal, with_and = _cardinal_words(value), _cardinal_words(value, " and ")
    forms = [cardinal, with_and, spelled]
    if len(digits) in (3, 4) and (pair := _pairs(digits)):
        # "three hundred five" and "two thousand five", but "one twenty eight", "fifteen hundred"
        forms.insert(1 if digits[-2] == "0" and digits[-1] != "0" else 0, pair)
    if len(digits) > 6:
        forms = [spelled, cardinal]
    if len(digits) == 1:
        forms = [cardinal]
    return tuple(dict.fromkeys(forms))


_NUMERALS = "零一二三四五六七八九"


def _below_myriad(value: int, inside: bool) -> str:
    """Reading below ten thousand; ``inside`` a larger number 十 is 一十."""
    text, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            numeral = "两" if digit == 2 and unit >= 100 else _NUMERALS[digit]
            text += ("零" if zero and text else "") + numeral + name
            zero = False
        else:
            zero = True
    return text[1:] if text.startswith("一十") and not inside else text


def _cardinal_reading(value: int) -> str:
    if value < 10**4:
        return _below_myriad(value, inside=False) or "零"
    for scale, name in ((10**8, "亿"), (10**4, "万")):
        if value >= scale:
            count, rest = divmod(value, scale)
            head = "两" if count == 2 else _cardinal_reading(count)
            if not rest:
                return head + name
            gap = "零" if rest < scale // 10 else ""
            tail = _below_myriad(rest, True) if rest < 10**4 else _cardinal_reading(rest)
            return f"{head}{name}{gap}{tail}"
    raise AssertionError("every value from ten thousand up has a myriad")


@lru_cache(maxsize=16384)
def mandarin_words(number: str) -> tuple[str, ...]:
    """How a number of digits may be said, likeliest first."""
    whole, _, part = number.partition(".")
    whole = whole or "0"
    spelled = "".join(_NUMERALS[int(d)] for d in whole)
    if part:
        tail = "".join(_NUMERALS[int(d)] for d in part)
        return (f"{_cardinal_reading(int(whole))}点{tail}",)
    if whole[0] == "0" and len(whole) > 1:
        return (spelled,)
    full = _cardinal_reading(int(whole))
    forms = [full]
    if len(whole) >= 3 and whole[2:].strip("0") == "" and "0" not in whole[:2]:
        forms.append(full[:-2] + _NUMERALS[int(whole[1])])  # 三千五, 一百二
    if len(whole) == 3 and whole[0] == "2":
        forms.append("二" + full[1:])
    if whole == "2":
        forms.append("两")
    if len(whole) >= 3:
        forms.append(spelled)
    return tuple(dict.fromkeys(forms))
