from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.decoding.ctc_score import (
    best_path,
    forward_scores,
    spot,
    stretch_scores,
    token_numbers,
)
from sayfind.types import Posteriors

STRINGS = st.lists(st.lists(st.integers(1, 2), max_size=4).map(tuple), min_size=1, max_size=6)


def collapse(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(token for token, _ in itertools.groupby(path) if token)


def by_all_paths(posteriors: Posteriors, string: tuple[int, ...]) -> float:
    frames, size = posteriors.log_probs.shape
    total = -math.inf
    for path in itertools.product(range(size), repeat=frames):
        if collapse(path) == string:
            value = sum(float(posteriors.log_probs[t, k]) for t, k in enumerate(path))
            total = float(np.logaddexp(total, value))
    return total


@settings(max_examples=40, deadline=None)
@given(STRINGS, st.integers(0, 10**6), st.integers(1, 5))
def test_forward_is_the_sum_over_alignments(noise, strings, seed, frames) -> None:
    posteriors = noise(seed, frames, 3, 2.0)
    scores = forward_scores(posteriors, strings)
    for string, score in zip(strings, scores, strict=True):
        assert score == pytest.approx(by_all_paths(posteriors, string), abs=1e-9)


def test_forward_equals_ctc_loss(noise) -> None:
    torch = pytest.importorskip("torch")
    posteriors = noise(3, 60, 11, 3.0)
    rng = np.random.default_rng(0)
    strings = [tuple(rng.integers(1, 11, n).tolist()) for n in rng.integers(1, 30, 50)]
    scores = forward_scores(posteriors, strings)
    log_probs = torch.tensor(posteriors.log_probs, dtype=torch.float64)[:, None]
    for string, score in zip(strings, scores, strict=True):
        loss = torch.nn.functional.ctc_loss(
            log_probs, torch.tensor([string]), [60], [len(string)], reduction="sum"
        )
        assert score == pytest.approx(-loss.item(), abs=1e-6)


def test_an_end_far_below_the_rest_is_not_lost() -> None:
    rows = np.full((40, 3), -300.0)
    rows[:, 0] = 0.0
    posteriors = Posteriors(rows.astype(np.float32), 0.02, ("<blank>", "a", "b"))
    (score,) = forward_scores(posteriors, [(1, 2, 1, 2, 1, 2)])
    assert score == pytest.approx(-1800 + math.log(math.comb(40, 6)), abs=1e-3)


def test_too_long_is_impossible(noise) -> None:
    scores = forward_scores(noise(0, 3, 3), [(1, 2, 1, 2), (1, 1), (1, 1, 1)])
    assert np.isneginf(scores).tolist() == [True, False, True]
    assert len(forward_scores(noise(0, 3, 3), [])) == 0


def by_all_stretches(
    posteriors: Posteriors, string: tuple[int, ...], outside: np.ndarray | None = None
) -> float:
    cost = np.zeros(len(posteriors.log_probs)) if outside is None else outside
    relative = posteriors.log_probs - posteriors.log_probs.max(axis=1, keepdims=True)
    frames, size = relative.shape
    best = -math.inf
    for start, end in itertools.combinations(range(frames + 1), 2):
        for path in itertools.product(range(size), repeat=end - start):
            if collapse(path) == string and (outside is None or (path[0] and path[-1])):
                inside = sum(float(relative[start + i, k]) for i, k in enumerate(path))
                best = max(best, inside - float(cost[:start].sum() + cost[end:].sum()))
    return best


@settings(max_examples=30, deadline=None)
@given(STRINGS, st.integers(0, 10**6), st.integers(1, 5))
def test_spot_is_the_best_of_all_stretches(noise, strings, seed, frames) -> None:
    strings = [string or (1,) for string in strings]
    posteriors = noise(seed, frames, 3, 2.0)
    found = spot(posteriors, strings)
    for i, string in enumerate(strings):
        assert found.scores[i] == pytest.approx(by_all_stretches(posteriors, string), abs=1e-5)
        if np.isfinite(found.scores[i]):
            start, end = int(found.starts[i]), int(found.ends[i])
            part = Posteriors(posteriors.log_probs[start:end], 0.02, posteriors.tokens)
            inside = by_all_stretches(part, string)
            assert inside == pytest.approx(found.scores[i], abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(STRINGS, st.integers(0, 10**6), st.integers(1, 5), st.floats(0.0, 4.0))
def test_stretches_are_weighed_against_what_they_leave(noise, strings, seed, frames, price) -> None:
    strings = [string or (1,) for string in strings]
    posteriors = noise(seed, frames, 3, 2.0)
    outside = price * np.random.default_rng(seed).random(frames).round()
    scores = stretch_scores(posteriors, strings, outside)
    for string, score in zip(strings, scores, strict=True):
        assert score == pytest.approx(by_all_stretches(posteriors, string, outside), abs=1e-4)
    assert len(stretch_scores(posteriors, [], outside)) == 0


def test_spot_finds_a_phrase_in_its_place(said, tokens) -> None:
    rng = np.random.default_rng(1)
    posteriors = said(["SH", "OW", "M", "IY", "N", "AY", "K", "IY", "P", "L", "IY", "Z"], rng)
    found = spot(posteriors, [token_numbers(["N", "AY", "K", "IY"], tokens), (), (5, 6, 7)])
    assert found.scores[0] > -1.0
    assert found.starts[0] == 1 + 4 * 3
    assert 1 + 7 * 3 < found.ends[0] <= 1 + 8 * 3
    assert np.isneginf(found.scores[1])
    assert found.scores[2] < found.scores[0] - 3


def test_relative_scores_are_at_most_a_little_above_zero(said, tokens) -> None:
    rng = np.random.default_rng(2)
    posteriors = said(["N", "AY", "K", "IY"], rng)
    (score,) = forward_scores(posteriors, [token_numbers(["N", "AY", "K", "IY"], tokens)])
    assert -1.0 < score - best_path(posteriors) < 1.0


def test_token_numbers_of_an_unknown_phone() -> None:
    assert token_numbers(("a", "b"), ("<blank>", "b", "a")) == (2, 1)
    assert token_numbers(("a", "zz"), ("<blank>", "b", "a")) == ()
    assert token_numbers(("<blank>",), ("<blank>", "b", "a")) == ()
