"""Knowledge that speaks for or against a reading: each source one number per reading.

Values are natural-log probabilities or evidence of that kind, and are weighed in ``rescoring``. A
source knows texts only; what the sound says comes from a ``stages.PhraseScorer`` (``chain``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sayfind.lm.backoff import NGram
from sayfind.lm.neural import CausalModel, MaskedModel
from sayfind.text.normalise import normalise
from sayfind.text.spoken import spoken_forms
from sayfind.text.tokenise import tokenise

__all__ = [
    "CatalogueSource",
    "CausalSource",
    "ClickSource",
    "MaskedSource",
    "NGramSource",
    "Source",
]


class Source(Protocol):
    """One number for each reading, under the name that its weight has."""

    name: str

    def scores(self, texts: Sequence[str]) -> list[float]:
        """The evidence for each text, natural logarithms."""
        ...


class NGramSource:
    """The shop's own n-gram model, of words as they are said.

    A written reading is judged by the likeliest way to say it; a word that the model cannot say
    costs as much as a very rare one.
    """

    name = "lm"
    _least = -16.0

    def __init__(self, model: NGram) -> None:
        self._model = model

    def scores(self, texts: Sequence[str]) -> list[float]:
        """Log-probability of each text's words, its end included."""
        return [max(map(self._score, self._said(text))) for text in texts]

    def _said(self, text: str) -> list[str]:
        known = all(word in self._model.ids for word in text.split())
        return [text] if known else [text, *spoken_forms(text, limit=2)]

    def _score(self, text: str) -> float:
        words = text.split()
        total, state = 0.0, self._model.start()
        for word in (*words, "</s>"):
            value, state = self._model.score(state, word)
            total += max(value, self._least)
        return total


class CausalSource:
    """A causal neural model of commerce text."""

    name = "causal"

    def __init__(self, model: CausalModel) -> None:
        self._model = model

    def scores(self, texts: Sequence[str]) -> list[float]:
        """Log-probability of each text."""
        return self._model.log_probs(texts)


class MaskedSource:
    """Pseudo-log-likelihood by a masked neural model (Salazar et al. 2020)."""

    name = "masked"

    def __init__(self, model: MaskedModel) -> None:
        self._model = model

    def scores(self, texts: Sequence[str]) -> list[float]:
        """Sum over pieces of the log-probability of each given all others."""
        return self._model.log_probs(texts)


class CatalogueSource:
    """How many products have all of a reading's words in their titles.

    The value is log((1 + products) / (1 + all products)); for terms that no title holds, one more
    product is divided away for each: a reading that the shop cannot answer is unlikely.
    """

    name = "catalogue"

    def __init__(self, terms: Sequence[str], starts: NDArray[np.int64], rows: NDArray[np.int32],
                 num_products: int) -> None:  # fmt: skip
        self._numbers = {term: number for number, term in enumerate(terms)}
        self._starts, self._rows, self._size = starts, rows, num_products

    @classmethod
    def build(cls, titles: Sequence[str]) -> CatalogueSource:
        """Index the titles of a shop, one for each product (all its scripts joined)."""
        products: dict[str, list[int]] = {}
        for number, title in enumerate(titles):
            for term in set(tokenise(title)):
                products.setdefault(term, []).append(number)
        terms = sorted(products)
        starts = np.cumsum([0, *(len(products[term]) for term in terms)], dtype=np.int64)
        flat = [number for term in terms for number in products[term]]
        return cls(terms, starts, np.array(flat, dtype=np.int32), len(titles))

    def scores(self, texts: Sequence[str]) -> list[float]:
        """The log-share of products that have all words of each text."""
        return [self._score(set(tokenise(text))) for text in texts]

    def _score(self, terms: set[str]) -> float:
        known = [self._numbers[term] for term in terms if term in self._numbers]
        lists = sorted((self._products(number) for number in known), key=len)
        found = lists[0] if lists else self._rows[:0]
        for other in lists[1:]:
            found = found[np.isin(found, other, assume_unique=True)]
        unknown = len(terms) - len(known)
        return math.log1p(len(found)) - (1 + unknown) * math.log1p(self._size)

    def _products(self, number: int) -> NDArray[np.int32]:
        return self._rows[self._starts[number] : self._starts[number + 1]]


class ClickSource:
    """How often a reading was asked and clicked before, in shares of all clicks.

    ``clicks`` maps a query to a count (clicks, or times asked). One unseen query is worth
    ``unseen`` clicks.
    """

    name = "clicks"

    def __init__(self, clicks: Mapping[str, float], unseen: float = 0.5) -> None:
        counts: Counter[str] = Counter()
        for query, count in clicks.items():
            counts[normalise(query)] += count  # type: ignore[assignment]
        self._counts, self._unseen = counts, unseen
        self._total = sum(counts.values()) + unseen

    def scores(self, texts: Sequence[str]) -> list[float]:
        """Log-share of each text among all clicks; smoothed."""
        return [
            math.log((self._counts[normalise(text)] + self._unseen) / self._total) for text in texts
        ]
