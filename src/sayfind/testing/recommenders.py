"""What every recommender must do."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import replace
from itertools import pairwise

from sayfind.stages import Recommender
from sayfind.testing.checks import together
from sayfind.types import Hit, Session

__all__ = ["RecommenderSuite"]


class RecommenderSuite(ABC):
    """Tests of ``Recommender``; ``session`` is one for which it has two suggestions or more."""

    @abstractmethod
    def recommender(self) -> Recommender:
        """The recommender under test."""

    @abstractmethod
    def session(self) -> Session:
        """Somebody for whom it has at least two suggestions."""

    def sessions(self) -> tuple[Session, ...]:
        """All sessions to try: somebody known, a newcomer, products that are no longer sold."""
        gone = Session(viewed=("no such product",), bought=("", "\x00"))
        return self.session(), Session(), gone, Session(viewed=self.session().viewed * 50)

    def test_it_is_a_recommender(self) -> None:
        assert isinstance(self.recommender(), Recommender)

    def test_it_has_suggestions(self) -> None:
        assert len(self.recommender().suggest(self.session(), 10)) >= 2

    def test_suggestions_are_well_formed(self) -> None:
        recommender = self.recommender()
        for session in self.sessions():
            _check(recommender.suggest(session, 5), 5)

    def test_fewer_are_the_first_of_more(self) -> None:
        recommender = self.recommender()
        many = recommender.suggest(self.session(), 10)
        for k in range(4):
            assert recommender.suggest(self.session(), k) == many[:k]

    def test_nobody_is_offered_what_they_hold(self) -> None:
        recommender, session = self.recommender(), self.session()
        offers = recommender.suggest(session, 1)
        assert offers, "there is nothing to suggest"
        first = offers[0].product_id
        for more in (replace(session, bought=(first,)), replace(session, viewed=(first,))):
            assert first not in [hit.product_id for hit in recommender.suggest(more, 10)]

    def test_who_says_no_is_treated_as_anybody(self) -> None:
        recommender = self.recommender()
        anybody = recommender.suggest(Session(personal=False), 5)
        assert recommender.suggest(replace(self.session(), personal=False), 5) == anybody

    def test_the_same_session_gets_the_same(self) -> None:
        recommender, session = self.recommender(), self.session()
        answers = together(lambda: recommender.suggest(session, 5))
        assert all(answer == recommender.suggest(session, 5) for answer in answers)


def _check(hits: tuple[Hit, ...], k: int) -> None:
    ids = [hit.product_id for hit in hits]
    assert len(ids) <= k, f"{len(ids)} suggestions where {k} were asked for"
    assert len(set(ids)) == len(ids), f"a product is suggested once: {ids}"
    scores = [hit.score for hit in hits]
    assert all(map(math.isfinite, scores)), f"scores are numbers: {scores}"
    assert all(a >= b for a, b in pairwise(scores)), f"best first: {scores}"
    assert all(hit.reasons for hit in hits), "every suggestion says why"
