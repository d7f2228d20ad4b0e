"""bm25s over title, brand, category, attributes and description together, on our terms."""

from __future__ import annotations

import itertools
from typing import Any

from benchmarks.peers.peer import Material
from benchmarks.peers.terms import product_terms

from sayfind.errors import require
from sayfind.text.tokenise import tokenise

__all__ = ["Bm25sPeer"]


class Bm25sPeer:
    """Plain BM25 with the library's own k1 and b."""

    def __init__(self, material: Material) -> None:
        bm25s: Any = require("bm25s", "peers")
        self._ids, documents = product_terms(material.shop)
        self._known = set(itertools.chain.from_iterable(documents))
        self._index = bm25s.BM25()
        self._index.index(documents, show_progress=False)

    def find(self, text: str, k: int) -> list[str]:
        """Ids of the products with a score above 0."""
        terms = [term for term in tokenise(text) if term in self._known]
        if not terms:
            return []
        k = min(k, len(self._ids))
        (found,), (scores,) = self._index.retrieve([terms], k=k, show_progress=False)
        return [self._ids[i] for i, score in zip(found, scores, strict=True) if score > 0]
