"""An index that was changed finds what one built afresh finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.catalog.product import Product
from sayfind.errors import ShopError
from sayfind.retrieval.changes import changed_contents
from sayfind.retrieval.config import LexicalConfig
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.types import Constraint, Query, Range

WORDS = ("nike", "shoes", "notebook", "bag", "红色", "跑鞋", "usb", "camera", "lens", "ps4")
COLOURS = ("red", "blue", "black")
EVEN = LexicalConfig(b=0.0)  # without length normalisation an index does not know its past

products = st.builds(
    lambda number, words, brand, colour, price: Product(
        id=str(number), title=" ".join(words), brand=brand, price=price, popularity=float(number),
        category=("Things", words[0]), attributes={"colour": (colour,), words[-1]: ("yes",)},
    ),
    st.integers(0, 9), st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
    st.sampled_from(("Nike", "HP", "")), st.sampled_from(COLOURS),
    st.one_of(st.none(), st.integers(1, 99).map(float)),
)  # fmt: skip
QUERIES = [
    Query("nike shoes", "nike shoes"),
    Query("notbook bag", "notbook bag"),
    Query("usb", "usb", (Constraint("colour", "red"),)),
    Query("", "", (Constraint("price", Range(None, 50.0)),)),
    Query("camera", "camera", (Constraint("brand", "Nike", negated=True),)),
]


def answers(index: LexicalIndex) -> list[object]:
    found = [index.search(query, 10) for query in QUERIES]
    hits = [sorted((round(h.score, 4), h.product_id) for h in result.hits) for result in found]
    totals = [(result.total, result.relaxed) for result in found]
    facets = [
        {field: dict(sorted(counts.items(), key=str)) for field, counts in result.facets.items()}
        for result in found
    ]
    return [hits, totals, facets]


@settings(deadline=None, max_examples=25)
@given(st.lists(products, max_size=8), st.lists(products, max_size=5), st.sets(st.integers(0, 9)))
def test_changed_equals_built_afresh(
    first: list[Product], second: list[Product], removed: set[int]
) -> None:
    before = {product.id: product for product in first}
    added = {product.id: product for product in second}
    gone = {str(number) for number in removed}
    after = {name: p for name, p in before.items() if name not in gone | added.keys()}
    index = LexicalIndex.build(list(before.values()), config=EVEN)
    changed = index.changed(list(added.values()), gone - added.keys())
    fresh = LexicalIndex.build([*after.values(), *added.values()], config=EVEN)
    assert answers(changed) == answers(fresh)
    assert len(index) == len(before), "the first index stays as it is"


def test_lengths_are_normalised_by_the_first_build() -> None:
    index = LexicalIndex.build([Product("1", "nike shoes"), Product("2", "red nike running shoes")])
    again = index.changed([Product("2", "red nike running shoes")])
    query = Query("nike shoes", "nike shoes")
    assert index.search(query, 2).hits == again.search(query, 2).hits


def test_new_words_have_slips_too() -> None:
    index = LexicalIndex.build([Product("1", "nike shoes")]).changed([Product("2", "kodak camera")])
    assert [h.product_id for h in index.search(Query("kodac", "kodac"), 3).hits] == ["2"]
    gone = index.changed([], ["2"])
    assert not gone.search(Query("kodac", "kodac"), 3).hits


def test_a_changed_index_can_be_kept(tmp_path) -> None:
    index = LexicalIndex.build([Product("1", "nike shoes")]).changed([Product("2", "kodak camera")])
    index.save(tmp_path)
    assert answers(LexicalIndex.open(tmp_path)) == answers(index)


def test_an_index_without_averages_says_what_to_do() -> None:
    index = LexicalIndex.build([Product("1", "nike shoes")])
    old = replace(index._contents.postings, averages=np.zeros(0))
    index._contents = replace(index._contents, postings=old)
    with pytest.raises(ShopError, match="build it again"):
        index.changed([])


def test_nothing_kept_is_what_is_new() -> None:
    index = LexicalIndex.build([Product("1", "nike shoes")])
    new = index.contents_of([Product("2", "kodak camera")])
    joined = changed_contents(index._contents, np.zeros(1, dtype=bool), new)
    assert list(joined.postings.terms) == ["kodak", "camera"]
