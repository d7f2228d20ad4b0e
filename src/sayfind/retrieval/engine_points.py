"""What both faces of Qdrant have in common: products as points, clauses as filters.

``PointEngine`` says what is kept and asked; ``engine_qdrant`` (a client of a server, or of its
imitation in Python) and ``engine_edge`` (the server's own code in this process) say it in the
words of their packages.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sayfind.catalog.product import Product
from sayfind.retrieval.engine import (
    Clauses,
    Condition,
    EngineQuery,
    Family,
    Found,
    best,
    key,
    parted,
    point_id,
)
from sayfind.retrieval.engine_documents import Document, documents
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.stages import Encoder
from sayfind.text.normalise import normalise

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["DENSE", "INDEXED", "SPARSE", "PointEngine"]

SPARSE, DENSE = "terms", "meaning"
"""The names of the two vectors of a point."""

INDEXED = {"marks": "keyword", "choices": "keyword", "id": "keyword", "price": "float"}
"""The parts of a payload that are filtered by or counted."""

_BATCH = 256
_MOST_CHOICES = 10_000
_ID = "id"
_NUMBERS = ("price", "popularity", "newest", "rating")
_SHOWN = (_ID, *_NUMBERS)


class PointEngine(ABC):
    """An ``Engine`` over a collection of points; ``index`` weighs what goes into it."""

    def __init__(
        self,
        index: LexicalIndex,
        vocabulary: Vocabulary | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        self._index, self._vocabulary, self._encoder = index, vocabulary, encoder

    # --- what a package must say in its own words

    @abstractmethod
    def _put(self, points: Sequence[tuple[str, Document, list[float] | None]]) -> None:
        """Keep (point id, document, dense vector), whatever was kept under these ids."""

    @abstractmethod
    def _drop(self, points: Sequence[str]) -> None:
        """Forget points."""

    @abstractmethod
    def _ask(self, query: EngineQuery, wanted: Any) -> Iterable[tuple[Mapping[str, Any], float]]:
        """(payload, score) of the ``query.k`` best by its one vector; in any order without one."""

    @abstractmethod
    def _number(self, wanted: Any) -> int:
        """How many points a filter admits."""

    @abstractmethod
    def _choices(self, wanted: Any, most: int) -> Iterable[tuple[str, int]]:
        """How many points have each of the commonest choices."""

    @abstractmethod
    def _filter(self, kind: str, parts: Sequence[Any]) -> Any:
        """A filter of others: ``must``, ``should`` or ``must_not``."""

    @abstractmethod
    def _has(self, name: str, values: Sequence[str]) -> Any:
        """A filter: a part of the payload is or holds one of some values."""

    @abstractmethod
    def _between(self, name: str, low: float | None, high: float | None) -> Any:
        """A filter: a number of the payload lies in a closed interval."""

    @abstractmethod
    def snapshot(self, folder: Path) -> None:
        """Write all of it into a new folder, from which the same engine can be opened."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections; nothing is lost."""

    # --- the engine

    def upsert(self, products: Sequence[Product]) -> None:
        """Put products in, in place of those with their ids; found when it returns."""
        last = iter({product.id: product for product in products}.values())
        while batch := list(islice(last, _BATCH)):
            dense: list[list[float] | None] = [None] * len(batch)
            if self._encoder is not None:
                vectors = self._encoder.encode([product.title for product in batch])
                dense = [vector.tolist() for vector in vectors]
            kept = documents(self._index, batch, self._vocabulary)
            self._put([(point_id(d.id), d, v) for d, v in zip(kept, dense, strict=True)])

    def delete(self, ids: Collection[str]) -> None:
        """Take products out; an id that is not there is no error."""
        if ids:
            self._drop([point_id(name) for name in ids])

    def search(self, queries: Sequence[EngineQuery]) -> list[tuple[Found, ...]]:
        """What each query finds, best first, equal scores by id."""
        return [self._search(query) for query in queries]

    def _search(self, query: EngineQuery) -> tuple[Found, ...]:
        found = []
        plain = not (query.terms or query.sounds or query.dense is not None)
        for part, factor in parted(query):
            for payload, score in self._ask(part, self._wanted(part.must, part.among)):
                value = (1.0 if plain else score) * factor
                known = (n for n in _NUMBERS if query.numbers and payload.get(n) is not None)
                numbers = {name: payload[name] for name in known}
                found.append(Found(payload[_ID], value, numbers))
        return best([each for each in found if each.score > 0], query.k)

    def count(self, must: Clauses = ()) -> int:
        """How many products the clauses admit."""
        return self._number(self._wanted(must, None))

    def facets(
        self, fields: Sequence[str], must: Clauses = (), among: Collection[str] | None = None
    ) -> dict[str, dict[str, int]]:
        """{field: {value as the feed writes it: products}}, the commonest first."""
        found: dict[str, dict[str, int]] = {}
        asked = {normalise(name): name for name in fields}
        counts = self._choices(self._wanted(must, among), _MOST_CHOICES)
        for choice, count in sorted(counts, key=lambda each: (-each[1], each[0])):
            field, _, text = choice.partition("=")
            if normalise(field) in asked and count:
                found.setdefault(asked[normalise(field)], {})[text] = count
        return found

    def _wanted(self, must: Clauses, among: Collection[str] | None) -> Any:
        parts = [self._filter("should", [self._one(c) for c in clause]) for clause in must]
        if among is not None:
            parts.append(self._has(_ID, sorted(among)))
        return self._filter("must", parts) if parts else None

    def _one(self, condition: Condition) -> Any:
        """One condition as a filter; ``_NOTHING`` stands for what no product has."""
        field = normalise(condition.field)
        if condition.within is not None:
            holds = self._between("price", condition.within.low, condition.within.high)
        else:
            ways = [self._has("marks", [f"{field}={form}" for form in condition.any_of])]
            if condition.title:
                lacks = self._filter("must_not", [self._has("marks", [f"{field}="])])
                said = [self._has("marks", [f"={term}"]) for term in condition.title]
                ways.append(self._filter("must", [lacks, *said]))
            holds = self._filter("should", ways)
        return self._filter("must_not", [holds]) if condition.negated else holds

    @staticmethod
    def _shown(query: EngineQuery) -> list[str]:
        """The parts of the payload that a query is answered with."""
        return list(_SHOWN if query.numbers else _SHOWN[:1])

    def _sparse(self, query: EngineQuery) -> dict[int, float]:
        weights = {key(query.family, term): float(w) for term, w in query.terms.items()}
        return weights | {key(Family.SOUND, run): float(w) for run, w in query.sounds.items()}

    def _payload(self, document: Document) -> dict[str, Any]:
        return {
            _ID: document.id,
            "marks": list(document.marks),
            "choices": list(document.choices),
            **document.numbers,
        }
