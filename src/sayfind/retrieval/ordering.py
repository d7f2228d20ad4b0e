"""The order of what was found: by relevance, or as the shopper asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sayfind.catalog.product import Product
from sayfind.retrieval.documents import attribute_words
from sayfind.types import Sort

if TYPE_CHECKING:
    from sayfind.retrieval.contents import Contents

__all__ = ["SORT_FLOOR", "highest", "ordered", "sort_keys"]

SORT_FLOOR = 0.5
"""Share of the best score from which a product takes part in another order than relevance's: the
cheapest laptop is not a sticker whose description says laptop."""

_DATES = re.compile(r"\b(?:date|released|release|launched|launch|year|上市|发布)\b|日期|时间")
_RATINGS = re.compile(r"\b(?:rating|ratings|stars|review score|score)\b|评分|星级")
_DATE = re.compile(r"(\d{4})(?:\D?(\d{1,2}))?(?:\D?(\d{1,2}))?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def sort_keys(products: Sequence[Product]) -> dict[str, NDArray[np.float64]]:
    """What products can be sorted by besides price: ``newest`` and ``rating``, nan where unknown.

    Read from the attributes whose names speak of a date or a rating.
    """
    keys = {}
    for name, pattern, read in (("newest", _DATES, _day), ("rating", _RATINGS, _amount)):
        values = np.full(len(products), np.nan)
        for place, product in enumerate(products):
            for column, texts in product.attributes.items():
                if texts and pattern.search(attribute_words(column)):
                    values[place] = read(texts[0])
                    break
        keys[name] = values
    return keys


def _day(text: str) -> float:
    found = _DATE.search(text)
    if not found:
        return float("nan")
    year, month, day = (int(part or 0) for part in found.groups())
    return year * 10_000.0 + month * 100 + day


def _amount(text: str) -> float:
    found = _NUMBER.search(text)
    return float(found.group()) if found else float("nan")


def ordered(
    scores: NDArray[np.float32], sort: Sort, contents: Contents, found: NDArray[np.int64], k: int
) -> tuple[NDArray[np.int64], str]:
    """The first ``k`` found products, and a note where the asked order could not be given.

    Products without the sorted value come after those with it, weak matches after strong ones.
    """
    if sort is Sort.RELEVANCE:
        return found[highest(scores, k)], ""
    keys: Mapping[Sort, NDArray[np.float64]] = {
        Sort.PRICE_ASCENDING: contents.prices,
        Sort.PRICE_DESCENDING: -contents.prices,
        Sort.POPULARITY: np.where(contents.popularity > 0, -contents.popularity, np.nan),
        Sort.NEWEST: -contents.sort_keys["newest"],
        Sort.RATING: -contents.sort_keys["rating"],
    }
    values = keys[sort][found]
    if not np.isfinite(values).any():
        plain = sort.value.replace("_", " ")
        return found[highest(scores, k)], f"no {plain} is known to sort by"
    weak = scores < SORT_FLOOR * scores.max(initial=0.0)
    return found[np.lexsort((-scores, np.nan_to_num(values, nan=np.inf), weak))][:k], ""


def highest(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Where the ``k`` highest scores are, equal ones in their order, without sorting all."""
    if 0 < k < len(scores):
        least = -np.partition(-scores, k - 1)[k - 1]
        near = np.flatnonzero(scores >= least)
        return near[np.argsort(-scores[near], kind="stable")][:k]
    return np.argsort(-scores, kind="stable")[:k]
