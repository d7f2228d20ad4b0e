from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sayfind.errors import InputError
from sayfind.evaluation.significance import (
    FLIPS,
    compare,
    compare_shares,
    holm,
    mcnemar,
    paired_bootstrap,
    sign_flip,
)

SCORES = st.floats(0, 1, width=16)
PAIRS = st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=20)
ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


@given(st.lists(SCORES, min_size=1, max_size=30))
def test_a_system_does_not_differ_from_itself(scores: list[float]) -> None:
    same = compare(scores, scores)
    assert (same.difference, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)
    assert not same.is_significant


@given(PAIRS)
def test_swapping_the_systems_turns_the_sign_and_keeps_p(
    pairs: list[tuple[float, float]],
) -> None:
    ours, theirs = map(list, zip(*pairs, strict=True))
    there, back = compare(ours, theirs, seed=3), compare(theirs, ours, seed=3)
    assert there.difference == pytest.approx(-back.difference)
    assert there.low == pytest.approx(-back.high) and there.high == pytest.approx(-back.low)
    assert there.p == back.p
    assert 0 < there.p <= 1
    assert there.low <= there.difference <= there.high


@given(st.lists(st.tuples(SCORES, SCORES), min_size=2, max_size=9))
def test_few_cases_have_the_exact_p_of_scipy(pairs: list[tuple[float, float]]) -> None:
    ours, theirs = (np.array(side) for side in zip(*pairs, strict=True))
    exact = stats.permutation_test(
        (ours, theirs),
        lambda a, b, axis: (a - b).mean(axis=axis),
        permutation_type="samples",
        alternative="two-sided",
        n_resamples=np.inf,
        vectorized=True,
    )
    # scipy doubles the smaller tail, capped at 1; for sign flips both tails are alike.
    assert sign_flip(ours, theirs) == pytest.approx(exact.pvalue, abs=1e-9)


def test_many_cases_come_near_the_t_test() -> None:
    generator = np.random.default_rng(5)
    theirs = generator.random(200)
    ours = theirs + generator.normal(0.02, 0.15, 200)
    expected = stats.ttest_rel(ours, theirs).pvalue
    assert sign_flip(ours, theirs) == pytest.approx(expected, abs=0.02)
    assert sign_flip(ours, theirs, seed=1) == sign_flip(ours, theirs, seed=1)


def test_p_is_never_zero_and_finds_a_clear_difference() -> None:
    theirs = np.random.default_rng(0).random(100)
    clear = compare(theirs + 0.1, theirs)
    assert clear.p == 1 / (FLIPS + 1)
    assert clear.is_significant
    assert clear.low == pytest.approx(0.1) and clear.high == pytest.approx(0.1)


def test_chance_is_called_significant_about_five_times_in_a_hundred() -> None:
    generator = np.random.default_rng(8)
    levels = [sign_flip(generator.random(12), generator.random(12)) for _ in range(600)]
    assert 0.025 <= np.mean(np.array(levels) < 0.05) <= 0.08


def test_error_rates_are_compared_over_all_reference_words() -> None:
    ours, theirs, words = [1, 0, 2], [2, 1, 2], [5, 10, 5]
    result = compare(ours, theirs, words)
    assert result.difference == pytest.approx(-2 / 20)
    assert paired_bootstrap(ours, theirs, words).value == result.difference
    assert result.p == 0.5


@given(ANSWERS)
def test_mcnemar_is_the_exact_binomial_test(answers: list[tuple[bool, bool]]) -> None:
    ours, theirs = map(list, zip(*answers, strict=True))
    gained = sum(a and not b for a, b in answers)
    lost = sum(b and not a for a, b in answers)
    expected = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar(ours, theirs) == pytest.approx(expected, abs=1e-9)
    assert mcnemar(theirs, ours) == mcnemar(ours, theirs)
    assert sign_flip(ours, theirs) == pytest.approx(expected, abs=0.03)  # the same question


def test_mcnemar_stands_many_cases() -> None:
    ours, theirs = [True] * 5200 + [False] * 4800, [False] * 5200 + [True] * 4800
    expected = stats.binomtest(5200, 10_000).pvalue
    assert mcnemar(ours, theirs) == pytest.approx(expected, rel=1e-9)


def test_shares_differ_by_their_discordant_cases() -> None:
    result = compare_shares([True] * 30 + [False] * 10, [False] * 40)
    assert (result.difference, result.n) == (0.75, 40)
    assert result.p == pytest.approx(2 / 2**30)
    assert result.low <= 0.75 <= result.high


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_only_raises_p_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for p, q in zip(p_values, adjusted, strict=True):
        assert p <= q <= min(1.0, p * len(p_values))
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    assert all(adjusted[a] <= adjusted[b] for a, b in pairwise(order))
    assert holm(p_values[::-1]) == adjusted[::-1]


def test_holm_multiplies_by_the_tests_that_are_left() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]


def test_no_case_decides_nothing() -> None:
    for nothing in (compare([], []), compare_shares([], []), compare([1], [0], [0])):
        assert np.isnan(nothing.p) and np.isnan(nothing.difference)
        assert json.loads(json.dumps(nothing.to_json(), allow_nan=False))["p"] is None
        assert not nothing.is_significant


def test_sides_of_different_lengths_are_refused() -> None:
    for test in (compare, sign_flip, compare_shares, mcnemar):
        with pytest.raises(InputError, match="do not pair"):
            test([1, 0], [1])
