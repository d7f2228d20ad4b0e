"""The same query finds the same products on every engine, and what our own index finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sayfind.catalog.load import load_products
from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.demo import catalog_path
from sayfind.errors import ShopError
from sayfind.retrieval.engine import Engine, EngineConfig, EngineKind
from sayfind.retrieval.engine_arrays import ArrayEngine
from sayfind.retrieval.engine_edge import EdgeEngine
from sayfind.retrieval.engine_qdrant import QdrantEngine
from sayfind.retrieval.engines import SERVER, load_engine, open_index
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.retrieval.searching import EngineRetriever
from sayfind.stages import Retriever
from sayfind.testing import RetrieverSuite
from sayfind.types import Constraint, Query, Range, Sort

PRODUCTS: list[Product] = load_products(catalog_path()).products[::4]
INDEX = LexicalIndex.build(PRODUCTS)
RED = Constraint("color", "red", 0.4)
QUERIES = [
    Query("running shoes", "running shoes"),
    Query("nike shose", "nike shose"),
    Query("headphones", "headphones", (Constraint("price", Range(None, 200.0)),)),
    Query("shoes", "shoes", (RED,)),
    Query("shoes", "shoes", (Constraint("brand", "Nike", negated=True),)),
    Query("camera", "camera", sort=Sort.PRICE_ASCENDING),
    Query("", "", (Constraint("brand", "Nike"),)),
    Query("laptop", "laptop", (Constraint("brand", "Nike"),)),
    Query(
        "sony headphones", "sony headphones",
        alternatives=(("sony headphones", 0.5), ("sunny head phones", 0.3), ("sofa", 0.2)),
    ),
    Query("耳机", "耳机"),
]  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> list[Engine]:
    edge = EdgeEngine(tmp_path_factory.mktemp("edge") / "shard", INDEX)
    memory = QdrantEngine(":memory:", "demo", INDEX)
    for engine in (edge, memory):
        engine.upsert(PRODUCTS)
    return [ArrayEngine(INDEX), edge, memory]


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.text or "wishes alone")
def test_every_engine_finds_the_same(engines: list[Engine], query: Query) -> None:
    first, *others = (EngineRetriever(engine, INDEX).search(query, 10) for engine in engines)
    for other in others:
        assert [h.product_id for h in other.hits] == [h.product_id for h in first.hits]
        assert [h.score for h in other.hits] == pytest.approx([h.score for h in first.hits], 1e-3)
        assert (other.total, other.relaxed) == (first.total, first.relaxed)
        assert other.facets == first.facets


ALIKE = [query for query in QUERIES if query.text != "nike shose"]


@pytest.mark.parametrize("query", ALIKE, ids=lambda q: q.text or "wishes alone")
def test_it_is_what_our_own_index_finds(query: Query) -> None:
    engine = EngineRetriever(ArrayEngine(INDEX), INDEX).search(query, len(PRODUCTS))
    own = INDEX.search(query, len(PRODUCTS))
    assert (engine.total, engine.relaxed) == (own.total, own.relaxed)
    scores = {hit.product_id: hit.score for hit in own.hits}
    assert scores.keys() == {hit.product_id for hit in engine.hits}
    for hit in engine.hits:
        assert hit.score == pytest.approx(scores[hit.product_id], rel=0.02)


def test_slips_count_a_little_more_and_order_the_same() -> None:
    engine = EngineRetriever(ArrayEngine(INDEX), INDEX).search(QUERIES[1], len(PRODUCTS))
    own = INDEX.search(QUERIES[1], len(PRODUCTS))
    assert {h.product_id for h in engine.hits} >= {h.product_id for h in own.hits}
    assert engine.hits[0].product_id == own.hits[0].product_id


class TestEngineRetriever(RetrieverSuite):
    def retriever(self) -> Retriever:
        return EngineRetriever(ArrayEngine(INDEX), INDEX)

    def query(self) -> Query:
        return QUERIES[0]


def test_depth_bounds_what_is_counted() -> None:
    shallow = EngineRetriever(ArrayEngine(INDEX), INDEX, depth=3)
    assert shallow.search(QUERIES[0], 10).total == 3


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # its half-made client
def test_a_folder_has_one_process(tmp_path: Path) -> None:
    first = QdrantEngine(str(tmp_path / "q"), "demo", INDEX)
    with pytest.raises(ShopError, match="no other process"):
        QdrantEngine(str(tmp_path / "q"), "demo", INDEX)
    first.close()


@pytest.mark.parametrize("kind", ["qdrant", "qdrant_edge"])
def test_a_shop_chooses_its_engine(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SERVER, raising=False)
    some = PRODUCTS[:20]
    index = LexicalIndex.build(some)
    index.save(tmp_path / "index")
    assert isinstance(open_index(tmp_path), LexicalIndex)
    load_engine(tmp_path, EngineConfig(kind=EngineKind(kind)), some, Vocabulary())
    found = open_index(tmp_path)
    assert isinstance(found, EngineRetriever)
    assert found.search(Query(some[0].title), 1).hits[0].product_id == some[0].id
    found.engine.close()


def test_no_server_is_said_plainly(tmp_path: Path) -> None:
    INDEX.save(tmp_path / "index")
    config = EngineConfig(kind=EngineKind.QDRANT, url="http://127.0.0.1:9")
    with pytest.raises(ShopError, match="answers there"):
        load_engine(tmp_path, config, PRODUCTS, Vocabulary())
