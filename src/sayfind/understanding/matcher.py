"""Closed-set matching: which catalogue values a reading names, and where.

A trie over tokens holds every form of every value, as written, with its numbers as digits, and
with its quantities in base units. Walking the lattice of a reading through it finds all
occurrences in one pass; ``choose`` keeps the best set that does not overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sayfind.understanding.reading import Reading, Token

__all__ = ["Match", "TokenTrie", "choose"]

_END = ""
_MAX_PATHS = 4000  # a reading of nothing but ambiguous number words stays cheap


@dataclass(frozen=True, slots=True)
class Match:
    """Tokens ``first`` to ``last`` (excluded) are one form of each payload.

    ``cost`` is 0 where the shopper's own words are the form, higher where a number, a unit or
    an inflection had to be rewritten.
    """

    first: int
    last: int
    payloads: tuple[int, ...]
    cost: int


class TokenTrie:
    """Forms as token paths; ``payload`` numbers are the caller's."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}

    def add(self, path: Sequence[str], payload: int) -> None:
        """Insert one form; an empty path is ignored."""
        if not path:
            return
        node = self._root
        for key in path:
            node = node.setdefault(key, {})
        node.setdefault(_END, {})[payload] = None

    def matches(self, reading: Reading) -> list[Match]:
        """Every form in the reading that begins and ends between words."""
        found: list[Match] = []
        tokens = reading.tokens
        budget = _MAX_PATHS
        for first in range(len(tokens)):
            if not _may_start(tokens, first):
                continue
            ends: dict[int, dict[int, int]] = {}
            budget -= self._walk(reading, first, ends, budget)
            found += _cheapest(first, ends, tokens)
        return found

    def _walk(
        self, reading: Reading, first: int, ends: dict[int, dict[int, int]], budget: int
    ) -> int:
        edges, steps = reading.edges, 0
        stack: list[tuple[dict[str, Any], int, int]] = [(self._root, first, 0)]
        while stack and steps < max(budget, 64):
            node, at, cost = stack.pop()
            steps += 1
            if _END in node:
                costs = ends.setdefault(at, {})
                for payload in node[_END]:
                    costs[payload] = min(cost, costs.get(payload, cost))
            if at < len(edges):
                stack += [
                    (node[edge.key], edge.end, cost + edge.way)
                    for edge in edges[at]
                    if edge.key in node
                ]
        return steps


def _cheapest(first: int, ends: dict[int, dict[int, int]], tokens: list[Token]) -> list[Match]:
    """Per end the payloads with the fewest rewritings."""
    matches = []
    for last, costs in ends.items():
        if _may_end(tokens, last):
            least = min(costs.values())
            payloads = tuple(p for p, cost in costs.items() if cost == least)
            matches.append(Match(first, last, payloads, least))
    return matches


def _may_start(tokens: list[Token], i: int) -> bool:
    """No match begins inside a code such as dv7."""
    return not (tokens[i].glued and not tokens[i].han and not tokens[i - 1].han)


def _may_end(tokens: list[Token], i: int) -> bool:
    return i >= len(tokens) or _may_start(tokens, i)


class _Spanning(Protocol):
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


S = TypeVar("S", bound=_Spanning)


def choose(spans: Iterable[S], length: int, weight: Callable[[S], float]) -> list[S]:
    """The set of spans without overlap that has the greatest total weight, in order.

    ``length`` is the number of tokens. Dynamic programming over the end of the last span.
    """
    ending: dict[int, list[S]] = {}
    for span in spans:
        ending.setdefault(span.last, []).append(span)
    best = [0.0] * (length + 1)
    pick: list[S | None] = [None] * (length + 1)
    for end in range(1, length + 1):
        best[end] = best[end - 1]
        for span in ending.get(end, ()):
            total = best[span.first] + weight(span)
            if total > best[end]:
                best[end], pick[end] = total, span
    chosen, end = [], length
    while end > 0:
        span_here = pick[end]
        if span_here is None:
            end -= 1
        else:
            chosen.append(span_here)
            end = span_here.first
    return chosen[::-1]
