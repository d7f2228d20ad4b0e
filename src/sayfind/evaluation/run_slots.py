"""Judges orders: whether all slots of the manifest are among the wishes, and none besides.

The words that were said are not known where the manifest has no ``text``: the ladder then ends at
the best that any one reading of the n-best list would have given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sayfind.data.sets import Case
from sayfind.evaluation.run_judge import Cost, Rung, Subject, readings_of
from sayfind.evaluation.run_record import Judgement
from sayfind.evaluation.slots import SlotCase, expected_slots, wishes
from sayfind.stages import Understander
from sayfind.types import NBest, Query

__all__ = ["SlotsJudge"]

Slots = frozenset[tuple[str, str]]
NONE = "(none)"


class SlotsJudge:
    """Compares a query's constraints with the manifest's ``slots``.

    ``confidence`` is the least that a constraint needs to count as a wish.
    """

    main = "acceptance"
    lower_is_better = False
    yes_no = "acceptance"
    ladder: Sequence[Rung] = (
        Rung("first reading", "the recogniser's first reading alone, uncorrected"),
        Rung("n-best", "the whole n-best list, uncorrected"),
        Rung("chain", "the whole chain, corrected"),
        Rung("any reading", "oracle: the best of the readings, each by itself"),
        Rung("true text", "oracle: the text of the manifest, where it has one"),
    )

    costs: Sequence[Cost] = (
        Cost("correction", "chain", "n-best"),
        Cost("choosing among the readings", "chain", "any reading"),
        Cost("hearing: no reading would do", "any reading"),
        Cost("understanding the true text", "true text"),
    )

    def __init__(self, understander: Understander, confidence: float = 0.5) -> None:
        self._understander = understander
        self._confidence = confidence

    def problem(self, case: Case) -> str:
        """Every order can be judged, one without a wish too."""
        return "" if "slots" in case.row else "no slots"

    def judge(self, subject: Subject) -> Judgement:
        """Acceptance, and the slots found, invented and missed."""
        expected = expected_slots(subject.slots)
        given = wishes(subject.trace.query, self._confidence)
        right = float(len(expected & given))
        accepted = float(not subject.failed and SlotCase(expected, given).is_accepted)
        rungs = self._rungs(subject, expected, accepted)
        before = rungs["n-best"][0]
        return Judgement(
            measures={"acceptance": accepted},
            counts={
                "slot_precision": (right, float(len(given))),
                "slot_recall": (right, float(len(expected))),
                "correction_harm": (before * (1.0 - accepted), before),
            },
            rungs=rungs,
            expected=_told(expected),
            given=_told(given),
            confusions=_mistaken(dict(expected), given),
            confidence=self._surety(subject.trace.query),
        )

    def _surety(self, query: Query) -> float | None:
        """Of an order as a whole: several readings may wish for the same."""
        sure = [c.confidence for c in query.constraints if c.confidence >= self._confidence]
        return min(sure, default=None)

    def _rungs(
        self, subject: Subject, expected: Slots, accepted: float
    ) -> dict[str, tuple[float, float]]:
        heard, corrected = subject.trace.heard, subject.trace.corrected
        single = [NBest.from_text(text) for text in readings_of(heard, corrected)]
        any_reading = accepted or any(self._right(n_best, expected) for n_best in single)
        shares = {
            "first reading": self._right(NBest.from_text(heard.text), expected),
            "n-best": self._right(heard, expected),
            "chain": accepted,
            "any reading": float(not subject.failed and bool(any_reading)),
        }
        if subject.failed:
            shares = dict.fromkeys(shares, 0.0)
        if subject.text:
            shares["true text"] = self._right(NBest.from_text(subject.text), expected)
        return {name: (share, 1.0) for name, share in shares.items()}

    def _right(self, n_best: NBest, expected: Slots) -> float:
        given = wishes(self._understander.understand(n_best), self._confidence)
        return float(SlotCase(expected, given).is_accepted)


def _told(slots: Slots) -> str:
    return ", ".join(f"{name}: {value}" for name, value in sorted(slots))


def _mistaken(expected: Mapping[str, str], given: Slots) -> list[tuple[str, str]]:
    """(value that was meant, value that was understood) of every slot that went wrong."""
    got: dict[str, list[str]] = {}
    for name, value in sorted(given):
        got.setdefault(name, []).append(value)
    pairs = []
    for name in sorted({*expected, *got}):
        meant, found = expected.get(name, NONE), got.get(name, [NONE])
        pairs += [(f"{name}: {meant}", f"{name}: {v}") for v in found if v != meant]
    return pairs
