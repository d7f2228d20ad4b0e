"""Wishes for a rating are about the rating, never about the price."""

from __future__ import annotations

import pytest

from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.types import NBest, Range
from sayfind.understanding.constraints import ConstraintUnderstander


def understander(**attributes: tuple[str, ...]) -> ConstraintUnderstander:
    product = Product(
        "1", "Sony headphones", "Sony", ("Headphones",), price=90.0, attributes=attributes,
        translations={"category": ("耳机",)},
    )  # fmt: skip
    return ConstraintUnderstander(Vocabulary.from_products([product]))


RATED = understander(rating=("4.5", "4.7"))
UNRATED = understander(color=("black",))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("headphones rated above 4.5", Range(4.5)),
        ("at least 4.5 stars headphones", Range(4.5)),
        ("headphones with a rating of at least four and a half", Range(4.5)),
        ("4 stars or more headphones", Range(4.0)),
        ("headphones with reviews above 4", Range(4.0)),
        ("headphones rated below 3", Range(None, 3.0)),
        ("headphones 3 stars or less", Range(None, 3.0)),
        ("评分4.5以上的耳机", Range(4.5)),
        ("评分不低于四点五的耳机", Range(4.5)),
    ],
)
def test_a_rating_is_wished_for(text: str, wanted: Range) -> None:
    query = RATED.understand(NBest.from_text(text))
    (wish,) = [c for c in query.constraints if c.field == "rating"]
    assert wish.value == wanted
    assert query.first("price") is None
    assert query.terms in ("headphones", "耳机")


def test_rating_and_price_together() -> None:
    query = RATED.understand(NBest.from_text("headphones over 4 stars under 100 dollars"))
    values = {c.field: c.value for c in query.constraints}
    assert values["rating"] == Range(4.0)
    assert values["price"] == Range(None, 100.0, "USD")


@pytest.mark.parametrize(
    "text", ["five star notebook", "4.5 star headphones", "best rated headphones", "三星 手机"]
)
def test_a_star_alone_is_no_wish(text: str) -> None:
    query = RATED.understand(NBest.from_text(text))
    assert not any(isinstance(c.value, Range) for c in query.constraints)


def test_where_nothing_is_rated_it_is_still_no_price() -> None:
    query = UNRATED.understand(NBest.from_text("headphones rated above 4.5"))
    assert [c.field for c in query.constraints] == ["category"]
    assert query.terms == "headphones"
