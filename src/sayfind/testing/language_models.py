"""What every language model must do."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

from sayfind.stages import LanguageModel

__all__ = ["LanguageModelSuite"]


class LanguageModelSuite(ABC):
    """Tests of ``LanguageModel``; ``sentence`` are tokens that it knows."""

    @abstractmethod
    def model(self) -> LanguageModel[Any]:
        """The model under test."""

    @abstractmethod
    def sentence(self) -> tuple[str, ...]:
        """Tokens of a sentence, two or more."""

    def test_it_is_a_language_model(self) -> None:
        assert isinstance(self.model(), LanguageModel)

    def test_scores_are_logarithms_of_probabilities(self) -> None:
        scores = self._scores(self.sentence())
        assert all(-math.inf < score <= 1e-6 for score in scores), scores

    def test_a_token_it_never_saw_is_no_surprise_to_the_program(self) -> None:
        (score,) = self._scores(("qzxwvj",))
        assert not math.isnan(score) and score <= 1e-6

    def test_a_state_is_a_value(self) -> None:
        model, (first, second, *_) = self.model(), self.sentence()
        start = model.start()
        alone, after = model.score(start, first)
        model.score(after, second)
        model.score(start, second)
        assert model.score(start, first)[0] == alone, "scoring changed an older state"

    def test_the_same_sentence_scores_the_same(self) -> None:
        assert self._scores(self.sentence()) == self._scores(self.sentence())

    def _scores(self, tokens: tuple[str, ...]) -> list[float]:
        model, scores = self.model(), []
        state = model.start()
        for token in tokens:
            score, state = model.score(state, token)
            scores.append(score)
        return scores
