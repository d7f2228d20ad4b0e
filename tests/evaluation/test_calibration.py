from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from sayfind.errors import InputError
from sayfind.evaluation.calibration import (
    brier,
    expected_calibration_error,
    reliability,
    risk_coverage,
    risk_coverage_area,
)

CASES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.3, 0.35, 0.9, 1.0]), st.booleans()),
    min_size=1,
    max_size=25,
)


def random_cases(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    confidences = generator.random(count)
    return confidences, generator.random(count) < confidences**2


def test_ten_thousand_cases_are_scored_as_scikit_learn_does() -> None:
    confidences, right = random_cases(10_000, 0)
    assert brier(confidences, right).value == pytest.approx(
        brier_score_loss(right, confidences), abs=1e-9
    )
    accuracy, confidence = calibration_curve(right, confidences, n_bins=10)
    bins = reliability(confidences, right)
    assert [each.accuracy for each in bins] == pytest.approx(accuracy, abs=1e-9)
    assert [each.confidence for each in bins] == pytest.approx(confidence, abs=1e-9)
    weights = np.array([each.n for each in bins]) / 10_000
    assert expected_calibration_error(confidences, right).value == pytest.approx(
        weights @ np.abs(accuracy - confidence), abs=1e-9
    )


def test_ten_thousand_small_sets_have_scikit_learns_curve_and_score() -> None:
    for seed in range(10_000):
        confidences, right = random_cases(5, seed)
        accuracy, confidence = calibration_curve(right, confidences, n_bins=4)
        bins = reliability(confidences, right, bins=4)
        assert [each.accuracy for each in bins] == pytest.approx(accuracy, abs=1e-9)
        assert [each.confidence for each in bins] == pytest.approx(confidence, abs=1e-9)


@given(CASES)
@settings(max_examples=40)
def test_bins_hold_every_case_once(cases: list[tuple[float, bool]]) -> None:
    confidences, right = zip(*cases, strict=True)
    bins = reliability(confidences, right)
    assert sum(each.n for each in bins) == len(cases)
    for each in bins:
        assert each.low - 1e-12 <= each.confidence <= each.high + 1e-12
    assert sum(each.accuracy * each.n for each in bins) == pytest.approx(sum(right))
    error = expected_calibration_error(confidences, right)
    gaps = [each.n * abs(each.accuracy - each.confidence) for each in bins]
    assert error.value == pytest.approx(sum(gaps) / len(cases), abs=1e-12)
    assert error.low <= error.value <= error.high


@given(CASES)
@settings(max_examples=40)
def test_risk_rises_to_the_error_rate_and_ignores_the_order_of_cases(
    cases: list[tuple[float, bool]],
) -> None:
    confidences, right = map(list, zip(*cases, strict=True))
    curve = risk_coverage(confidences, right)
    assert curve.coverage[-1] == 1.0
    assert curve.risk[-1] == pytest.approx(1 - np.mean(right))
    assert (np.diff(curve.threshold) < 0).all() and (np.diff(curve.coverage) > 0).all()
    for threshold, coverage, risk in zip(curve.threshold, curve.coverage, curve.risk, strict=True):
        answered = [yes for sure, yes in cases if sure >= threshold]
        assert coverage == pytest.approx(len(answered) / len(cases))
        assert risk == pytest.approx(1 - np.mean(answered))
    area = risk_coverage_area(confidences, right)
    steps = np.diff(curve.coverage, prepend=0.0)
    assert area.value == pytest.approx(steps @ curve.risk, abs=1e-12)
    assert risk_coverage_area(confidences[::-1], right[::-1]).value == pytest.approx(area.value)


def test_the_area_without_ties_is_the_mean_risk_over_cases() -> None:
    confidences, right = random_cases(500, 1)
    wrong = ~right[np.argsort(-confidences)]
    risks = wrong.cumsum() / np.arange(1, 501)
    assert risk_coverage_area(confidences, right).value == pytest.approx(risks.mean(), abs=1e-12)


def test_a_confidence_that_knows_nothing_leaves_the_error_rate() -> None:
    figure = risk_coverage_area([0.5] * 4, [True, False, False, True])
    assert figure.value == 0.5
    assert risk_coverage_area([0.9, 0.8, 0.1], [True, True, False]).value == pytest.approx(1 / 9)


def test_edges_belong_to_the_bin_above_and_one_to_the_last() -> None:
    bins = reliability([0.0, 0.3, 1.0], [False, True, True])
    assert [(each.low, each.high) for each in bins] == [(0.0, 0.1), (0.3, 0.4), (0.9, 1.0)]


def test_a_perfect_confidence_has_no_error() -> None:
    right = [True, False, True]
    assert brier(right, right).value == 0.0
    assert expected_calibration_error(right, right).value == 0.0


def test_an_interval_holds_an_error_of_nothing_though_every_resample_has_some() -> None:
    error = expected_calibration_error([0.5] * 100, [True, False] * 50)
    assert error.value == error.low == 0.0
    assert error.high > 0.05


def test_no_case_gives_no_number() -> None:
    assert reliability([], []) == ()
    assert len(risk_coverage([], []).risk) == 0
    for measure in (brier, expected_calibration_error, risk_coverage_area):
        assert not measure([], []).is_defined


@pytest.mark.parametrize("confidences", [[1.1], [-0.1], [0.5, 0.5], [float("nan")]])
def test_what_is_no_confidence_is_refused(confidences: list[float]) -> None:
    for measure in (brier, reliability, expected_calibration_error, risk_coverage):
        with pytest.raises(InputError):
            measure(confidences, [True])
