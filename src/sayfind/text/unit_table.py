"""The units sayfind knows: what they measure, how large they are, how text spells them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["UNITS", "UNIT_OF_NAME", "Dimension", "Unit"]


class Dimension(StrEnum):
    """What a unit measures."""

    LENGTH = "length"
    AREA = "area"
    MASS = "mass"
    VOLUME = "volume"
    STORAGE = "storage"
    POWER = "power"
    CHARGE = "charge"
    ENERGY = "energy"
    VOLTAGE = "voltage"
    CURRENT = "current"
    FREQUENCY = "frequency"
    ROTATION = "rotation"
    PIXELS = "pixels"
    LINES = "lines"
    DENSITY = "density"
    BIT_RATE = "bit rate"
    TIME = "time"
    SHARE = "share"
    COUNT = "count"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Unit:
    """A canonical unit: one of it is ``factor`` of its dimension's first unit.

    ``names`` are its spellings in normalised text; the first English word is how it is said.
    Spellings of four letters and more also have a plural in s.
    """

    dimension: Dimension
    factor: float
    names: tuple[str, ...]


def _unit(dimension: Dimension, factor: float, names: str) -> Unit:
    plain = tuple(names.split("|"))
    plurals = (f"{n}s" for n in plain if len(n) > 3 and n.isascii() and n[-1].isalpha())
    return Unit(dimension, factor, (*plain, *(p for p in plurals if not p.endswith(("ss", "xs")))))


UNITS: dict[str, Unit] = {
    "m": _unit(Dimension.LENGTH, 1, "m|meter|metre|mtr|米|公尺"),
    "mm": _unit(Dimension.LENGTH, 0.001, "mm|millimeter|millimetre|毫米"),
    "cm": _unit(Dimension.LENGTH, 0.01, "cm|cms|centimeter|centimetre|厘米|公分"),
    "km": _unit(Dimension.LENGTH, 1000, "km|kilometer|kilometre|公里|千米"),
    "in": _unit(Dimension.LENGTH, 0.0254, "\"|''|in|in.|inch|inches|英寸|英吋|吋|寸"),
    "ft": _unit(Dimension.LENGTH, 0.3048, "'|ft|ft.|foot|feet|英尺"),
    "yd": _unit(Dimension.LENGTH, 0.9144, "yd|yds|yard|英码"),
    "chi": _unit(Dimension.LENGTH, 1 / 3, "市尺|尺"),
    "m2": _unit(Dimension.AREA, 1, "m2|sqm|square meter|square metre|平方米|平米"),
    "sq ft": _unit(Dimension.AREA, 0.09290304, "sq ft|sq. ft.|square feet|square foot|平方英尺"),
    "g": _unit(Dimension.MASS, 1, "g|gr|gram|gramme|克"),
    "mg": _unit(Dimension.MASS, 0.001, "mg|milligram|毫克"),
    "kg": _unit(Dimension.MASS, 1000, "kg|kgs|kilo|kilogram|公斤|千克"),
    "jin": _unit(Dimension.MASS, 500, "斤|市斤"),
    "liang": _unit(Dimension.MASS, 50, "两"),
    "t": _unit(Dimension.MASS, 1e6, "tonne|metric ton|吨"),
    "oz": _unit(Dimension.MASS, 28.349523125, "oz|oz.|ounce|盎司"),
    "lb": _unit(Dimension.MASS, 453.59237, "lb|lbs|lb.|lbs.|pound|磅"),
    "l": _unit(Dimension.VOLUME, 1, "l|ltr|liter|litre|升|公升"),
    "ml": _unit(Dimension.VOLUME, 0.001, "ml|mls|milliliter|millilitre|毫升"),
    "cl": _unit(Dimension.VOLUME, 0.01, "cl|centiliter|centilitre"),
    "fl oz": _unit(
        Dimension.VOLUME, 0.0295735295625, "fl oz|fl. oz|fl. oz.|floz|fluid ounce|液盎司|液量盎司"
    ),
    "gal": _unit(Dimension.VOLUME, 3.785411784, "gal|gal.|gallon|加仑"),
    "qt": _unit(Dimension.VOLUME, 0.946352946, "qt|qt.|quart|夸脱"),
    "pt": _unit(Dimension.VOLUME, 0.473176473, "pint|品脱"),
    "cup": _unit(Dimension.VOLUME, 0.2365882365, "cup|cups"),
    "gb": _unit(Dimension.STORAGE, 1, "gb|gbyte|gigabyte|gig|gigs"),
    "mb": _unit(Dimension.STORAGE, 0.001, "mb|mbyte|megabyte|meg|megs"),
    "kb": _unit(Dimension.STORAGE, 1e-6, "kb|kbyte|kilobyte"),
    "tb": _unit(Dimension.STORAGE, 1000, "tb|tbyte|terabyte"),
    "w": _unit(Dimension.POWER, 1, "w|watt|瓦|瓦特"),
    "kw": _unit(Dimension.POWER, 1000, "kw|kilowatt|千瓦"),
    "mw": _unit(Dimension.POWER, 0.001, "milliwatt|毫瓦"),
    "hp": _unit(Dimension.POWER, 745.699872, "horsepower|马力"),
    "mah": _unit(
        Dimension.CHARGE, 1, "mah|milliamp hour|milliamp-hour|milliampere hour|毫安|毫安时"
    ),
    "ah": _unit(Dimension.CHARGE, 1000, "ah|amp hour|amp-hour|安时"),
    "wh": _unit(Dimension.ENERGY, 1, "wh|watt hour|watt-hour|瓦时"),
    "kwh": _unit(Dimension.ENERGY, 1000, "kwh|kilowatt hour|kilowatt-hour|千瓦时|度电"),
    "v": _unit(Dimension.VOLTAGE, 1, "v|volt|伏|伏特"),
    "a": _unit(Dimension.CURRENT, 1, "amp|amps|ampere|安培"),
    "hz": _unit(Dimension.FREQUENCY, 1, "hz|hertz|赫兹|赫"),
    "khz": _unit(Dimension.FREQUENCY, 1e3, "khz|kilohertz|千赫|千赫兹"),
    "mhz": _unit(Dimension.FREQUENCY, 1e6, "mhz|megahertz|兆赫|兆赫兹"),
    "ghz": _unit(Dimension.FREQUENCY, 1e9, "ghz|gigahertz|吉赫|吉赫兹"),
    "rpm": _unit(Dimension.ROTATION, 1, "rpm|转每分|转/分"),
    "px": _unit(Dimension.PIXELS, 1, "px|pixel|像素"),
    "mp": _unit(Dimension.PIXELS, 1e6, "mp|mpix|megapixel|百万像素"),
    "p": _unit(Dimension.LINES, 1, "p"),
    "dpi": _unit(Dimension.DENSITY, 1, "dpi|ppi"),
    "mbps": _unit(
        Dimension.BIT_RATE, 1, "mbps|mbit/s|mbit|megabit|mb/s|megabits per second|兆宽带"
    ),
    "gbps": _unit(Dimension.BIT_RATE, 1000, "gbps|gbit/s|gbit|gigabit|gb/s|gigabits per second"),
    "s": _unit(Dimension.TIME, 1, "sec|secs|second|秒|秒钟"),
    "min": _unit(Dimension.TIME, 60, "min|mins|minute|分钟"),
    "h": _unit(Dimension.TIME, 3600, "hr|hrs|hour|小时|个小时"),
    "%": _unit(Dimension.SHARE, 1, "%|percent|per cent"),
    "pcs": _unit(
        Dimension.COUNT,
        1,
        "pcs|pc|pc(s)|pcs.|piece|ct|count|个|件|只|支|片|枚|粒|颗|张|条|台|部|本|把",
    ),
    "pack": _unit(
        Dimension.COUNT, 1, "pack|packet|pk|box|boxes|bag|bags|bottle|can|cans|包|盒|箱|袋|瓶|罐"
    ),
    "pair": _unit(Dimension.COUNT, 1, "pair|双|对"),
    "set": _unit(Dimension.COUNT, 1, "set|sets|套|件套"),
    "CNY": _unit(Dimension.MONEY, 1, "rmb|cny|yuan|kuai|人民币|块钱|块|元|圆|元钱"),
    "USD": _unit(Dimension.MONEY, 1, "dollar|buck|usd|us dollar|美元|美金|美刀|刀"),
    "EUR": _unit(Dimension.MONEY, 1, "euro|eur|欧元|€"),
    "GBP": _unit(Dimension.MONEY, 1, "quid|gbp|pound sterling|pounds sterling|英镑"),
    "JPY": _unit(Dimension.MONEY, 1, "yen|jpy|日元|円"),
    "HKD": _unit(Dimension.MONEY, 1, "hkd|港币|港元"),
    "TWD": _unit(Dimension.MONEY, 1, "twd|新台币|台币"),
    "INR": _unit(Dimension.MONEY, 1, "inr|rupee"),
    "KRW": _unit(Dimension.MONEY, 1, "krw|韩元"),
}

UNIT_OF_NAME: dict[str, str] = {name: symbol for symbol, u in UNITS.items() for name in u.names}
"""Every spelling, lower case, to its canonical unit."""
