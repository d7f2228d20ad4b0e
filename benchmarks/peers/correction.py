"""The correction job: every corrector gets the same readings, ours those it had in this run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.peers.peer import CorrectionPeer
from benchmarks.peers.rows import OURS, Job

from sayfind.evaluation.run_judge import Subject
from sayfind.evaluation.run_plan import CLEAN
from sayfind.evaluation.run_record import CaseRecord
from sayfind.evaluation.run_summary import figures
from sayfind.evaluation.run_transcription import TranscriptionJudge
from sayfind.stages import Corrector
from sayfind.types import Hypothesis, NBest, Query, SearchResult, Trace

__all__ = ["HeardCase", "correct_heard", "correct_made", "leave_alone"]

Correct = Callable[[Sequence[str]], str]
MEASURES = ("wer", "error_reduction", "over_correction")


@dataclass(frozen=True, slots=True)
class HeardCase:
    """What was said, and the readings of it, best first."""

    id: str
    group: str
    reference: str
    readings: tuple[str, ...]

    @classmethod
    def of(cls, record: CaseRecord) -> HeardCase:
        """The readings that our recogniser gave a case, before correction."""
        heard: Sequence[Sequence[Any]] = record.detail["heard"]
        readings = tuple(str(text) for text, _ in heard)
        return cls(record.id, record.group, record.judgement.expected, readings)


def correct_heard(
    records: Sequence[CaseRecord], peers: Mapping[str, CorrectionPeer], title: str
) -> Job:
    """Readings that our recogniser gave in this run; ours is what our chain made of them.

    The limits are those of choosing among the readings (the oracle of the n-best list), which
    correction from outside the list may exceed.
    """
    kept = [r for r in records if r.condition.noise == CLEAN and not r.left_out]
    cases = [HeardCase.of(record) for record in kept]
    given = {record.id: _first(record.detail["corrected"]) for record in kept}
    seconds = {record.id: record.seconds.get("correct", 0.0) for record in kept}
    ours = [_record(case, given[case.id], seconds[case.id]) for case in cases]
    return _job(title, ours, cases, peers, _oracle_limits(ours))


def correct_made(
    cases: Sequence[HeardCase],
    corrector: Corrector,
    peers: Mapping[str, CorrectionPeer],
    title: str,
) -> Job:
    """Texts with made slips, one reading each, given to our corrector as if they had been heard.

    The right text is in the closed set, so that nothing is out of reach.
    """
    ours = _records(cases, _ours(corrector))
    return _job(title, ours, cases, peers, {"wer": 0.0, "error_reduction": 1.0})


def leave_alone(
    texts: Sequence[str], corrector: Corrector, peers: Mapping[str, CorrectionPeer], title: str
) -> Job:
    """Texts that are right and that the shop knows little of: every change is one too many."""
    cases = [HeardCase(f"right{n}", f"right{n}", text, (text,)) for n, text in enumerate(texts)]
    job = _job(title, _records(cases, _ours(corrector)), cases, peers, {})
    return replace(job, measures=("over_correction",))


def _ours(corrector: Corrector) -> Correct:
    def correct(readings: Sequence[str]) -> str:
        heard = Hypothesis(readings[0], {"acoustic": 0.0})  # a reading, not what a keyboard gives
        return corrector.correct(NBest((heard,), (1.0,)), None)[0].text

    return correct


def _job(
    title: str,
    ours: list[CaseRecord],
    cases: Sequence[HeardCase],
    peers: Mapping[str, CorrectionPeer],
    limits: Mapping[str, float],
) -> Job:
    systems = {OURS: ours}
    systems.update({name: _records(cases, peer.correct) for name, peer in peers.items()})
    limits = {"over_correction": 0.0, **limits}
    return Job("correction", title, MEASURES, systems, limits, lower_is_better=True)


def _oracle_limits(ours: Sequence[CaseRecord]) -> dict[str, float]:
    found = figures(ours)
    heard, best = found["heard_wer"].value, found["oracle_wer"].value
    return {"wer": best} | ({"error_reduction": 1.0 - best / heard} if heard else {})


def _records(cases: Sequence[HeardCase], correct: Correct) -> list[CaseRecord]:
    records = []
    for case in cases:
        start = time.perf_counter()
        text = correct(case.readings) if case.readings else ""
        records.append(_record(case, text, time.perf_counter() - start))
    return records


def _record(case: HeardCase, text: str, seconds: float) -> CaseRecord:
    shares = tuple(1.0 / len(case.readings) for _ in case.readings)
    heard = NBest(tuple(map(Hypothesis, case.readings)), shares)
    given = NBest.from_text(text)
    trace = Trace("", heard, given, (), Query(text), SearchResult(), {})
    judgement = TranscriptionJudge().judge(Subject(case.reference, "", {}, trace))
    return CaseRecord(case.id, case.group, CLEAN, None, judgement, seconds={"correct": seconds})


def _first(readings: Sequence[Sequence[Any]]) -> str:
    return str(readings[0][0]) if readings else ""
