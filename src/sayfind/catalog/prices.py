"""Reads a price as feeds write it: ``$1,299.00``, ``1.299,00 €``, ``19.99 USD``, ``￥199``."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

__all__ = ["MISSING", "Price", "parse_price"]

MISSING = frozenset({"", "-", "--", "n/a", "na", "nan", "none", "null", "nil", "无", "暂无"})
"""What feeds write for "no value", case folded."""

_SYMBOLS = {
    "$": "USD", "us$": "USD", "usd$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD",
    "hk$": "HKD", "nt$": "TWD", "s$": "SGD", "nz$": "NZD", "mx$": "MXN", "r$": "BRL", "€": "EUR",
    "£": "GBP", "¥": "CNY", "￥": "CNY", "元": "CNY", "块": "CNY", "块钱": "CNY", "人民币": "CNY",
    "円": "JPY", "日元": "JPY", "美元": "USD", "港币": "HKD", "₹": "INR", "rs": "INR", "rs.": "INR",
    "₽": "RUB", "₩": "KRW", "₺": "TRY", "₴": "UAH", "₫": "VND", "฿": "THB", "₱": "PHP",
    "zł": "PLN", "kč": "CZK", "fr.": "CHF", "ft": "HUF", "lei": "RON", "rmb": "CNY", "cn¥": "CNY",
}  # fmt: skip
_CODES = frozenset(
    [
     "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP",
     "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KRW", "KWD", "MAD", "MXN",
     "MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RUB", "SAR", "SEK",
     "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
    ]
)  # fmt: skip
_SHAPE = re.compile(r"(?P<before>[^\d\-+.,]*)(?P<number>[-+]?[\d.,'’\s]*\d)(?P<after>[^\d]*)")
_FREE = frozenset({"free", "gratis", "免费"})


class Price(NamedTuple):
    """An amount in whole units of ``currency`` (ISO 4217, empty where the text names none)."""

    amount: float
    currency: str = ""


def parse_price(value: object, *, cents: bool = False, decimal_comma: bool = False) -> Price | None:
    """The price in a cell; ``None`` where the cell says that there is none.

    ``cents``: a number without a decimal sign is in hundredths. ``decimal_comma``: ``1.299``
    is one thousand two hundred and ninety-nine, and ``1,299`` a little over one.

    Raises:
        ValueError: anything else (a word, a negative number, two prices).
    """
    if isinstance(value, bool):
        raise ValueError(f"bad price {value!r}")
    if isinstance(value, int | float):
        return Price(_checked(value / 100 if cents and value == int(value) else value, str(value)))
    text = " ".join(str(value).split())
    folded = text.casefold()
    if folded in MISSING:
        return None
    if folded in _FREE:
        return Price(0.0)
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise ValueError(f"bad price {text[:40]!r}")
    before, after = _currency(shape["before"], text), _currency(shape["after"], text)
    continental = decimal_comma or after == "EUR"
    digits = _plain_number(shape["number"], continental)
    if digits is None:
        raise ValueError(f"bad price {text[:40]!r}")
    amount = float(digits)
    return Price(
        _checked(amount / 100 if cents and "." not in digits else amount, text), before or after
    )


def _checked(amount: float, text: str) -> float:
    if not math.isfinite(amount) or amount < 0:
        raise ValueError(f"bad price {text[:40]!r}")
    return float(amount)


def _currency(text: str, whole: str) -> str:
    """The ISO code a symbol or code stands for; "起" (from) and "起售" are let pass."""
    mark = text.strip().casefold().removesuffix("起").strip()
    if not mark or mark in ("kr", "kr."):
        return ""
    if mark in _SYMBOLS:
        return _SYMBOLS[mark]
    if mark.upper() in _CODES:
        return mark.upper()
    code = mark.rstrip("$€£¥￥ ").upper()
    if code in _CODES:
        return code
    raise ValueError(f"bad price {whole[:40]!r}")


def _plain_number(text: str, continental: bool) -> str | None:
    """The number with a decimal point and nothing else, or ``None``.

    The last of two different signs is the decimal one. A lone comma before exactly three digits
    separates thousands; a lone point does so only in continental spelling.
    """
    text = re.sub(r"(?<=\d)['’\s](?=\d{3}(?!\d))", "", text.strip())
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:
        decimal = "." if point > comma else ","
    elif comma >= 0:
        decimal = "," if _is_decimal(text, ",", continental) else "."
    else:
        decimal = "." if point < 0 or _is_decimal(text, ".", not continental) else ","
    thousands = "," if decimal == "." else "."
    whole, sign, fraction = text.partition(decimal)
    groups = whole.lstrip("-+").split(thousands)
    grouped = len(groups) > 1
    if thousands in fraction or decimal in fraction:
        return None
    if grouped and not (groups[0] and all(len(g) in (2, 3) for g in groups[1:]) and groups[-1][2:]):
        return None
    number = whole.replace(thousands, "") + ("." + fraction if sign else "")
    return number if re.fullmatch(r"[-+]?(\d+(\.\d+)?|\.\d+)", number) else None


def _is_decimal(text: str, sign: str, preferred: bool) -> bool:
    """Whether the only sign in a number starts its fraction."""
    if text.count(sign) > 1:
        return False
    return preferred or len(text) - text.index(sign) - 1 != 3
