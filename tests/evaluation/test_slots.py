from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sayfind.evaluation.slots import (
    SlotCase,
    acceptance,
    expected_slots,
    slot_score,
    slot_scores,
    wishes,
)
from sayfind.types import Constraint, Query, Range

SLOTS = st.frozensets(
    st.tuples(st.sampled_from(["size", "milk"]), st.sampled_from("abc")), max_size=3
)


def case(expected: dict[str, str], given: dict[str, str]) -> SlotCase:
    return SlotCase(expected_slots(expected), expected_slots(given))


def test_wishes_are_sure_enough_and_not_negated() -> None:
    query = Query(
        "a large mocha, no sugar",
        constraints=(
            Constraint("size", "Large", confidence=0.5),
            Constraint("drink", "mocha", confidence=0.49),
            Constraint("sugar", "sugar", negated=True),
        ),
    )
    assert wishes(query) == {("size", "large")}
    assert wishes(query, floor=0.4) == {("size", "large"), ("drink", "mocha")}
    assert wishes(query, floor=0.0, fields=["drink"]) == {("drink", "mocha")}


def test_a_range_is_a_slot_too() -> None:
    query = Query(
        "",
        constraints=(
            Constraint("price", Range(None, 20.0, "$")),
            Constraint("quantity", Range(2, 2)),
            Constraint("weight", Range(1.5, 3, "kg")),
        ),
    )
    assert wishes(query) == {("price", "..20 $"), ("quantity", "2"), ("weight", "1.5..3 kg")}


def test_values_are_compared_in_normal_form() -> None:
    assert expected_slots({"milk": " Whole  MILK "}) == {("milk", "whole milk")}


def test_an_order_is_accepted_only_whole() -> None:
    order = {"size": "large", "drink": "mocha"}
    cases = [
        case(order, order),
        case(order, {"size": "large"}),
        case(order, {**order, "milk": "cream"}),
        case(order, {**order, "size": "small"}),
        case({}, {}),
    ]
    assert [each.is_accepted for each in cases] == [True, False, False, False, True]
    assert acceptance(cases).value == 0.4


@given(st.lists(st.tuples(SLOTS, SLOTS), min_size=1, max_size=8))
def test_all_are_accepted_where_precision_and_recall_are_perfect_and_only_there(
    pairs: list[tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]],
) -> None:
    cases = [SlotCase(*pair) for pair in pairs]
    score = slot_score(cases)
    figures = [figure for figure in (score.precision, score.recall) if figure.is_defined]
    assert (acceptance(cases).value == 1.0) == all(figure.value == 1.0 for figure in figures)


def test_each_field_has_its_own_precision_and_recall() -> None:
    cases = [
        case({"size": "large", "milk": "cream"}, {"size": "large"}),
        case({"size": "small"}, {"size": "large", "milk": "cream"}),
    ]
    whole, fields = slot_score(cases), slot_scores(cases)
    assert (whole.precision.value, whole.recall.value) == (1 / 3, 1 / 3)
    assert list(fields) == ["milk", "size"]
    assert (fields["size"].precision.value, fields["size"].recall.value) == (0.5, 0.5)
    assert (fields["milk"].precision.value, fields["milk"].recall.value) == (0.0, 0.0)
