"""What every understander must do."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from sayfind.stages import Understander
from sayfind.testing.checks import ODD_TEXTS, together
from sayfind.types import Constraint, Hypothesis, NBest, Range

__all__ = ["UnderstanderSuite"]


class UnderstanderSuite(ABC):
    """Tests of ``Understander``; ``wish`` is a text and the constraint that is in it."""

    @abstractmethod
    def understander(self) -> Understander:
        """The understander under test."""

    @abstractmethod
    def wish(self) -> tuple[str, Constraint]:
        """A text and what it asks for (its confidence and wording do not count)."""

    def test_it_is_an_understander(self) -> None:
        assert isinstance(self.understander(), Understander)

    def test_nothing_said_is_nothing_wished(self) -> None:
        query = self.understander().understand(NBest())
        assert (query.text, query.terms, query.constraints) == ("", "", ())

    def test_it_reads_its_wish(self) -> None:
        text, wanted = self.wish()
        query = self.understander().understand(NBest.from_text(text))
        found = {(c.field, c.value, c.negated) for c in query.constraints}
        assert (wanted.field, wanted.value, wanted.negated) in found

    def test_wishes_are_well_formed(self) -> None:
        understander = self.understander()
        for text in (*ODD_TEXTS, self.wish()[0]):
            query = understander.understand(NBest.from_text(text))
            assert query.text == (text if text.strip() else ""), "the text is the best reading"
            for wish in query.constraints:
                assert wish.field, f"{text!r}: a wish names a field"
                assert 0.0 < wish.confidence <= 1.0, f"{text!r}: {wish}"
                if isinstance(wish.value, Range):
                    low = -math.inf if wish.value.low is None else wish.value.low
                    high = math.inf if wish.value.high is None else wish.value.high
                    assert low <= high and (low, high) != (-math.inf, math.inf), wish
                else:
                    assert wish.value, f"{text!r}: a wish has a value"

    def test_alternatives_are_readings_with_their_shares(self) -> None:
        readings = [Hypothesis(text) for text in (self.wish()[0], "something else", "a third")]
        n_best = NBest.from_scores(readings, [0.0, -1.0, -2.0])
        alternatives = self.understander().understand(n_best).alternatives
        assert alternatives and alternatives[0][0] == n_best.text, "the first reading comes first"
        shares = [share for _, share in alternatives]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1.0 + 1e-6, f"shares sum to {sum(shares)}"

    def test_the_same_words_mean_the_same(self) -> None:
        understander, n_best = self.understander(), NBest.from_text(self.wish()[0])
        queries = [understander.understand(n_best)]
        queries += together(lambda: understander.understand(n_best))
        assert all(query == queries[0] for query in queries)
