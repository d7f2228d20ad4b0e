"""Places the blame: what each stage costs, and how far confidence can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sayfind.evaluation.calibration import (
    brier,
    expected_calibration_error,
    reliability,
    risk_coverage_area,
)
from sayfind.evaluation.run_judge import Cost, Judge
from sayfind.evaluation.run_record import CaseRecord
from sayfind.evaluation.significance import Comparison, compare

__all__ = ["calibration", "stage_costs"]


def stage_costs(
    records: Sequence[CaseRecord], judge: Judge, seed: int = 0
) -> list[tuple[Cost, Comparison]]:
    """The gap at each of the judge's steps, above 0 where the stage loses something.

    Rungs are of the same cases, so that the gap is a paired difference. Steps whose rungs were not
    measured (a set without texts) are absent.
    """
    found = []
    for cost in judge.costs:
        pairs: dict[str, list[float]] = {}
        for record in records:
            rungs = record.judgement.rungs
            if cost.rung in rungs and (not cost.better or cost.better in rungs):
                above, below = rungs[cost.rung]
                better = _perfect(judge, below) if not cost.better else rungs[cost.better][0]
                sums = pairs.setdefault(record.group, [0.0, 0.0, 0.0])
                for place, value in enumerate((above, better, below)):
                    sums[place] += value
        if pairs:
            ours, theirs, weights = zip(*pairs.values(), strict=True)
            first, second = (ours, theirs) if judge.lower_is_better else (theirs, ours)
            found.append((cost, compare(first, second, weights, seed)))
    return found


def calibration(records: Sequence[CaseRecord], judge: Judge, seed: int = 0) -> dict[str, Any]:
    """Confidence against being right: errors of calibration as figures, and the bins of a plot.

    Only answers count: where nothing was heard there is no confidence.
    """
    answered = [r for r in records if r.confidence > 0 and judge.yes_no in r.judgement.measures]
    if not answered:
        return {}
    sure = [min(1.0, record.confidence) for record in answered]
    right = [record.judgement.measures[judge.yes_no] for record in answered]
    return {
        "right": judge.yes_no,
        "ece": expected_calibration_error(sure, right, seed=seed).to_json(),
        "brier": brier(sure, right, seed).to_json(),
        "risk_coverage_area": risk_coverage_area(sure, right, seed).to_json(),
        "bins": [
            {"confidence": b.confidence, "accuracy": b.accuracy, "n": b.n}
            for b in reliability(sure, right)
        ],
    }


def _perfect(judge: Judge, denominator: float) -> float:
    return 0.0 if judge.lower_is_better else denominator
