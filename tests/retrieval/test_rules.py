"""A merchant's decisions move what is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sayfind.catalog.product import Product
from sayfind.errors import ConfigError
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.retrieval.rules import MerchantRules, Rule, RuledRetriever, rules_path, with_rules
from sayfind.stages import Retriever
from sayfind.testing import RetrieverSuite
from sayfind.types import Constraint, Query, Range, Sort

INDEX = LexicalIndex.build(
    [
        Product("1", "red shoes", "Nike", price=9.0),
        Product("2", "blue shoes", "Adidas", price=5.0),
        Product("3", "green shoes", "Vans", price=7.0),
        Product("4", "red hat", "Nike", price=1.0),
    ]
)
SHOES = Query("shoes", "shoes")
RULE = Rule(("shoes",), pin=("3", "4", "never seen"), bury=("1",))


def ids(query: Query, *rules: Rule, k: int = 10) -> list[str]:
    found = RuledRetriever(INDEX, MerchantRules(rules)).search(query, k)
    return [hit.product_id for hit in found.hits]


def test_pinned_first_and_buried_last_where_they_are_found() -> None:
    assert ids(SHOES) == ["1", "2", "3"]
    assert ids(SHOES, RULE) == ["3", "2", "1"]
    assert ids(SHOES, RULE, k=1) == ["3"]
    assert ids(SHOES, Rule(pin=("2",)), RULE) == ["2", "3", "1"]


def test_other_queries_and_asked_orders_stay() -> None:
    hat = Query("red hat", "red hat")
    assert ids(hat, RULE) == ids(hat)
    cheapest = Query("shoes", "shoes", sort=Sort.PRICE_ASCENDING)
    assert ids(cheapest, RULE) == ["2", "3", "1"]
    assert ids(Query(""), Rule(pin=("1",))) == []


def test_a_pin_does_not_break_a_demand() -> None:
    cheap = Query("shoes", "shoes", (Constraint("price", Range(None, 6.0)),))
    assert ids(cheap, RULE) == ["2"]


def test_a_boost_raises_and_filters_nothing() -> None:
    assert ids(SHOES, Rule(boost={"brand": "Vans"})) == ["3", "1", "2"]


def test_a_pin_says_so() -> None:
    hit = RuledRetriever(INDEX, MerchantRules((RULE,))).search(SHOES, 1).hits[0]
    assert hit.reasons[0] == "put first by the shop"


def test_rules_lie_beside_the_shop(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    assert with_rules(INDEX, shop) is INDEX
    rules_path(shop).write_text(
        '[[rule]]\nasked = ["shoes"]\npin = ["3"]\nboost = {brand = "Vans"}\n', encoding="utf-8"
    )
    assert with_rules(INDEX, shop).search(SHOES, 1).hits[0].product_id == "3"
    rules_path(shop).write_text('[[rule]]\npins = ["3"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="'pin'"):
        with_rules(INDEX, shop)
    rules_path(shop).write_text('[[rule]]\npin = ["3"]\nbury = ["3"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="3 is both pinned and buried"):
        with_rules(INDEX, shop)


class TestRuledRetriever(RetrieverSuite):
    def retriever(self) -> Retriever:
        return RuledRetriever(INDEX, MerchantRules((RULE,)))

    def query(self) -> Query:
        return SHOES
