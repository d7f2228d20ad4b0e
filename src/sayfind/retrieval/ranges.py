"""Numbers as a few ranges to choose from: a facet of single ratings or weights narrows nothing.

Ranges are made of values that products have, so that closed ones never overlap.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from sayfind.text.units import convert, dimension, parse_quantities
from sayfind.types import Range

__all__ = ["NUM_RANGES", "cut", "measured"]

NUM_RANGES = 5
"""Into how many ranges a number is cut at most."""

_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")


def measured(texts: Sequence[str]) -> tuple[list[float | None], str] | None:
    """Each value as a number of one unit (``""`` for plain numbers), ``None`` where it is none.

    ``None`` altogether where not nearly all values are numbers of one kind.
    """
    amounts = [_amount(text) for text in texts]
    units = Counter(amount[1] for amount in amounts if amount)
    if not units:
        return None
    unit = units.most_common(1)[0][0]
    numbers = [_in_unit(amount, unit) for amount in amounts]
    known = sum(number is not None for number in numbers)
    return (numbers, unit) if known >= 0.9 * len(texts) else None


def _amount(text: str) -> tuple[float, str] | None:
    """A value that is one number, or one quantity and nothing else."""
    bare = text.strip()
    if _PLAIN.fullmatch(bare):
        return float(bare), ""
    quantities = parse_quantities(bare)
    if len(quantities) == 1 and (quantities[0].start, quantities[0].end) == (0, len(bare)):
        return quantities[0].value, quantities[0].unit
    return None


def _in_unit(amount: tuple[float, str] | None, unit: str) -> float | None:
    if amount is None or bool(amount[1]) != bool(unit):
        return None
    if amount[1] == unit:
        return amount[0]
    if dimension(amount[1]) is not dimension(unit):
        return None
    return convert(amount[0], amount[1], unit)


def cut(numbers: Sequence[float], counts: Sequence[int], unit: str) -> tuple[Range, ...]:
    """At most ``NUM_RANGES`` closed ranges, ascending, with about as many products in each.

    ``counts`` are the products of each number.

    >>> cut([4.1, 4.2, 4.5, 4.9], [10, 30, 40, 20], "")[0]
    Range(low=4.1, high=4.2, unit='')
    """
    products = Counter[float]()
    for number, count in zip(numbers, counts, strict=True):
        products[number] += count
    ranges = list[Range]()
    left, held, low = products.total(), 0, 0.0
    for number in sorted(products):
        low = low if held else number
        held += products[number]
        if held * (NUM_RANGES - len(ranges)) >= left:
            ranges.append(Range(low, number, unit))
            left, held = left - held, 0
    return tuple(ranges)
