"""The rows of the table: each system's figures, its limit, and ours less it on the same cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.peers.peer import Absence

from sayfind.evaluation.compare import compare_results
from sayfind.evaluation.report import measure_name
from sayfind.evaluation.report_table import condition_label, figure_text
from sayfind.evaluation.run import case_values
from sayfind.evaluation.run_record import CaseRecord
from sayfind.evaluation.run_summary import condition_figures, timings

__all__ = ["OURS", "Job", "job_rows", "markdown"]

OURS = "sayfind"
Records = Sequence[CaseRecord]


@dataclass(frozen=True, slots=True)
class Job:
    """One job on one set: who did it, and what is told of it.

    ``measures`` are told, the first is the one that is compared first; ``limits`` say, where that
    is known, what no system could exceed. ``systems`` holds the records by name, ours among them.
    """

    name: str
    title: str
    measures: tuple[str, ...]
    systems: Mapping[str, Records]
    limits: Mapping[str, float] = field(default_factory=dict)
    lower_is_better: bool = False


def job_rows(job: Job, seed: int = 0) -> list[dict[str, Any]]:
    """A row for each condition, measure and system, plain values.

    ``less`` is ours less the peer's with its paired interval and p; absent from our own row.
    """
    rows = []
    for noise, snr, _ in condition_figures(job.systems[OURS], seed):
        for system in job.systems:
            rows += _system_rows(job, (noise, snr), system, seed)
    return rows


def _system_rows(
    job: Job, condition: tuple[str, float | None], system: str, seed: int
) -> list[dict[str, Any]]:
    chosen = _under(job.systems[system], condition)
    ((noise, snr, figures),) = condition_figures(chosen, seed)
    less = {} if system == OURS else _less(job, condition, system, seed)
    speed = timings(chosen).get("total", {})
    about = {"job": job.name, "set": job.title, "noise": noise, "snr": snr, "system": system}
    return [
        {
            **about,
            "measure": name,
            **figures[name].to_json(),
            "limit": job.limits.get(name),
            "less": less.get(name),
            "seconds": speed,
        }
        for name in job.measures
    ]


def markdown(rows: Sequence[Mapping[str, Any]], absent: Sequence[Absence]) -> str:
    """The rows as one Markdown table, measure by measure, then who took no part."""
    lines = [
        "| job | set | system | measure | value and 95% interval | limit | sayfind less it | p "
        "| n | p50, ms |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: _order(row, rows)):
        label = condition_label(row)
        place = row["set"] if label == "clean" else f"{row['set']}, {label}"
        name = f"**{row['system']}**" if row["system"] == OURS else row["system"]
        lines.append(
            f"| {row['job']} | {place} | {name} | {measure_name(row['measure'])} "
            f"| {figure_text(row)} | {_limit(row)} | {_difference(row)} | {row['n']} "
            f"| {_milliseconds(row)} |"
        )
    lines += ["", *(f"No part took {a.peer}: {a.reason}" for a in absent)]
    return "\n".join(lines).strip()


def _under(records: Records, condition: tuple[str, float | None]) -> list[CaseRecord]:
    return [record for record in records if (record.noise, record.snr) == condition]


def _less(
    job: Job, condition: tuple[str, float | None], system: str, seed: int
) -> dict[str, dict[str, Any]]:
    theirs, ours = (_result(job, _under(job.systems[s], condition)) for s in (system, OURS))
    changes = compare_results(theirs, ours, seed).measures
    return {c.measure: {**c.comparison.to_json(), "p_holm": c.p_holm} for c in changes}


def _result(job: Job, records: Records) -> dict[str, Any]:
    return {
        "kind": job.name,
        "main": job.measures[0],
        "lower_is_better": job.lower_is_better,
        "settings": {},
        "cases": [case_values(record) for record in records],
    }


def _order(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    """Job, set and condition in the order they were run, then the measure, then the system."""
    keys = [("job", "set", "noise", "snr"), ("job", "set", "measure"), ("system",)]
    places = []
    for key in keys:
        seen = list(dict.fromkeys(tuple(other[name] for name in key) for other in rows))
        places.append(seen.index(tuple(row[name] for name in key)))
    return tuple(places)


def _limit(row: Mapping[str, Any]) -> str:
    return "–" if row["limit"] is None else f"{row['limit']:.3f}"


def _difference(row: Mapping[str, Any]) -> str:
    less = row["less"]
    if less is None:
        return "– | –"
    p = "< 0.001" if less["p"] < 0.001 else f"{less['p']:.3f}"
    return f"{less['difference']:+.3f} [{less['low']:+.2f}, {less['high']:+.2f}] | {p}"


def _milliseconds(row: Mapping[str, Any]) -> str:
    return f"{1e3 * row['seconds']['p50']:.0f}" if row["seconds"] else "–"
