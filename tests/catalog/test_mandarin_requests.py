"""What Mandarin speakers are expected to say follows the catalogue, and can be said."""

from __future__ import annotations

from itertools import islice

import pytest

from sayfind import demo
from sayfind.catalog.load import load_products
from sayfind.catalog.mandarin_requests import (
    MandarinConfig,
    mandarin_lexicon,
    mandarin_queries,
    mandarin_sentences,
    mandarin_words,
)
from sayfind.catalog.options import LoadOptions
from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.text.normalise import has_han

FEW = MandarinConfig(num_requests=300)


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return load_products(demo.catalog_path(), LoadOptions()).products[:200]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我想买 iPhone 手机壳", ("我", "想", "买", "iphone", "手机", "壳")),
        ("RTX 显卡", ("r", "t", "x", "显卡")),
        ("38 码", ("三十八", "码")),
        ("耐克", ("耐克",)),
        ("", ()),
    ],
)
def test_a_text_as_the_words_that_are_said(text: str, words: tuple[str, ...]) -> None:
    assert mandarin_words(text) == words


def test_every_word_of_every_sentence_has_a_sound(products: list[Product]) -> None:
    vocabulary = Vocabulary.from_products(products)
    made = list(mandarin_sentences(products, vocabulary, config=FEW))
    words = {word for sentence, _ in made for word in sentence}
    lexicon = mandarin_lexicon(words)
    assert len(lexicon) > 0.99 * len(words)
    assert all(weight > 0 for _, weight in made)
    asked = {"".join(sentence) for sentence, _ in made[-FEW.num_requests :]}
    assert len(asked) > 200
    assert any("有没有" in text for text in asked)
    assert any("以内" in text or "以下" in text for text in asked)


def test_sentences_follow_the_seed(products: list[Product]) -> None:
    vocabulary = Vocabulary.from_products(products)
    one, same, other = (
        list(mandarin_sentences(products, vocabulary, seed, FEW)) for seed in (1, 1, 2)
    )
    assert one == same != other


def test_a_shop_without_chinese_says_nothing() -> None:
    product = Product("1", "Running shoes", brand="Nike", price=20.0)
    vocabulary = Vocabulary.from_products([product])
    assert not list(islice(mandarin_sentences([product], vocabulary), 1))


def test_a_shop_in_chinese_alone_is_spoken_of() -> None:
    product = Product("1", "飞马跑鞋", brand="耐克", price=250.0)
    vocabulary = Vocabulary.from_products([product])
    texts = {"".join(s) for s, _ in mandarin_sentences([product], vocabulary, config=FEW)}
    assert "飞马跑鞋" in texts
    assert any("耐克" in text and "跑鞋" in text for text in texts)


def test_only_chinese_queries_are_mandarin() -> None:
    found = dict(mandarin_queries(["红色连衣裙", "red dress", "红色连衣裙"]))
    assert len(found) == 1
    (words,) = found
    assert has_han("".join(words)) and found[words] == 2 * MandarinConfig().query_weight


def test_frames_ask_in_other_ways() -> None:
    chinese = {
        "title": ("跑鞋",),
        "category": ("鞋",),
        "brand": ("耐克",),
        "color": ("红色", "蓝色"),
    }
    shoe = Product(
        "1", "Runner", brand="Nike", category=("Shoes",), price=300.0,
        attributes={"color": ("Red", "Blue"), "size": ("42", "L"), "width": ("27 inch",)},
        translations=chinese,
    )  # fmt: skip
    config = MandarinConfig(num_requests=6000, frame_share=1.0)
    made = mandarin_sentences([shoe], Vocabulary.from_products([shoe]), config=config)
    texts = {"".join(sentence) for sentence, _ in made}
    for part in (
        "四十二码", "二十七寸", "换成蓝色", "除了耐克", "不要红色", "送妈妈", "红色或者蓝色",
        "二零二三年", "nikeshoes", "预算", "以上的鞋", "给女儿买", "哪个好", "三位数的",
    ):  # fmt: skip
        assert any(part in text for text in texts), part
    assert not any("零零" in text for text in texts)
