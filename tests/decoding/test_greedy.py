from __future__ import annotations

import numpy as np
import pytest

from sayfind.decoding.greedy import greedy
from sayfind.types import Posteriors


def test_repeats_and_blanks_are_taken_out() -> None:
    path = [0, 1, 1, 0, 1, 2, 2, 0]
    probs = np.full((8, 3), 0.1, dtype=np.float32)
    probs[np.arange(8), path] = 0.8
    heard = greedy(Posteriors(np.log(probs), 0.02, ("<blank>", "a", "b")))
    assert [(h.token, h.start, h.end) for h in heard] == [("a", 1, 3), ("a", 4, 5), ("b", 5, 7)]
    assert heard[0].log_prob == pytest.approx(np.log(0.8), abs=1e-6)


def test_nothing_and_silence() -> None:
    assert greedy(Posteriors(np.zeros((0, 2), np.float32), 0.02, ("<blank>", "a"))) == ()
    silence = np.log(np.array([[0.9, 0.1]] * 5, dtype=np.float32))
    assert greedy(Posteriors(silence, 0.02, ("<blank>", "a"))) == ()
