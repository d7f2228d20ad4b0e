"""CTC is what a sum over all alignments says, and phone errors are counted as they are."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from sayfind.acoustic.tokens import PHONE_TOKENS, token_numbers
from sayfind.decoding.ctc_score import forward_scores
from sayfind.training.packed_utterances import Utterance
from sayfind.training.utterances import Batch
from sayfind.types import Posteriors

torch = pytest.importorskip("torch")

from sayfind.training.acoustic_loss import (  # noqa: E402
    alignment_weight,
    loss_of,
    phone_error_rate,
)


class Said(torch.nn.Module):
    """Says given log-probabilities, whatever it hears."""

    def __init__(self, log_probs: np.ndarray) -> None:
        super().__init__()
        self.said = torch.nn.Parameter(torch.from_numpy(log_probs))

    def forward(self, log_mel: Any, lengths: Any) -> Any:
        return self.said.float(), (lengths + 2) // 3


def said(frames: int, tokens: int, seed: int, batch: int = 1) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 1.5, (batch, frames, tokens))
    return np.asarray(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True), np.float32)


def of(frames: int, *strings: list[int], aligned: np.ndarray | None = None) -> Batch:
    count = len(strings)
    if aligned is None:
        aligned = np.full((count, frames), -1)
    return Batch(
        np.zeros((count, 3 * frames, 80), np.float32),
        np.full(count, 3 * frames),
        np.array([token for string in strings for token in string], np.int64),
        np.array([len(string) for string in strings]),
        aligned.astype(np.int64),
        np.ones(count, np.float32),
    )


def brute_force(log_probs: np.ndarray, string: list[int]) -> float:
    """The log of the summed probability of every path that collapses to a string."""
    total = -np.inf
    frames, tokens = log_probs.shape
    for path in product(range(tokens), repeat=frames):
        kept = [t for n, t in enumerate(path) if t and (n == 0 or path[n - 1] != t)]
        if kept == string:
            total = np.logaddexp(total, log_probs[np.arange(frames), path].sum())
    return float(total)


@pytest.mark.parametrize("string", [[1], [2, 1], [1, 1], [1, 2, 1], [3, 3, 2]])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_loss_is_the_sum_over_all_alignments(string: list[int], seed: int) -> None:
    log_probs = said(6, 4, seed)
    expected = brute_force(log_probs[0], string)
    loss = loss_of(Said(log_probs), of(6, string), 0.0).item()
    assert -loss * len(string) == pytest.approx(expected, abs=1e-4)
    posteriors = Posteriors(log_probs[0], 0.03, ("_", "a", "b", "c"))
    assert forward_scores(posteriors, [string])[0] == pytest.approx(expected, abs=1e-4)


def test_the_loss_counts_per_phone_over_a_batch() -> None:
    log_probs = said(5, 4, 3, batch=2)
    total = brute_force(log_probs[0], [1]) + brute_force(log_probs[1], [2, 3])
    loss = loss_of(Said(log_probs), of(5, [1], [2, 3]), 0.0).item()
    assert loss == pytest.approx(-total / 3, abs=1e-4)


def test_a_string_too_long_for_its_frames_gives_no_gradient_and_no_infinity() -> None:
    network = Said(said(3, 4, 0))
    loss = loss_of(network, of(3, [1, 1, 1]), 0.0)
    loss.backward()
    assert loss.item() == 0.0
    assert not network.said.grad.any()


def test_alignments_are_heard_where_there_are_any() -> None:
    log_probs = said(4, 4, 5)
    network = Said(log_probs)
    aligned = np.array([[0, 1, 1, -1]])
    plain = loss_of(network, of(4, [1]), 0.0).item()
    both = loss_of(network, of(4, [1], aligned=aligned), 0.5).item()
    picked = -log_probs[0][[0, 1, 2], [0, 1, 1]].mean()
    assert both - plain == pytest.approx(0.5 * picked, abs=1e-4)


def test_the_weight_of_alignments_falls_to_its_floor_at_half_time() -> None:
    weights = [alignment_weight(done, 1.0, 0.05) for done in (0.0, 0.2, 0.4, 0.5, 1.0)]
    assert weights[0] == 1.0
    assert weights == sorted(weights, reverse=True)
    assert weights[3] == weights[4] == 0.05


def test_phone_errors_are_insertions_deletions_and_substitutions() -> None:
    names = ("HH", "AH", "L", "OW")
    h, a, el, o = token_numbers(names)
    path = [h, h, 0, a, 0, a, el, 0, 0]  # one AH too many, the OW missing
    log_probs = np.full((1, len(path), len(PHONE_TOKENS)), -20, np.float32)
    log_probs[0, np.arange(len(path)), path] = 0
    mel = np.zeros((3 * len(path), 80), np.float16)
    starts = np.array([0, 3, 9, 15, 20, 27], np.int32)
    utterance = Utterance(mel, ("SIL", *names), starts, "somebody", "hello")
    network = Said(log_probs)
    assert o not in path
    assert phone_error_rate(network, [utterance]) == pytest.approx(2 / 4)
    assert network.training
    assert phone_error_rate(network, []) == 0.0
