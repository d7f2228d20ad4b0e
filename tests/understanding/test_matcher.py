"""Tries over token lattices, and the best set of spans."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.understanding.matcher import TokenTrie, choose
from sayfind.understanding.reading import Reading, token_texts


@dataclass(frozen=True)
class Piece:
    first: int
    last: int
    weight: float


def trie_of(*forms: str) -> TokenTrie:
    trie = TokenTrie()
    for i, form in enumerate(forms):
        trie.add(token_texts(form), i)
    return trie


@pytest.mark.parametrize(
    ("forms", "text", "expected"),
    [
        (["red", "red bull"], "red bull", {"red", "red bull"}),
        (["levis"], "levi's", {"levis"}),
        (["phone"], "phones", {"phone"}),
        (["dress"], "dresses", {"dress"}),
        (["headphones"], "head phones", {"headphones"}),
        (["rtx 4090"], "rtx4090", {"rtx 4090"}),
        (["rtx 4090"], "rtx forty ninety", {"rtx 4090"}),
        (["耐克"], "我要耐克鞋", {"耐克"}),
        (["t恤"], "白t恤", {"t恤"}),
        (["ea"], "dv7-1211ea", set()),
        (["7"], "dv7", set()),
        (["art"], "party", set()),
    ],
)
def test_matches(forms, text, expected) -> None:
    found = trie_of(*forms).matches(Reading(text))
    assert {forms[p] for match in found for p in match.payloads} == expected


pieces = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 3), st.integers(1, 20)).map(
        lambda t: Piece(t[0], t[0] + t[1], float(t[2]))
    ),
    max_size=8,
)


@given(pieces)
def test_choose_is_the_best_set_without_overlap(candidates) -> None:
    chosen = choose(candidates, 9, lambda p: p.weight)
    assert all(a.last <= b.first for a, b in pairwise(chosen))
    best = max(
        sum(p.weight for p in subset)
        for size in range(len(candidates) + 1)
        for subset in combinations(candidates, size)
        if all(a.last <= b.first or b.last <= a.first for a, b in combinations(subset, 2))
    )
    assert sum(p.weight for p in chosen) == best
