"""Errors in phones and toned syllables are counted as the field counts them."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.phone_errors import best_path, searched, syllables

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.tokens import PHONE_TOKENS
from sayfind.types import Posteriors


def posteriors(*tokens: str) -> Posteriors:
    """Rows that are nearly sure of these tokens, one frame each."""
    rows = np.full((len(tokens), len(PHONE_TOKENS)), -12.0, np.float32)
    for row, token in zip(rows, tokens, strict=True):
        row[PHONE_TOKENS.index(token)] = np.log(0.99)
    return Posteriors(rows, 0.03, tuple(PHONE_TOKENS))


BLANK = PHONE_TOKENS[0]


def test_the_best_path_is_collapsed() -> None:
    heard = posteriors("n", "n", BLANK, "ai4", BLANK, "ai4", "k", "e4")
    assert best_path(heard) == ["n", "ai4", "ai4", "k", "e4"]


@pytest.mark.parametrize(
    ("sounds", "made"),
    [
        (("n", "ai4", "k", "e4"), [("n", "ai4"), ("k", "e4")]),
        (("ie2", "ie2"), [("ie2",), ("ie2",)]),
        (("k", "n", "ai4"), [("k",), ("n", "ai4")]),
        ((), []),
    ],
)
def test_phones_as_syllables(sounds: tuple[str, ...], made: list[tuple[str, ...]]) -> None:
    assert syllables(sounds) == made


def test_the_search_hears_syllables_alone() -> None:
    heard = posteriors("n", BLANK, "ai4", BLANK, BLANK, "k", "e4", BLANK)
    assert searched(heard) == [("n", "ai4"), ("k", "e4")]


def test_the_tokens_are_those_of_the_bundled_model() -> None:
    assert CtcAcousticModel().tokens == tuple(PHONE_TOKENS)
