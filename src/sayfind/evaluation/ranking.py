"""How well a list of products answers a query.

``found`` is a list of ids, best first; ``ratings`` the judged ids with a rating of 0 or more. What
is not judged is rated 0; an id that comes again counts only where it came first. A query without
a relevant product scores 0 in nDCG, recall and reciprocal rank, as in trec_eval and ranx.

Sources: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002, with
the exponential gain of Burges et al., "Learning to rank using gradient descent", 2005.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from numpy.typing import ArrayLike

from sayfind.evaluation.figure import Figure, ratio_figure, share_figure

__all__ = [
    "Ratings",
    "first_rank",
    "ndcg",
    "recall",
    "recall_at",
    "reciprocal_rank",
    "relevant",
    "retention",
    "zero_result_rate",
]

Ratings = Mapping[str, float]
Answer = TypeVar("Answer")


def ndcg(
    found: Sequence[str], ratings: Ratings, k: int | None = 10, *, exponential: bool = True
) -> float:
    """Discounted gain of the first ``k`` over that of the best possible order, 0 to 1.

    The gain is 2^rating - 1, or the rating itself.

    >>> ndcg(["b", "a"], {"a": 1, "b": 0}, k=2) == 1 / math.log2(3)
    True
    """

    def discounted(values: Sequence[float]) -> float:
        gains = [2.0**value - 1 if exponential else value for value in values[:k]]
        return math.fsum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))

    ideal = discounted(sorted(ratings.values(), reverse=True))
    return discounted(_rated(found, ratings)) / ideal if ideal else 0.0


def recall(found: Sequence[str], ratings: Ratings, k: int | None = None) -> float:
    """Share of the relevant products that are among the first ``k``."""
    wanted = relevant(ratings)
    return len(wanted.intersection(found[:k])) / len(wanted) if wanted else 0.0


def reciprocal_rank(found: Sequence[str], ratings: Ratings, k: int | None = None) -> float:
    """One over the rank of the first relevant product; 0 where none is found. Its mean is MRR."""
    rank = first_rank(relevant(ratings), found[:k])
    return 1 / rank if rank else 0.0


def relevant(ratings: Ratings) -> frozenset[str]:
    """The ids rated above 0."""
    return frozenset(id for id, rating in ratings.items() if rating > 0)


def first_rank(right: Collection[Answer], found: Sequence[Answer]) -> int | None:
    """The rank, from 1, of the first right answer."""
    return next((rank for rank, each in enumerate(found, 1) if each in right), None)


def recall_at(k: int, ranks: Sequence[int | None], seed: int = 0) -> Figure:
    """Share of cases whose one right answer has a rank of at most ``k``."""
    return share_figure([rank is not None and rank <= k for rank in ranks], seed)


def zero_result_rate(num_found: Sequence[int], seed: int = 0) -> Figure:
    """Share of queries for which nothing at all was found."""
    return share_figure([count == 0 for count in num_found], seed)


def retention(spoken: ArrayLike, typed: ArrayLike, seed: int = 0) -> Figure:
    """What speech leaves of a measure: its mean with speech over its mean with the same text typed.

    Both hold the same queries in the same order; queries are resampled as pairs.
    """
    return ratio_figure(spoken, typed, seed)


def _rated(found: Sequence[str], ratings: Ratings) -> list[float]:
    seen: set[str] = set()
    rated = []
    for each in found:
        rated.append(0.0 if each in seen else ratings.get(each, 0.0))
        seen.add(each)
    return rated
