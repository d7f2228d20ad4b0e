from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.catalog.product import Product
from sayfind.recommendation.behaviour import Behaviour, Factors, Taste, learn_behaviour
from sayfind.recommendation.suggestions import (
    Relation,
    ShopRecommender,
    SuggestionConfig,
    likely_phrases,
    rerank,
)
from sayfind.stages import Recommender
from sayfind.testing import RecommenderSuite
from sayfind.types import Hit, Session

PRODUCTS = {
    product.id: product
    for product in (
        Product("phone", "iPhone 15", "Apple", ("Phones",), price=900.0, popularity=5.0),
        Product("phone2", "Galaxy S24", "Samsung", ("Phones",), price=850.0),
        Product("phone3", "Nokia 3310", "Nokia", ("Phones",), price=50.0),
        Product("case", "Leather case", "Apple", ("Cases",), price=50.0),
        Product("glass", "Screen glass", "Spigen", ("Cases",), price=20.0),
        Product("shoes", "Nike Pegasus", "Nike", ("Shoes",), price=120.0, popularity=9.0),
        Product("new", "Galaxy Fold", "Samsung", ("Phones",), price=1500.0),
    )
}


def taste(*products: str, bought: tuple[str, ...] = ()) -> Taste:
    return Taste(dict.fromkeys(products, 1.0), frozenset(bought), 1.0)


KNOWN = learn_behaviour(
    [taste("phone", "phone2"), taste("phone", "case", bought=("phone", "case"))] * 5
    + [taste("phone2", "glass", bought=("phone2", "glass"))] * 4,
    {"phone": 9.0, "case": 5.0, "gone": 99.0},
    factors=Factors(("phone", "case", "shoes"), np.eye(3, 2, dtype=np.float32) + 0.1),
)


class TestShopRecommender(RecommenderSuite):
    def recommender(self) -> Recommender:
        return ShopRecommender(PRODUCTS, KNOWN)

    def session(self) -> Session:
        return Session(viewed=("phone",))


class TestColdShop(RecommenderSuite):
    """A shop where nobody has done anything yet."""

    def recommender(self) -> Recommender:
        return ShopRecommender(PRODUCTS, Behaviour())

    def session(self) -> Session:
        return Session(viewed=("phone",))


SHOP = ShopRecommender(PRODUCTS, KNOWN)


def names(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.product_id for hit in hits]


def test_the_session_decides() -> None:
    after_phone = SHOP.suggest(Session(viewed=("shoes", "phone")), 3)
    assert "case" in names(after_phone) and "glass" not in names(after_phone[:2])
    assert any("others" in reason or "people" in reason for reason in after_phone[0].reasons)


def test_what_goes_with_a_product_is_not_what_is_like_it() -> None:
    assert names(SHOP.related("phone", Relation.GOES_WITH, 5)) == ["case"]
    similar = names(SHOP.related("phone", Relation.SIMILAR, 5))
    assert similar[:2] == ["case", "phone2"] or similar[:2] == ["phone2", "case"]
    assert "new" in similar, "a product that nobody saw yet is found by the catalogue"
    assert SHOP.related("gone", Relation.SIMILAR, 5) == ()


def test_a_new_product_has_neighbours_at_once() -> None:
    similar = SHOP.related("new", Relation.SIMILAR, 2)
    assert names(similar) == ["phone2", "phone"]
    assert similar[0].reasons == ("alike in the catalogue",)


def test_a_stranger_gets_what_many_like_and_never_what_is_gone() -> None:
    assert names(SHOP.suggest(Session(), 3))[0] == "phone"
    assert "gone" not in names(SHOP.suggest(Session(), 20))
    cold = ShopRecommender(PRODUCTS, Behaviour())
    assert names(cold.suggest(Session(), 2)) == ["shoes", "phone"], "the feed's own popularity"


def test_no_brand_takes_the_whole_list() -> None:
    many = {f"a{i}": Product(f"a{i}", "x", "Apple", popularity=99.0) for i in range(10)}
    others = {f"b{i}": Product(f"b{i}", "x", f"Maker {i}") for i in range(5)}
    hits = ShopRecommender(many | others, Behaviour()).suggest(Session(), 8)
    assert sum(hit.product_id[0] == "a" for hit in hits) <= 5


def test_what_somebody_would_say() -> None:
    phrases = likely_phrases(SHOP.suggest(Session(viewed=("phone",)), 3), PRODUCTS.__getitem__)
    assert {"apple", "leather case", "cases"} <= set(phrases)
    assert all(0.0 < weight <= 2.0 for weight in phrases.values())
    assert likely_phrases((), PRODUCTS.__getitem__) == {}


HITS = st.integers(0, 12).map(lambda n: [Hit(str(i), 10.0 - i, ("fits",)) for i in range(n)])


@settings(deadline=None, max_examples=60)
@given(HITS, st.dictionaries(st.sampled_from("0123456789"), st.floats(-1, 2)), st.floats(0, 3))
def test_reranking_only_moves_and_only_so_far(
    hits: list[Hit], weights: dict[str, float], strength: float
) -> None:
    moved = rerank(hits, weights, strength)
    assert sorted(names(moved)) == sorted(names(tuple(hits)))
    assert [hit.score for hit in moved] == [hit.score for hit in hits]
    for place, hit in enumerate(moved):
        old = int(hit.product_id)
        assert place + 1 >= (old + 1) / (1 + strength) - 1e-9
    assert rerank(hits, weights, 0.0) == tuple(hits) == rerank(hits, {}, strength)


def test_settings_that_make_no_sense() -> None:
    for wrong in ({"viewed": -1.0}, {"memory": 2.0}, {"most_of_one": 0.0}):
        with pytest.raises(ValueError):
            SuggestionConfig(**wrong)
