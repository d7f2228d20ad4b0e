"""Facets in ranges: what is counted is what the constraint then finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.catalog.product import Product
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.retrieval.ranges import NUM_RANGES, cut, measured
from sayfind.types import Constraint, Query, Range


def shop(field: str, *values: tuple[str, ...]) -> LexicalIndex:
    return LexicalIndex.build(
        [
            Product(id=f"p{i}", title="a chair", category=("Chairs",), attributes={field: texts})
            for i, texts in enumerate(values)
        ]
    )


RATINGS = shop("rating", *((f"{3 + i / 10:.1f}",) for i in range(20)))
WEIGHTS = shop(
    "weight", *((f"{200 * i} g",) for i in range(1, 6)), *((f"{i} kg",) for i in range(2, 9))
)


@pytest.mark.parametrize(("index", "field"), [(RATINGS, "rating"), (WEIGHTS, "weight")])
def test_a_number_is_counted_in_ranges_that_find_what_they_count(
    index: LexicalIndex, field: str
) -> None:
    facet = index.search(Query("chair"), 1).facets[field]
    assert 2 <= len(facet) <= NUM_RANGES
    assert sum(facet.values()) == len(index)
    for value, count in facet.items():
        assert isinstance(value, Range)
        found = index.search(Query("chair", constraints=(Constraint(field, value),)), 1)
        assert (found.total, found.relaxed) == (count, ())


def test_ranges_are_ascending_and_in_one_unit() -> None:
    facet = list(WEIGHTS.search(Query("chair"), 1).facets["weight"])
    assert {value.unit for value in facet if isinstance(value, Range)} == {"kg"}
    assert facet == sorted(facet, key=lambda value: value.low)


def test_a_few_numbers_are_counted_one_by_one() -> None:
    few = shop("ports", ("2",), ("4",), ("4",))
    assert few.search(Query("chair"), 1).facets["ports"] == {"4": 2, "2": 1}


def test_a_product_with_two_numbers_of_one_range_is_one_product() -> None:
    values = [(f"{i}",) for i in range(1, 10)]
    index = shop("diameter", ("1", "2"), *values)
    facet = index.search(Query("chair"), 1).facets["diameter"]
    assert next(iter(facet.items())) == (Range(1.0, 2.0), 3)


def test_prices_are_counted_in_ranges_and_found_by_them() -> None:
    prices = [5.0, 9.99, 9.99, 20.0, 50.0, 99.0, 120.0, 400.0, None]
    index = LexicalIndex.build(
        [Product(id=f"p{i}", title="a chair", price=price) for i, price in enumerate(prices)]
    )
    facet = index.search(Query("chair"), 1).facets["price"]
    assert sum(facet.values()) == 8
    for value, count in facet.items():
        assert isinstance(value, Range)
        found = index.search(Query("chair", constraints=(Constraint("price", value),)), 1)
        assert (found.total, found.relaxed) == (count, ())


@pytest.mark.parametrize(
    ("ranges", "found"),
    [
        ([Range(None, 100)], 5),
        ([Range(None, 100), Range(50, 150)], 2),  # a limit, and a facet within it
        ([Range(5, 10), Range(90, 150)], 4),  # two facets
        ([Range(None, 100, "USD"), Range(5, 10), Range(90, 150)], 3),  # both of them within it
    ],
)
def test_ranges_that_overlap_narrow_and_others_are_alternatives(
    ranges: list[Range], found: int
) -> None:
    prices = [5.0, 9.99, 20.0, 50.0, 99.0, 120.0]
    index = LexicalIndex.build(
        [Product(id=f"p{i}", title="a chair", price=price) for i, price in enumerate(prices)]
    )
    wishes = tuple(Constraint("price", wanted) for wanted in ranges)
    assert index.search(Query("chair", constraints=wishes), 1).total == found


def test_one_price_narrows_nothing() -> None:
    chairs = [Product(id=str(i), title="a chair", price=5.0) for i in range(3)]
    assert "price" not in LexicalIndex.build(chairs).search(Query("chair"), 1).facets


def test_words_among_numbers_are_no_measure() -> None:
    assert measured(["S", "M", "38", "39"]) is None
    assert measured(["1.5 kg", "heavy"]) is None
    assert measured(["10 cm", "0.2 m"]) == ([10.0, 20.0], "cm")


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), min_size=1, max_size=40))
def test_every_number_is_in_exactly_one_range(values: list[tuple[int, int]]) -> None:
    ranges = cut([float(number) for number, _ in values], [count for _, count in values], "cm")
    assert 1 <= len(ranges) <= NUM_RANGES
    assert all(sum(number in part for part in ranges) == 1 for number, _ in values)
