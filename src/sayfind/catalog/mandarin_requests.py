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
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from sayfind.catalog.frames import Choice, Frames, plain_amounts, round_number
from sayfind.catalog.mandarin_naming import ChineseNames
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
_CARRIERS = Choice({
    "": 45, "我想买": 8, "我要买": 5, "我要": 5, "我想要": 4, "有没有": 7, "给我找": 2, "帮我找": 4,
    "帮我找一下": 2, "帮我搜一下": 2, "找一下": 2, "搜一下": 2, "搜索": 1, "想看": 1, "我想看看": 1,
    "看看": 1, "看一下": 1, "买": 4, "推荐": 2, "推荐一款": 1, "哪里有": 0.5, "有": 1,
    "请帮我找": 1,
    "来": 1, "我想找": 3, "我在找": 1, "你们有": 1, "你们有没有": 1, "给我推荐": 1,
})  # fmt: skip
_MEASURES = Choice({
    "": 60, "一个": 8, "一款": 5, "一双": 3, "一件": 3, "一台": 3, "一条": 1, "一部": 1, "一把": 1,
    "两个": 1, "一瓶": 1, "一套": 1,
})  # fmt: skip
_BEFORE = Choice({
    "": 86, "便宜的": 3, "最便宜的": 3, "便宜点的": 1, "好评最多的": 1, "评价好的": 1, "最新的": 1,
    "新款": 1, "销量最高的": 1, "性价比高的": 0.5, "大牌": 0.2,
})  # fmt: skip
_LIMITS = Choice({
    "{}以内": 6, "{}以下": 5, "{}左右": 4, "不超过{}": 2, "低于{}": 1, "{}以上": 2, "{}上下": 0.5,
    "不到{}": 0.5, "预算{}": 0.5,
})  # fmt: skip
_MONEY = Choice({"{}": 3, "{}块": 4, "{}块钱": 2, "{}元": 4})
_ENDINGS = Choice({"": 92, "谢谢": 1, "吗": 3, "推荐一下": 1, "有吗": 2, "包邮": 0.3})
_RUN = re.compile(r"[㐀-䶿一-鿿]+|\d+(?:\.\d+)?|[a-z][a-z']*|[a-z\d]*\d[a-z\d]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MandarinConfig:
    """How many sentences there are, and how much each kind counts.

    ``num_requests`` are made by the request grammar; ``price_share`` of them name a price,
    ``negated_share`` something unwanted, and ``frame_share`` compare, refuse, go on and so on
    (``frames``). ``title_weight`` is for a title, ``piece_weight`` for a
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
    frame_share: float = 0.4


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
    chinese = [ChineseNames.of(product) for product in products]
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
    requests = _Requester(spoken, random.Random(seed), config)
    for _ in range(config.num_requests):
        if words := mandarin_words(requests.draw()):
            yield words, 1.0


class _Requester:
    """Draws requests for Chinese products, in the order in which Mandarin puts things."""

    def __init__(
        self,
        weighted: Sequence[tuple[ChineseNames, float]],
        generator: random.Random,
        config: MandarinConfig,
    ) -> None:
        self._products = products = [one for one, _ in weighted]
        self._sums = list(accumulate(weight for _, weight in weighted))
        self._generator, self._config = generator, config
        self._frames = Frames.load("zh")
        others: dict[str, dict[str, None]] = defaultdict(dict)
        for product in products:
            for name, values in product.columns:
                others[name] |= dict.fromkeys(values)
        self._others = {name: tuple(values) for name, values in others.items()}

    def draw(self) -> str:
        """One request."""
        generator = self._generator
        framed = generator.random() < self._config.frame_share
        if framed and (asked := self._frames.draw(generator, self._places)):
            return asked
        one = self._product()
        thing = self._thing(one)
        if one.price and generator.random() < self._config.price_share:
            price = _limit(round_number(one.price, generator), generator)
            thing = f"{price}的{thing}" if generator.random() < 0.6 else f"{thing} {price}"
        if one.values and generator.random() < self._config.negated_share:
            thing += f" 不要{generator.choice(one.values)}{generator.choice(('', '的'))}"
        carrier = _CARRIERS.draw(generator)
        measure = _MEASURES.draw(generator) if carrier else ""
        return f"{carrier}{measure}{_BEFORE.draw(generator)}{thing}{_ENDINGS.draw(generator)}"

    def _places(self) -> Callable[[str], str]:
        """What fills a frame that speaks of a product."""
        one, generator = self._product(), self._generator
        bounds = _bounds(one.price, generator) if one.price else None
        places = _Places(one, self._product(), bounds, self._thing(one), self._values(one))
        return lambda place: places.fill(place, generator)

    def _thing(self, one: ChineseNames) -> str:
        """A product with its brand and a value, or without."""
        chance, choice = self._generator.random, self._generator.choice
        brand = choice(one.brands) if one.brands and chance() < 0.45 else ""
        value = choice(one.values) if one.values and chance() < 0.4 else ""
        noun = choice(one.nouns)
        if brand and brand in noun:
            brand = ""
        return f"{_owned(brand, chance())}{_owned(value, chance(), 0.7)}{noun}"

    def _product(self) -> ChineseNames:
        return self._products[bisect(self._sums, self._generator.random() * self._sums[-1])]

    def _values(self, one: ChineseNames) -> tuple[str, str, str]:
        """A value, another one of its column, and the product's of another column; or empty."""
        if not one.columns:
            return "", "", ""
        choice = self._generator.choice
        name, values = choice(one.columns)
        value, other = choice(values), choice(self._others[name])
        more = [each for column, values in one.columns if column != name for each in values]
        return value, other if other != value else "", choice(more) if more else ""


@dataclass(frozen=True, slots=True)
class _Places:
    """What fills the places of one frame: those with a digit speak of the ``other`` product."""

    one: ChineseNames
    other: ChineseNames
    bounds: tuple[int, int] | None
    thing: str
    values: tuple[str, str, str]

    def fill(self, place: str, generator: random.Random) -> str:
        """The words for a place; empty where the product has none."""
        name = place.rstrip("2")
        second = name != place
        product = self.other if second else self.one
        if name in ("number", "amount", "limit"):
            return self._price(name, second, generator)
        if name == "value":
            return self.values[second]
        if name == "more":
            return self.values[2]
        if name == "thing":
            return self.thing
        if name.startswith("latin_"):
            ways = product.latin[name.removeprefix("latin_")]
        else:
            known = {"noun": product.nouns, "brand": product.brands,
                     "size": product.sizes, "measure": product.measures}  # fmt: skip
            ways = known[name]
        return generator.choice(ways) if ways else ""

    def _price(self, name: str, second: bool, generator: random.Random) -> str:
        if self.bounds is None:
            return ""
        number = self.bounds[second]
        if name == "limit":
            return _limit(number, generator)
        said = _number(number, generator)
        return said if name == "number" else _MONEY.draw(generator).format(said)


def _bounds(price: float, generator: random.Random) -> tuple[int, int]:
    """Two round numbers around a price."""
    low = round_number(max(1.0, price * generator.uniform(0.4, 1.0)), generator)
    high = round_number(price * generator.uniform(1.0, 2.0), generator)
    return min(low, high), max(low, high) + (low == high)


def _owned(value: str, chance: float, often: float = 0.4) -> str:
    """A value with or without the particle that ties it to its noun."""
    return f"{value}的" if value and chance < often else value


def _limit(number: int, generator: random.Random) -> str:
    """A number and the words around it that make it a limit."""
    return _LIMITS.draw(generator).format(_MONEY.draw(generator).format(_number(number, generator)))


def _number(number: int, generator: random.Random) -> str:
    ways = plain_amounts(mandarin_number_words(str(number))[:3])
    return ways[0] if generator.random() < 0.6 else generator.choice(ways)
