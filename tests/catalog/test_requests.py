from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from sayfind.catalog import request_words
from sayfind.catalog.product import Product
from sayfind.catalog.requests import Requests
from sayfind.catalog.speakable import Speaker
from sayfind.catalog.vocabulary import Vocabulary


def drawn(
    product: Product, count: int = 3000, bare_share: float = 0.3, framed: float = 0.0
) -> Counter[str]:
    vocabulary = Vocabulary.from_products([product])
    shares = bare_share, framed
    requests = Requests([product], vocabulary, Speaker(), random.Random(0), shares)
    return Counter(requests.draw() for _ in range(count))


def test_a_product_without_anything_sayable_gives_nothing() -> None:
    assert set(drawn(Product(id="1", title="跑鞋"), 50)) == {""}


def test_bare_requests_only() -> None:
    counts = drawn(Product(id="1", title="Lamp"), bare_share=1.0)
    assert not any(sentence.startswith("i ") for sentence in counts)


def test_articles_agree() -> None:
    counts = drawn(Product(id="1", title="Iced Tea"))
    an, a = (sum(n for s, n in counts.items() if f" {x} iced" in s) for x in ("an", "a"))
    assert an > a > 0
    jeans = drawn(Product(id="1", title="Blue Jeans"))
    assert any("some blue jeans" in sentence for sentence in jeans)
    assert not any(" a blue jeans" in sentence for sentence in jeans)


def test_a_value_in_the_title_is_not_said_twice() -> None:
    product = Product(id="1", title="Red Lamp", attributes={"color": ("Red",)})
    assert not any("red red" in sentence for sentence in drawn(product))


def test_prices_are_in_the_shops_currency() -> None:
    product = Product(id="1", title="Lamp", price=40.0, currency="EUR")
    counts = drawn(product)
    assert any("euros" in sentence for sentence in counts)
    assert not any("dollars" in sentence for sentence in counts)


def test_without_prices_there_is_no_limit() -> None:
    counts = drawn(Product(id="1", title="Lamp"))
    assert not any(re.search(r"\b(dollars|under|between)\b", sentence) for sentence in counts)


@pytest.mark.parametrize(
    "name", [name for name in request_words.__all__ if name not in ("CURRENCIES",)]
)
def test_the_words_around_are_spoken_and_weighted(name: str) -> None:
    for phrase, weight in getattr(request_words, name).items():
        assert re.fullmatch(r"[a-z' ]*", phrase.replace("{}", "x")), phrase
        assert weight > 0


SHOE = Product(
    id="1",
    title="Trail Shoe",
    brand="Acme",
    category=("Shoes",),
    price=700.0,
    attributes={"color": ("Red", "Blue"), "size": ("42",), "width": ("27 inch",)},
)


@pytest.mark.parametrize(
    "pattern",
    [
        r"compare acme .*", r".*red (and|or) blue shoes", r"shoes? size forty two",
        r"(over|at least|.*) ?twenty seven inch(es)? .*", r"in (red|blue)( please)?",
        r".* for my (mom|dad|wife|son)",
        r"shoes? (by|before) (\w+day|tomorrow|christmas|next week)",
        r".*budget.* hundred.*",
        r"what about acme", r"no red shoes", r"shoes made (of|from|out of) blue",
    ],
)  # fmt: skip
def test_frames_ask_in_other_ways(pattern: str) -> None:
    asked = drawn(SHOE, count=6000, framed=1.0)
    assert any(re.fullmatch(pattern, sentence) for sentence in asked), pattern


def test_nobody_says_a_price_digit_by_digit() -> None:
    asked = drawn(SHOE, framed=0.5)
    assert any("hundred" in sentence for sentence in asked)
    assert not any("zero" in sentence for sentence in asked)


def test_what_has_no_price_is_not_asked_for_by_price() -> None:
    assert not any("budget of" in s for s in drawn(Product(id="1", title="Lamp"), framed=1.0))
