"""tantivy over title, brand, category, attributes and description together, on our terms."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.peer import Material
from benchmarks.peers.terms import product_terms

from sayfind.errors import require
from sayfind.text.tokenise import tokenise

__all__ = ["TantivyPeer"]

HEAP = 100_000_000  # bytes, for its writer


class TantivyPeer:
    """An index in memory; a product answers if it has any term of the query (BM25)."""

    def __init__(self, material: Material) -> None:
        self._tantivy: Any = require("tantivy", "peers")
        builder = self._tantivy.SchemaBuilder()
        # our terms have no space in them, so that this tokenizer gives them back as they are
        builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
        builder.add_integer_field("place", stored=True)
        self._schema = builder.build()
        self._index = self._tantivy.Index(self._schema)
        self._ids, documents = product_terms(material.shop)
        writer = self._index.writer(heap_size=HEAP, num_threads=1)
        for place, terms in enumerate(documents):
            document = self._tantivy.Document()
            document.add_text("terms", " ".join(terms))
            document.add_integer("place", place)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def find(self, text: str, k: int) -> list[str]:
        """Ids of the products with any of the terms."""
        query, occur = self._tantivy.Query, self._tantivy.Occur.Should
        terms = [(occur, query.term_query(self._schema, "terms", t)) for t in tokenise(text)]
        if not terms:
            return []
        searcher = self._index.searcher()
        hits = searcher.search(query.boolean_query(terms), limit=k).hits
        return [self._ids[searcher.doc(address)["place"][0]] for _, address in hits]
