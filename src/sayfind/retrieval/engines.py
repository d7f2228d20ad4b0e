"""Which index a shop is searched by."""

from __future__ import annotations

from pathlib import Path

from sayfind.retrieval.dense import DenseIndex, HybridIndex
from sayfind.retrieval.lexical import LexicalIndex

__all__ = ["open_index"]


def open_index(shop: Path) -> LexicalIndex | HybridIndex:
    """The index of a shop's folder: by words, and by meaning too where it has vectors.

    Raises:
        ShopError: it is missing, damaged, or of another version.
        MissingExtraError: it has vectors, and the extra that reads them is not installed.
    """
    lexical = LexicalIndex.open(shop / "index")
    meaning = shop / "meaning"
    return HybridIndex(lexical, DenseIndex.open(meaning)) if meaning.is_dir() else lexical
