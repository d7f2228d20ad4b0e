"""Tables of frames can be read, and everything in the bundled ones can be filled and said."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.catalog.frames import Frames, plain_amounts, round_number
from sayfind.text.numbers import mandarin_number_words, number_words

TABLE = """# two frames and a list
who = me | you

3\t[a|b] for {who}
1\t{brand} and {brand2}
"""


def test_a_table_is_read_and_drawn_from() -> None:
    frames = Frames.parse(TABLE)
    generator = random.Random(0)
    drawn = [frames.draw(generator, lambda: {"brand": "x", "brand2": "y"}.get) for _ in range(400)]
    assert set(drawn) == {"a for me", "a for you", "b for me", "b for you", "x and y"}
    assert 60 < drawn.count("x and y") < 140


def test_a_place_that_the_shop_cannot_fill_gives_nothing() -> None:
    frames = Frames.parse("1\t{brand} and {brand2}")
    assert frames.draw(random.Random(0), lambda: lambda name: "x" * (name == "brand")) == ""


def test_another_product_is_tried_where_one_has_not_what_is_asked_for() -> None:
    frames = Frames.parse("1\t{size}")
    products = iter([{"size": ""}, {"size": "ten"}])
    assert frames.draw(random.Random(0), lambda: next(products).__getitem__) == "ten"


@pytest.mark.parametrize(
    ("language", "said"), [("en", r"[a-z' ]+"), ("zh", r"[a-z \u4e00-\u9fff]+")]
)
def test_the_bundled_frames_can_be_filled_and_said(language: str, said: str) -> None:
    frames = Frames.load(language)
    places = {
        "thing", "noun", "nouns", "a_noun", "brand", "value", "size", "measure", "number",
        "amount", "limit", "more", "latin_noun", "latin_brand", "latin_value", "latin_size",
    }  # fmt: skip
    asked = set[str]()

    def fill(place: str) -> str:
        asked.add(place.rstrip("23"))
        return "x"

    generator = random.Random(0)
    drawn = {frames.draw(generator, lambda: fill) for _ in range(20_000)}
    assert asked <= places
    assert len(drawn) > 500
    assert all(re.fullmatch(said, sentence) for sentence in drawn)
    assert all(weight > 0 for weight in frames.weights)


@given(st.floats(min_value=0.5, max_value=1e6), st.integers(0, 9))
def test_round_numbers_are_near_and_said_as_amounts(price: float, seed: int) -> None:
    number = round_number(price, random.Random(seed))
    assert 0.6 * price - 1 <= number <= 1.6 * price + 1
    for words in (number_words, mandarin_number_words):
        ways = words(str(number))
        assert set(plain_amounts(ways)) <= set(ways)
        assert not any("zero zero" in way or "零零" in way for way in plain_amounts(ways))
