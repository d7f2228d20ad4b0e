"""Lexical retrieval: words over a catalogue, with constraints, facets and reasons.

Every reading of a query is searched as if it were the only one, and a product's score is the
expectation over them. How far a reading is believed depends on its probability and on the
catalogue: one whose words stand together in a product's names is likelier to have been said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sayfind.catalog.product import Product
from sayfind.errors import ShopError
from sayfind.retrieval.accessories import accessory_terms, modifier_places
from sayfind.retrieval.changes import changed_contents
from sayfind.retrieval.config import LexicalConfig
from sayfind.retrieval.contents import Contents, read_contents, write_contents
from sayfind.retrieval.documents import ProductReader
from sayfind.retrieval.facets import choose_facets
from sayfind.retrieval.filters import Filters, Matcher, relax, split
from sayfind.retrieval.near import NearTerms
from sayfind.retrieval.ordering import highest, ordered, sort_keys
from sayfind.retrieval.postings import Postings, build_postings
from sayfind.retrieval.reasons import constraint_reason, term_reasons
from sayfind.retrieval.slots import NAMES, Slot, Slots
from sayfind.retrieval.sounds import SOUNDING, runs, title_words
from sayfind.retrieval.terms import Reading, readings
from sayfind.retrieval.values import build_values
from sayfind.text.tokenise import tokenise
from sayfind.types import Constraint, Hit, Query, SearchResult, Sort

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["BELIEVED", "LexicalIndex"]

Mask = NDArray[np.bool_]
Scores = NDArray[np.float32]
BELIEVED = 0.05  # of the belief in the best reading: what another needs to add products of its own


@dataclass(frozen=True, slots=True)
class Match:
    """How products answer one reading: scores, and the share of it they cover, by rarity."""

    reading: Reading
    slots: Sequence[Slot]
    scores: Scores
    coverage: Scores
    belief: float = 1.0


class LexicalIndex:
    """An inverted index with the products' values; implements ``stages.Retriever``.

    Build one with ``build`` or ``open``; it never changes, and may be searched by many threads.
    """

    def __init__(self, contents: Contents, near: NearTerms, config: LexicalConfig) -> None:
        self.config = config
        self._contents = contents
        self._near = near
        self._slots = Slots(contents.postings, near)
        self._facets = choose_facets(contents.values, contents.prices, config)
        self._matcher = Matcher(contents.values, contents.prices, self._in_title)
        postings = contents.postings
        self._accessories = accessory_terms(postings.terms)
        self._modifiers = modifier_places(postings.titles, postings.terms)
        most = np.log1p(contents.popularity.max(initial=0.0)) or 1.0
        prior = 1.0 + config.popularity * np.log1p(contents.popularity) / most
        self._prior = prior.astype(np.float32)

    @property
    def contents(self) -> Contents:
        """All that the index holds."""
        return self._contents

    @property
    def facet_fields(self) -> tuple[str, ...]:
        """The fields that are counted by value."""
        return tuple(name for name, _, in_ranges in self._facets.fields if not in_ranges)

    def slots(self, reading: Reading, *, slips: bool = False) -> list[Slot]:
        """What each word of a reading stands for; with ``slips`` it may be a slip of another."""
        return self._slots.of(reading.terms, slips=slips)

    def goes_with(self, term: int) -> NDArray[np.int32]:
        """The products whose titles say a term, but only of what they go with."""
        postings = self._contents.postings
        modified, plain = postings.titled(term, self._modifiers)
        return np.setdiff1d(modified, plain)

    def names_accessory(self, terms: Sequence[str]) -> bool:
        """Whether a query asks for what goes with something else."""
        numbers = [self._contents.postings.terms.get(term, -1) for term in terms]
        return bool(np.isin(numbers, self._accessories).any())

    def in_title(self, terms: Sequence[str]) -> Mask:
        """The products whose title holds every one of some terms; none where there is none."""
        postings, mask = self._contents.postings, np.full(len(self), bool(terms))
        for term in terms:
            holds = np.zeros(len(self), dtype=bool)
            if term in postings.terms:
                span = postings.of(postings.terms[term])
                holds[postings.products[span][postings.fields[span] & 1 > 0]] = True
            mask &= holds
        return mask

    @property
    def postings(self) -> Postings:
        """Which products hold which terms."""
        return self._contents.postings

    def __len__(self) -> int:
        """Number of products."""
        return len(self._contents.product_ids)

    def __contains__(self, product_id: object) -> bool:
        """Whether a product is in it."""
        return product_id in self._places

    def product_id(self, place: int) -> str:
        """The id of the product at a place in the catalogue."""
        return self._contents.product_ids[place]

    def place(self, product_id: str) -> int:
        """Where in the catalogue a product stands; ``KeyError`` where there is none."""
        return self._places[product_id]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {product_id: place for place, product_id in enumerate(self._contents.product_ids)}

    def admitted(self, query: Query) -> Mask:
        """Which products satisfy all that a query demands, ``(num_products,)``."""
        return self._matcher.all_of(split(query.constraints, self.config.confident).demanded)

    @classmethod
    def build(
        cls,
        products: Sequence[Product],
        vocabulary: Vocabulary | None = None,
        config: LexicalConfig | None = None,
    ) -> LexicalIndex:
        """Index products; the vocabulary adds the names by which its values also go."""
        config = config or LexicalConfig()
        contents = _contents(products, ProductReader(vocabulary), config)
        return cls(contents, NearTerms.build(contents.postings), config)

    def changed(
        self,
        products: Sequence[Product],
        removed: Collection[str] = (),
        vocabulary: Vocabulary | None = None,
    ) -> LexicalIndex:
        """The index with products put in (in place of those with their ids) and others taken out.

        This one stays as it is. Takes time in proportion to the whole index, but little.

        Raises:
            ShopError: an older sayfind built this index.
        """
        contents, new = self._contents, self.contents_of(products, vocabulary)
        gone = {*removed, *new.product_ids}
        kept = np.array([name not in gone for name in contents.product_ids], dtype=bool)
        joined = changed_contents(contents, kept, new)
        near = self._near.over(joined.postings, new.postings)
        return LexicalIndex(joined, near, self.config)

    def contents_of(
        self, products: Sequence[Product], vocabulary: Vocabulary | None = None
    ) -> Contents:
        """What this index would hold of products, by the average lengths that it was built with.

        Raises:
            ShopError: an older sayfind built this index.
        """
        averages = self._contents.postings.averages
        if not len(averages):
            raise ShopError(
                "An older sayfind built this shop, and it cannot be changed; "
                "build it again with sayfind index."
            )
        return _contents(products, ProductReader(vocabulary), self.config, averages)

    def part(
        self, products: Sequence[Product], vocabulary: Vocabulary | None = None
    ) -> LexicalIndex:
        """An index of these products alone, that weighs them as this one would; without slips."""
        contents = self.contents_of(products, vocabulary)
        return LexicalIndex(contents, NearTerms.without(contents.postings), self.config)

    def with_config(self, config: LexicalConfig) -> LexicalIndex:
        """The same index under other settings of what happens at search time.

        What is built in (``k1``, ``b``, ``best_field``, field weights) stays as it was built.
        """
        return LexicalIndex(self._contents, self._near, config)

    def save(self, folder: Path) -> None:
        """Write the index into a folder, which is made if it is not there.

        Raises:
            StorageError: the disk is full, or may not be written.
        """
        write_contents(folder, self._contents, self.config)
        self._near.save(folder)

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Read an index that ``save`` wrote.

        Raises:
            ShopError: it is missing, damaged, or of another version.
        """
        contents, config = read_contents(folder)
        return cls(contents, NearTerms.open(contents.postings, folder), config)

    def search(self, query: Query, k: int) -> SearchResult:
        """At most ``k`` hits, best first; an empty query finds nothing."""
        wishes = split(query.constraints, self.config.confident)
        asked = bool(wishes.demanded or wishes.preferred or query.sort is not Sort.RELEVANCE)
        said = readings(query)
        if not len(self) or not (said or asked):
            return SearchResult()
        matches = self._matches(said)
        if said and not matches and not wishes.demanded:
            return SearchResult()
        matching, relaxed = relax(wishes.demanded, lambda kept: self._matching(matches, kept))
        scores = self._raise(self._expected(matches), wishes.preferred)
        found = np.flatnonzero(matching)
        order, note = ordered(scores[found], query.sort, self._contents, found, k)
        satisfied = Filters(tuple(c for c in wishes.demanded if c not in relaxed), wishes.preferred)
        hits = [self._hit(int(p), float(scores[p]), matches, satisfied, note) for p in order[:k]]
        facets = self._facets.count(found)
        return SearchResult(tuple(hits), len(found), facets, relaxed)

    def _matches(self, said: Sequence[Reading]) -> list[Match]:
        """The readings that any product answers, the first one first, with their belief."""
        found = [self._match(reading, self._slots.of(reading.terms)) for reading in said]
        if len(said) == 1 and found[0].coverage.max(initial=0.0) < 1 - 1e-6:
            # No product has all of its words: any of them may be a slip.
            match = self._match(said[0], self._slots.of(said[0].terms, slips=True))
            found = [self._by_sound(match)]
        if len(found) > 1:
            beliefs = np.array([self._belief(match) for match in found])
            beliefs = np.exp(beliefs - beliefs.max())
            beliefs /= beliefs.sum()
            found = [replace(m, belief=float(b)) for m, b in zip(found, beliefs, strict=True)]
        return [match for match in found if match.coverage.any()]

    def _belief(self, match: Match) -> float:
        """Natural logarithm of how far a reading is believed, not normalised."""
        named = np.zeros(len(self), dtype=np.float32)
        for slot in match.slots:
            named[slot.products[(slot.fields & NAMES) > 0]] += slot.rarity
        whole = sum(slot.rarity for slot in match.slots)
        evidence = float(named.max(initial=0.0)) / whole if whole else 0.0
        sure = self.config.flatten * float(np.log(max(match.reading.share, 1e-6)))
        return sure + self.config.evidence * evidence

    def _match(self, reading: Reading, slots: Sequence[Slot]) -> Match:
        """Each product's score for one reading, before what is known of the product itself."""
        scores, coverage = np.zeros((2, len(self)), dtype=np.float32)
        known = [slot for slot in slots if len(slot.products)]
        whole = sum(slot.rarity for slot in known)
        for slot in known:
            scores[slot.products] += np.float32(slot.rarity) * slot.values
            coverage[slot.products] += np.float32(slot.rarity / whole)
        scores *= coverage**self.config.coverage
        terms = self._contents.postings.terms
        self._weigh_titles(scores, [terms.get(term, -1) for term in reading.terms])
        return Match(reading, slots, scores, coverage)

    def _by_sound(self, match: Match) -> Match:
        """Its best products raised by how much of the reading their titles sound like."""
        asked = set(runs(match.reading.terms))
        if not asked or not self.config.sound:
            return match
        scores = match.scores.copy()
        for place in highest(scores, SOUNDING).tolist():
            heard = len(asked.intersection(runs(title_words(self._contents, place)))) / len(asked)
            scores[place] *= np.float32(1.0 + self.config.sound * heard**2)
        return replace(match, scores=scores)

    def _expected(self, matches: Sequence[Match]) -> Scores:
        """Each product's expected score over the readings; all alike where there is no word."""
        scores = np.full(len(self), 0.0 if matches else 1.0, dtype=np.float32)
        for match in matches:
            scores += np.float32(match.belief) * match.scores
        return scores * self._prior

    def _weigh_titles(self, scores: Scores, heard: Sequence[int]) -> None:
        """Raise titles that say the query's words side by side; lower those of accessories."""
        postings, config = self._contents.postings, self.config
        for first, second in pairwise(heard):
            if config.phrase and first >= 0 and second >= 0:
                found = postings.adjacent(first, second)
                scores[found] *= 1.0 + config.phrase / (len(heard) - 1)
        if not config.accessory or np.isin(heard, self._accessories).any():
            return
        goes_with = np.zeros(len(self), dtype=bool)
        for term in set(heard) - {-1}:
            modified = np.zeros(len(self), dtype=bool)
            only, plain = postings.titled(term, self._modifiers)
            modified[only] = True
            modified[plain] = False
            goes_with |= modified
        scores[goes_with] *= 1.0 - config.accessory

    def _matching(self, matches: Sequence[Match], constraints: Sequence[Constraint]) -> Mask:
        """Products that satisfy constraints and cover enough of a reading that is believed."""
        allowed = self._matcher.all_of(constraints)
        if not matches:
            return allowed
        free = bool(allowed.all())
        least = BELIEVED * max(match.belief for match in matches)
        covering = np.zeros(len(self), dtype=bool)
        for match in matches:
            if match.belief >= least:
                within = match.coverage if free else match.coverage[allowed]
                best = float(within.max(initial=0.0))
                enough = self.config.min_coverage * best - 1e-6
                covering |= (match.coverage > 0) & (match.coverage >= enough)
        return allowed & covering

    def _raise(self, scores: Scores, preferred: Sequence[Constraint]) -> Scores:
        for constraint in preferred:
            gain = self.config.boost * constraint.confidence
            scores = np.where(self._matcher.satisfied(constraint), scores * (1 + gain), scores)
        return scores

    def _in_title(self, text: str) -> Mask:
        return self.in_title(tokenise(text))

    def _hit(
        self, product: int, score: float, matches: Sequence[Match], wishes: Filters, note: str
    ) -> Hit:
        contents = self._contents
        said = [(match.reading, match.slots) for match in matches]
        reasons = term_reasons(contents.postings, said, product)
        price = float(contents.prices[product])
        for constraint in (*wishes.demanded, *wishes.preferred):
            values = contents.values.held_by(product, constraint.field, constraint.value)
            if constraint in wishes.demanded or values:
                reason = constraint_reason(constraint, price, values)
                reasons.append(reason)
        reasons += [note] if note else []
        return Hit(contents.product_ids[product], score, tuple(dict.fromkeys(reasons)))


def _contents(
    products: Sequence[Product],
    reader: ProductReader,
    config: LexicalConfig,
    averages: NDArray[np.float64] | None = None,
) -> Contents:
    return Contents(
        product_ids=[product.id for product in products],
        postings=build_postings(map(reader.terms, products), config, averages),
        values=build_values(map(reader.values, products)),
        prices=np.array([np.nan if p.price is None else p.price for p in products], np.float64),
        popularity=np.array([p.popularity for p in products], np.float64),
        sort_keys=sort_keys(products),
    )
