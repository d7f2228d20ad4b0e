from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sayfind.errors import InputError
from sayfind.evaluation.figure import (
    RESAMPLES,
    Figure,
    grouped,
    mean_figure,
    quantile_figure,
    ratio_figure,
    resampled_indices,
    resampled_sums,
    share_figure,
)

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(VALUES, st.integers(0, 5))
def test_an_interval_holds_its_value_and_repeats_to_the_last_digit(
    values: list[float], seed: int
) -> None:
    figure = mean_figure(values, seed)
    assert figure.low <= figure.value <= figure.high
    assert figure.n == len(values)
    assert figure.value == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9)
    assert mean_figure(values, seed) == figure


@given(VALUES, st.sampled_from([0.0, 0.5, 0.95, 1.0]))
def test_a_quantile_is_numpys_and_stays_within_the_values(
    values: list[float], quantile: float
) -> None:
    figure = quantile_figure(values, quantile)
    assert figure.value == np.quantile(values, quantile)
    assert min(values) <= figure.low <= figure.value <= figure.high <= max(values)


def test_another_seed_gives_another_interval_of_the_same_value() -> None:
    values = np.random.default_rng(0).random(50)
    first, second = mean_figure(values, 1), mean_figure(values, 2)
    assert first.value == second.value
    assert (first.low, first.high) != (second.low, second.high)


def test_the_interval_is_scipys_percentile_interval() -> None:
    values = np.random.default_rng(3).normal(5, 2, 80)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    ours = mean_figure(values)
    assert ours.low == pytest.approx(theirs.low, abs=0.05)
    assert ours.high == pytest.approx(theirs.high, abs=0.05)


def test_the_interval_holds_the_truth_about_95_times_in_100() -> None:
    generator = np.random.default_rng(11)
    figures = [mean_figure(generator.exponential(1.0, 60), seed) for seed in range(300)]
    covered = np.mean([figure.low <= 1.0 <= figure.high for figure in figures])
    assert 0.88 <= covered <= 0.98


def test_a_ratio_is_of_sums_and_not_a_mean_of_ratios() -> None:
    figure = ratio_figure([1, 0], [1, 9])
    assert figure.value == 0.1
    assert (figure.low, figure.high) == (0.0, 1.0)


def test_a_ratio_keeps_its_pairs_together() -> None:
    below = np.random.default_rng(0).integers(1, 100, 30)
    figure = ratio_figure(2 * below, below)
    assert (figure.low, figure.value, figure.high) == (2.0, 2.0, 2.0)


def test_resamples_without_a_denominator_are_left_out() -> None:
    figure = ratio_figure([1, 0, 0], [2, 0, 0])
    assert (figure.low, figure.value, figure.high, figure.n) == (0.5, 0.5, 0.5, 3)


def test_blocks_change_no_digit() -> None:
    columns = np.random.default_rng(0).random((700, 2))  # several blocks
    blocks = list(resampled_indices(700, 4))
    assert len(blocks) > 1
    drawn = np.concatenate(blocks)
    assert drawn.shape == (RESAMPLES, 700)
    sums = resampled_sums(columns, 4)
    assert sums == pytest.approx(columns[drawn].sum(axis=1), rel=1e-12)


def test_a_share_on_which_all_agree_still_has_a_doubt() -> None:
    none, every = share_figure([False] * 30), share_figure([True] * 30)
    exact = stats.binomtest(0, 30).proportion_ci(method="exact")
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(exact.high, abs=1e-9)
    assert (every.value, every.high) == (1.0, 1.0)
    assert every.low == pytest.approx(1 - exact.high, abs=1e-9)


def test_a_share_otherwise_is_the_mean() -> None:
    yes = [True, False, True, True]
    assert share_figure(yes, 5) == mean_figure(yes, 5)


@pytest.mark.parametrize(
    "figure",
    [mean_figure([]), share_figure([]), ratio_figure([], []), quantile_figure([], 0.5)],
)
def test_no_case_gives_no_number(figure: Figure) -> None:
    assert not figure.is_defined
    assert figure.to_json() == {"value": None, "low": None, "high": None, "n": 0}
    assert str(figure) == "undefined (n=0)"


def test_a_ratio_over_nothing_is_undefined_and_says_how_many_cases_it_saw() -> None:
    figure = ratio_figure([0, 0], [0, 0])
    assert (figure.is_defined, figure.n) == (False, 2)


@given(VALUES)
def test_json_gives_the_same_figure_back(values: list[float]) -> None:
    figure = mean_figure(values)
    fields = json.loads(json.dumps(figure.to_json(), allow_nan=False))
    assert list(fields) == ["value", "low", "high", "n"]
    assert Figure.from_json(fields) == figure


def test_json_gives_an_undefined_figure_back() -> None:
    back = Figure.from_json(ratio_figure([0], [0]).to_json())
    assert math.isnan(back.value) and math.isnan(back.low) and back.n == 1


def test_recordings_of_one_speaker_count_as_one() -> None:
    voices = [f"voice {i % 4}" for i in range(400)]
    values = [float(i % 4 == 0) for i in range(400)]
    apart, together = mean_figure(values), ratio_figure(*grouped(values, voices))
    assert apart.value == together.value == 0.25
    assert (apart.n, together.n) == (400, 4)
    assert together.high - together.low > 5 * (apart.high - apart.low)


@pytest.mark.parametrize("values", [[math.nan], [math.inf], [[1.0, 2.0]]])
def test_what_is_no_column_of_numbers_is_refused(values: list[float]) -> None:
    with pytest.raises(InputError, match="finite"):
        mean_figure(values)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="2 numerators"):
        ratio_figure([1, 2], [1])
    with pytest.raises(InputError, match="2 values"):
        grouped([1, 2], ["a"])
    with pytest.raises(InputError, match="quantile"):
        quantile_figure([1], 95)
