"""What will be said in this shop: the sentences the language model is estimated from.

The catalogue's own words come first (titles, their beginnings and pieces, brands, categories,
values), then requests made of them as people put requests, then what shoppers asked before.
English only; Mandarin has its own text. Everything is drawn by a seed.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sayfind.catalog.product import Product
from sayfind.catalog.requests import Requests
from sayfind.catalog.speakable import Speaker, popularity_weights, title_head
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.text.normalise import has_han

__all__ = [
    "PhraseConfig",
    "catalogue_phrases",
    "chinese_phrases",
    "spoken_queries",
    "spoken_sentences",
]

_LOOSE = frozenset(
    ["and", "or", "of", "with", "for", "the", "a", "an", "in", "on", "to", "by", "from", "w", "x"]
)


@dataclass(frozen=True, slots=True)
class PhraseConfig:
    """How many sentences, and how much each kind counts.

    At most ``max_sentences`` come out, ``max_requests`` of them made by the request grammar.
    ``query_weight`` is for each query that was really asked, ``title_weight`` for a title,
    ``fragment_weight`` for each of the ``num_fragments`` pieces of up to four words drawn from
    it, ``phrase_weight`` for a catalogue phrase by itself, ``request_weight`` for a made request.
    A title is cut after ``max_title_words``. ``bare_share`` of the requests go without "i want"
    and the like; ``frame_share`` of them compare, refuse, go on ("in red") and so on.
    """

    max_sentences: int = 200_000
    max_requests: int = 60_000
    query_weight: float = 5.0
    title_weight: float = 1.0
    fragment_weight: float = 2.0
    num_fragments: int = 3
    phrase_weight: float = 1.0
    request_weight: float = 1.0
    max_title_words: int = 16
    bare_share: float = 0.35
    frame_share: float = 0.25

    def __post_init__(self) -> None:
        if min(self.max_sentences, self.max_requests, self.num_fragments) < 0:
            raise ValueError("the numbers of sentences are not negative")
        if not (0 <= self.bare_share <= 1 and 0 <= self.frame_share <= 1):
            raise ValueError("bare_share and frame_share are shares from 0 to 1")
        if self.max_title_words < 1:
            raise ValueError("max_title_words is at least 1")


def spoken_sentences(
    products: Sequence[Product],
    vocabulary: Vocabulary,
    queries: Iterable[str] = (),
    seed: int = 0,
    config: PhraseConfig = PhraseConfig(),
) -> Iterator[tuple[str, float]]:
    """(spoken sentence, weight) of everything that may be said, at most ``max_sentences``.

    Nothing is asked for where nothing has an English name.
    Sentences are lower-case words of a-z and apostrophes; one may come several times. The same
    arguments give the same sentences.
    """
    generator = random.Random(seed)
    speaker = Speaker()
    budget = _Budget(config.max_sentences)
    yield from budget.of(_queries(queries, speaker, config))
    yield from budget.of(_phrases(products, vocabulary, speaker, config))
    named = any(speaker.say(name) for product in products for name in _all_names(product))
    num_requests = min(config.max_requests, budget.left // 2) if named else 0
    shares = config.bare_share, config.frame_share
    requests = Requests(products, vocabulary, speaker, generator, shares)
    yield from budget.of((requests.draw(), config.request_weight) for _ in range(num_requests))
    yield from budget.of(_titles(products, speaker, generator, config))


def _all_names(product: Product) -> Iterator[str]:
    """What a product may be called by, in any script."""
    yield from (*product.titles, product.brand, *product.category)
    for values in (*product.translations.values(), *product.attributes.values()):
        yield from values


def spoken_queries(
    queries: Iterable[str], config: PhraseConfig = PhraseConfig()
) -> Iterator[tuple[str, float]]:
    """(spoken sentence, weight) of what shoppers asked before, and of nothing else."""
    return ((text, weight) for text, weight in _queries(queries, Speaker(), config) if text)


def catalogue_phrases(products: Sequence[Product], vocabulary: Vocabulary) -> list[tuple[str, int]]:
    """(spoken phrase, count): the closed set of names that a reading is checked against.

    Brands, categories, attribute values, the heads of titles and model names; the most frequent
    first, each phrase once with the counts of all its sources.
    """
    return _catalogue_phrases(products, vocabulary, Speaker())


def chinese_phrases(vocabulary: Vocabulary) -> list[tuple[str, int]]:
    """(name, count) of the vocabulary's Chinese forms of two characters and more.

    They are as closed a set as ``catalogue_phrases``, which are English.
    """
    counts: Counter[str] = Counter()
    for entry in vocabulary.entries:
        for form in entry.forms:
            if len(form) > 1 and has_han(form):
                counts[form] += entry.count
    return counts.most_common()


def _catalogue_phrases(
    products: Sequence[Product], vocabulary: Vocabulary, speaker: Speaker
) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for entry in vocabulary.entries:
        if not entry.is_named:
            for phrase in speaker.entry(entry):
                counts[phrase] += entry.count
    for product in products:
        for phrase in _names(product, speaker):
            counts[phrase] += 1
    return counts.most_common()


def _names(product: Product, speaker: Speaker) -> Iterator[str]:
    """What a product is called: the head of its title, its model, brand and model."""
    head = title_head(product.title)
    yield from speaker.say(head, 2)
    for model in product.attributes.get("model", ())[:1]:
        if len(model) <= 30:
            for spoken in speaker.say(model, 2):
                if spoken.count(" ") < 10:
                    yield spoken
                    break


class _Budget:
    """Counts sentences out until there are enough."""

    def __init__(self, left: int) -> None:
        self.left = left

    def of(self, sentences: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float]]:
        """The sentences that still fit, empty ones left out."""
        for sentence, weight in sentences:
            if self.left <= 0:
                return
            if sentence and weight > 0:
                self.left -= 1
                yield sentence, weight


def _queries(
    queries: Iterable[str], speaker: Speaker, config: PhraseConfig
) -> Iterator[tuple[str, float]]:
    for query, count in Counter(queries).most_common():
        spoken = speaker.say(query, 3)
        for rank, sentence in enumerate(spoken):
            yield sentence, config.query_weight * count * _share(rank, len(spoken))


def _phrases(
    products: Sequence[Product], vocabulary: Vocabulary, speaker: Speaker, config: PhraseConfig
) -> Iterator[tuple[str, float]]:
    for phrase, count in _catalogue_phrases(products, vocabulary, speaker):
        yield phrase, config.phrase_weight * (1.0 + math.log(count))


def _titles(
    products: Sequence[Product], speaker: Speaker, generator: random.Random, config: PhraseConfig
) -> Iterator[tuple[str, float]]:
    """Titles in a drawn order (so that a cut-off is fair), each with pieces of it."""
    order = list(range(len(products)))
    generator.shuffle(order)
    weights = popularity_weights(products)
    for number in order:
        product, weight = products[number], weights[number]
        spoken = speaker.say(product.title, 2)
        for rank, sentence in enumerate(spoken):
            words = sentence.split()[: config.max_title_words]
            yield " ".join(words), config.title_weight * weight * _share(rank, len(spoken))
        if spoken:
            words = spoken[0].split()
            for _ in range(config.num_fragments):
                yield _fragment(words, generator), config.fragment_weight * weight


def _share(rank: int, total: int) -> float:
    """How often the ``rank``-th way of saying something is used: halved at each step."""
    return 0.5**rank / sum(0.5**r for r in range(total))


def _fragment(words: Sequence[str], generator: random.Random) -> str:
    """One to four words in a row, rather from the beginning, without a loose end."""
    length = min(len(words), generator.choice((1, 2, 2, 2, 3, 3, 4)))
    start = int((len(words) - length + 1) * generator.random() ** 1.5)
    piece = list(words[start : start + length])
    while piece and piece[-1] in _LOOSE:
        piece.pop()
    while piece and piece[0] in _LOOSE:
        piece.pop(0)
    return " ".join(piece)
