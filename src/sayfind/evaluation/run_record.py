"""What is kept of one case: the numbers it contributes, and what was heard, for the report.

A record is one line of JSON, so that a run that was cut off goes on where it stopped. Times are
in a field of their own: everything else is the same at the same seed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sayfind.evaluation.run_plan import Condition
from sayfind.types import Change, Constraint, NBest, Range, Trace

__all__ = ["CaseRecord", "Judgement", "Omission", "trace_detail"]

MAX_READINGS = 10
MAX_CHANGES = 12
MAX_HITS = 5


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that counts nowhere, by name, and why; ``detail`` says more in words."""

    name: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge says of one case.

    ``measures`` are numbers whose mean over cases is the figure; ``counts`` are (numerator,
    denominator) pairs whose sums make a ratio; ``rungs`` such pairs of the main measure under
    oracles.
    ``expected`` and ``given`` are what the report shows side by side; ``confusions`` are
    (meant, given) pairs; ``slices`` what the judge knows of the case beside the manifest;
    ``confidence`` is that of the answer, where the answer is not the first reading.
    """

    measures: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    rungs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    expected: str = ""
    given: str = ""
    confusions: Sequence[tuple[str, str]] = ()
    slices: Mapping[str, str] = field(default_factory=dict)
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case under one condition.

    ``failure`` says why there was no answer (which counts as a wrong one); ``left_out`` why the
    case counts nowhere; ``seconds`` are by stage, ``audio`` the length of the clip;
    ``confidence`` is that of the answer, or of the corrected first reading. Cases of one ``group``
    (a query said by several voices) are resampled together, for they are not independent.
    """

    id: str
    group: str
    noise: str
    snr: float | None
    judgement: Judgement = Judgement()
    slices: Mapping[str, str] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    audio: float = 0.0
    confidence: float = 0.0
    failure: str = ""
    left_out: str = ""

    @property
    def condition(self) -> Condition:
        """The condition it was heard under."""
        return Condition(self.noise, self.snr)

    @property
    def key(self) -> tuple[str, Condition]:
        """What no two records of a run share."""
        return self.id, self.condition

    def to_line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_line(cls, line: str) -> CaseRecord:
        """The record of a line.

        Raises:
            ValueError: the line is no record.
        """
        values = json.loads(line)
        if not isinstance(values, dict) or "judgement" not in values:
            raise ValueError("no record of a case")
        told = values.pop("judgement")
        for name in ("counts", "rungs"):
            told[name] = {key: tuple(pair) for key, pair in told[name].items()}
        told["confusions"] = [tuple(pair) for pair in told["confusions"]]
        try:
            return cls(judgement=Judgement(**told), **values)
        except TypeError as error:
            raise ValueError("a record of another version") from error


def trace_detail(trace: Trace) -> dict[str, Any]:
    """What a reader needs to see why a case went wrong, as plain values."""
    return {
        "heard": _readings(trace.heard),
        "corrected": _readings(trace.corrected),
        "changes": [_change(change) for change in trace.changes[:MAX_CHANGES]],
        "wishes": [_wish(wish) for wish in trace.query.constraints],
        "hits": [hit.product_id for hit in trace.hits[:MAX_HITS]],
        "notes": list(trace.notes),
    }


def _readings(n_best: NBest) -> list[list[Any]]:
    pairs = zip(n_best.hypotheses, n_best.probabilities, strict=True)
    return [[h.text, round(p, 6)] for h, p in pairs][:MAX_READINGS]


def _change(change: Change) -> dict[str, Any]:
    return {
        "before": change.before,
        "after": change.after,
        "accepted": change.accepted,
        "reason": change.reason,
    }


def _wish(wish: Constraint) -> list[Any]:
    value = wish.value
    told = f"{value.low} to {value.high} {value.unit}" if isinstance(value, Range) else value
    return [wish.field, f"not {told}" if wish.negated else told, round(wish.confidence, 4)]
