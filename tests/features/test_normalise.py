"""Normalised features have mean zero and variance one, over an utterance or over a set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.features.normalise import GlobalNormalisation, normalise_utterance


def features(num_frames: int, seed: int, level: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    scale = rng.uniform(0.5, 3.0, 5)
    return (level + scale * rng.normal(size=(num_frames, 5))).astype(np.float32)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 200), st.integers(0, 99), st.floats(-20, 20))
def test_an_utterance_has_mean_zero_and_variance_one(
    num_frames: int, seed: int, level: float
) -> None:
    found = normalise_utterance(features(num_frames, seed, level), variance=True)
    assert found.mean(axis=0) == pytest.approx(0.0, abs=1e-3)
    assert found.std(axis=0) == pytest.approx(1.0, abs=1e-3)
    centred = normalise_utterance(features(num_frames, seed, level))
    assert normalise_utterance(centred) == pytest.approx(centred, abs=1e-4)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=6), st.integers(0, 99))
def test_a_set_has_mean_zero_and_variance_one(lengths: list[int], seed: int) -> None:
    items = [features(length, seed + n, n) for n, length in enumerate(lengths)]
    by_set = GlobalNormalisation.of(items)
    joined = np.concatenate([by_set(item) for item in items])
    assert joined.mean(axis=0) == pytest.approx(0.0, abs=1e-3)
    assert joined.std(axis=0) == pytest.approx(1.0, abs=2e-2)
    whole = np.concatenate(items)
    assert by_set.mean == pytest.approx(whole.mean(axis=0), abs=1e-4)


def test_what_never_changes_becomes_zero_and_nothing_stays_nothing() -> None:
    constant = np.full((10, 3), -15.9, np.float32)
    assert not normalise_utterance(constant, variance=True).any()
    assert np.isfinite(GlobalNormalisation.of([constant])(constant)).all()
    assert normalise_utterance(np.zeros((0, 3), np.float32)).shape == (0, 3)


@pytest.mark.parametrize("bad", [[], [np.zeros((0, 3), np.float32)], [np.full((2, 3), np.nan)]])
def test_statistics_of_nothing_are_refused(bad: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="numbers"):
        GlobalNormalisation.of(bad)
