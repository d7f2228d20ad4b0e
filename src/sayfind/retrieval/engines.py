"""Which index a shop is searched by: its own arrays, or an engine that it was loaded into."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sayfind.catalog.product import Product
from sayfind.config import load_toml, to_toml
from sayfind.errors import StorageError
from sayfind.retrieval.dense import DenseIndex, HybridIndex
from sayfind.retrieval.engine import Engine, EngineConfig, EngineKind
from sayfind.retrieval.engine_arrays import ArrayEngine
from sayfind.retrieval.engine_edge import EdgeEngine
from sayfind.retrieval.engine_qdrant import QdrantEngine
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.retrieval.searching import EngineRetriever

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["SERVER", "ShopIndex", "load_engine", "open_engine", "open_index"]

SERVER = "SAYFIND_ENGINE_URL"
"""The environment's name for the address of a Qdrant server."""

_SETTING, _FOLDER = "engine.toml", "engine"
ShopIndex = LexicalIndex | HybridIndex | EngineRetriever


def open_index(shop: Path, vocabulary: Vocabulary | None = None) -> ShopIndex:
    """What a shop's folder is searched by: the engine it names, else words (and vectors, if any).

    Raises:
        ShopError: it is missing, damaged, or of another version; or its engine does not answer.
        MissingExtraError: an extra that it needs is not installed.
    """
    lexical = LexicalIndex.open(shop / "index")
    if (shop / _SETTING).is_file():
        config = load_toml(shop / _SETTING, EngineConfig)
        return EngineRetriever(
            open_engine(shop, config, lexical, vocabulary), lexical, config.depth
        )
    meaning = shop / "meaning"
    return HybridIndex(lexical, DenseIndex.open(meaning)) if meaning.is_dir() else lexical


def open_engine(
    shop: Path, config: EngineConfig, index: LexicalIndex, vocabulary: Vocabulary | None = None
) -> Engine:
    """The engine that a configuration names, over the dictionary of a shop.

    Raises:
        ShopError: it does not answer, or another process has its folder.
        MissingExtraError: its package is not installed.
    """
    if config.kind is EngineKind.ARRAYS:
        return ArrayEngine(index, vocabulary)
    if config.kind is EngineKind.QDRANT_EDGE:
        return EdgeEngine(shop / _FOLDER, index, vocabulary)
    place = config.url or os.environ.get(SERVER, "") or str(shop / _FOLDER)
    return QdrantEngine(place, config.collection, index, vocabulary)


def load_engine(
    shop: Path, config: EngineConfig, products: Sequence[Product], vocabulary: Vocabulary
) -> None:
    """Put a built shop's products into an engine, and let the shop be searched by it.

    Raises:
        ShopError: the engine does not answer.
        StorageError: the disk is full or may not be written.
        MissingExtraError: its package is not installed.
    """
    engine = open_engine(shop, config, LexicalIndex.open(shop / "index"), vocabulary)
    engine.upsert(products)
    if isinstance(engine, EdgeEngine):
        engine.optimize()
    engine.close()
    try:
        (shop / _SETTING).write_text(to_toml(config), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"Cannot write {shop / _SETTING}: {error.strerror}.") from error
