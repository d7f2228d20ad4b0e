from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.decoding.priors import with_less_blank
from sayfind.types import Posteriors


def posteriors(seed: int) -> Posteriors:
    logits = np.random.default_rng(seed).normal(size=(7, 4)).astype(np.float32)
    logits -= np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return Posteriors(logits, 0.03, ("<blank>", "AA", "B", "K"))


@given(st.integers(0, 100), st.floats(0, 8))
def test_rows_stay_distributions_and_odds_move_by_the_bias(seed: int, bias: float) -> None:
    before = posteriors(seed)
    after = with_less_blank(before, bias)
    assert np.exp(after.log_probs).sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    odds = [p.log_probs[:, 0] - p.log_probs[:, 1] for p in (before, after)]
    assert odds[0] - odds[1] == pytest.approx(bias, abs=1e-4)
    rest = [p.log_probs[:, 2] - p.log_probs[:, 1] for p in (before, after)]
    assert rest[0] == pytest.approx(rest[1], abs=1e-4)
