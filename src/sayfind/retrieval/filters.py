"""Constraints as sets of products, and what to do when no product satisfies all of them.

A price and a negation always filter. A wish for a brand, a category or an attribute filters when
it is confident, and otherwise only raises the score. Several values wished for one field are
alternatives ("red or blue"), but ranges that overlap narrow one another ("under 100", of which
"75 to 150"). A product that lacks a field, but whose title says the value, has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.retrieval.values import ValueTable
from sayfind.types import Constraint, Range

__all__ = ["Filters", "Matcher", "overlap", "relax", "split"]

Mask = NDArray[np.bool_]
_IGNORED = frozenset({"quantity"})  # how many are wanted says nothing about which


@dataclass(frozen=True, slots=True)
class Filters:
    """What a query demands and what it merely prefers."""

    demanded: tuple[Constraint, ...]
    preferred: tuple[Constraint, ...]


def split(constraints: Sequence[Constraint], confident: float) -> Filters:
    """Demands and preferences of a query."""
    wishes = [c for c in constraints if c.field not in _IGNORED]
    demanded = [c for c in wishes if c.negated or c.field == "price" or c.confidence >= confident]
    return Filters(tuple(demanded), tuple(c for c in wishes if c not in demanded))


@dataclass(frozen=True, slots=True)
class Matcher:
    """Which products satisfy a constraint; ``in_title`` finds those whose title says a text."""

    table: ValueTable
    prices: NDArray[np.float64]
    in_title: Callable[[str], Mask]

    def satisfied(self, constraint: Constraint) -> Mask:
        """The products that have the value, or for a negation those that do not."""
        holds = self._holds(constraint)
        return ~holds if constraint.negated else holds

    def _holds(self, constraint: Constraint) -> Mask:
        value, count = constraint.value, len(self.prices)
        if constraint.field == "price":
            return _within(self.prices, value)
        field = self.table.field(constraint.field)
        if field is None:
            return self.in_title(value) if isinstance(value, str) else np.zeros(count, dtype=bool)
        holds = self.table.products_with(self.table.find(field, value), count)
        if isinstance(value, str):
            holds |= self.in_title(value) & ~self.table.products_of_field(field, count)
        return holds

    def all_of(self, constraints: Sequence[Constraint]) -> Mask:
        """The products that satisfy every constraint, wishes for one field being alternatives."""
        mask = np.ones(len(self.prices), dtype=bool)
        wished: dict[str, list[tuple[str | Range, Mask]]] = {}
        for constraint in constraints:
            holds = self.satisfied(constraint)
            if constraint.negated:
                mask &= holds
            else:
                wished.setdefault(constraint.field, []).append((constraint.value, holds))
        for wishes in wished.values():
            mask &= _any_of(wishes)
        return mask


def _any_of(wishes: Sequence[tuple[str | Range, Mask]]) -> Mask:
    """Who has one of the values; a range counts together with those that it overlaps."""
    found = np.zeros_like(wishes[0][1])
    for value, holds in wishes:
        together = holds.copy()
        for other, also in wishes:
            if overlap(value, other):
                together &= also
        found |= together
    return found


def overlap(a: str | Range, b: str | Range) -> bool:
    """Whether two wishes are ranges, of one unit, with an amount in common."""
    if not (isinstance(a, Range) and isinstance(b, Range)) or (
        a.unit and b.unit and a.unit != b.unit
    ):
        return False
    low = max(-np.inf if r.low is None else r.low for r in (a, b))
    high = min(np.inf if r.high is None else r.high for r in (a, b))
    return bool(low <= high)


def _within(prices: NDArray[np.float64], value: str | Range) -> Mask:
    if not isinstance(value, Range):
        return np.zeros(len(prices), dtype=bool)
    low = -np.inf if value.low is None else value.low
    high = np.inf if value.high is None else value.high
    return (prices >= low) & (prices <= high)


def relax(
    demanded: Sequence[Constraint], matches: Callable[[Sequence[Constraint]], Mask]
) -> tuple[Mask, tuple[Constraint, ...]]:
    """The products that match, and the demands given up to find any.

    The one least confident demand whose loss helps goes; where no single one does, the least
    confident goes for good, and so on. A negation outlives a wish of the same confidence, a
    price an attribute.
    """
    kept, dropped = list(demanded), list[Constraint]()
    mask = matches(kept)
    while kept and not mask.any():
        order = sorted(kept, key=_firmness)
        for candidate in order:
            rest = [c for c in kept if c is not candidate]
            mask = matches(rest)
            if mask.any():
                return mask, (*dropped, candidate)
        kept = [c for c in kept if c is not order[0]]
        dropped.append(order[0])
    return mask, tuple(dropped)


def _firmness(constraint: Constraint) -> tuple[float, int]:
    if constraint.negated:
        return constraint.confidence, 3
    rank = {"category": 1, "brand": 1, "price": 2}.get(constraint.field, 0)
    return constraint.confidence, rank
