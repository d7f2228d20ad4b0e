"""Weighted edit distance of one sound to many at once, whole against whole or whole inside part.

All candidates advance together, one step for each atom of the query. Insertions inside a step are
a running minimum once the summed gap costs are taken off, so that no inner loop is left.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sayfind.text.phone_set import atom_costs, atom_gaps

__all__ = ["best_windows", "whole_distances"]

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

_UNIT = 1000  # window costs are counted in thousandths ...
_SHIFT = 1 << 16  # ... above the bits that remember where the window began


def whole_distances(sound: IntArray, candidates: IntArray, lengths: IntArray) -> FloatArray:
    """Distance of ``sound`` to each column of ``candidates``, ``(num_candidates,)`` in [0, 1].

    ``candidates`` is ``(longest, num_candidates)``, padded with -1; equals
    ``sayfind.text.phonetics.distance`` to rounding.
    """
    costs, gaps = _padded_tables()
    summed = np.zeros((len(candidates) + 1, candidates.shape[1]), dtype=np.float32)
    np.cumsum(gaps[candidates], axis=0, out=summed[1:])
    row = summed.copy()
    for x in sound:
        step = row + gaps[x]
        np.minimum(step[1:], row[:-1] + costs[x][candidates], out=step[1:])
        step -= summed
        row = np.minimum.accumulate(step, axis=0) + summed
    final = row[lengths, np.arange(len(lengths))]
    return np.minimum(1.0, final / np.maximum(lengths, len(sound)))


def best_windows(
    sound: IntArray, candidates: IntArray, lengths: IntArray
) -> tuple[FloatArray, IntArray, IntArray]:
    """Distance, start and end (in atoms) of the part of ``sound`` nearest to each candidate."""
    costs, gaps = _scaled_tables()
    columns = np.arange(len(lengths))
    summed = np.zeros((len(candidates) + 1, candidates.shape[1]), dtype=np.int64)
    np.cumsum(gaps[candidates], axis=0, out=summed[1:])
    row = summed.copy()
    best = np.full(len(lengths), 1.0)
    first, last = np.zeros(len(lengths), dtype=np.int64), np.zeros(len(lengths), dtype=np.int64)
    for end, x in enumerate(sound, start=1):
        step = row + gaps[x]
        step[0] = end  # a window may begin here at no cost
        np.minimum(step[1:], row[:-1] + costs[x][candidates], out=step[1:])
        step -= summed
        row = np.minimum.accumulate(step, axis=0) + summed
        final = row[lengths, columns]
        start = final % _SHIFT
        distance = final // _SHIFT / _UNIT / np.maximum(lengths, end - start)
        better = distance < best
        best[better], first[better], last[better] = distance[better], start[better], end
    return best.astype(np.float32), first, last


@cache
def _padded_tables() -> tuple[FloatArray, FloatArray]:
    """Costs and gaps with one more atom at the end, the padding (index -1), that costs nothing."""
    size = len(atom_gaps())
    costs = np.zeros((size + 1, size + 1), dtype=np.float32)
    costs[:size, :size] = atom_costs()
    return costs, np.append(atom_gaps(), np.float32(0))


@cache
def _scaled_tables() -> tuple[IntArray, IntArray]:
    costs, gaps = _padded_tables()
    return (
        np.rint(costs * _UNIT).astype(np.int64) * _SHIFT,
        np.rint(gaps * _UNIT).astype(np.int64) * _SHIFT,
    )
