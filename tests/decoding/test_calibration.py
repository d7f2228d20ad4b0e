from __future__ import annotations

import math

import numpy as np
import pytest

from sayfind.decoding.calibration import fit_calibration
from sayfind.errors import InputError


def drawn(temperature: float, none: float, count: int) -> tuple[list[list[float]], list[int]]:
    """Lists whose right answer is drawn by the very softmax that is to be found."""
    rng = np.random.default_rng(0)
    scores, right = [], []
    for _ in range(count):
        each = rng.normal(0, 6, rng.integers(1, 6))
        logits = np.append(each, none) / temperature
        shares = np.exp(logits - logits.max())
        place = int(rng.choice(len(shares), p=shares / shares.sum()))
        scores.append(each.tolist())
        right.append(place if place < len(each) else -1)
    return scores, right


@pytest.mark.parametrize(("temperature", "none"), [(1.0, 0.0), (3.0, 2.0), (0.5, -3.0)])
def test_what_made_the_answers_is_found_again(temperature, none) -> None:
    fit = fit_calibration(*drawn(temperature, none, 3000))
    assert fit.temperature == pytest.approx(temperature, rel=0.2)
    assert fit.none == pytest.approx(none, abs=0.6)


def test_without_none_the_lists_that_lack_the_answer_are_left_out() -> None:
    scores, right = drawn(2.0, -1e9, 3000)
    fit = fit_calibration([*scores, [1.0]], [*right, -1], with_none=False)
    assert fit.temperature == pytest.approx(2.0, rel=0.2)
    assert fit.none == -math.inf
    assert fit.loss > 0


def test_nothing_to_fit_to() -> None:
    with pytest.raises(InputError, match="at least one"):
        fit_calibration([], [])
    with pytest.raises(InputError, match="at least one"):
        fit_calibration([[1.0]], [-1], with_none=False)
