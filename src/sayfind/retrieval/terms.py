"""A query as one weighted vector of terms: the expectation over its readings.

Searching by the expected vector gives each product its expected score, since the score is a sum
over terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sayfind.text.tokenise import tokenise
from sayfind.types import Query, Sort

__all__ = ["QueryTerms", "query_terms"]

_MAX_TERMS = 64


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """``weights``: expected count of each term; ``heard``: the terms of the first reading in
    order; ``others``: each further term with the likeliest reading that holds it.
    """  # noqa: D205

    weights: Mapping[str, float]
    heard: tuple[str, ...]
    others: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.weights)


def query_terms(query: Query) -> QueryTerms:
    """The vector of a query: of its free text, and of its other readings without the words that
    became a price, a sort wish or a negation.
    """  # noqa: D205
    first = _free_text(query)
    heard = tuple(tokenise(first))[:_MAX_TERMS]
    removed = set(tokenise(query.text)) - set(heard) if query.terms else set()
    readings = query.alternatives or ((query.text, 1.0),)
    total = sum(probability for _, probability in readings) or 1.0
    weights: dict[str, float] = {}
    others: dict[str, str] = {}
    for text, probability in readings:
        if text == query.text:
            terms = heard
        elif heard:
            terms = tuple(t for t in tokenise(text) if t not in removed)[:_MAX_TERMS]
        else:
            continue
        for term in terms:
            weights[term] = weights.get(term, 0.0) + probability / total
            if term not in heard:
                others.setdefault(term, text)
    for term in heard:
        weights.setdefault(term, 1.0)
    return QueryTerms(weights, heard, others)


def _free_text(query: Query) -> str:
    """Its terms; its whole text where nobody has read wishes out of it."""
    if query.terms or query.constraints or query.sort is not Sort.RELEVANCE:
        return query.terms
    return query.text
