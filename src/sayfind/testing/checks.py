"""What holds for every n-best list, and the sounds and texts that suites try stages with."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np

from sayfind.audio.file import load_audio
from sayfind.demo import recording_path
from sayfind.types import Audio, NBest

__all__ = ["ODD_TEXTS", "check_n_best", "silence", "speech", "together"]

Answer = TypeVar("Answer")

ODD_TEXTS = (
    "",
    "   ",
    "shoes",
    "不要黑色的跑鞋 under 50",
    "\x00\x07",
    "🥾🥾 shoes",
    "a" * 500,
    "not not not",
    "5 5 5 5",
    "e\u0301clair",
)
"""Texts that people and machines send: none may upset a stage."""


def speech() -> Audio:
    """Somebody speaks: 16 kHz, about three seconds."""
    return load_audio(recording_path("sony-headphones"))


def silence(seconds: float = 1.0) -> Audio:
    """Nothing at all, not even noise: 16 kHz."""
    return Audio(np.zeros(round(16_000 * seconds), dtype=np.float32), 16_000)


def together(work: Callable[[], Answer], times: int = 4) -> list[Answer]:
    """The answers of the same work done in several threads at once."""
    with ThreadPoolExecutor(times) as pool:
        return [job.result() for job in [pool.submit(work) for _ in range(times)]]


def check_n_best(n_best: NBest, seconds: float = math.inf) -> None:
    """Readings in order of probability, which sum to one; words within the recording."""
    assert all(reading.text.strip() for reading in n_best.hypotheses), "a reading has words"
    shares = n_best.probabilities
    assert all(0.0 <= share <= 1.0 for share in shares), f"probabilities lie in [0, 1]: {shares}"
    assert all(a >= b for a, b in pairwise(shares)), f"readings are in falling order: {shares}"
    if n_best:
        assert math.isclose(sum(shares), 1.0, abs_tol=1e-6), f"they sum to one: {sum(shares)}"
    for reading in n_best.hypotheses:
        wrong = {name: score for name, score in reading.scores.items() if math.isnan(score)}
        assert not wrong, f"scores are numbers: {wrong}"
        for word in reading.words:
            assert 0.0 <= word.start <= word.end <= seconds + 0.1, f"{word} lies within the sound"
            assert 0.0 <= word.confidence <= 1.0, f"{word} has a confidence in [0, 1]"
        starts = [word.start for word in reading.words]
        assert starts == sorted(starts), "words are in the order in which they were said"
