"""Tastes as vectors, by the ``implicit`` package (extra ``recommend``); serving needs numpy only.

Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback datasets", 2008: what was
looked at is preferred with a confidence that grows with what was done; what was not is preferred
not, with little confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import InputError, require
from sayfind.recommendation.behaviour import Factors, Taste

__all__ = ["FactorConfig", "factorise", "fold_in"]


@dataclass(frozen=True, slots=True)
class FactorConfig:
    """``factors`` numbers a product, ``rounds`` of alternating least squares, ridge ``penalty``.

    ``confidence`` is how much the weight of an act adds to the confidence of 1.
    """

    factors: int = 32
    rounds: int = 15
    penalty: float = 0.1
    confidence: float = 4.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.factors < 1 or self.rounds < 1 or self.penalty <= 0 or self.confidence <= 0:
            raise ValueError("factors, rounds at least 1; penalty, confidence above 0")


def factorise(found: Sequence[Taste], config: FactorConfig | None = None) -> Factors:
    """A vector for every product that a session looked at.

    Raises:
        MissingExtraError: ``implicit`` is not installed.
        InputError: no session looked at anything.
    """
    config = config or FactorConfig()
    als, sparse = require("implicit.als", "recommend"), require("scipy.sparse", "recommend")
    products = sorted({product for taste in found for product in taste.products})
    if not products:
        raise InputError("No session looked at a product: there are no tastes to learn yet.")
    numbers = {product: number for number, product in enumerate(products)}
    rows, columns, values = [], [], []
    for row, taste in enumerate(found):
        for product, weight in taste.products.items():
            rows.append(row)
            columns.append(numbers[product])
            values.append(1.0 + config.confidence * weight * taste.weight)
    shape = (len(found), len(products))
    matrix = sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=shape)
    # Threads of the algebra and of the library at once make each other slow.
    with require("threadpoolctl", "recommend").threadpool_limits(1, "blas"):
        model = als.AlternatingLeastSquares(
            factors=config.factors,
            regularization=config.penalty,
            alpha=1.0,
            iterations=config.rounds,
            num_threads=1,
            random_state=config.seed,
        )
        model.fit(matrix, show_progress=False)
    return Factors(tuple(products), np.asarray(model.item_factors, dtype=np.float32))


def fold_in(
    factors: Factors, liked: Sequence[tuple[str, float]], config: FactorConfig | None = None
) -> NDArray[np.float32]:
    """How much somebody who ``liked`` (product, weight) likes each product: ``(num_products,)``.

    One exact step of the factorisation for a person who was not there when it was made.
    """
    config = config or FactorConfig()
    numbers = {product: number for number, product in enumerate(factors.products)}
    known = [(numbers[p], config.confidence * w) for p, w in liked if p in numbers]
    if not known:
        return np.zeros(len(factors.products), dtype=np.float32)
    vectors = factors.vectors.astype(np.float64)
    mine = vectors[[number for number, _ in known]]
    extra = np.array([weight for _, weight in known])
    left = vectors.T @ vectors + mine.T @ (mine * extra[:, None])
    left += config.penalty * np.eye(vectors.shape[1])
    person = np.linalg.solve(left, mine.T @ (1.0 + extra))
    return (vectors @ person).astype(np.float32)
