"""A Qdrant server (or a cluster of them) as an engine; or its imitation within this process.

Knows ``qdrant-client``. The imitation (``:memory:``, or a folder) searches every point one after
another: it is for tests and small shops.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sayfind.errors import ShopError, require
from sayfind.retrieval.engine import EngineQuery
from sayfind.retrieval.engine_documents import Document
from sayfind.retrieval.engine_points import DENSE, INDEXED, SPARSE, PointEngine
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.stages import Encoder

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["QdrantEngine"]

_FILE = "points.jsonl"
_PAGE = 256
_EF = 256  # how widely the graph of dense vectors is searched; fewer lose hits under a filter


class QdrantEngine(PointEngine):
    """An ``Engine`` on a collection of Qdrant; threads may share it.

    ``place`` is the address of a server, a folder, or ``:memory:``. A collection that is not there
    is made; with an ``encoder`` it has vectors of titles too.
    """

    def __init__(
        self,
        place: str,
        collection: str,
        index: LexicalIndex,
        vocabulary: Vocabulary | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """Connect.

        Raises:
            ShopError: no server answers at the address, or another process holds the folder.
            MissingExtraError: ``qdrant-client`` is not installed.
        """
        super().__init__(index, vocabulary, encoder)
        self._models = require("qdrant_client.models", "engine")
        client = require("qdrant_client", "engine").QdrantClient
        self._collection, self._remote = collection, "://" in place
        try:
            if self._remote:
                self._client: Any = client(url=place, timeout=30, check_compatibility=False)
            else:
                self._client = client(place) if place == ":memory:" else client(path=place)
            if not self._client.collection_exists(collection):
                self._make()
        except Exception as error:  # the client raises what its transports raise
            raise ShopError(
                f"Cannot use {place} as a search engine ({error}); see that a Qdrant server "
                "answers there, or that no other process holds the folder."
            ) from error

    def _make(self) -> None:
        models = self._models
        dense = {}
        if self._encoder is not None:
            width = self._encoder.encode([""]).shape[1]
            dense[DENSE] = models.VectorParams(size=width, distance=models.Distance.COSINE)
        sparse = {SPARSE: models.SparseVectorParams()}
        self._client.create_collection(
            self._collection, vectors_config=dense, sparse_vectors_config=sparse
        )
        if self._remote:  # the imitation has no indexes, and says so
            for name, kind in INDEXED.items():
                self._client.create_payload_index(self._collection, name, kind)

    @classmethod
    def restore(
        cls,
        folder: Path,
        place: str,
        collection: str,
        index: LexicalIndex,
        encoder: Encoder | None = None,
    ) -> QdrantEngine:
        """What ``snapshot`` wrote, put into a new collection.

        Raises:
            ShopError: the snapshot is missing or damaged, or the collection cannot be made.
        """
        engine = cls(place, collection, index, encoder=encoder)
        try:
            with (folder / _FILE).open(encoding="utf-8") as lines:
                for line in lines:
                    engine._put_structs([engine._models.PointStruct(**json.loads(line))])
        except (OSError, ValueError) as error:
            raise ShopError(f"{folder / _FILE} is missing or damaged; take another.") from error
        return engine

    def snapshot(self, folder: Path) -> None:
        """Write every point, a line each, for ``restore``."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _FILE).open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(point, ensure_ascii=False) + "\n" for point in self._all())

    def _all(self) -> Iterator[dict[str, Any]]:
        page: Any = None
        while True:
            records, page = self._client.scroll(
                self._collection, limit=_PAGE, offset=page, with_payload=True, with_vectors=True
            )
            for record in records:
                yield record.model_dump(include={"id", "payload", "vector"}, mode="json")
            if page is None:
                return

    def drop(self) -> None:
        """Remove the collection with all that is in it."""
        self._client.delete_collection(self._collection)

    def close(self) -> None:
        """Close the connection, or let go of the folder."""
        self._client.close()

    def _put(self, points: Sequence[tuple[str, Document, list[float] | None]]) -> None:
        models = self._models
        structs = []
        for name, document, dense in points:
            vector = {
                SPARSE: models.SparseVector(
                    indices=list(document.weights), values=list(document.weights.values())
                )
            }
            if dense is not None:
                vector[DENSE] = dense
            structs.append(
                models.PointStruct(id=name, vector=vector, payload=self._payload(document))
            )
        self._put_structs(structs)

    def _put_structs(self, structs: Sequence[Any]) -> None:
        self._client.upsert(self._collection, structs, wait=True)

    def _drop(self, points: Sequence[str]) -> None:
        self._client.delete(self._collection, list(points), wait=True)

    def _ask(self, query: EngineQuery, wanted: Any) -> Iterable[tuple[Mapping[str, Any], float]]:
        models, asked, using = self._models, None, None
        if query.dense is not None:
            asked, using = query.dense.tolist(), DENSE
        elif weights := self._sparse(query):
            asked = models.SparseVector(indices=list(weights), values=list(weights.values()))
            using = SPARSE
        found = self._client.query_points(
            self._collection,
            query=asked,
            using=using,
            query_filter=wanted,
            limit=query.k,
            with_payload=self._shown(query),
            search_params=models.SearchParams(hnsw_ef=_EF) if self._remote else None,
        )
        return ((point.payload, point.score) for point in found.points)

    def _number(self, wanted: Any) -> int:
        return int(self._client.count(self._collection, count_filter=wanted, exact=True).count)

    def _choices(self, wanted: Any, most: int) -> Iterable[tuple[str, int]]:
        found = self._client.facet(
            self._collection, "choices", facet_filter=wanted, limit=most, exact=True
        )
        return ((str(hit.value), hit.count) for hit in found.hits)

    def _filter(self, kind: str, parts: Sequence[Any]) -> Any:
        return self._models.Filter(**{kind: list(parts)})

    def _has(self, name: str, values: Sequence[str]) -> Any:
        match = self._models.MatchAny(any=list(values))
        return self._models.FieldCondition(key=name, match=match)

    def _between(self, name: str, low: float | None, high: float | None) -> Any:
        within = self._models.Range(gte=low, lte=high)
        return self._models.FieldCondition(key=name, range=within)
