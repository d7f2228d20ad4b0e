"""Our own engine: the arrays of ``LexicalIndex``, in memory, behind the common query language."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sayfind.catalog.product import Product
from sayfind.retrieval.engine import (
    Clauses,
    Condition,
    EngineQuery,
    Family,
    Found,
    best,
)
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.retrieval.slots import NAMES
from sayfind.retrieval.sounds import runs, title_words
from sayfind.stages import Encoder

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["ArrayEngine", "numbers_of"]

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
_VECTORS = "vectors.npy"


class ArrayEngine:
    """An ``Engine`` in memory; what changes it makes new arrays, so that searches never wait.

    ``encoder`` is what products' titles are encoded by, for queries with a vector.
    """

    def __init__(
        self,
        index: LexicalIndex,
        vocabulary: Vocabulary | None = None,
        encoder: Encoder | None = None,
        vectors: Floats | None = None,
    ) -> None:
        self._vocabulary, self._encoder = vocabulary, encoder
        self._writing = threading.Lock()
        if vectors is None and encoder is not None:
            places = range(len(index))
            vectors = encoder.encode([" ".join(title_words(index.contents, p)) for p in places])
        self._now = _Now(index, vectors)

    @classmethod
    def open(cls, folder: Path, encoder: Encoder | None = None) -> ArrayEngine:
        """What ``snapshot`` wrote.

        Raises:
            ShopError: it is missing, damaged, or of another version.
        """
        path = folder / _VECTORS
        vectors = np.load(path, allow_pickle=False) if path.is_file() else None
        return cls(LexicalIndex.open(folder), encoder=encoder, vectors=vectors)

    @property
    def index(self) -> LexicalIndex:
        """The index as it is now."""
        return self._now.index

    def upsert(self, products: Sequence[Product]) -> None:
        """Put products in, in place of those with their ids; found when it returns."""
        last = {product.id: product for product in products}
        self._change(list(last.values()), ())

    def delete(self, ids: Collection[str]) -> None:
        """Take products out; an id that is not there is no error."""
        self._change([], ids)

    def _change(self, products: Sequence[Product], removed: Collection[str]) -> None:
        with self._writing:
            now = self._now
            index = now.index.changed(products, removed, self._vocabulary)
            vectors = now.vectors
            if self._encoder is not None and vectors is not None:
                gone = {*removed, *(product.id for product in products)}
                kept = np.array([name not in gone for name in now.index.contents.product_ids], bool)
                titles = [product.title for product in products]
                added = self._encoder.encode(titles) if titles else vectors[:0]
                vectors = np.concatenate([vectors[kept], added])
            self._now = _Now(index, vectors)

    def search(self, queries: Sequence[EngineQuery]) -> list[tuple[Found, ...]]:
        """What each query finds, best first, equal scores by id."""
        now = self._now
        return [now.search(query) for query in queries]

    def count(self, must: Clauses = ()) -> int:
        """How many products the clauses admit."""
        return int(self._now.admitted(must, None).sum())

    def facets(
        self, fields: Sequence[str], must: Clauses = (), among: Collection[str] | None = None
    ) -> dict[str, dict[str, int]]:
        """{field: {value as the feed writes it: products}}, the commonest first."""
        return self._now.facets(fields, must, among)

    def snapshot(self, folder: Path) -> None:
        """Write all of it into a new folder, for ``open``.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        now = self._now
        now.index.save(folder)
        if now.vectors is not None:
            np.save(folder / _VECTORS, now.vectors)

    def close(self) -> None:
        """Nothing is held open."""


class _Now:
    """The engine between two changes."""

    def __init__(self, index: LexicalIndex, vectors: Floats | None) -> None:
        self.index, self.vectors = index, vectors

    def _sounding(self, weights: Mapping[str, float], places: Iterable[int]) -> Floats:
        """How far products sound like what is asked, ``(num_products,)``; nought but at places.

        Worked out from the titles when asked: few queries ask, and of few products.
        """
        scores = np.zeros(len(self.index), dtype=np.float32)
        for place in places:
            heard = runs(title_words(self.index.contents, place))
            scores[place] = sum(weights.get(run, 0.0) for run in heard)
        return scores

    def search(self, query: EngineQuery) -> tuple[Found, ...]:
        admitted = self.admitted(query.must, query.among)
        scores = self._scores(query, admitted)
        scores[~admitted] = 0.0
        for condition, gain in query.boosts:
            scores[self._holds(condition)] *= np.float32(1.0 + gain)
        found = np.flatnonzero(scores > 0)
        if len(found) > query.k:  # equal ones at the end are settled by ``best``
            least = -np.partition(-scores[found], query.k - 1)[query.k - 1]
            found = found[scores[found] >= least - 1e-4]
        ids = self.index.contents.product_ids
        numbers = self._numbers(found) if query.numbers else repeat({}, len(found))
        each = zip(found.tolist(), scores[found].tolist(), numbers, strict=True)
        return best([Found(ids[place], score, known) for place, score, known in each], query.k)

    def _numbers(self, places: NDArray[np.int64]) -> Iterator[dict[str, float]]:
        contents = self.index.contents
        columns = {"price": contents.prices, "popularity": contents.popularity}
        columns |= contents.sort_keys
        rows = zip(*(column[places].tolist() for column in columns.values()), strict=True)
        for row in rows:
            yield {n: v for n, v in zip(columns, row, strict=True) if math.isfinite(v)}

    def _scores(self, query: EngineQuery, admitted: Mask) -> Floats:
        if query.dense is not None:
            if self.vectors is None:
                return np.zeros(len(self.index), dtype=np.float32)
            cosines: Floats = self.vectors @ query.dense
            return cosines
        if not query.terms and not query.sounds:
            return np.ones(len(self.index), dtype=np.float32)
        scores = np.zeros(len(self.index), dtype=np.float32)
        numbers = self.index.postings.terms
        for term, weight in query.terms.items():
            if term in numbers:
                products, values = self._postings(numbers[term], query.family)
                scores[products] += np.float32(weight) * values
        if query.sounds:
            scores += self._sounding(query.sounds, np.flatnonzero(admitted).tolist())
        return scores

    def _postings(self, term: int, family: Family) -> tuple[NDArray[np.int32], Floats]:
        postings = self.index.postings
        span = postings.of(term)
        products, values = postings.products[span], postings.values[span]
        if family is Family.NAMED:
            products = products[(postings.fields[span] & NAMES) > 0]
        elif family is Family.GOES_WITH:
            products = self.index.goes_with(term)
        if family is not Family.VALUE:
            values = np.ones(len(products), dtype=np.float32)
        return products, values

    def admitted(self, must: Clauses, among: Collection[str] | None) -> Mask:
        mask = np.ones(len(self.index), dtype=bool)
        if among is not None:
            mask[:] = False
            mask[[self.index.place(name) for name in among if name in self.index]] = True
        for clause in must:
            mask &= _any(self._holds, clause, len(mask))
        return mask

    def _holds(self, condition: Condition) -> Mask:
        contents, count = self.index.contents, len(self.index)
        if condition.within is not None:
            low = -np.inf if condition.within.low is None else condition.within.low
            high = np.inf if condition.within.high is None else condition.within.high
            mask = (contents.prices >= low) & (contents.prices <= high)
        else:
            table, field = contents.values, contents.values.field(condition.field)
            mask = np.zeros(count, dtype=bool)
            if field is not None:
                values = (v for form in condition.any_of for v in table.find(field, form))
                mask = table.products_with(values, count)
            if condition.title:
                said = self.index.in_title(condition.title)
                lacks = True if field is None else ~table.products_of_field(field, count)
                mask |= said & lacks
        return ~mask if condition.negated else mask

    def facets(
        self, fields: Sequence[str], must: Clauses, among: Collection[str] | None
    ) -> dict[str, dict[str, int]]:
        table = self.index.contents.values
        held = self.admitted(must, among)[table.products]
        ends = np.concatenate([[0], np.cumsum(held)])
        counts = ends[table.starts[1:]] - ends[table.starts[:-1]]
        found: dict[str, dict[str, int]] = {}
        for name in fields:
            field = table.field(name)
            values = [] if field is None else [v for v in table.of_field(field) if counts[v]]
            values.sort(key=lambda v: (-counts[v], table.texts[v]))
            if values:
                found[name] = {table.texts[v]: int(counts[v]) for v in values}
        return found


def _any(holds: Callable[[Condition], Mask], clause: Sequence[Condition], count: int) -> Mask:
    mask = np.zeros(count, dtype=bool)
    for condition in clause:
        mask |= holds(condition)
    return mask


def numbers_of(index: LexicalIndex, place: int) -> Mapping[str, float]:
    """What is known of a product in numbers: ``price``, ``popularity``, ``newest``, ``rating``."""
    contents = index.contents
    found = {"price": contents.prices[place], "popularity": contents.popularity[place]}
    found |= {name: keys[place] for name, keys in contents.sort_keys.items()}
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}
