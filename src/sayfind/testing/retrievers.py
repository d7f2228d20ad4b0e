"""What every retriever must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from itertools import pairwise

from sayfind.stages import Retriever
from sayfind.testing.checks import ODD_TEXTS, together
from sayfind.types import Query, SearchResult, Sort

__all__ = ["RetrieverSuite"]


class RetrieverSuite(ABC):
    """Tests of ``Retriever``; ``query`` finds two products or more."""

    @abstractmethod
    def retriever(self) -> Retriever:
        """The retriever under test."""

    @abstractmethod
    def query(self) -> Query:
        """A query by relevance that finds at least two products."""

    def test_it_is_a_retriever(self) -> None:
        assert isinstance(self.retriever(), Retriever)

    def test_it_finds_its_query(self) -> None:
        result = self.retriever().search(self.query(), 10)
        assert len(result.hits) >= 2, "the query of a suite finds two products or more"
        _check(result, 10)
        scores = [hit.score for hit in result.hits]
        assert all(a >= b for a, b in pairwise(scores)), f"best first: {scores}"

    def test_fewer_hits_are_the_first_of_more(self) -> None:
        retriever, query = self.retriever(), self.query()
        many = retriever.search(query, 10)
        for k in range(4):
            few = retriever.search(query, k)
            assert few.hits == many.hits[:k]
            assert few.total == many.total, "the total counts all that match"

    def test_nothing_asked_is_nothing_found(self) -> None:
        result = self.retriever().search(Query(""), 10)
        assert (result.hits, result.total) == ((), 0)

    def test_any_words_give_a_result(self) -> None:
        retriever = self.retriever()
        for text in ODD_TEXTS:
            _check(retriever.search(Query(text, terms=text), 5), 5)

    def test_every_order_shows_the_same_kind_of_answer(self) -> None:
        retriever = self.retriever()
        for sort in Sort:
            result = retriever.search(replace(self.query(), sort=sort), 5)
            _check(result, 5)
            assert result.hits, f"sorting by {sort} loses what was found"

    def test_the_same_query_finds_the_same(self) -> None:
        retriever, query = self.retriever(), self.query()
        results = [retriever.search(query, 5), *together(lambda: retriever.search(query, 5))]
        assert all(result.hits == results[0].hits for result in results)


def _check(result: SearchResult, k: int) -> None:
    ids = [hit.product_id for hit in result.hits]
    assert len(ids) <= k, f"{len(ids)} hits where {k} were asked for"
    assert len(set(ids)) == len(ids), f"a product is found once: {ids}"
    assert result.total >= len(ids), f"{len(ids)} hits of {result.total} in all"
    for field, counts in result.facets.items():
        wrong = {value: n for value, n in counts.items() if not 0 < n <= result.total}
        assert not wrong, f"facet {field} counts products that match: {wrong}"
