"""What a judge is: it compares what came of a case with what the manifest says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sayfind.data.sets import Case
from sayfind.evaluation.run_plan import Condition
from sayfind.evaluation.run_record import Judgement
from sayfind.types import NBest, Trace

__all__ = ["Cost", "Judge", "Rung", "Subject", "readings_of"]


@dataclass(frozen=True, slots=True)
class Subject:
    """One answered case: the manifest's columns and the trace; ``failed`` where none came.

    ``key`` is the clip's id and condition, ``seconds`` its length.
    """

    text: str
    query: str
    slots: Mapping[str, str]
    trace: Trace
    failed: bool = False
    seconds: float = 0.0
    key: tuple[str, Condition] = ("", Condition())

    @classmethod
    def of(
        cls,
        case: Case,
        condition: Condition,
        trace: Trace,
        failed: bool,
        seconds: float,
    ) -> Subject:
        """A case of a set under a condition, with what was made of it."""
        key = (case.id, condition)
        return cls(case.text, case.query, case.slots, trace, failed, seconds, key)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the oracle ladder: the main measure with some stage replaced by its oracle."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stage costs: the main measure at one rung against that at a better one.

    ``better`` is empty for perfection.
    """

    stage: str
    rung: str
    better: str = ""


class Judge(Protocol):
    """One kind of evaluation.

    ``main`` names the figure that reports lead with, ``lower_is_better`` its direction, ``yes_no``
    the measure that says whether an answer was right, for calibration. ``ladder`` are the rungs in
    order, ``costs`` the steps between them that are a stage's own.
    """

    main: str
    lower_is_better: bool
    yes_no: str
    ladder: Sequence[Rung]
    costs: Sequence[Cost]

    def problem(self, case: Case) -> str:
        """Why a case cannot be judged; the empty string where it can."""
        ...

    def judge(self, subject: Subject) -> Judgement:
        """The numbers of one case."""
        ...


def readings_of(*lists: NBest) -> list[str]:
    """The distinct readings of several lists, in order."""
    return list(dict.fromkeys(h.text for n_best in lists for h in n_best.hypotheses))
