"""Makes figures of records: each measure with its interval, by condition and by slice.

The value is over all clips and conditions. What is resampled is the group: a clip under all its
conditions, or a query with all its voices, because their errors go together. ``n`` counts clips. A
case that was left out counts nowhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from sayfind.evaluation.activation import false_activation_rate
from sayfind.evaluation.figure import Figure, ratio_figure, share_figure
from sayfind.evaluation.latency import PERCENTILES, latency, real_time_factor
from sayfind.evaluation.run_activation import RATES
from sayfind.evaluation.run_record import CaseRecord

__all__ = [
    "condition_figures",
    "confusion_counts",
    "costs_in_time",
    "figures",
    "ladder",
    "slices",
    "timings",
]

Pairs = Mapping[str, tuple[float, float]]

MOST_SLICES = 40  # values of one key: more are no slices but names
LEAST_CASES = 3


def figures(records: Sequence[CaseRecord], seed: int = 0) -> dict[str, Figure]:
    """Every measure of the records by name."""
    return _figures([(r, _pairs(r)) for r in records if not r.left_out], seed)


def ladder(records: Sequence[CaseRecord], seed: int = 0) -> dict[str, Figure]:
    """The main measure under each oracle."""
    return _figures([(r, r.judgement.rungs) for r in records if not r.left_out], seed)


def condition_figures(
    records: Sequence[CaseRecord], seed: int = 0
) -> list[tuple[str, float | None, dict[str, Figure]]]:
    """(noise, SNR, figures) of each condition, in the order of the records."""
    groups: dict[tuple[str, float | None], list[CaseRecord]] = {}
    for record in records:
        groups.setdefault((record.noise, record.snr), []).append(record)
    return [(noise, snr, figures(group, seed)) for (noise, snr), group in groups.items()]


def slices(
    records: Sequence[CaseRecord], names: Sequence[str], seed: int = 0
) -> dict[str, dict[str, dict[str, Figure]]]:
    """The named measures by key and value; keys that tell nothing apart are absent."""
    groups: dict[str, dict[str, list[CaseRecord]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        if record.left_out:
            continue
        for key, value in {**record.slices, "condition": record.condition.label}.items():
            groups[key][value].append(record)
    found = {}
    for key, values in sorted(groups.items()):
        if 2 <= len(values) <= MOST_SLICES:
            found[key] = {
                value: _only(figures(group, seed), names)
                for value, group in sorted(values.items(), key=lambda item: _order(item[0]))
                if len({r.id for r in group}) >= LEAST_CASES
            }
    return _distinct({key: values for key, values in found.items() if len(values) > 1})


def _distinct(
    found: Mapping[str, dict[str, dict[str, Figure]]],
) -> dict[str, dict[str, dict[str, Figure]]]:
    """The keys less those that part the cases just as an earlier one does."""
    kept: dict[str, dict[str, dict[str, Figure]]] = {}
    for key, values in found.items():
        if all(list(values.values()) != list(others.values()) for others in kept.values()):
            kept[key] = values
    return kept


def confusion_counts(records: Iterable[CaseRecord], most: int = 150) -> list[tuple[str, str, int]]:
    """(meant, given, times) of the most frequent confusions."""
    counts = Counter(pair for r in records for pair in r.judgement.confusions)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(meant, given, times) for (meant, given), times in ordered[:most]]


def timings(records: Sequence[CaseRecord]) -> dict[str, dict[str, float]]:
    """p50, p95 and p99 of the seconds of each stage and of all together."""
    heard = _timed(records)
    if not heard:
        return {}
    stages = dict.fromkeys(stage for r in heard for stage in r.seconds)
    columns = {stage: [r.seconds.get(stage, 0.0) for r in heard] for stage in stages}
    columns["total"] = [sum(r.seconds.values()) for r in heard]
    return {name: _quantiles(values) for name, values in columns.items()}


def costs_in_time(records: Sequence[CaseRecord], seed: int = 0) -> dict[str, Figure]:
    """Seconds from the end of a recording (or query) to its answer, and work by second of sound."""
    heard = _timed(records)
    if not heard:
        return {}
    taken = [sum(r.seconds.values()) for r in heard]
    found = {f"latency_{name}": figure for name, figure in latency(taken, seed).items()}
    if any(r.audio for r in heard):
        found["real_time_factor"] = real_time_factor(taken, [r.audio for r in heard], seed)
    return found


def _timed(records: Sequence[CaseRecord]) -> list[CaseRecord]:
    return [r for r in records if r.seconds and not r.left_out]


def _figures(cases: Sequence[tuple[CaseRecord, Pairs]], seed: int) -> dict[str, Figure]:
    sums: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    clips: dict[str, set[str]] = defaultdict(set)
    mixed: set[str] = set()  # measures that are no plain yes or no of each group
    for record, pairs in cases:
        for name, (above, below) in pairs.items():
            if record.group in sums[name] or below != 1.0 or above not in (0.0, 1.0):
                mixed.add(name)
            before = sums[name].get(record.group, (0.0, 0.0))
            sums[name][record.group] = (before[0] + above, before[1] + below)
            clips[name].add(record.id)
    found = {}
    for name, each in sums.items():
        above_all = [above for above, _ in each.values()]
        below_all = [below for _, below in each.values()]
        if name in RATES:
            figure = false_activation_rate(above_all, below_all, period=1.0, seed=seed)
        elif name in mixed:
            figure = ratio_figure(above_all, below_all, seed)
        else:
            figure = share_figure(above_all, seed)
        found[name] = replace(figure, n=len(clips[name]))
    return found


def _pairs(record: CaseRecord) -> Pairs:
    means = {name: (value, 1.0) for name, value in record.judgement.measures.items()}
    return {**means, **record.judgement.counts}


def _only(found: Mapping[str, Figure], names: Sequence[str]) -> dict[str, Figure]:
    return {name: found[name] for name in names if name in found}


def _order(value: str) -> tuple[float, str]:
    """Numbers by size, before words."""
    number = value.partition(" ")[0]
    try:
        return float(number), value
    except ValueError:
        return float("inf"), value


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    return {f"p{q}": round(float(np.percentile(values, q)), 5) for q in PERCENTILES}
