from __future__ import annotations

import pytest

from sayfind.catalog.placement import Place, column_manners
from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("column", "values", "place"),
    [
        ("colour", ("red", "blue"), Place.BEFORE),
        ("size", ("small", "extra large"), Place.BEFORE),
        ("shots", ("single shot", "double shot"), Place.BEFORE),
        ("milk", ("some milk", "a bit of cream", "cream", "soy milk"), Place.WITH),
        ("bluetooth", ("yes",), Place.WITH),
        ("shoeSize", ("42", "43"), Place.NAMED),
    ],
)
def test_where_values_stand(column: str, values: tuple[str, ...], place: Place) -> None:
    products = [Product(id="1", title="T", attributes={column: values})]
    manners = column_manners(Vocabulary.from_products(products))
    assert manners[column].place is place


def test_columns_of_kinds_give_nouns() -> None:
    products = [
        Product(
            id="1", title="T", attributes={"product_type": ("Notebook",), "type": ("Original",)}
        )
    ]
    manners = column_manners(Vocabulary.from_products(products))
    assert manners["product_type"].names_things
    assert not manners["type"].names_things
