"""Amounts named without a number: 几十块, 三位数, 千元机, "a few hundred dollars"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sayfind.types import Range
from sayfind.understanding.wording import CURRENCIES, CURRENCY_AFTER

__all__ = ["VaguePrice", "vague_prices"]

_ZH = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_POWER = {"十": 1, "百": 2, "千": 3, "万": 4, "hundred": 2, "thousand": 3}
_COUNT = {"two": 2, "double": 2, "three": 3, "triple": 3, "four": 4, "five": 5}
_MONEY = rf"(?P<unit>{CURRENCY_AFTER})"
_NO_NUMERAL_BEFORE = r"(?<![一二两三四五六七八九十百千万几数\d])"


@dataclass(frozen=True, slots=True)
class VaguePrice:
    """Characters ``start`` to ``end`` and the price range they stand for."""

    start: int
    end: int
    range: Range
    confidence: float = 0.8


def _unit(match: re.Match[str]) -> str:
    said = match.groupdict().get("unit") or ""
    return CURRENCIES.get(said.replace(" ", ""), ("", 1.0))[0]


def _decade(power: int, match: re.Match[str]) -> Range:
    """From one power of ten to just below the next."""
    return Range(float(10**power), float(10 ** (power + 1) - 1), _unit(match))


def _neighbours(match: re.Match[str]) -> Range | None:
    """两三百 is 200 to 300; 一三百 is nothing."""
    low, high = _ZH[match["first"]], _ZH[match["second"]]
    if high - low != 1:
        return None
    scale = 10 ** _POWER[match["power"]]
    if match["bound"]:
        return Range(None, float(high * scale), _unit(match))
    return Range(float(low * scale), float(high * scale), _unit(match))


def _digits(match: re.Match[str]) -> Range:
    count = _COUNT.get(match["count"]) or _ZH.get(match["count"]) or int(match["count"])
    return Range(float(10 ** (count - 1)), float(10**count - 1))


def _class(match: re.Match[str]) -> Range:
    """千元机 is a phone for one to two thousand, 百元 anything of three digits."""
    power = _POWER[match["power"]]
    high = 10 ** (power + 1) - 1 if power == 2 else 2 * 10**power - 1
    return Range(float(10**power), float(high), "CNY")


def _couple(match: re.Match[str]) -> Range:
    scale = 10 ** _POWER[match["power"]]
    few = match["few"] != "couple"
    return Range(
        (2.0 if few else 1.5) * scale, (10.0 * scale - 1) if few else 2.5 * scale, _unit(match)
    )


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Range | None]], ...] = (
    (
        re.compile(
            r"(?P<first>[一二两三四五六七八])(?P<second>[二两三四五六七八九])(?P<power>[十百千万])"
            rf"{_MONEY}?(?P<bound>(?:之)?以内|以下|之内)?(?:左右|的样子)?"
        ),
        _neighbours,
    ),
    (
        re.compile(rf"(?:几|好几|数)(?P<power>[十百千万]){_MONEY}?(?:左右|的样子)?(?![名年人个])"),
        lambda m: _decade(_POWER[m["power"]], m),
    ),
    (re.compile(rf"十(?:几|来|多){_MONEY}"), lambda m: Range(10.0, 20.0, _unit(m))),
    (
        re.compile(rf"上(?P<power>[百千万]){_MONEY}?(?![年人个次])"),
        lambda m: Range(float(10 ** _POWER[m["power"]]), None, _unit(m)),
    ),
    (re.compile(r"(?P<count>[两三四五2-5])位数(?:的?价格)?"), _digits),
    (
        re.compile(
            rf"{_NO_NUMERAL_BEFORE}(?P<power>[百千])元(?:机|级别|级|档)?"
            r"(?!以|之|左右|上下|内|钱|出头)"
        ),
        _class,
    ),
    (
        re.compile(
            r"\b(?:an? )?(?P<few>few|several|couple)(?: of)? (?P<power>hundred|thousand)"
            rf"(?: {_MONEY})?\b"
        ),
        _couple,
    ),
    (
        re.compile(rf"\b(?P<power>hundred|thousand)s of {_MONEY}"),
        lambda m: _decade(_POWER[m["power"]], m),
    ),
    (
        re.compile(r"\b(?P<count>two|double|three|triple|four|five)[ -](?:digits?|figures?)\b"),
        _digits,
    ),
)


def vague_prices(text: str) -> Iterator[VaguePrice]:
    """Every such amount in a normalised text."""
    for pattern, meaning in _RULES:
        for match in pattern.finditer(text):
            found = meaning(match)
            if found is not None:
                yield VaguePrice(match.start(), match.end(), found)
