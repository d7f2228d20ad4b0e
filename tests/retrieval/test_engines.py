"""Every engine that can be had passes the one suite."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sayfind.retrieval.engine import Engine
from sayfind.retrieval.engine_arrays import ArrayEngine
from sayfind.retrieval.engine_edge import EdgeEngine
from sayfind.retrieval.engine_qdrant import QdrantEngine
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.testing.engines import PRODUCTS, EngineSuite, SeedEncoder

INDEX = LexicalIndex.build(PRODUCTS)
URL = os.environ.get("SAYFIND_ENGINE_URL", "")


class InFolder:
    folder: Path

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path


class TestArrays(EngineSuite):
    def engine(self) -> Engine:
        return ArrayEngine(INDEX, encoder=SeedEncoder())

    def opened(self, snapshot: Path) -> Engine:
        return ArrayEngine.open(snapshot, SeedEncoder())


class TestQdrantInMemory(EngineSuite):
    def engine(self) -> Engine:
        engine = QdrantEngine(":memory:", "things", INDEX, encoder=SeedEncoder())
        engine.upsert(PRODUCTS)
        return engine

    def opened(self, snapshot: Path) -> Engine:
        return QdrantEngine.restore(snapshot, ":memory:", "again", INDEX, SeedEncoder())


class TestQdrantInAFolder(InFolder, TestQdrantInMemory):
    def engine(self) -> Engine:
        engine = QdrantEngine(str(self.folder / "q"), "things", INDEX, encoder=SeedEncoder())
        engine.upsert(PRODUCTS)
        return engine


@pytest.mark.skipif(not URL, reason="SAYFIND_ENGINE_URL names no server")
class TestQdrantServer(EngineSuite):
    @pytest.fixture(autouse=True)
    def _collections(self) -> Iterator[None]:
        self.names: list[str] = []
        yield
        for name in self.names:
            engine = QdrantEngine(URL, name, INDEX)
            engine.drop()
            engine.close()

    def _name(self) -> str:
        self.names.append(f"sayfind-test-{uuid.uuid4().hex}")
        return self.names[-1]

    def engine(self) -> Engine:
        engine = QdrantEngine(URL, self._name(), INDEX, encoder=SeedEncoder())
        engine.upsert(PRODUCTS)
        return engine

    def opened(self, snapshot: Path) -> Engine:
        return QdrantEngine.restore(snapshot, URL, self._name(), INDEX, SeedEncoder())


class TestEdge(InFolder, EngineSuite):
    def engine(self) -> Engine:
        engine = EdgeEngine(self.folder / "shard", INDEX, encoder=SeedEncoder())
        engine.upsert(PRODUCTS)
        return engine

    def opened(self, snapshot: Path) -> Engine:
        return EdgeEngine(snapshot, INDEX, encoder=SeedEncoder())
