"""What every corrector must do."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from itertools import pairwise

from sayfind.correction.locks import lock_signature
from sayfind.stages import Corrector
from sayfind.testing.checks import ODD_TEXTS, check_n_best, speech
from sayfind.types import Hypothesis, NBest

__all__ = ["CorrectorSuite"]


class CorrectorSuite(ABC):
    """Tests of ``Corrector``: the audit trail is true, and what is locked stays.

    ``slip`` is a text that it repairs, with what it makes of it; ``right`` texts that it must
    leave as they are.
    """

    @abstractmethod
    def corrector(self) -> Corrector:
        """The corrector under test."""

    @abstractmethod
    def slip(self) -> tuple[str, str]:
        """A wrong text and the right one."""

    @abstractmethod
    def right(self) -> tuple[str, ...]:
        """Texts with nothing wrong in them."""

    def texts(self) -> tuple[str, ...]:
        """All texts to try."""
        return (*ODD_TEXTS, *self.right(), self.slip()[0], f"not {self.slip()[0]} under 50")

    def test_it_is_a_corrector(self) -> None:
        assert isinstance(self.corrector(), Corrector)

    def test_nothing_heard_is_nothing_corrected(self) -> None:
        assert self.corrector().correct(NBest(), None) == (NBest(), ())
        assert self.corrector().correct(NBest(), speech()) == (NBest(), ())

    def test_it_repairs_its_slip_and_says_so(self) -> None:
        wrong, repaired = self.slip()
        n_best, changes = self.corrector().correct(NBest.from_text(wrong), None)
        assert n_best.text == repaired
        assert any(change.accepted and change.reason for change in changes), "no change is recorded"

    def test_what_is_right_is_left(self) -> None:
        corrector = self.corrector()
        for text in self.right():
            n_best, changes = corrector.correct(NBest.from_text(text), None)
            assert n_best.text == text
            assert not [change for change in changes if change.accepted]

    def test_changes_tell_the_truth(self) -> None:
        corrector = self.corrector()
        for text in self.texts():
            n_best, changes = corrector.correct(NBest.from_text(text), None)
            assert [text[c.start : c.end] for c in changes] == [c.before for c in changes], text
            taken = sorted((c for c in changes if c.accepted), key=lambda c: c.start)
            assert all(a.end <= b.start for a, b in pairwise(taken)), f"{text!r}: they overlap"
            said = text
            for change in reversed(taken):
                said = said[: change.start] + change.after + said[change.end :]
            assert n_best.text == (said if n_best else ""), f"{text!r}: not what the changes say"

    def test_numbers_and_negations_are_locked(self) -> None:
        corrector = self.corrector()
        for text in self.texts():
            n_best, _ = corrector.correct(NBest.from_text(text), None)
            if n_best:
                assert lock_signature(n_best.text) == lock_signature(text), text

    def test_readings_stay_a_distribution(self) -> None:
        readings = [Hypothesis(text) for text in (self.slip()[0], *self.right())]
        totals = [-math.log(2 + rank) for rank in range(len(readings))]
        corrector = self.corrector()
        for audio in (None, speech()):
            n_best, _ = corrector.correct(NBest.from_scores(readings, totals), audio)
            check_n_best(n_best)

    def test_correcting_twice_changes_nothing_more(self) -> None:
        corrector = self.corrector()
        for text in self.texts():
            once, _ = corrector.correct(NBest.from_text(text), None)
            twice, _ = corrector.correct(NBest.from_text(once.text), None)
            assert twice.text == once.text
