"""Wishes that exclude one another, in a sentence a shopper can read; the search goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sayfind.types import Range, Sort
from sayfind.understanding.measures import base_quantity
from sayfind.understanding.price import RangeWish
from sayfind.understanding.selection import Wanted
from sayfind.understanding.sort import SortWish

__all__ = ["between_ranges", "between_sorts", "of_values"]

_OPPOSITE = {Sort.PRICE_ASCENDING, Sort.PRICE_DESCENDING}


def between_ranges(text: str, first: RangeWish, later: RangeWish) -> Iterator[str]:
    """A note where nothing lies in both ranges, and one is not a second thought of the other."""
    a, b = _comparable(first.range), _comparable(later.range)
    if a.unit and b.unit and a.unit != b.unit:
        return
    apart = _below(a, b) or _below(b, a)
    second_thought = (a.low is None) == (b.low is None) and (a.high is None) == (b.high is None)
    if apart and not second_thought:
        said, then = text[first.start : first.end].strip(), text[later.start : later.end].strip()
        yield f'Nothing can be both "{said}" and "{then}": the later one counts.'


def _comparable(wish: Range) -> Range:
    """The range in its base unit, so that metres and inches compare."""
    kind = base_quantity(1.0, wish.unit)[0]
    if not kind:
        return wish
    low, high = (
        None if x is None else base_quantity(x, wish.unit)[1] for x in (wish.low, wish.high)
    )
    return Range(low, high, kind)


def _below(a: Range, b: Range) -> bool:
    return a.high is not None and b.low is not None and a.high < b.low


def of_values(wanted: Sequence[Wanted]) -> Iterator[str]:
    """A note for each value that is both wanted and refused."""
    refused = {(w.option.field, w.option.value) for w in wanted if w.negated}
    both = {
        w.option.value: None
        for w in wanted
        if not w.negated and (w.option.field, w.option.value) in refused
    }
    for value in both:
        yield f'"{value}" is both wanted and refused: it is left out.'


def between_sorts(text: str, wishes: Sequence[SortWish]) -> Iterator[str]:
    """A note where the cheapest and the dearest are asked for at once."""
    strong = [wish for wish in wishes if not wish.mild and wish.sort in _OPPOSITE]
    if len({wish.sort for wish in strong}) > 1:
        said = " and ".join(f'"{text[w.start : w.end].strip()}"' for w in strong)
        yield f"One order cannot be both {said}: the last one counts."
