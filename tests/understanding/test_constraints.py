"""From n-best lists to queries: votes, confidences, limits, hostile text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.catalog.vocabulary import Entry, Vocabulary
from sayfind.stages import Understander
from sayfind.types import Hypothesis, NBest, Range, Sort
from sayfind.understanding import ConstraintUnderstander, UnderstandingConfig


def n_best(*readings: tuple[str, float]) -> NBest:
    return NBest(tuple(Hypothesis(text) for text, _ in readings), tuple(p for _, p in readings))


def test_is_an_understander(understander) -> None:
    assert isinstance(understander, Understander)


def test_nothing_said_is_an_empty_query(understander) -> None:
    query = understander.understand(NBest())
    assert (query.text, query.terms, query.constraints) == ("", "", ())


def test_agreement_of_readings_gives_confidence(understander) -> None:
    query = understander.understand(
        n_best(("red nike shoes", 0.5), ("read nike shoes", 0.3), ("red nikey shoes", 0.2))
    )
    assert query.first("category").confidence == 1.0
    assert query.first("brand").confidence == pytest.approx(0.8)
    assert query.first("color").confidence == pytest.approx(0.7)


def test_the_likelier_of_two_values_wins_though_not_in_the_first_reading(understander) -> None:
    query = understander.understand(
        n_best(("black socks", 0.4), ("blue socks", 0.35), ("blue sock", 0.25))
    )
    assert [c.value for c in query.constraints if c.field == "color"] == ["Blue"]
    assert query.first("color").confidence == pytest.approx(0.6)


def test_what_only_a_doubtful_reading_says_is_doubtful_or_gone(shop) -> None:
    three = n_best(("red shoes", 0.4), ("the shoes", 0.35), ("blue shoes", 0.25))
    low = ConstraintUnderstander(shop, UnderstandingConfig(min_confidence=0.2)).understand(three)
    assert low.first("color").confidence == pytest.approx(0.4)
    high = ConstraintUnderstander(shop, UnderstandingConfig(min_confidence=0.5))
    assert high.understand(three).first("color") is None
    readings = n_best(("the shoes", 0.7), ("red shoes", 0.3))
    assert ConstraintUnderstander(shop).understand(readings).first("color") is None


def test_wishes_of_different_readings_are_never_mixed(shop) -> None:
    readings = n_best(
        ("red shoes under fifty dollars", 0.3),
        ("blue shoes under fifteen dollars", 0.25),
        ("blue shoes under fifty dollars", 0.2),
        ("blue shoes under five dollars", 0.25),
    )
    query = ConstraintUnderstander(shop).understand(readings)
    assert query.first("color").value == "Red"
    assert query.first("price").value == Range(None, 50.0, "USD")
    assert query.first("price").confidence == pytest.approx(0.5)


def test_prices_and_negations_are_voted_on_too(understander) -> None:
    query = understander.understand(
        n_best(
            ("shoes under fifty dollars not red", 0.5),
            ("shoes under fifteen dollars not red", 0.3),
            ("shoes under fifty dollars but red", 0.2),
        )
    )
    assert query.first("price").value == Range(None, 50.0, "USD")
    assert query.first("price").confidence == pytest.approx(0.7)
    assert [(c.value, c.negated) for c in query.constraints if c.field == "color"] == [
        ("Red", True)
    ]


def test_sort_goes_by_probability(understander) -> None:
    query = understander.understand(
        n_best(("cheapest socks", 0.4), ("newest socks", 0.35), ("newest sock", 0.25))
    )
    assert query.sort is Sort.NEWEST


def test_alternatives_are_the_readings_with_their_probabilities(understander) -> None:
    query = understander.understand(n_best(("red socks", 0.6), ("read socks", 0.395), ("x", 0.005)))
    assert query.alternatives == (("red socks", 0.6), ("read socks", 0.395))
    assert query.text == "red socks"


def test_a_word_of_two_columns_has_split_confidence(understander) -> None:
    alone = understander.understand(NBest.from_text("orange")).first("color")
    joined = understander.understand(NBest.from_text("red or orange")).constraints[-1]
    cued = understander.understand(NBest.from_text("orange brand")).first("brand")
    assert 0.5 < alone.confidence < 0.95
    assert (joined.value, joined.confidence > alone.confidence) == ("Orange", True)
    assert cued.value == "Orange"


def test_both_columns_are_kept_where_neither_is_likelier() -> None:
    vocabulary = Vocabulary(
        (Entry("brand", "Kiwi", ("kiwi",), 10), Entry("fruit", "kiwi", ("kiwi",), 10))
    )
    query = ConstraintUnderstander(vocabulary).understand(NBest.from_text("kiwi"))
    assert {c.field for c in query.constraints} == {"brand", "fruit"}
    assert sum(c.confidence for c in query.constraints) == pytest.approx(1, abs=1e-3)


def test_a_single_word_of_an_obscure_column_is_doubted() -> None:
    entries = (
        Entry("brand", "Acme", ("acme",), 900),
        Entry("cable_type", "Flat", ("flat",), 3),
        Entry("bluetooth", "yes", ("bluetooth",), 3),
    )
    query = ConstraintUnderstander(Vocabulary(entries, num_products=1000)).understand(
        NBest.from_text("acme flat bluetooth")
    )
    assert {c.field: c.confidence for c in query.constraints} == {
        "brand": 1.0, "cable_type": 0.25, "bluetooth": 1.0,
    }  # fmt: skip
    cued = ConstraintUnderstander(Vocabulary(entries, num_products=1000)).understand(
        NBest.from_text("flat cable type")
    )
    assert cued.first("cable_type").confidence == 1.0


def test_a_category_before_an_unknown_head_is_doubted(understander) -> None:
    confidence = {
        text: understander.understand(NBest.from_text(text)).first("category").confidence
        for text in ("sofa", "sofa cover", "sofa gizmo", "sofa for the garden")
    }
    assert confidence["sofa"] == confidence["sofa for the garden"] == 1.0
    assert confidence["sofa cover"] < confidence["sofa gizmo"] < 1.0


def test_truth_columns_are_asked_for_by_name() -> None:
    vocabulary = Vocabulary((Entry("dishwasher_safe", "yes", ("dishwasher safe",), 5),))
    understander = ConstraintUnderstander(vocabulary)
    assert understander.understand(NBest.from_text("yes")).constraints == ()
    found = understander.understand(NBest.from_text("dishwasher safe plates")).constraints
    assert [(c.field, c.value) for c in found] == [("dishwasher_safe", "yes")]


def test_the_shoppers_own_words_are_kept(understander) -> None:
    query = understander.understand(NBest.from_text("nike shoes size 42 under fifty dollars"))
    assert [c.text for c in query.constraints] == [
        "nike",
        "shoes",
        "size 42",
        "under fifty dollars",
    ]


@pytest.mark.parametrize("bad", [{"min_confidence": 2}, {"max_readings": 0}, {"around": 1.0}])
def test_settings_are_checked(bad) -> None:
    with pytest.raises(ValueError):
        UnderstandingConfig(**bad)


@pytest.mark.parametrize(
    "text",
    [
        "a", "under ", "想要", "买", "um ", "1 ", "red or ", "不要", "éß", "two ", ",,,", "i want ",
        "hundred ", "有没有", "the ", "一百", "\x00\x1b[31m", "black ", "1-", "$", "不", "除了",
        "size ",
        "\ue000", "😀", "\u202e", "no ", "half a ", "(", "i'd ", "a lot of ",
    ],
)  # fmt: skip
def test_enormous_and_strange_text_is_answered_quickly(understander, text) -> None:
    start = time.perf_counter()
    query = understander.understand(NBest.from_text(text * 100_000))
    assert time.perf_counter() - start < 3.0
    assert len(query.text) <= 1000


_WORDS = st.sampled_from(
    [
        "red",
        "blue",
        "nike",
        "耐克",
        "under",
        "50",
        "fifty",
        "dollars",
        "以内",
        "不要",
        "not",
        "or",
        "和",
        "size",
        "42",
        "码",
        "the",
        "cheapest",
        "最便宜",
        "128",
        "gb",
        "between",
        "and",
        "100",
        "到",
        "两百",
        "三千",
        "左右",
        "except",
        "除了",
        ",",
        "，",
        "?",
        "$",
        "个",
        "两",
        "双",
        "shoes",
        "鞋",
        "-",
        "'",
        "free",
        "no",
        "的",
        "1.5",
        "千",
        "一",
    ]
)


@given(st.lists(_WORDS, max_size=14), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_mixture_of_wishes_is_understood(understander, words, spaced) -> None:
    query = understander.understand(NBest.from_text((" " if spaced else "").join(words)))
    for constraint in query.constraints:
        assert 0 < constraint.confidence <= 1
        if isinstance(constraint.value, Range):
            value = constraint.value
            assert value.low is None or value.high is None or value.low <= value.high


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_never_raises(understander, text) -> None:
    query = understander.understand(NBest.from_text(text))
    assert query == understander.understand(NBest.from_text(text))


@pytest.mark.parametrize("bad", ["ignore all previous instructions", "'; drop table products; --"])
def test_instructions_are_words(understander, bad) -> None:
    query = understander.understand(NBest.from_text(f"{bad} red shoes"))
    assert [(c.field, c.value) for c in query.constraints] == [
        ("color", "Red"), ("category", "Shoes"),
    ]  # fmt: skip


def test_and_is_often_heard_as_an(understander, described) -> None:
    query = understander.understand(NBest.from_text("compare nike an adidas shoes"))
    assert described(query) == "brand=Nike; brand=Adidas; category=Shoes"


def test_a_list_is_said_without_commas(understander, described) -> None:
    query = understander.understand(NBest.from_text("black white or red socks"))
    assert described(query) == "color=Black; color=White; color=Red; category=Socks"
    query = understander.understand(NBest.from_text("black white socks"))
    assert described(query).count("color") == 1


def test_the_order_is_that_of_the_reading_whose_wishes_win(understander) -> None:
    query = understander.understand(
        n_best(("cheapest socks", 0.4), ("cheap red socks", 0.3), ("cheapish black socks", 0.3))
    )
    assert query.first("color") is None
    assert query.sort is Sort.PRICE_ASCENDING
    query = understander.understand(
        n_best(("newest socks", 0.4), ("cheapest red socks", 0.3), ("cheapest blue socks", 0.3))
    )
    assert query.sort is Sort.NEWEST
