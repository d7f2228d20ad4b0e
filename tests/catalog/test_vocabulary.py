from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.catalog.load import load_products
from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Entry, Vocabulary, VocabularyConfig
from sayfind.errors import ShopError
from sayfind.text.normalise import normalise
from sayfind.types import Range


def product(number: int = 1, **fields: object) -> Product:
    return Product(id=str(number), title=f"Thing {number}", **fields)  # type: ignore[arg-type]


def entry(vocabulary: Vocabulary, field: str, value: str) -> Entry:
    return next(e for e in vocabulary.entries_of(field) if e.value == value)


def of_column(name: str, values: list[str], **config: object) -> Vocabulary:
    products = [product(i, attributes={name: (v,)}) for i, v in enumerate(values)]
    return Vocabulary.from_products(products, VocabularyConfig(**config))  # type: ignore[arg-type]


def test_brands_categories_and_prices() -> None:
    vocabulary = Vocabulary.from_products(
        [
            product(
                1, brand="Nike", category=("Shoes", "Running Shoes"), price=50.0, currency="USD"
            ),
            product(2, brand="NIKE", category=("Shoes",), price=9.5, currency="USD"),
            product(3, brand="Nike", translations={"brand": ("耐克",)}),
        ]
    )
    nike = entry(vocabulary, "brand", "Nike")
    assert (nike.count, nike.forms) == (3, ("nike", "耐克"))
    shoes = entry(vocabulary, "category", "Shoes")
    assert shoes.count == 2
    assert {"shoes", "shoe", "鞋"} <= set(shoes.forms)
    assert {"running shoe", "跑鞋"} <= set(entry(vocabulary, "category", "Running Shoes").forms)
    assert vocabulary.price == Range(9.5, 50.0, "USD")
    assert vocabulary.num_products == 3
    assert vocabulary.fields == ("brand", "category")


def test_headings_give_the_things_they_name() -> None:
    products = [product(1, category=("Headphones & Earbuds", "Home & Garden"))]
    vocabulary = Vocabulary.from_products(products)
    forms = entry(vocabulary, "category", "Headphones & Earbuds").forms
    assert {"headphones", "earbuds", "headphones and earbuds", "耳机"} <= set(forms)
    assert "home" not in entry(vocabulary, "category", "Home & Garden").forms


def test_a_chinese_feed_is_found_in_english() -> None:
    vocabulary = Vocabulary.from_products(
        [product(1, category=("手机壳",), attributes={"颜色": ("黑色",)})]
    )
    assert "phone case" in entry(vocabulary, "category", "手机壳").forms
    assert "black" in entry(vocabulary, "颜色", "黑色").forms


def test_translations_of_attribute_values_go_in_order() -> None:
    vocabulary = Vocabulary.from_products(
        [
            product(
                1,
                attributes={"taste": ("Plum", "Lychee")},
                translations={"taste": ("梅子", "荔枝"), "category": ("茶",)},
                category=("Drinks", "Cold tea"),
            )
        ]
    )
    assert entry(vocabulary, "taste", "Lychee").forms == ("lychee", "荔枝")
    assert "茶" in entry(vocabulary, "category", "Cold tea").forms
    assert "茶" not in entry(vocabulary, "category", "Drinks").forms


def test_a_synonym_does_not_take_another_values_name() -> None:
    vocabulary = of_column("color", ["Black", "Jet Black", "Grey"])
    assert "jet black" not in entry(vocabulary, "color", "Black").forms
    assert "gray" in entry(vocabulary, "color", "Grey").forms


def test_letters_alone_are_no_synonyms() -> None:
    vocabulary = of_column("size", ["Small", "Large", "M"])
    assert "l" not in entry(vocabulary, "size", "Large").forms
    assert "medium" in entry(vocabulary, "size", "M").forms
    women = entry(of_column("gender", ["F", "M"]), "gender", "F")
    assert "women" in women.forms


def test_a_truth_is_asked_for_by_its_column() -> None:
    vocabulary = of_column("built_in_microphone", ["yes", "yes"])
    assert entry(vocabulary, "built_in_microphone", "yes").forms[0] == "built in microphone"
    assert of_column("colour", ["yes"]).fields == ()


def test_numbers_are_asked_for_by_column_and_number() -> None:
    found = entry(of_column("shoeSize", ["42", "43"]), "shoeSize", "42")
    assert found.forms == ("shoe size 42",)
    assert found.is_named


def test_small_menus_keep_every_value() -> None:
    values = ["a bit of soy milk", "some milk", "cream", "lots of whole milk"]
    vocabulary = Vocabulary.from_products([product(1, attributes={"milkAmount": tuple(values)})])
    assert {e.value for e in vocabulary.entries_of("milkAmount")} == set(values)


NO_SETS = {
    "barcode": [f"00952056032{n:03}" for n in range(300)],
    "made": [f"2024-05-{n % 28 + 1:02}T00:00:00Z" for n in range(300)],
    "notes": [f"This text {n % 20} has many more words than one says" for n in range(300)],
    "part": [f"XK-{n}" for n in range(300)],
    "width": [str(n * 7 % 211) for n in range(300)],
    "page": [f"https://shop.example/{n % 9}" for n in range(300)],
    "picture": ["a.jpg"] * 300,
    "sku": ["A", "B"] * 150,
    "nothing": ["N/A", "none", "unknown"] * 100,
}  # fmt: skip


@pytest.mark.parametrize("name", NO_SETS)
def test_what_is_no_closed_set(name: str) -> None:
    assert of_column(name, NO_SETS[name]).fields == ()


def test_a_closed_set_with_some_noise_keeps_its_common_values() -> None:
    values = ["red", "blue", "green"] * 90 + [f"odd shade {n}" for n in range(30)]
    vocabulary = of_column("finish", values)
    assert {e.value for e in vocabulary.entries_of("finish")} == {"red", "blue", "green"}


def test_a_country_is_not_porcelain() -> None:
    vocabulary = of_column("origin", ["China"] * 50 + ["Germany", "Japan", "Taiwan", "Italy"] * 5)
    assert entry(vocabulary, "origin", "China").forms == ("china",)


def test_a_column_called_like_a_field_is_kept_apart() -> None:
    vocabulary = of_column("brand", ["x"])
    assert vocabulary.fields == ("brand (attribute)",)


def test_config_is_checked() -> None:
    for wrong in ({"max_words": 0}, {"min_covered": 2.0}):
        with pytest.raises(ValueError, match=r"positive|share"):
            VocabularyConfig(**wrong)  # type: ignore[arg-type]


names = st.text(min_size=1, max_size=12)


@given(
    st.lists(
        st.builds(
            Product,
            id=names,
            title=names,
            brand=st.text(max_size=12),
            category=st.tuples(names),
            price=st.none() | st.floats(min_value=0, max_value=1e9),
            attributes=st.dictionaries(names, st.tuples(names, names), max_size=3),
            translations=st.dictionaries(
                st.sampled_from(["title", "brand", "category", "a"]), st.tuples(names), max_size=2
            ),
        ),
        max_size=8,
    )
)
def test_json_round_trip_and_clean_forms(products: list[Product]) -> None:
    vocabulary = Vocabulary.from_products(products)
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary
    for found in vocabulary.entries:
        assert found.forms
        assert found.count > 0
        assert len(set(found.forms)) == len(found.forms)
        assert all(normalise(form) == form for form in found.forms)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 99, "entries": []}'])
def test_a_damaged_vocabulary_is_a_shop_error(text: str) -> None:
    with pytest.raises(ShopError, match="index the feed again"):
        Vocabulary.from_json(text)


def test_twenty_thousand_products_take_seconds() -> None:
    rng = random.Random(0)
    colours = ["black", "white", "red", "navy", "rose gold"]
    products = [
        product(
            n,
            brand=f"Brand {n % 400}",
            category=("Top", f"Kind {n % 90}"),
            attributes={f"a{k}": (rng.choice(colours),) for k in range(20)},
        )
        for n in range(20_000)
    ]
    start = time.process_time()
    vocabulary = Vocabulary.from_products(products)
    assert time.process_time() - start < 5
    assert len(vocabulary.entries_of("brand")) == 400


SHARED = Path(__file__).parents[3] / "shared" / "data" / "catalog"


@pytest.mark.shared
def test_a_real_catalogue() -> None:
    if not (SHARED / "contoso/Products.csv.gz").is_file():
        pytest.skip("needs ../shared/data/catalog")
    vocabulary = Vocabulary.from_products(
        load_products(SHARED / "contoso/Products.csv.gz").products
    )
    assert vocabulary.fields == ("brand", "category", "Color", "Manufacturer")
    assert "灰色" in entry(vocabulary, "Color", "Grey").forms
    assert "电脑" in entry(vocabulary, "category", "Computers").forms


def test_sizes_may_be_letters_and_numbers_in_one_column() -> None:
    products = [
        Product(id=str(i), title="Shoe", attributes={"size": (size,), "note": (size,)})
        for i, size in enumerate(["S", "M", "L", "42"] * 30)
    ]
    vocabulary = Vocabulary.from_products(products)
    assert {entry.value for entry in vocabulary.entries_of("size")} == {"S", "M", "L", "42"}
    assert "42" not in {entry.value for entry in vocabulary.entries_of("note")}
