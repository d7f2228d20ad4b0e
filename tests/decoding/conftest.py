"""Posteriors as an acoustic model would give them, made from phone strings with confusions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from sayfind.text.phone_set import ENGLISH_PHONES
from sayfind.text.phonetics import substitution_cost
from sayfind.types import Posteriors

TOKENS = ("<blank>", *ENGLISH_PHONES)


@pytest.fixture(scope="session")
def tokens() -> tuple[str, ...]:
    return TOKENS


@pytest.fixture(scope="session")
def confusable() -> np.ndarray:
    costs = [[substitution_cost(a, b) for b in ENGLISH_PHONES] for a in ENGLISH_PHONES]
    shares = np.exp(-np.array(costs) / 0.12)
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.fixture(scope="session")
def said(confusable: np.ndarray) -> Callable[..., Posteriors]:
    """``said(phones, rng, error)``: a spike and two blanks for each phone, some misheard."""

    def make(phones: Sequence[str], rng: np.random.Generator, error: float = 0.0) -> Posteriors:
        rows = [rng.normal(0, 1, len(TOKENS)) + 7 * (np.arange(len(TOKENS)) == 0)]
        for phone in phones:
            i = ENGLISH_PHONES.index(phone)
            heard = rng.choice(len(ENGLISH_PHONES), p=confusable[i]) if rng.random() < error else i
            row = rng.normal(0, 1, len(TOKENS))
            row[1:] += 0.7 * np.log(confusable[heard] + 1e-3)
            row[heard + 1] += 5
            rows.append(row)
            rows += [
                rng.normal(0, 1, len(TOKENS)) + 7 * (np.arange(len(TOKENS)) == 0) for _ in range(2)
            ]
        scores = np.array(rows)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return Posteriors(scores.astype(np.float32), 0.03, TOKENS)

    return make


def random_posteriors(seed: int, frames: int, size: int, peaked: float = 1.0) -> Posteriors:
    scores = np.random.default_rng(seed).normal(0, peaked, (frames, size))
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    names = ("<blank>", *"abcdefghij")[:size]
    return Posteriors(scores.astype(np.float32), 0.02, names)


@pytest.fixture(scope="session")
def noise() -> Callable[..., Posteriors]:
    """``noise(seed, frames, size, peaked)``: random posteriors over single letters."""
    return random_posteriors
