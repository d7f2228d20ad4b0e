"""How well given phone strings fit posteriors: many at once, exactly.

Knows the CTC topology (Graves et al. 2006, section 4.1); nothing about words or beams. One sweep
over the frames moves all (candidate, state) cells together. ``forward_scores`` sums all alignments
of a whole utterance; ``stretch_scores`` says how well each string fits its best stretch of a longer
one, the rest being anything at a price, and ``spot`` where that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sayfind.types import Posteriors

__all__ = ["Spots", "best_path", "forward_scores", "spot", "stretch_scores", "token_numbers"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_RESCALE = 4
"""Frames between two rescalings: four cannot underflow unless all of them are impossible."""


class Spots(NamedTuple):
    """For each string: the log-likelihood of its best stretch relative to the best path there, and
    the frames ``start`` up to ``end`` of it; ``-inf`` where the utterance is too short.
    """  # noqa: D205

    scores: Floats
    starts: Integers
    ends: Integers


class _Lattice(NamedTuple):
    """States of all strings: token, state length, and whether a state may be jumped into by two."""

    token: Integers
    length: Integers
    jump: NDArray[np.bool_]


def token_numbers(phones: Sequence[str], tokens: Sequence[str]) -> tuple[int, ...]:
    """The columns of phones; empty where one of them is no token, so that it cannot be scored."""
    number = {token: i for i, token in enumerate(tokens) if i}
    columns = tuple(number.get(phone, 0) for phone in phones)
    return columns if all(columns) else ()


def best_path(posteriors: Posteriors) -> float:
    """Log-probability of the likeliest alignment of any string."""
    return float(posteriors.log_probs.max(axis=1).sum(dtype=np.float64))


def _lattice(sequences: Sequence[Sequence[int]]) -> _Lattice:
    lengths = np.array([len(s) for s in sequences], dtype=np.int64)
    token = np.zeros((len(sequences), 2 * int(lengths.max(initial=0)) + 1), dtype=np.int64)
    inside = np.arange(token.shape[1] // 2)[None, :] < lengths[:, None]
    labels = np.zeros(inside.shape, dtype=np.int64)
    labels[inside] = np.fromiter((t for s in sequences for t in s), np.int64, int(lengths.sum()))
    token[:, 1::2] = labels
    jump = np.zeros(token.shape, dtype=bool)
    jump[:, 1:2] = True  # from before the first frame
    jump[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    return _Lattice(token, 2 * lengths + 1, jump)


def forward_scores(posteriors: Posteriors, sequences: Sequence[Sequence[int]]) -> Floats:
    """Log-probability of each string of columns as the whole utterance, ``(num_sequences,)``.

    ``-inf`` where a string does not fit into the frames. Probabilities are rescaled at each frame;
    a string so unlikely that its end is lost that way is scored again in logarithms.
    """
    if not len(sequences):
        return np.zeros(0)
    lattice = _lattice(sequences)
    scores = _scaled_forward(posteriors, lattice)
    lost = np.flatnonzero(np.isneginf(scores))
    if len(lost):
        scores[lost] = _log_forward(posteriors, _Lattice._make(part[lost] for part in lattice))
    return scores


def _scaled_forward(posteriors: Posteriors, lattice: _Lattice) -> Floats:
    probs = np.exp(posteriors.log_probs.astype(np.float64)).T.copy()
    token = np.ascontiguousarray(lattice.token.T[1::2])
    jump = lattice.jump.T[1::2].astype(np.float64)
    count, states = lattice.token.shape
    alpha = np.zeros((states + 2, count))  # two empty states in front
    alpha[1] = 1.0  # as if a blank had been before the first frame
    logs = np.zeros(count)
    inside = (np.arange(states)[:, None] < lattice.length[None, :]).astype(np.float64)
    odd = np.ascontiguousarray(inside[1::2])
    for t in range(len(posteriors.log_probs)):
        column = probs[:, t]
        moved = alpha[2:] + alpha[1:-1]
        moved[1::2] += alpha[1:-2:2] * jump
        moved[0::2] *= column[0]
        moved[1::2] *= column[token] * odd
        alpha[2:] = moved
        alpha[1] = 0.0
        if t % _RESCALE == _RESCALE - 1:
            total = moved.sum(axis=0)
            total[total <= 0.0] = 1.0
            alpha[2:] /= total
            logs += np.log(total)
    ends = alpha[lattice.length + 1, np.arange(count)]
    before = np.where(lattice.length > 1, alpha[lattice.length, np.arange(count)], 0.0)
    with np.errstate(divide="ignore"):
        scores: Floats = np.log(ends + before) + logs
    return scores


def _log_forward(posteriors: Posteriors, lattice: _Lattice) -> Floats:
    log_probs = posteriors.log_probs.astype(np.float64)
    count, states = lattice.token.shape
    alpha = np.full((count, states + 2), -np.inf)
    alpha[:, 1] = 0.0
    for row in log_probs:
        jumped = np.where(lattice.jump, alpha[:, :-2], -np.inf)
        moved = np.logaddexp(np.logaddexp(alpha[:, 2:], alpha[:, 1:-1]), jumped)
        alpha[:, 2:] = moved + row[lattice.token]
        alpha[:, 1] = -np.inf
    rows = np.arange(count)
    ends, before = alpha[rows, lattice.length + 1], alpha[rows, lattice.length]
    return np.logaddexp(ends, np.where(lattice.length > 1, before, -np.inf))


def stretch_scores(
    posteriors: Posteriors, sequences: Sequence[Sequence[int]], outside: Floats
) -> Floats:
    """How well each string fits its best stretch, ``(num_sequences,)``; ``-inf`` if none is long
    enough.

    A frame outside the stretch costs what ``outside`` ``(num_frames,)`` says, a frame inside what
    the string loses there against the best path of the utterance; the best alignment counts. A
    stretch begins and ends with a token. Strings are not empty. In float32: exact to some 1e-4.
    """  # noqa: D205
    if not len(sequences):
        return np.zeros(0)
    lattice = _lattice(sequences)
    relative = posteriors.log_probs - posteriors.log_probs.max(axis=1, keepdims=True)
    token = np.ascontiguousarray(lattice.token.T[1::2])
    twice = np.where(np.ascontiguousarray(lattice.jump.T[1::2]), 0, -np.inf).astype(np.float32)[1:]
    before = -np.append(0.0, np.cumsum(outside)).astype(np.float32)
    after = before[-1] - before
    label = np.full(token.shape, -np.inf, np.float32)
    blank = np.full(token.shape, -np.inf, np.float32)  # the one in front of each label
    best = np.full(token.shape[1], -np.inf, np.float32)
    last, columns = lattice.length // 2 - 1, np.arange(token.shape[1])
    for t, row in enumerate(relative):
        moved = np.maximum(label, blank)
        np.maximum(moved[0], before[t], out=moved[0])
        np.maximum(moved[1:], label[:-1] + twice, out=moved[1:])
        np.maximum(blank[1:], label[:-1], out=blank[1:])
        blank += row[0]
        label = moved
        label += row[token]
        np.maximum(best, label[last, columns] + after[t + 1], out=best)
    return best.astype(np.float64)


def spot(posteriors: Posteriors, sequences: Sequence[Sequence[int]]) -> Spots:
    """The best stretch for each string, anywhere in the utterance.

    Frames outside the stretch cost nothing (they follow the best path of the utterance), frames
    inside cost what the string loses against that path; the best alignment counts, not the sum.
    """
    frames = len(posteriors.log_probs)
    if not len(sequences):
        return Spots(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))
    lattice = _lattice([s or (0,) for s in sequences])
    relative = posteriors.log_probs - posteriors.log_probs.max(axis=1, keepdims=True)
    token = np.ascontiguousarray(lattice.token.T)
    bar = np.where(np.ascontiguousarray(lattice.jump.T), 0.0, -np.inf)
    states, count = token.shape
    score = np.full((states + 2, count), -np.inf)
    begun = np.zeros((states + 2, count), dtype=np.int64)
    last, columns = lattice.length - 2, np.arange(count)
    best = Spots(np.full(count, -np.inf), np.zeros(count, np.int64), np.zeros(count, np.int64))
    for t in range(frames):
        # state 0 is the outside: free, so that a string may begin at any frame
        score[1] = -np.inf
        stay, step, jump = score[2:], score[1:-1], score[:-2] + bar
        step[1], jump[1] = 0.0, -np.inf
        best_from = np.where(step > stay, step, stay)
        since = np.where(step > stay, begun[1:-1], begun[2:])
        since[1] = np.where(stay[1] >= 0.0, begun[3], t)
        since = np.where(jump > best_from, begun[:-2], since)
        score[2:] = np.maximum(best_from, jump) + relative[t][token]
        score[2] = 0.0
        begun[2:] = since
        value = score[last + 2, columns]
        better = value > best.scores
        best.scores[better] = value[better]
        best.starts[better] = begun[last + 2, columns][better]
        best.ends[better] = t + 1
    empty = np.array([not s for s in sequences])
    best.scores[empty] = -np.inf
    return best
