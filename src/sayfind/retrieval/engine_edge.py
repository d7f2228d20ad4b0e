"""Qdrant's own code within this process, over a folder that no other process may open.

Knows ``qdrant-edge-py``, which is young: its version is pinned. Updates are in its log when they
return; ``optimize`` blocks, and is left to whoever loads much.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sayfind.errors import ShopError, StorageError, require
from sayfind.retrieval.engine import EngineQuery
from sayfind.retrieval.engine_documents import Document
from sayfind.retrieval.engine_points import DENSE, INDEXED, SPARSE, PointEngine
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.stages import Encoder

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["EdgeEngine"]

_EF = 256


class EdgeEngine(PointEngine):
    """An ``Engine`` on a shard in a folder; made if it is not there. Threads may share it."""

    def __init__(
        self,
        folder: Path,
        index: LexicalIndex,
        vocabulary: Vocabulary | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """Open or make a shard.

        Raises:
            ShopError: the folder holds something else, or another process has it.
            MissingExtraError: ``qdrant-edge-py`` is not installed.
        """
        super().__init__(index, vocabulary, encoder)
        self._edge = require("qdrant_edge", "engine")
        self._folder, self._writing = folder, threading.Lock()
        try:
            if folder.is_dir() and any(folder.iterdir()):
                self._shard: Any = self._edge.EdgeShard.load(str(folder))
            else:
                folder.mkdir(parents=True, exist_ok=True)
                self._shard = self._make(folder)
        except Exception as error:  # the package raises bare exceptions of its own
            raise ShopError(
                f"Cannot use {folder} as a search engine ({error}); see that no other process "
                "has it, or build the shop again."
            ) from error

    def _make(self, folder: Path) -> Any:
        edge = self._edge
        dense = None
        if self._encoder is not None:
            width = self._encoder.encode([""]).shape[1]
            dense = {DENSE: edge.EdgeVectorParams(size=width, distance=edge.Distance.Cosine)}
        sparse = {SPARSE: edge.EdgeSparseVectorParams()}
        shard = edge.EdgeShard.create(
            str(folder), edge.EdgeConfig(vectors=dense, sparse_vectors=sparse)
        )
        kinds = {
            "keyword": edge.KeywordIndexParams(enable_hnsw=False),
            "float": edge.FloatIndexParams(enable_hnsw=False),
        }
        for name, kind in INDEXED.items():
            shard.update(edge.UpdateOperation.create_field_index(name, kinds[kind]))
        return shard

    def optimize(self) -> None:
        """Make searches fast after much was loaded; blocks until it is done."""
        with self._writing:
            self._shard.optimize()

    def snapshot(self, folder: Path) -> None:
        """Copy the shard, for opening elsewhere.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        with self._writing:
            self._shard.flush()
            try:
                shutil.copytree(self._folder, folder, dirs_exist_ok=True)
            except (OSError, shutil.Error) as error:
                raise StorageError(f"Cannot write the snapshot to {folder}: {error}.") from error

    def close(self) -> None:
        """Let go of the folder."""
        self._shard.close()

    def _put(self, points: Sequence[tuple[str, Document, list[float] | None]]) -> None:
        edge = self._edge
        made = []
        for name, document, dense in points:
            weights = document.weights
            vector: dict[str, Any] = {
                SPARSE: edge.SparseVector(list(weights), list(weights.values()))
            }
            if dense is not None:
                vector[DENSE] = dense
            made.append(edge.Point(name, vector, self._payload(document)))
        with self._writing:
            self._shard.update(edge.UpdateOperation.upsert_points(made))

    def _drop(self, points: Sequence[str]) -> None:
        with self._writing:
            self._shard.update(self._edge.UpdateOperation.delete_points(list(points)))

    def _ask(self, query: EngineQuery, wanted: Any) -> Iterable[tuple[Mapping[str, Any], float]]:
        edge, shown = self._edge, self._shown(query)
        if query.dense is not None:
            nearest = edge.Query.Nearest(query.dense.tolist(), using=DENSE)
        elif weights := self._sparse(query):
            vector = edge.SparseVector(list(weights), list(weights.values()))
            nearest = edge.Query.Nearest(vector, using=SPARSE)
        else:
            request = edge.ScrollRequest(limit=query.k, filter=wanted, with_payload=shown)
            return [(record.payload, 1.0) for record in self._shard.scroll(request)[0]]
        params = edge.SearchParams(hnsw_ef=_EF)
        found = self._shard.query(
            edge.QueryRequest(
                limit=query.k, query=nearest, filter=wanted, with_payload=shown, params=params
            )
        )
        return [(point.payload, point.score) for point in found]

    def _number(self, wanted: Any) -> int:
        return int(self._shard.count(self._edge.CountRequest(exact=True, filter=wanted)))

    def _choices(self, wanted: Any, most: int) -> Iterable[tuple[str, int]]:
        request = self._edge.FacetRequest("choices", limit=most, exact=True, filter=wanted)
        return [(str(hit.value), hit.count) for hit in self._shard.facet(request)]

    def _filter(self, kind: str, parts: Sequence[Any]) -> Any:
        return self._edge.Filter(**{kind: list(parts)})

    def _has(self, name: str, values: Sequence[str]) -> Any:
        match = self._edge.MatchAny(any=list(values))
        return self._edge.FieldCondition(name, match=match)

    def _between(self, name: str, low: float | None, high: float | None) -> Any:
        within = self._edge.RangeFloat(gte=low, lte=high)
        return self._edge.FieldCondition(name, range=within)
