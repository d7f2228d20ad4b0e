"""Meaning beside words: products by the nearness of their titles' vectors, where words find few.

On judged queries words alone order better than words and a general sentence encoder together
(docs/search.md), so that by default vectors only fill up what words leave nearly empty.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sayfind.catalog.product import Product
from sayfind.errors import ShopError, StorageError
from sayfind.retrieval.bert_graph import compile_encoder
from sayfind.retrieval.encoder import SentenceEncoder
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.retrieval.postings import Postings
from sayfind.stages import Encoder
from sayfind.types import Hit, Query, SearchResult, Sort

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["DenseIndex", "HybridConfig", "HybridIndex", "build_vectors"]

VECTORS = "vectors.npy"


@dataclass(frozen=True, slots=True)
class HybridConfig:
    """How vectors help words.

    Where words find fewer than ``enough`` products, at most ``most`` are added whose cosine with
    the query is ``least`` or more. ``weight`` is that of the vectors' order of the first ``depth``
    products beside the words' order, fused by reciprocal ranks with ``constant`` (Cormack et al.
    2009); 0 leaves the words' order as it is.
    """

    enough: int = 10
    most: int = 20
    least: float = 0.4
    weight: float = 0.0
    depth: int = 100
    constant: float = 10.0

    def __post_init__(self) -> None:
        if min(self.enough, self.most) < 0 or self.depth < 1 or self.constant <= 0:
            raise ValueError("enough and most are not negative; depth and constant are positive")
        if not -1 <= self.least <= 1 or self.weight < 0:
            raise ValueError("least is a cosine from -1 to 1, and weight is not negative")


class DenseIndex:
    """Vectors of unit length, ``(num_products, width)``, and what encodes a query like them."""

    def __init__(self, vectors: NDArray[np.float32], encoder: Encoder) -> None:
        self._vectors, self._encoder = vectors, encoder

    def __len__(self) -> int:
        """Number of products."""
        return len(self._vectors)

    @classmethod
    def open(cls, folder: Path) -> DenseIndex:
        """Read what ``build_vectors`` wrote.

        Raises:
            ShopError: the vectors are missing or damaged.
            ModelError: the encoder is.
            MissingExtraError: ``tokenizers`` is not installed.
        """
        try:
            vectors = np.load(folder / VECTORS, allow_pickle=False).astype(np.float32)
        except (OSError, EOFError, ValueError) as error:
            raise ShopError(f"{folder / VECTORS} is damaged; build the shop again.") from error
        return cls(vectors, SentenceEncoder(folder))

    def changed(self, kept: NDArray[np.bool_], titles: Sequence[str]) -> DenseIndex:
        """The vectors of the kept products, ``(num_products,)``, and after them of new titles."""
        added = self._encoder.encode(titles) if titles else self._vectors[:0]
        return DenseIndex(np.concatenate([self._vectors[kept], added]), self._encoder)

    def cosines(self, text: str, places: Sequence[int] | None = None) -> NDArray[np.float32]:
        """How near products are to a text, in [-1, 1]: all, or those at some places, in order."""
        vectors = self._vectors if places is None else self._vectors[list(places)]
        near: NDArray[np.float32] = vectors @ self._encoder.encode([text])[0]
        return near


def build_vectors(titles: Sequence[str], checkpoint: Path, folder: Path) -> None:
    """Write an int8 encoder and the vectors of titles (16-bit floats) into a folder.

    Raises:
        ModelError: the checkpoint is no sentence encoder that can be compiled.
        StorageError: the disk is full or may not be written.
        MissingExtraError: ``onnx`` or ``tokenizers`` is not installed.
    """
    compile_encoder(checkpoint, folder)
    vectors = SentenceEncoder(folder).encode(titles)
    try:
        np.save(folder / VECTORS, vectors.astype(np.float16))
    except OSError as error:
        raise StorageError(f"Cannot write {folder / VECTORS}: {error.strerror}.") from error


class HybridIndex:
    """Words and meaning over the same products; implements ``stages.Retriever``."""

    def __init__(
        self, lexical: LexicalIndex, dense: DenseIndex, config: HybridConfig | None = None
    ) -> None:
        """Join two indexes.

        Raises:
            ShopError: they are of different products.
        """
        if len(lexical) != len(dense):
            raise ShopError("The vectors are of other products; build the shop again.")
        self.lexical, self.dense, self.config = lexical, dense, config or HybridConfig()

    @property
    def postings(self) -> Postings:
        """Which products hold which terms."""
        return self.lexical.postings

    def changed(
        self,
        products: Sequence[Product],
        removed: Collection[str] = (),
        vocabulary: Vocabulary | None = None,
    ) -> HybridIndex:
        """The index with products put in and others taken out, as ``LexicalIndex.changed``."""
        lexical = self.lexical.changed(products, removed, vocabulary)
        gone = {*removed, *(product.id for product in products)}
        kept = np.array([name not in gone for name in self.lexical.contents.product_ids], bool)
        dense = self.dense.changed(kept, [product.title for product in products])
        return HybridIndex(lexical, dense, self.config)

    def search(self, query: Query, k: int) -> SearchResult:
        """At most ``k`` hits: the words' hits in their or the fused order, then the nearest.

        Facets count what the words found.
        """
        config = self.config
        text = query.terms or query.text
        depth = max(k, config.enough, config.depth if config.weight else 0)
        found = self.lexical.search(query, depth)
        fills = found.total < config.enough and query.sort is Sort.RELEVANCE
        reorders = bool(config.weight and found.hits and query.sort is Sort.RELEVANCE)
        if not text.strip() or found.relaxed or not (fills or reorders):
            return replace(found, hits=found.hits[:k])
        hits = self._fused(found.hits, text) if reorders else found.hits
        added = self._nearest(query, self.dense.cosines(text), hits) if fills else ()
        return replace(found, hits=(*hits, *added)[:k], total=found.total + len(added))

    def _fused(self, hits: Sequence[Hit], text: str) -> tuple[Hit, ...]:
        """The hits by the sum of their reciprocal ranks among words and among vectors."""
        config = self.config
        scores = [1.0 / (config.constant + rank) for rank in range(len(hits))]
        first = hits[: config.depth]
        places = [self.lexical.place(hit.product_id) for hit in first]
        order = np.argsort(-self.dense.cosines(text, places), kind="stable")
        for rank, at in enumerate(order.tolist()):
            scores[at] += config.weight / (config.constant + rank)
        best = np.argsort(-np.array(scores), kind="stable").tolist()
        return tuple(replace(hits[i], score=scores[i]) for i in best)

    def _nearest(
        self, query: Query, cosines: NDArray[np.float32], hits: Sequence[Hit]
    ) -> tuple[Hit, ...]:
        """The nearest products that are no hits and satisfy what the query demands."""
        allowed = self.lexical.admitted(query) & (cosines >= self.config.least)
        allowed[[self.lexical.place(hit.product_id) for hit in hits]] = False
        near = np.flatnonzero(allowed)
        near = near[np.argsort(-cosines[near], kind="stable")][: self.config.most]
        scale = hits[-1].score if hits else 1.0
        return tuple(
            Hit(
                self.lexical.product_id(int(i)),
                scale * max(0.0, float(cosines[i])),
                ("means something like what was asked",),
            )
            for i in near
        )
