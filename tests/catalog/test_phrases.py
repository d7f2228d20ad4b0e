from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.catalog.phrases import (
    PhraseConfig,
    catalogue_phrases,
    chinese_phrases,
    spoken_queries,
    spoken_sentences,
)
from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary

SPOKEN = re.compile(r"[a-z']+( [a-z']+)*")
MENU = [
    Product(
        id=str(number),
        title=title,
        category=("Hot drinks",),
        price=4.5,
        popularity=float(number),
        attributes={
            "size": ("small", "large", "12 oz"),
            "roast": ("dark roast", "light roast"),
            "milkAmount": ("a bit of soy milk", "some milk", "cream"),
            "sugarAmount": ("some sugar", "lots of honey"),
            "decaf": ("yes",),
        },
    )
    for number, title in enumerate(["Flat White", "Chai", "Iced Matcha"])
]
ELECTRONICS = [
    Product(
        id=str(number),
        title=f"Acme Phone X{number} 5G Smartphone, 128 GB, {colour}",
        brand="Acme",
        category=("Phones", "Smartphones"),
        price=100.0 + number,
        attributes={"color": (colour,), "model": (f"X{number}",)},
    )
    for number, colour in enumerate(["Black", "Navy", "Rose Gold"] * 30)
]


def sentences(
    products: list[Product], *queries: str, seed: int = 0, **config: object
) -> Counter[str]:
    vocabulary = Vocabulary.from_products(products)
    counts: Counter[str] = Counter()
    settings = PhraseConfig(**{"max_requests": 8000, **config})  # type: ignore[arg-type]
    for sentence, weight in spoken_sentences(products, vocabulary, queries, seed, settings):
        counts[sentence] += weight  # type: ignore[assignment]
    return counts


@pytest.fixture(scope="module")
def menu() -> Counter[str]:
    return sentences(MENU)


@pytest.fixture(scope="module")
def electronics() -> Counter[str]:
    return sentences(ELECTRONICS)


@pytest.mark.parametrize(
    "pattern",
    [
        r"i (want|need) an? .*flat white.*|i'd like an? .*flat white.*",
        r"(can|may) i (get|have) .*flat white.*",
        r".*dark roast (small|large) (flat white|chai).*",
        r".*(small|large) dark roast (flat white|chai).*",
        r".* with a bit of soy milk",
        r".* with (some milk|cream) and (some sugar|lots of honey)",
        r".*twelve ounce (flat white|chai|iced matcha|hot drink).*",
        r".* with decaf.*|.*decaf.*",
        r".*under (five|six|seven|eight) dollars.*",
        r".*between \w+ and \w+.*",
        r".*the cheapest .*",
        r".* (not|without|no) .*",
        r".* please",
        r"a bit of soy milk",
        r"flat white",
        r".*\ban iced matcha.*",
    ],
)
def test_a_menu_is_asked_for_as_people_do(menu: Counter[str], pattern: str) -> None:
    assert any(re.fullmatch(pattern, sentence) for sentence in menu), pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"acme phone x one five g smartphone.*",
        r"acme smartphones?",
        r".*black smartphones?.*",
        r".*in black.*",
        r"do you have .*smartphones?.*",
        r".*rose gold .*",
        r".*not (rose gold|acme|navy|black).*",
        r"acme",
        r"acme phone",
    ],
)
def test_electronics_are_asked_for_as_people_do(electronics: Counter[str], pattern: str) -> None:
    assert any(re.fullmatch(pattern, sentence) for sentence in electronics), pattern


def test_amounts_follow_with_and_colours_do_not(menu: Counter[str]) -> None:
    before = sum(n for s, n in menu.items() if "a bit of soy milk flat white" in s)
    after = sum(n for s, n in menu.items() if "flat white with a bit of soy milk" in s)
    assert after > 10 * max(1, before)


def test_sentences_are_spoken_words(menu: Counter[str], electronics: Counter[str]) -> None:
    for sentence in [*menu, *electronics]:
        assert SPOKEN.fullmatch(sentence), sentence


def test_queries_weigh_most() -> None:
    counts = sentences(MENU, "oat milk chai", "oat milk chai", "抹茶")
    plain = sentences(MENU)
    assert counts["oat milk chai"] >= 10
    assert plain["oat milk chai"] == 0


def test_the_seed_decides() -> None:
    assert sentences(MENU, seed=1) == sentences(MENU, seed=1)
    assert sentences(MENU, seed=1) != sentences(MENU, seed=2)


def test_popular_products_are_asked_for_more_often(menu: Counter[str]) -> None:
    chai = sum(n for s, n in menu.items() if "chai" in s)
    matcha = sum(n for s, n in menu.items() if "iced matcha" in s)
    white = sum(n for s, n in menu.items() if "flat white" in s)
    assert white < chai < matcha


@given(limit=st.integers(min_value=0, max_value=300))
@settings(max_examples=15, deadline=None)
def test_the_amount_is_bounded(limit: int) -> None:
    vocabulary = Vocabulary.from_products(MENU)
    config = PhraseConfig(max_sentences=limit)
    assert len(list(spoken_sentences(MENU, vocabulary, ["chai"], 0, config))) <= limit


def test_an_empty_catalogue_says_nothing() -> None:
    vocabulary = Vocabulary.from_products([])
    assert list(spoken_sentences([], vocabulary)) == []
    assert catalogue_phrases([], vocabulary) == []


def test_chinese_only_products_say_nothing() -> None:
    products = [Product(id="1", title="跑鞋", brand="安踏", category=("鞋类目",))]
    assert not any(
        "跑" in s for s, _ in spoken_sentences(products, Vocabulary.from_products(products))
    )


def test_catalogue_phrases() -> None:
    phrases = dict(catalogue_phrases(ELECTRONICS, Vocabulary.from_products(ELECTRONICS)))
    assert phrases["acme"] == 90
    assert phrases["smartphones"] == 90
    assert phrases["rose gold"] == 30
    assert phrases["acme phone x one five g smartphone"] == 1
    assert phrases["x one"] == 1
    assert all(SPOKEN.fullmatch(phrase) for phrase in phrases)
    counts = [n for _, n in catalogue_phrases(ELECTRONICS, Vocabulary.from_products(ELECTRONICS))]
    assert counts == sorted(counts, reverse=True)


def test_config_is_checked() -> None:
    for wrong in ({"max_sentences": -1}, {"bare_share": 2.0}, {"max_title_words": 0}):
        with pytest.raises(ValueError, match=r"negative|share|at least"):
            PhraseConfig(**wrong)  # type: ignore[arg-type]


def test_chinese_names_are_a_closed_set_of_their_own() -> None:
    chinese = {"brand": ("耐克",)}
    shoes = [
        Product(id=str(n), title="Shoe", brand="Nike", category=("Shoes",), translations=chinese)
        for n in range(3)
    ]
    names = dict(chinese_phrases(Vocabulary.from_products(shoes)))
    assert names["耐克"] == 3
    assert not any(name.isascii() for name in names)


def test_queries_alone_are_spoken_as_asked() -> None:
    spoken = list(spoken_queries(["12 oz latte", "12 oz latte", "mocha"]))
    texts = [text for text, _ in spoken]
    assert "twelve ounce latte" in texts and "mocha" in texts
    weights = dict(spoken)
    assert sum(w for t, w in spoken if "latte" in t) == pytest.approx(2 * weights["mocha"])
