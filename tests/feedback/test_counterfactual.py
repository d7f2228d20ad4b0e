from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.errors import InputError
from sayfind.feedback.counterfactual import (
    Estimate,
    Logged,
    clipped,
    doubly_robust,
    inverse_propensity,
    self_normalised,
)

OLD, NEW = (0.7, 0.2, 0.1), (0.1, 0.3, 0.6)
EARNS = (0.1, 0.3, 0.5)
TRUE = sum(p * r for p, r in zip(NEW, EARNS, strict=True))

CASES = st.lists(
    st.builds(
        Logged,
        propensity=st.floats(0.01, 1.0),
        target=st.floats(0, 1),
        reward=st.floats(0, 1),
        predicted=st.floats(0, 1),
        expected=st.floats(0, 1),
    ),
    min_size=1,
    max_size=20,
)
ALL: list[Callable[..., Estimate]] = [inverse_propensity, clipped, self_normalised, doubly_robust]


def logged(count: int, seed: int, model: tuple[float, ...] = EARNS) -> list[Logged]:
    """What the old policy wrote down; the model's expectation of the new one goes with it."""
    generator = np.random.default_rng(seed)
    expected = sum(p * m for p, m in zip(NEW, model, strict=True))
    cases = []
    for action in generator.choice(3, count, p=OLD):
        reward = float(generator.random() < EARNS[action])
        cases.append(Logged(OLD[action], NEW[action], reward, model[action], expected))
    return cases


@pytest.mark.parametrize("estimate", ALL)
def test_all_of_them_find_the_truth_in_a_long_log(estimate: Callable[..., Estimate]) -> None:
    found = estimate(logged(20_000, seed=0))
    assert found.value == pytest.approx(TRUE, abs=0.03)
    assert found.low < TRUE < found.high
    assert found.n == 20_000
    assert found.effective == pytest.approx(20_000 / sum(
        o * (n / o) ** 2 for o, n in zip(OLD, NEW, strict=True)), rel=0.05)  # fmt: skip


@pytest.mark.parametrize("estimate", [inverse_propensity, self_normalised, doubly_robust])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(
    estimate: Callable[..., Estimate],
) -> None:
    inside = [
        found.low <= TRUE <= found.high
        for found in (estimate(logged(400, seed), seed=seed) for seed in range(60))
    ]
    assert np.mean(inside) >= 0.88


def test_a_right_model_makes_doubly_robust_calmer_than_weights_alone() -> None:
    cases = logged(500, seed=1)
    plain, mended = inverse_propensity(cases), doubly_robust(cases)
    assert mended.high - mended.low < 0.8 * (plain.high - plain.low)


def test_a_wrong_model_is_mended_by_right_propensities() -> None:
    assert doubly_robust(logged(20_000, 2, (0.9, 0.9, 0.0))).value == pytest.approx(TRUE, abs=0.04)


def test_wrong_propensities_are_mended_by_a_right_model() -> None:
    cases = [
        Logged(1 / 3, c.target, c.reward, c.predicted, c.expected) for c in logged(20_000, seed=3)
    ]
    assert abs(inverse_propensity(cases).value - TRUE) > 0.1
    assert doubly_robust(cases).value == pytest.approx(TRUE, abs=0.02)


def test_clipping_only_takes_away() -> None:
    cases = logged(300, seed=4)
    assert clipped(cases, 2.0).value < clipped(cases, 4.0).value < inverse_propensity(cases).value
    assert clipped(cases, 1e9).value == inverse_propensity(cases).value


@settings(deadline=None, max_examples=25)
@given(CASES)
def test_intervals_hold_their_value_and_shares_stay_shares(cases: list[Logged]) -> None:
    for estimate in ALL:
        found = estimate(cases)
        assert found.low <= found.value <= found.high
        assert 0.0 <= found.effective <= len(cases) + 1e-6
    assert 0.0 <= self_normalised(cases).value <= 1.0 + 1e-9


@settings(deadline=None, max_examples=25)
@given(CASES)
def test_the_same_policy_earns_what_was_earned(cases: list[Logged]) -> None:
    same = [Logged(c.propensity, c.propensity, c.reward) for c in cases]
    mean = math.fsum(c.reward for c in cases) / len(cases)
    assert inverse_propensity(same).value == pytest.approx(mean)
    assert self_normalised(same).value == pytest.approx(mean)


def test_nothing_to_go_by() -> None:
    with pytest.raises(InputError, match="nothing to estimate"):
        inverse_propensity([])
    with pytest.raises(InputError, match="clipped at"):
        clipped([Logged(1, 1, 1)], 0.0)
    with pytest.raises(ValueError):
        Logged(0.0, 1.0, 1.0)
