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


def drawn(product: Product, count: int = 3000, bare_share: float = 0.3) -> Counter[str]:
    vocabulary = Vocabulary.from_products([product])
    requests = Requests([product], vocabulary, Speaker(), random.Random(0), bare_share)
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
