"""Measures as keys: the same quantity in another unit, or size in other words, is the same key."""

from __future__ import annotations

import math

from sayfind.errors import InputError
from sayfind.text.units import Dimension, convert, dimension

__all__ = ["base_quantity", "quantity_keys", "size_key"]

# What a value may be measured in; money and counts are other rooms of this house.
_BASE_UNITS = {
    Dimension.LENGTH: "m",
    Dimension.MASS: "g",
    Dimension.VOLUME: "l",
    Dimension.STORAGE: "gb",
    Dimension.POWER: "w",
    Dimension.CHARGE: "mah",
    Dimension.ENERGY: "wh",
    Dimension.VOLTAGE: "v",
    Dimension.CURRENT: "a",
    Dimension.FREQUENCY: "hz",
    Dimension.PIXELS: "px",
    Dimension.TIME: "s",
    Dimension.DENSITY: "dpi",
    Dimension.AREA: "m2",
}


def base_quantity(value: float, unit: str) -> tuple[str, float]:
    """(dimension, value in its base unit); the dimension is empty for no unit of measure."""
    try:
        kind = dimension(unit)
        to = _BASE_UNITS.get(kind)
        return (kind.value, convert(value, unit, to)) if to else ("", value)
    except InputError:  # a currency or a counting word, which have no base unit here
        return "", value


def quantity_keys(value: float, unit: str) -> list[str]:
    """Lattice keys under which a quantity is found: its step of one percent, then both neighbours.

    Steps make 27" and 68.6 cm the same, and leave 15" and 15.6" apart.
    """
    dimension, size = base_quantity(value, unit)
    if not dimension or size <= 0:
        return []
    step = round(math.log(size) / math.log(1.01))
    return [f"{dimension}~{step + offset}" for offset in (0, 1, -1)]


def size_key(label: str) -> str:
    """Lattice key of a clothing size, however it is said: "XXL", "double extra large"."""
    return f"size~{label}"
