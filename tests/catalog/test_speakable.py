from __future__ import annotations

import pytest

from sayfind.catalog.entries import Entry
from sayfind.catalog.product import Product
from sayfind.catalog.speakable import Speaker, popularity_weights, title_head


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("Mauve Leather Daypack", "Mauve Leather Daypack"),
        ("HP LaserJet Pro M404dn, Laser printer (A4)", "HP LaserJet Pro M404dn"),
        ("Acer Aspire 3 Notebook 39.6 cm", "Acer Aspire 3 Notebook"),
        ("Anker Charger - White", "Anker Charger"),
        ("Phone Case for iPhone 8", "Phone Case"),
        ("One Two Three Four Five Six Seven", "One Two Three Four Five Six"),
        ("Wi-Fi Router", "Wi-Fi Router"),
        ("5L", "5L"),
        ("(x)", "(x)"),
    ],
)
def test_title_heads(title: str, head: str) -> None:
    assert title_head(title) == head


def test_entries_are_said_in_english_only() -> None:
    said = Speaker().entry(Entry("size", "12 oz", ("12 oz", "12oz", "小杯"), 3))
    assert set(said) == {"twelve ounces", "twelve ounce"}


def test_popularity_weights_average_one() -> None:
    products = [Product(id=str(n), title="T", popularity=p) for n, p in enumerate([0, 10, 1e6])]
    weights = popularity_weights(products)
    assert sum(weights) == pytest.approx(3)
    assert weights == sorted(weights)
    assert popularity_weights([Product(id="1", title="T")]) == [1.0]


def test_an_entry_is_not_spelled_where_it_is_said_otherwise() -> None:
    speaker = Speaker()
    shirts = speaker.entry(Entry("category", "T-shirts", ("t-shirts", "t shirts", "tshirts"), 3))
    assert "t shirts" in shirts and "t s h i r t s" not in shirts
    assert "t v" in speaker.entry(Entry("category", "TV", ("tv",), 3))
