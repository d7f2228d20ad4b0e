"""Lexical retrieval: BM25F over a catalogue, with constraints, facets and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sayfind.catalog.product import Product
from sayfind.retrieval.accessories import accessory_terms, modifier_places
from sayfind.retrieval.config import LexicalConfig
from sayfind.retrieval.contents import Contents, read_contents, write_contents
from sayfind.retrieval.documents import ProductReader
from sayfind.retrieval.facets import choose_facets
from sayfind.retrieval.filters import Filters, Matcher, relax, split
from sayfind.retrieval.ordering import ordered, sort_keys
from sayfind.retrieval.postings import build_postings
from sayfind.retrieval.reasons import constraint_reason, term_reasons
from sayfind.retrieval.terms import QueryTerms, query_terms
from sayfind.retrieval.values import build_values
from sayfind.text.tokenise import tokenise
from sayfind.types import Constraint, Hit, Query, SearchResult, Sort

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["LexicalIndex"]

Mask = NDArray[np.bool_]
Scores = NDArray[np.float32]


class LexicalIndex:
    """An inverted index with the products' values; implements ``stages.Retriever``.

    Build one with ``build`` or ``open``; it never changes, and may be searched by many threads.
    """

    def __init__(self, contents: Contents, config: LexicalConfig) -> None:
        self.config = config
        self._contents = contents
        self._facets = choose_facets(contents.values, contents.prices, config)
        self._matcher = Matcher(contents.values, contents.prices, self._in_title)
        postings = contents.postings
        self._accessories = accessory_terms(postings.terms)
        self._modifiers = modifier_places(postings.titles, postings.terms)
        most = np.log1p(contents.popularity.max(initial=0.0)) or 1.0
        prior = 1.0 + config.popularity * np.log1p(contents.popularity) / most
        self._prior = prior.astype(np.float32)

    def __len__(self) -> int:
        """Number of products."""
        return len(self._contents.product_ids)

    @classmethod
    def build(
        cls,
        products: Sequence[Product],
        vocabulary: Vocabulary | None = None,
        config: LexicalConfig | None = None,
    ) -> LexicalIndex:
        """Index products; the vocabulary adds the names by which its values also go."""
        config, reader = config or LexicalConfig(), ProductReader(vocabulary)
        contents = Contents(
            product_ids=[product.id for product in products],
            postings=build_postings(map(reader.terms, products), config),
            values=build_values(map(reader.values, products)),
            prices=np.array([np.nan if p.price is None else p.price for p in products], np.float64),
            popularity=np.array([p.popularity for p in products], np.float64),
            sort_keys=sort_keys(products),
        )
        return cls(contents, config)

    def with_config(self, config: LexicalConfig) -> LexicalIndex:
        """The same index under other settings of what happens at search time.

        Settings that are built in (``k1``, ``b``, field weights) stay as they were built.
        """
        return LexicalIndex(self._contents, config)

    def save(self, folder: Path) -> None:
        """Write the index into a folder, which is made if it is not there.

        Raises:
            StorageError: the disk is full, or may not be written.
        """
        write_contents(folder, self._contents, self.config)

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Read an index that ``save`` wrote.

        Raises:
            ShopError: it is missing, damaged, or of another version.
        """
        return cls(*read_contents(folder))

    def search(self, query: Query, k: int) -> SearchResult:
        """At most ``k`` hits, best first; an empty query finds nothing."""
        terms = query_terms(query)
        wishes = split(query.constraints, self.config.confident)
        asked = bool(wishes.demanded or wishes.preferred or query.sort is not Sort.RELEVANCE)
        if not len(self) or not (terms or asked):
            return SearchResult()
        scores, coverage = self._score(terms)
        if terms and not coverage.any() and not wishes.demanded:
            return SearchResult()
        matching, relaxed = relax(wishes.demanded, lambda kept: self._matching(coverage, kept))
        scores = self._raise(scores, wishes.preferred)
        found = np.flatnonzero(matching)
        order, note = ordered(scores[found], query.sort, self._contents, found)
        satisfied = Filters(tuple(c for c in wishes.demanded if c not in relaxed), wishes.preferred)
        hits = [self._hit(int(p), float(scores[p]), terms, satisfied, note) for p in order[:k]]
        facets = self._facets.count(matching)
        return SearchResult(tuple(hits), len(found), facets, relaxed)

    def _score(self, terms: QueryTerms) -> tuple[Scores, Scores]:
        """Each product's expected score, and the share of the query it covers, by rarity."""
        postings = self._contents.postings
        scores, coverage = np.zeros((2, len(self)), dtype=np.float32)
        known = [(postings.resolve(term), weight) for term, weight in terms.weights.items()]
        known = [(numbers, weight) for numbers, weight in known if numbers]
        rarity = [weight * float(postings.idf[numbers[0]]) for numbers, weight in known]
        for (numbers, weight), share in zip(known, rarity, strict=True):
            found, values = postings.any_of(numbers)
            scores[found] += weight * values
            coverage[found] += share / sum(rarity)
        scores *= coverage**self.config.coverage
        self._weigh_titles(scores, [postings.terms.get(term, -1) for term in terms.heard])
        return (scores if known else scores + 1.0) * self._prior, coverage

    def _weigh_titles(self, scores: Scores, heard: Sequence[int]) -> None:
        """Raise titles that say the query's words side by side; lower those of accessories."""
        postings, config = self._contents.postings, self.config
        for first, second in pairwise(heard):
            if config.phrase and first >= 0 and second >= 0:
                found = np.unique(postings.adjacent(first, second))
                scores[found] *= 1.0 + config.phrase / (len(heard) - 1)
        if not config.accessory or np.isin(heard, self._accessories).any():
            return
        goes_with = np.zeros(len(self), dtype=bool)
        for term in set(heard) - {-1}:
            modified = np.zeros(len(self), dtype=bool)
            modified[postings.titled(term, self._modifiers)] = True
            modified[postings.titled(term, ~self._modifiers)] = False
            goes_with |= modified
        scores[goes_with] *= 1.0 - config.accessory

    def _matching(self, coverage: Scores, constraints: Sequence[Constraint]) -> Mask:
        """Products that satisfy constraints and cover enough of the query."""
        allowed = self._matcher.all_of(constraints)
        if not coverage.any():
            return allowed
        best = float(coverage[allowed].max(initial=0.0))
        return allowed & (coverage > 0) & (coverage >= self.config.min_coverage * best - 1e-6)

    def _raise(self, scores: Scores, preferred: Sequence[Constraint]) -> Scores:
        for constraint in preferred:
            gain = self.config.boost * constraint.confidence
            scores = np.where(self._matcher.satisfied(constraint), scores * (1 + gain), scores)
        return scores

    def _in_title(self, text: str) -> Mask:
        """The products whose title holds every term of a text."""
        postings, mask = self._contents.postings, np.ones(len(self), dtype=bool)
        terms = tokenise(text)
        for term in terms:
            holds = np.zeros(len(self), dtype=bool)
            if term in postings.terms:
                span = postings.of(postings.terms[term])
                holds[postings.products[span][postings.fields[span] & 1 > 0]] = True
            mask &= holds
        return mask if terms else np.zeros(len(self), dtype=bool)

    def _hit(
        self, product: int, score: float, terms: QueryTerms, wishes: Filters, note: str
    ) -> Hit:
        contents = self._contents
        reasons = term_reasons(contents.postings, terms, product)
        price = float(contents.prices[product])
        for constraint in (*wishes.demanded, *wishes.preferred):
            values = contents.values.held_by(product, constraint.field, constraint.value)
            if constraint in wishes.demanded or values:
                reason = constraint_reason(constraint, price, values)
                reasons.append(reason)
        reasons += [note] if note else []
        return Hit(contents.product_ids[product], score, tuple(dict.fromkeys(reasons)))
