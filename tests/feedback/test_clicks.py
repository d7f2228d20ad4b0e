from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.feedback.clicks import (
    CascadeModel,
    ClickConfig,
    Impression,
    PositionModel,
    impressions,
)
from sayfind.types import Action, FeedbackEvent

ATTRACTION = {"a": 0.6, "b": 0.4, "c": 0.25, "d": 0.1, "e": 0.05}
EXAMINATION = (1.0, 0.7, 0.45, 0.3, 0.2)

LISTS = st.lists(
    st.lists(st.sampled_from("abcde"), unique=True, max_size=5).flatmap(
        lambda ids: st.builds(
            Impression,
            st.just(tuple(ids)),
            st.frozensets(st.sampled_from(ids)) if ids else st.just(frozenset()),
            st.sampled_from(["", "q"]),
            st.floats(0, 3),
        )
    ),
    max_size=12,
)


def drawn(count: int, cascade: bool = False) -> list[Impression]:
    """Lists in random order, read by shoppers who behave as the model says."""
    generator = np.random.default_rng(3)
    lists = []
    for _ in range(count):
        products = tuple(map(str, generator.permutation(list(ATTRACTION))))
        clicked = set()
        for place, product in enumerate(products):
            looks = cascade or generator.random() < EXAMINATION[place]
            if looks and generator.random() < ATTRACTION[product]:
                clicked.add(product)
                if cascade:
                    break
        lists.append(Impression(products, frozenset(clicked)))
    return lists


def test_the_position_model_finds_what_made_the_clicks() -> None:
    model = PositionModel.fit(drawn(20_000), ClickConfig(ranks=5))
    assert model.examination == pytest.approx(EXAMINATION, abs=0.03)
    for product, value in ATTRACTION.items():
        assert model.attraction["", product] == pytest.approx(value, abs=0.03)
    assert model.click_probability("", "a", 3) == pytest.approx(0.6 * 0.45, abs=0.03)


def test_a_product_that_only_ever_stood_low_is_not_taken_for_a_bad_one() -> None:
    generator = np.random.default_rng(1)
    lists = drawn(5_000)
    for _ in range(3_000):
        clicked = {"z"} if generator.random() < EXAMINATION[4] * 0.6 else set()
        lists.append(Impression(("b", "c", "d", "e", "z"), frozenset(clicked)))
    model = PositionModel.fit(lists, ClickConfig(ranks=5))
    naive = sum("z" in shown.clicked for shown in lists) / 3_000
    assert naive < 0.15
    assert model.attraction["", "z"] > 0.4


def test_the_cascade_model_finds_what_made_the_clicks() -> None:
    model = CascadeModel.fit(drawn(20_000, cascade=True))
    for product, value in ATTRACTION.items():
        assert model.attraction["", product] == pytest.approx(value, abs=0.03)
    chances = model.click_probabilities("", ["a", "b"])
    assert chances == pytest.approx([0.6, 0.4 * 0.4], abs=0.03)


@settings(deadline=None, max_examples=40)
@given(LISTS)
def test_everything_stays_a_probability(lists: list[Impression]) -> None:
    model, cascade = PositionModel.fit(lists), CascadeModel.fit(lists)
    assert all(0.0 <= value <= 1.0 for value in model.examination)
    assert all(0.0 < value <= 1.0 for value in model.attraction.values())
    assert all(0.0 < value <= 1.0 for value in cascade.attraction.values())
    assert 0.0 <= model.click_probability("q", "never seen", 99) <= 1.0
    assert sum(cascade.click_probabilities("q", "abcde")) <= 1.0 + 1e-9


def test_a_log_becomes_lists() -> None:
    events = [
        FeedbackEvent("t1", Action.ASKED, text="shoes"),
        FeedbackEvent("t1", Action.SHOWN, "b", 2),
        FeedbackEvent("t1", Action.SHOWN, "a", 1),
        FeedbackEvent("t1", Action.CLICKED, "b", 2),
        FeedbackEvent("t1", Action.CLICKED, "never shown", 1),
        FeedbackEvent("t2", Action.CLICKED, "a", 1),
    ]
    assert impressions(events) == [Impression(("a", "b"), frozenset("b"), "shoes")]


def test_settings_that_make_no_sense() -> None:
    for wrong in ({"ranks": 0}, {"rounds": 0}, {"prior_clicks": 9.0}, {"prior_clicks": 0.0}):
        with pytest.raises(ValueError):
            ClickConfig(**wrong)  # type: ignore[arg-type]
