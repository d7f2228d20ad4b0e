"""Runs an evaluation from a plan to a result: the numbers, and everything the report needs."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import sayfind
from sayfind.data.sets import SpokenSet
from sayfind.errors import InputError
from sayfind.evaluation.figure import Figure
from sayfind.evaluation.latency import peak_memory
from sayfind.evaluation.run_bench import Bench, SearchFactory
from sayfind.evaluation.run_cases import Task, run_cases
from sayfind.evaluation.run_costs import calibration, stage_costs
from sayfind.evaluation.run_plan import Plan
from sayfind.evaluation.run_record import CaseRecord, Omission
from sayfind.evaluation.run_store import RecordStore
from sayfind.evaluation.run_summary import (
    condition_figures,
    confusion_counts,
    costs_in_time,
    figures,
    ladder,
    slices,
    timings,
)
from sayfind.pipeline import VoiceSearch
from sayfind.shop import Shop

__all__ = ["Evaluation", "case_values", "commit", "evaluate", "shop_of"]

FORMAT = 1
MOST_NAMED = 200  # of what was left out, in the result; the counts are of all


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A finished run: ``result`` is what is printed and compared, ``bench`` can play its clips."""

    plan: Plan
    records: list[CaseRecord]
    result: dict[str, Any]
    bench: Bench


def evaluate(
    plan: Plan,
    folder: Path | None = None,
    factory: SearchFactory = VoiceSearch,
    *,
    resume: bool = False,
    quiet: bool = True,
) -> Evaluation:
    """Run every case of a plan under every condition.

    Finished cases are kept in ``folder``/cases.jsonl and, with ``resume``, taken from there.
    ``factory`` makes the pipeline of the opened shop.

    Raises:
        InputError: the set, shop or judgements cannot be read, or no case is left.
        ConfigError: ``resume`` on a folder of another run.
    """
    fingerprint = plan.fingerprint(commit())
    with shop_of(plan) as ready:
        bench = Bench.open(ready, factory)
        identities, omissions = bench.cases_and_omissions()
        tasks: list[Task] = [(i, c) for c in plan.conditions for i in identities]
        if not tasks:
            raise InputError(_nothing_left(omissions))
        store = RecordStore(folder / "cases.jsonl", fingerprint, resume=resume) if folder else None
        with store or nullcontext():
            records = run_cases(bench, tasks, store, factory, quiet=quiet)
    omissions += dict.fromkeys(Omission(r.id, r.left_out) for r in records if r.left_out)
    if all(record.left_out for record in records):
        raise InputError(_nothing_left(omissions))
    return Evaluation(plan, records, _result(plan, bench, records, omissions), bench)


@contextmanager
def shop_of(plan: Plan) -> Iterator[Plan]:
    """The plan with a shop: its own, or one built of its feed for as long as this lasts.

    Where no queries are named, those of the set's ``utterances.txt`` are what was asked before.

    Raises:
        FeedError: the feed cannot be read.
    """
    if plan.shop is not None or plan.feed is None:
        yield plan
        return
    with tempfile.TemporaryDirectory(prefix="sayfind-evaluate-") as folder:
        path = Path(folder) / "shop"
        Shop.build(plan.feed, path, _queries(plan))
        yield replace(plan, shop=path)


def commit() -> str:
    """The revision of the code that measures: git's where there is one, else the version."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return sayfind.__version__
    return done.stdout.strip() or sayfind.__version__


def _queries(plan: Plan) -> list[str]:
    if plan.queries is None:
        assert plan.recordings is not None
        text = SpokenSet.open(plan.recordings).text_file("utterances.txt") or ""
    else:
        try:
            text = plan.queries.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"Cannot read the queries in {plan.queries}.") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _result(
    plan: Plan, bench: Bench, records: list[CaseRecord], omissions: Sequence[Omission]
) -> dict[str, Any]:
    seed, judge = plan.seed, bench.judge
    kept = [record for record in records if not record.left_out]
    sliced = slices(kept, [judge.main, "retention", "wer"], seed)
    return {
        "format": FORMAT,
        "kind": str(plan.kind),
        "main": judge.main,
        "lower_is_better": judge.lower_is_better,
        "cases_n": len({record.id for record in kept}),
        **_plain(figures(kept, seed)),
        "conditions": [
            {"noise": noise, "snr": snr, **_plain(found)}
            for noise, snr, found in condition_figures(kept, seed)
        ],
        "means": _means(kept, seed),
        "ladder": _ladder(bench, kept, seed),
        "slices": {
            key: {value: _plain(found) for value, found in values.items()}
            for key, values in sliced.items()
        },
        "costs": [
            {"stage": cost.stage, **difference.to_json()}
            for cost, difference in stage_costs(kept, judge, seed)
        ],
        "calibration": calibration(kept, judge, seed) if plan.recordings else {},
        "confusions": [list(item) for item in confusion_counts(kept)],
        "left_out": _omitted(omissions),
        "failed": _failed(kept),
        "settings": plan.settings(),
        "commit": commit(),
        "version": sayfind.__version__,
        "seed": seed,
        "seconds": timings(kept),
        "speed": {**_plain(costs_in_time(kept, seed)), "peak_memory_bytes": peak_memory()},
        "machine": {"cores": os.cpu_count(), "processes": plan.jobs, "machine": platform.machine()},
        "cases": [case_values(record) for record in kept],
    }


def _means(records: Sequence[CaseRecord], seed: int) -> list[dict[str, Any]]:
    """The mean over levels of each noise that has several."""
    found = []
    for noise in dict.fromkeys(record.noise for record in records):
        group = [record for record in records if record.noise == noise]
        if len({record.snr for record in group}) > 1:
            levels = list(dict.fromkeys(record.snr for record in group))
            found.append({"noise": noise, "snr": levels, **_plain(figures(group, seed))})
    return found


def _ladder(bench: Bench, records: Sequence[CaseRecord], seed: int) -> list[dict[str, Any]]:
    found = ladder(records, seed)
    return [
        {"rung": rung.name, "meaning": rung.meaning, **found[rung.name].to_json()}
        for rung in bench.judge.ladder
        if rung.name in found
    ]


def _plain(found: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure.to_json() for name, figure in found.items()}


def _omitted(omissions: Sequence[Omission]) -> dict[str, Any]:
    return {
        "count": len(omissions),
        "reasons": dict(sorted(Counter(o.reason for o in omissions).items())),
        "named": [asdict(omission) for omission in omissions[:MOST_NAMED]],
    }


def _failed(records: Sequence[CaseRecord]) -> dict[str, Any]:
    failed = [record for record in records if record.failure]
    kinds = Counter(record.failure.partition(":")[0] for record in failed)
    named = [
        {"id": record.id, "condition": record.condition.label, "reason": record.failure}
        for record in failed[:MOST_NAMED]
    ]
    return {"count": len(failed), "reasons": dict(sorted(kinds.items())), "named": named}


def case_values(record: CaseRecord) -> dict[str, Any]:
    """A case's own numbers as plain values: what two results are compared by."""
    return {
        "id": record.id,
        "group": record.group,
        "noise": record.noise,
        "snr": record.snr,
        "measures": dict(record.judgement.measures),
        "counts": {name: list(pair) for name, pair in record.judgement.counts.items()},
    }


def _nothing_left(omissions: Sequence[Omission]) -> str:
    reasons = Counter(omission.reason for omission in omissions).most_common(3)
    told = ", ".join(f"{times} {reason}" for reason, times in reasons) or "the set is empty"
    return f"No case is left to evaluate: {told}."
