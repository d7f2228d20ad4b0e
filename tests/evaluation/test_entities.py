from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.evaluation.entities import (
    contains_name,
    entity_rank,
    entity_recall,
    entity_recall_at,
    hard_name_recall,
    names_found,
)

WORDS = st.lists(st.sampled_from(["mocha", "latte", "买", "iphone"]), max_size=6)


@pytest.mark.parametrize(
    ("reading", "name", "held"),
    [
        ("a small mocha please", "Mocha", True),
        ("a small mochaccino", "mocha", False),
        ("nestle cafe", "café", True),
        ("cafe au lait", "lait au", False),
        ("我要买 IPHONE15 手机壳", "iPhone15手机壳", True),
        ("wi fi router", "Wi-Fi", True),
        ("anything", "", False),
        ("", "mocha", False),
    ],
)
def test_a_name_is_held_as_whole_tokens_in_order(reading: str, name: str, held: bool) -> None:
    assert contains_name(reading, name) is held


@given(WORDS, WORDS, WORDS)
def test_a_name_is_held_wherever_it_stands(
    before: list[str], name: list[str], after: list[str]
) -> None:
    reading = " ".join([*before, *name, *after])
    assert contains_name(reading, " ".join(name)) == bool(name)


def test_recall_is_over_names_and_not_over_utterances() -> None:
    names = [["hp", "laser jet", "canon"], ["sony"], []]
    readings = ["hp laser jet kanon", "sunny", "no name at all"]
    assert names_found(names[0], readings[0]) == (True, True, False)
    figure = entity_recall(names, readings)
    assert (figure.value, figure.n) == (0.5, 3)
    assert not entity_recall([[]], ["mocha"]).is_defined


def test_hard_names_are_those_that_the_unbiased_recogniser_misses() -> None:
    names = [["easy", "riser"], ["easy"], ["osprey"]]
    unbiased = ["easy laser", "easy", "us prey"]
    biased = ["easy riser", "lost", "us prey"]
    assert hard_name_recall(names, biased, unbiased).value == 0.5
    assert entity_recall(names, biased).value == 0.5
    assert hard_name_recall(names, unbiased, unbiased).value == 0.0
    assert not hard_name_recall([["easy"]], biased[:1], unbiased[:1]).is_defined


def test_retrieval_ranks_the_entry_that_was_named() -> None:
    candidates = ["Cafe Latte", "café mocha", "Latte"]
    assert entity_rank("latte", candidates) == 3
    assert entity_rank("CAFE MOCHA", candidates) == 2
    assert entity_rank({"latte", "cafe latte"}, candidates) == 1
    assert entity_rank("tea", candidates) is None


def test_recall_at_k_looks_at_the_first_k_candidates() -> None:
    names = ["latte", "mocha", "tea"]
    candidates = [["latte", "mocha"], ["latte", "mocha"], ["latte"]]
    assert entity_recall_at(1, names, candidates).value == pytest.approx(1 / 3)
    assert entity_recall_at(2, names, candidates).value == pytest.approx(2 / 3)


def test_names_without_their_reading_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        entity_recall([["a"], ["b"]], ["a"])
