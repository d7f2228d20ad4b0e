"""What Mandarin speakers will say in this shop: sentences, as words, for the language model.

Chinese titles and their pieces, brands, categories and values, requests made of them as people put
requests, and what shoppers asked before. Latin words stay among them, spelled as they are said
("iphone", "r t x"), for brands and models are said in English in the middle of a sentence; numbers
are said in Mandarin. Everything is drawn by a seed.
"""

from __future__ import annotations

import math
import random
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from sayfind.catalog.product import Product
from sayfind.catalog.speakable import popularity_weights
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.errors import InputError
from sayfind.text.common_words import han_words
from sayfind.text.normalise import has_han, normalise
from sayfind.text.numbers import mandarin_number_words
from sayfind.text.phonetics import Phones, phones, pronounce
from sayfind.text.spoken import spoken_forms

__all__ = [
    "MandarinConfig",
    "mandarin_lexicon",
    "mandarin_queries",
    "mandarin_sentences",
    "mandarin_words",
]

# General knowledge of how requests are put, from no data set; weights are relative.
_CARRIERS: Mapping[str, float] = {
    "": 45, "我想买": 8, "我要买": 5, "我要": 5, "我想要": 4, "有没有": 7, "给我找": 2, "帮我找": 4,
    "帮我找一下": 2, "帮我搜一下": 2, "找一下": 2, "搜一下": 2, "搜索": 1, "想看": 1, "我想看看": 1,
    "看看": 1, "看一下": 1, "买": 4, "推荐": 2, "推荐一款": 1, "哪里有": 0.5, "有": 1,
    "请帮我找": 1,
    "来": 1, "我想找": 3, "我在找": 1, "你们有": 1, "你们有没有": 1, "给我推荐": 1,
}  # fmt: skip
_MEASURES: Mapping[str, float] = {
    "": 60, "一个": 8, "一款": 5, "一双": 3, "一件": 3, "一台": 3, "一条": 1, "一部": 1, "一把": 1,
    "两个": 1, "一瓶": 1, "一套": 1,
}  # fmt: skip
_BEFORE: Mapping[str, float] = {
    "": 86, "便宜的": 3, "最便宜的": 3, "便宜点的": 1, "好评最多的": 1, "评价好的": 1, "最新的": 1,
    "新款": 1, "销量最高的": 1, "性价比高的": 0.5, "大牌": 0.2,
}  # fmt: skip
_LIMITS: Mapping[str, float] = {
    "{}以内": 6, "{}以下": 5, "{}左右": 4, "不超过{}": 2, "低于{}": 1, "{}以上": 2, "{}上下": 0.5,
    "不到{}": 0.5, "{}以内的": 1, "预算{}": 0.5,
}  # fmt: skip
_MONEY: Mapping[str, float] = {"{}": 3, "{}块": 4, "{}块钱": 2, "{}元": 4}
_ENDINGS: Mapping[str, float] = {"": 92, "谢谢": 1, "吗": 3, "推荐一下": 1, "有吗": 2, "包邮": 0.3}
_RUN = re.compile(r"[㐀-䶿一-鿿]+|\d+(?:\.\d+)?|[a-z][a-z']*|[a-z\d]*\d[a-z\d]*", re.IGNORECASE)
_SPACES = re.compile(r"[\s,，。、;；/|()（）\[\]【】:：·+]+")


@dataclass(frozen=True, slots=True)
class MandarinConfig:
    """How many sentences there are, and how much each kind counts.

    ``num_requests`` are made by the request grammar; ``price_share`` of them name a price,
    ``negated_share`` something unwanted. ``title_weight`` is for a title, ``piece_weight`` for a
    piece of one, ``phrase_weight`` for a name of the vocabulary (more often the more products
    have it), ``query_weight`` for a query that was really asked.
    """

    num_requests: int = 30_000
    title_weight: float = 0.5
    piece_weight: float = 1.0
    phrase_weight: float = 2.0
    query_weight: float = 5.0
    price_share: float = 0.1
    negated_share: float = 0.04


def mandarin_words(text: str) -> tuple[str, ...]:
    """A text as the words that are said: Chinese cut by the segmenter, the rest spelled out.

    >>> mandarin_words("我想买 iPhone 手机壳")
    ('我', '想', '买', 'iphone', '手机', '壳')
    """
    return tuple(word for run in _RUN.findall(normalise(text)) for word in _said(run))


@lru_cache(maxsize=65_536)
def _said(run: str) -> tuple[str, ...]:
    if has_han(run):
        return han_words(run)
    if run[0].isdigit() and run.replace(".", "", 1).isdigit():
        try:
            return mandarin_number_words(run)[:1]
        except InputError:  # longer than anybody says
            return ()
    return tuple(word for form in spoken_forms(run, 1) for word in form.split())


def mandarin_lexicon(words: Iterable[str]) -> dict[str, tuple[Phones, ...]]:
    """Each word with its sound: Chinese by pinyin with tones, Latin words as in English.

    >>> mandarin_lexicon(["耐克"])
    {'耐克': (('n', 'ai4', 'k', 'e4'),)}
    """
    found = {w: (phones(w),) if has_han(w) else pronounce(w) for w in sorted(set(words))}
    return {word: sounds for word, sounds in found.items() if any(sounds)}


def mandarin_queries(
    queries: Iterable[str], config: MandarinConfig = MandarinConfig()
) -> Iterator[tuple[tuple[str, ...], float]]:
    """(words, weight) of the queries that hold Chinese."""
    for query, count in Counter(q for q in queries if has_han(q)).items():
        if words := mandarin_words(query):
            yield words, config.query_weight * count


def mandarin_sentences(
    products: Sequence[Product],
    vocabulary: Vocabulary,
    seed: int = 0,
    config: MandarinConfig = MandarinConfig(),
) -> Iterator[tuple[tuple[str, ...], float]]:
    """(words, weight) of everything that may be said; nothing where no title is Chinese."""
    chinese = [_Chinese.of(product) for product in products]
    weights = popularity_weights(products)
    spoken = [(one, weight) for one, weight in zip(chinese, weights, strict=True) if one.nouns]
    if not spoken:
        return
    for one, weight in spoken:
        yield mandarin_words(one.title), config.title_weight * weight
        for piece in one.pieces:
            yield mandarin_words(piece), config.piece_weight * weight
    for entry in vocabulary.entries:
        for form in entry.forms:
            if has_han(form):
                yield mandarin_words(form), config.phrase_weight * (1 + math.log(entry.count))
    generator = random.Random(seed)
    sums = list(accumulate(weight for _, weight in spoken))
    for _ in range(config.num_requests):
        one = spoken[bisect(sums, generator.random() * sums[-1])][0]
        yield mandarin_words(_request(one, generator, config)), 1.0


@dataclass(frozen=True, slots=True)
class _Chinese:
    """A product in Chinese: its title, what it is called, its brand in every script, its values."""

    title: str
    pieces: tuple[str, ...]
    nouns: tuple[str, ...]
    brands: tuple[str, ...]
    values: tuple[str, ...]
    price: float | None

    @classmethod
    def of(cls, product: Product) -> _Chinese:
        """The Chinese side; ``nouns`` is empty where there is none."""
        texts = {name: [t for t in ts if has_han(t)] for name, ts in product.translations.items()}
        titles = texts.get("title") or [t for t in (product.title,) if has_han(t)]
        title = titles[0] if titles else ""
        brands = [*texts.get("brand", ()), *([product.brand] if product.brand else [])]
        plain = ("title", "brand", "category")
        values = [v for name, vs in texts.items() if name not in plain for v in vs]
        pieces = [p for p in _SPACES.split(title) if has_han(p) and p not in brands]
        known = {*values, *brands}
        nouns = [p for p in pieces if p not in known] + texts.get("category", [])
        if not titles and not texts.get("category"):
            nouns = []
        return cls(title, tuple(pieces), tuple(nouns), tuple(brands), tuple(values), product.price)


def _request(one: _Chinese, generator: random.Random, config: MandarinConfig) -> str:
    """A request for a product, in the order in which Mandarin puts things."""
    chance = generator.random
    brand = generator.choice(one.brands) if one.brands and chance() < 0.45 else ""
    value = generator.choice(one.values) if one.values and chance() < 0.4 else ""
    noun = generator.choice(one.nouns)
    if brand and brand in noun:
        brand = ""
    thing = f"{_owned(brand, chance())}{_owned(value, chance(), 0.7)}{noun}"
    if one.price and chance() < config.price_share:
        price = _price(one.price, generator)
        thing = f"{price}的{thing}" if chance() < 0.6 else f"{thing} {price}"
    if one.values and chance() < config.negated_share:
        thing += f" 不要{generator.choice(one.values)}{'的' if chance() < 0.5 else ''}"
    carrier = _draw(_CARRIERS, generator)
    measure = _draw(_MEASURES, generator) if carrier else ""
    return f"{carrier}{measure}{_draw(_BEFORE, generator)}{thing}{_draw(_ENDINGS, generator)}"


def _owned(value: str, chance: float, often: float = 0.4) -> str:
    """A value with or without the particle that ties it to its noun."""
    return f"{value}的" if value and chance < often else value


def _price(price: float, generator: random.Random) -> str:
    """A round number above a price, and the words around it."""
    step = 10 ** max(0, math.floor(math.log10(max(price, 1))))
    number = math.ceil(price / step) * step
    said = generator.choice(mandarin_number_words(str(number))[:2])
    return _draw(_LIMITS, generator).format(_draw(_MONEY, generator).format(said))


def _draw(weighted: Mapping[str, float], generator: random.Random) -> str:
    return generator.choices(list(weighted), list(weighted.values()))[0]
