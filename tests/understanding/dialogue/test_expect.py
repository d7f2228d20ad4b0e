"""What is expected is likelier, and nothing else changes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.catalog.product import Product
from sayfind.types import Context, DialogueState, Hypothesis, NBest, Screen, View
from sayfind.understanding.dialogue.expect import ExpectConfig, lean, names_of

CONFIG = ExpectConfig(follow_up=2.0, on_screen=1.0)


def heard(**readings: float) -> NBest:
    hypotheses = tuple(Hypothesis(text.replace("_", " "), {"lm": -1.0}) for text in readings)
    return NBest(hypotheses, tuple(readings.values()))


def test_a_follow_up_is_likelier_in_a_conversation(small_shop) -> None:
    both = heard(cheddar=0.6, cheaper=0.4)
    talking = Context(state=DialogueState(View(words="shoes")))
    assert small_shop.dialogue.expect(both, talking).text == "cheaper"
    assert small_shop.dialogue.expect(both, Context()) is both


def test_names_on_the_screen_are_likelier(small_shop) -> None:
    both = heard(assets=0.6, asics=0.4)
    asics = next(p.id for p in small_shop.products.values() if p.brand == "Asics")
    seen = small_shop.dialogue.expect(both, Context(screen=Screen(products=(asics,))))
    assert seen.text == "asics"
    other = Context(screen=Screen(products=("p1", "no such product")))
    assert small_shop.dialogue.expect(both, other) is both


def test_names_are_whole_words() -> None:
    ways = heard(pineapple=0.5, apple=0.5)
    assert lean(ways, lambda _: False, {"apple"}, CONFIG).text == "apple"
    chinese = heard(买平果手机=0.6, 买苹果手机=0.4)
    assert lean(chinese, lambda _: False, {"苹果"}, CONFIG).text == "买苹果手机"


def test_names_of_a_product() -> None:
    product = Product(
        "1", "Pegasus 41 Road Shoe, blue", brand="Nike", category=("Shoes", "Running shoes"),
        translations={"brand": ("耐克",), "category": ("跑鞋",), "title": ("飞马",)},
    )  # fmt: skip
    assert names_of([product]) == {"nike", "running shoes", "pegasus 41 road shoe", "耐克", "跑鞋"}


@given(
    st.lists(st.tuples(st.text(max_size=8), st.floats(0.001, 1.0)), min_size=1, max_size=8),
    st.sets(st.text(min_size=1, max_size=4), max_size=5),
)
def test_shares_stay_shares(rows: list[tuple[str, float]], names: set[str]) -> None:
    total = sum(share for _, share in rows)
    n_best = NBest(
        tuple(Hypothesis(text, {}) for text, _ in rows),
        tuple(share / total for _, share in sorted(rows, key=lambda row: -row[1])),
    )
    leaning = lean(n_best, lambda text: len(text) > 4, names, CONFIG)
    assert math.isclose(sum(leaning.probabilities), sum(n_best.probabilities), rel_tol=1e-6)
    assert sorted(leaning.probabilities, reverse=True) == list(leaning.probabilities)
    assert {h.text for h in leaning.hypotheses} == {text for text, _ in rows}


def test_config_is_checked() -> None:
    with pytest.raises(ValueError, match="from 0 to 20"):
        ExpectConfig(follow_up=-1.0)
