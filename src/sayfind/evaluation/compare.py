"""Says what changed between two results, and whether chance alone could have done it.

Cases are paired by id and condition; what is resampled and swapped is the group (a clip under all
its conditions, a query with all its voices), for its cases are not independent. Nothing that only
one side has is compared: it is counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.errors import InputError
from sayfind.evaluation.compare_ratios import compare_ratios
from sayfind.evaluation.significance import ALPHA, Comparison, compare, compare_shares, holm

__all__ = ["Change", "Changes", "compare_files", "compare_results"]

Key = tuple[str, str, float | None]

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One measure on both sides. ``p_holm`` is ``p`` corrected for there being several measures.

    The main measure is named before looking, so that its own p decides.
    """

    measure: str
    before: float
    after: float
    comparison: Comparison
    p_holm: float
    main: bool

    @property
    def is_significant(self) -> bool:
        """Whether chance alone would seldom change as much."""
        return (self.comparison.p if self.main else self.p_holm) < ALPHA


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two results.

    ``better`` and ``worse`` are the cases whose main measure moved, most first; ``settings`` what
    was set differently, as (name, before, after); ``unpaired`` how many cases only one side has.
    """

    kind: str
    measures: tuple[Change, ...]
    better: tuple[str, ...]
    worse: tuple[str, ...]
    settings: tuple[tuple[str, Any, Any], ...]
    cases: int
    unpaired: int

    def to_json(self) -> dict[str, Any]:
        """Plain values, differences as after less before."""
        return {
            "kind": self.kind,
            "cases": self.cases,
            "unpaired": self.unpaired,
            "settings": [list(setting) for setting in self.settings],
            "measures": {
                change.measure: {
                    "before": change.before,
                    "after": change.after,
                    **change.comparison.to_json(),
                    "p_holm": change.p_holm,
                    "significant": change.is_significant,
                }
                for change in self.measures
            },
            "better": list(self.better),
            "worse": list(self.worse),
        }


def compare_files(before: Path, after: Path, seed: int = 0) -> Changes:
    """What changed from one file of results to another.

    Raises:
        InputError: a file is no result, or the two have no case in common.
    """
    return compare_results(_read(before), _read(after), seed)


def compare_results(before: Mapping[str, Any], after: Mapping[str, Any], seed: int = 0) -> Changes:
    """What changed between two results of one kind.

    Raises:
        InputError: the kinds differ, or the two have no case in common.
    """
    if before["kind"] != after["kind"]:
        raise InputError(f"{before['kind']} and {after['kind']} cannot be compared.")
    main = str(after["main"])
    first, second = _by_key(before), _by_key(after)
    common = [key for key in first if key in second]
    if not common:
        raise InputError("The two results have no case in common: same set, noises and levels?")
    old, new = ([side[key] for key in common] for side in (first, second))
    measures = [
        change
        for name in _measures(old, new)
        if (change := _change(name, old, new, name == main, seed)) is not None
    ]
    corrected = holm([change.comparison.p for change in measures])
    better, worse = _moved(common, old, new, main, bool(after["lower_is_better"]))
    return Changes(
        kind=str(after["kind"]),
        measures=tuple(
            replace(change, p_holm=p) for change, p in zip(measures, corrected, strict=True)
        ),
        better=better,
        worse=worse,
        settings=_settings(before, after),
        cases=len({case["id"] for case in new}),
        unpaired=len(first) + len(second) - 2 * len(common),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        fine = all(key in result for key in ("kind", "main", "lower_is_better", "settings"))
        fine = fine and all({"id", "measures", "counts"} <= set(c) for c in result["cases"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a result of `sayfind evaluate`.") from error
    if not fine:
        raise InputError(f"{path} is not a result of `sayfind evaluate`.")
    return dict(result)


def _by_key(result: Mapping[str, Any]) -> dict[Key, Mapping[str, Any]]:
    return {(case["id"], case["noise"], case["snr"]): case for case in result["cases"]}


def _measures(*sides: Sequence[Mapping[str, Any]]) -> list[str]:
    """The measures that every side has, in the order of the last."""
    names = [
        dict.fromkeys(name for case in side for name in (*case["measures"], *case["counts"]))
        for side in sides
    ]
    return [name for name in names[-1] if all(name in others for others in names)]


def _change(
    name: str,
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    main: bool,
    seed: int,
) -> Change | None:
    sums = _sums(name, old, new)
    table = np.array(list(sums.values()))  # (num_groups, 4): above and below of either side
    theirs, their_weights, ours, our_weights = table.T
    if not their_weights.sum() or not our_weights.sum():
        return None
    if not np.array_equal(their_weights, our_weights):
        comparison = compare_ratios(ours, our_weights, theirs, their_weights, seed)
    elif np.isin(table[:, [0, 2]], (0.0, 1.0)).all() and (our_weights == 1.0).all():
        comparison = compare_shares(list(ours == 1.0), list(theirs == 1.0), seed)
    else:
        comparison = compare(ours, theirs, our_weights, seed)
    before, after = theirs.sum() / their_weights.sum(), ours.sum() / our_weights.sum()
    return Change(name, float(before), float(after), comparison, comparison.p, main)


def _sums(
    name: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Numerator and denominator before, then after, of each group."""
    sums: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}
    for first, second in zip(old, new, strict=True):
        row = np.array([*_pair(first, name), *_pair(second, name)])
        group = first.get("group", first["id"])
        sums[group] = sums.get(group, np.zeros(4)) + row
    return sums


def _pair(case: Mapping[str, Any], name: str) -> tuple[float, float]:
    if name in case["measures"]:
        return float(case["measures"][name]), 1.0
    above, below = case["counts"].get(name, (0.0, 0.0))
    return float(above), float(below)


def _moved(
    keys: Sequence[Key],
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    main: str,
    lower_is_better: bool,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    gains = []
    for key, first, second in zip(keys, old, new, strict=True):
        (before, below), (after, _) = _pair(first, main), _pair(second, main)
        gain = (after - before) / max(below, 1e-9) * (-1.0 if lower_is_better else 1.0)
        identity, noise, snr = key
        gains.append((gain, identity if snr is None else f"{identity} ({noise} {snr:g} dB)"))
    better = sorted((g for g in gains if g[0] > 0), key=lambda g: (-g[0], g[1]))
    worse = sorted(g for g in gains if g[0] < 0)
    return tuple(name for _, name in better), tuple(name for _, name in worse)


def _settings(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[tuple[str, Any, Any], ...]:
    old = {**before["settings"], "commit": before.get("commit")}
    new = {**after["settings"], "commit": after.get("commit")}
    return tuple(
        (name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )
