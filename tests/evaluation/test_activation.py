from __future__ import annotations

import pytest
from scipy import stats

from sayfind.evaluation.activation import HALF_HOUR, activated_share, false_activation_rate


def test_activations_are_counted_over_the_time_listened() -> None:
    counts, seconds = [0, 2, 1, 0], [600.0, 300.0, 300.0, 600.0]
    hour = false_activation_rate(counts, seconds)
    half = false_activation_rate(counts, seconds, HALF_HOUR)
    assert (hour.value, half.value) == (pytest.approx(6.0), pytest.approx(3.0))
    assert hour.low < hour.value < hour.high
    assert half.high == pytest.approx(hour.high / 2)


def test_silence_for_ten_minutes_does_not_prove_silence_for_an_hour() -> None:
    figure = false_activation_rate([0, 0], [300.0, 300.0])
    assert (figure.value, figure.low, figure.n) == (0.0, 0.0, 2)
    assert figure.high == pytest.approx(6 * stats.chi2.ppf(0.975, 2) / 2, abs=1e-9)


def test_nothing_listened_to_gives_no_rate() -> None:
    assert not false_activation_rate([], []).is_defined


def test_the_share_of_clips_counts_each_clip_once() -> None:
    assert activated_share([0, 5, 0, 1]).value == 0.5
