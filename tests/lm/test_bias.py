from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.errors import ConfigError
from sayfind.lm.bias import ContextGraph

SYMBOLS = st.sampled_from("abc")
PHRASES = st.dictionaries(
    st.lists(SYMBOLS, min_size=1, max_size=4).map(tuple), st.floats(0.5, 5.0), min_size=1
)


@given(PHRASES, st.lists(SYMBOLS, max_size=12))
def test_a_sequence_is_worth_the_phrases_in_it(phrases, sequence) -> None:
    expected = sum(
        weight
        for phrase, weight in phrases.items()
        for start in range(len(sequence))
        if tuple(sequence[start : start + len(phrase)]) == phrase
    )
    assert ContextGraph(phrases).total(sequence) == pytest.approx(expected, abs=1e-9)


def test_advance_is_paid_and_taken_back() -> None:
    graph = ContextGraph({("new", "balance", "shoes"): 3.0})
    state, first = graph.step(0, "new")
    state, second = graph.step(state, "balance")
    assert (first, second) == (pytest.approx(1.0), pytest.approx(1.0))
    assert graph.leave(state) == pytest.approx(-2.0)
    after, lost = graph.step(state, "socks")
    assert (after, lost) == (0, pytest.approx(-2.0))
    end, third = graph.step(state, "shoes")
    assert third == pytest.approx(1.0)
    assert graph.leave(end) == 0.0


def test_a_broken_phrase_may_begin_another() -> None:
    graph = ContextGraph({("a", "b", "c"): 3.0, ("b", "d"): 2.0})
    assert graph.total("abd") == pytest.approx(2.0)
    assert graph.total("abc") == pytest.approx(3.0)
    assert graph.total("ab") == 0.0


def test_a_list_that_cannot_act_is_refused() -> None:
    for phrases in ({}, {(): 1.0}):
        with pytest.raises(ConfigError, match="cannot act"):
            ContextGraph(phrases)
    with pytest.raises(ConfigError, match="finite"):
        ContextGraph({("a",): math.nan})
    with pytest.raises(ConfigError, match="lexicon"):
        ContextGraph.from_texts({"nike shoes": 1.0}, str.split, {"nike"})


def test_phrases_that_cannot_be_said_are_left_out() -> None:
    graph = ContextGraph.from_texts(
        {"nike": 1.0, "nike shoes": 5.0, "": 2.0}, str.split, {"nike", "socks"}
    )
    assert graph.total(["nike", "shoes"]) == pytest.approx(1.0)
    assert len(graph) == 2
