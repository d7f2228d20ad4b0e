from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.decoding.beam import BeamConfig
from sayfind.decoding.greedy import greedy
from sayfind.decoding.prefix_beam import PrefixBeamDecoder, PrefixConfig, join_pieces
from sayfind.lm.backoff import END
from sayfind.lm.ngram import estimate
from sayfind.types import Posteriors

EXHAUSTIVE = BeamConfig(
    beam_width=5000, prune=500.0, token_floor=-100.0, blank_skip=1.0, num_hypotheses=5000
)
MODEL = estimate([(list("abba"), 1.0), (list("ab"), 2.0), (list("b"), 1.0)], order=3)


def all_strings(posteriors: Posteriors) -> dict[str, float]:
    """Log-probability of every string, summed over every path."""
    frames, size = posteriors.log_probs.shape
    found: dict[str, float] = {}
    for path in itertools.product(range(size), repeat=frames):
        text = "".join(posteriors.tokens[k] for k, _ in itertools.groupby(path) if k)
        value = sum(float(posteriors.log_probs[t, k]) for t, k in enumerate(path))
        found[text] = float(np.logaddexp(found.get(text, -math.inf), value))
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from([0.0, 0.7, 2.0]))
def test_against_every_path(noise, seed, frames, lm_weight) -> None:
    posteriors = noise(seed, frames, 3, 1.5)
    from dataclasses import replace

    beam = replace(EXHAUSTIVE, lm_weight=lm_weight, word_bonus=0.3)
    n_best = PrefixBeamDecoder(posteriors.tokens, MODEL, PrefixConfig(beam=beam)).decode(posteriors)
    expected = all_strings(posteriors)
    totals = {
        text: value + lm_weight * MODEL.sentence(list(text)) + 0.3 * len(text)
        for text, value in expected.items()
    }
    best = max(totals, key=lambda text: totals[text])
    if not best:
        assert not n_best
        return
    assert n_best.text == best
    for hypothesis in n_best.hypotheses:
        assert hypothesis.scores["acoustic"] == pytest.approx(expected[hypothesis.text], abs=1e-5)
        lm = MODEL.sentence(list(hypothesis.text))
        assert hypothesis.scores["lm"] == pytest.approx(lm, abs=1e-6)
    shares = np.exp([totals[h.text] for h in n_best.hypotheses])
    np.testing.assert_allclose(n_best.probabilities, shares / shares.sum(), atol=1e-6)


@pytest.mark.parametrize("seed", range(25))
def test_beam_of_one_is_greedy_where_the_sound_is_clear(seed) -> None:
    """One prefix cannot hold two ways open; where each frame has one clear token it need not."""
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(6), 40) * 0.1
    probs[np.arange(40), rng.integers(0, 6, 40)] += 0.9
    tokens = ("<blank>", *"abcde")
    posteriors = Posteriors(np.log(probs).astype(np.float32), 0.02, tokens)
    config = PrefixConfig(beam=BeamConfig(beam_width=1, lm_weight=0.0))
    n_best = PrefixBeamDecoder(tokens, None, config).decode(posteriors)
    assert n_best.text == "".join(heard.token for heard in greedy(posteriors))


@pytest.mark.parametrize("seed", range(10))
def test_the_bonus_lengthens_and_the_model_steers(noise, seed) -> None:
    posteriors = noise(seed, 12, 4, 1.0)

    def text(**settings: float) -> str:
        beam = BeamConfig(beam_width=300, **settings)
        return (
            PrefixBeamDecoder(posteriors.tokens, MODEL, PrefixConfig(beam=beam))
            .decode(posteriors)
            .text
        )

    assert len(text(lm_weight=0.0, word_bonus=3.0)) >= len(text(lm_weight=0.0))
    steered, free = text(lm_weight=3.0), text(lm_weight=0.0)
    assert MODEL.sentence(list(steered)) >= MODEL.sentence(list(free)) - 1e-9
    assert MODEL.score(MODEL.start(), END)[0] < 0


def test_pieces_become_text() -> None:
    assert join_pieces(["▁red", "▁sh", "oes"]) == "red shoes"
    assert join_pieces(["N", "AY"], " ") == "N AY"
