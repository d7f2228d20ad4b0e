"""A query as its readings, each a list of terms and a share of the belief.

Readings are searched as they would be written: "d v d player" finds what "dvd player" finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sayfind.text.tokenise import tokenise
from sayfind.text.written import written_form
from sayfind.types import Query, Sort

__all__ = ["Reading", "readings"]

_MAX_TERMS = 64
_MAX_READINGS = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """``terms`` in the order of the text; ``share`` is a probability, not normalised."""

    text: str
    terms: tuple[str, ...]
    share: float


def readings(query: Query) -> tuple[Reading, ...]:
    """The readings of a query, the one heard first; those with the same terms are one.

    The other readings are searched without the words that became a price, a sort wish or a
    negation; where nothing is left of the first one, nothing is searched.
    """
    heard = _terms(_free_text(query))
    if not heard:
        return ()
    removed = set(_terms(query.text)) - set(heard) if query.terms else set()
    shares: dict[tuple[str, ...], float] = {heard: 0.0}
    texts = {heard: query.text}
    for text, probability in query.alternatives:
        same = text == query.text
        terms = heard if same else tuple(t for t in _terms(text) if t not in removed)
        if terms:
            shares[terms] = shares.get(terms, 0.0) + probability
            texts.setdefault(terms, text)
    shares[heard] = shares[heard] or 1.0
    found = (Reading(texts[terms], terms, share) for terms, share in shares.items())
    return tuple(_first(found, _MAX_READINGS))


def _first(found: Iterator[Reading], most: int) -> Iterator[Reading]:
    for _, reading in zip(range(most), found, strict=False):
        yield reading


def _terms(text: str) -> tuple[str, ...]:
    return tuple(tokenise(written_form(text)))[:_MAX_TERMS]


def _free_text(query: Query) -> str:
    """Its terms; its whole text where nobody has read wishes out of it."""
    if query.terms or query.constraints or query.sort is not Sort.RELEVANCE:
        return query.terms
    return query.text
