from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.audio.onnx import MODELS
from sayfind.errors import ModelError
from sayfind.understanding.tagging import NUM_FEATURES, Tagger, decode, features, tokenise

TAGS = ("O", "B-a", "I-a", "B-b", "I-b")


@given(st.text())
def test_tokens_are_in_order_and_say_what_stands_there(text: str) -> None:
    tokens = tokenise(text)
    assert all(text[t.start : t.end] == t.text for t in tokens)
    assert all(a.end <= b.start for a, b in pairwise(tokens))


@given(st.text(max_size=40))
def test_features_fit_the_table(text: str) -> None:
    tokens = tokenise(text)
    ids = features(text, tokens, 64)
    assert ids.shape == (len(tokens), NUM_FEATURES)
    assert ids.min(initial=0) >= 0 and ids.max(initial=0) < 64
    assert all(row[0] > 0 for row in ids), "every token has a feature"


@given(st.integers(0, 12), st.integers(0, 1000))
def test_the_path_keeps_the_rules_and_none_better_does(num_tokens: int, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(num_tokens, len(TAGS))).astype(np.float32)
    path = decode(scores, TAGS)
    assert len(path) == num_tokens
    before = "O"
    for tag in (TAGS[i] for i in path):
        assert not tag.startswith("I-") or before[2:] == tag[2:]
        before = tag
    if num_tokens == 2:
        total = scores[0][:, None] + scores[1][None, :]
        for a, first in enumerate(TAGS):
            for b, second in enumerate(TAGS):
                allowed = not first.startswith("I-") and (
                    not second.startswith("I-") or first[2:] == second[2:]
                )
                if allowed:
                    assert total[a, b] <= total[path[0], path[1]] + 1e-6


def test_a_model_of_another_kind_is_refused() -> None:
    with pytest.raises(ModelError, match=r"runs/taggers\.sh"):
        Tagger(MODELS / "spoken_language.onnx")


def test_the_tagger_that_ships() -> None:
    tagger = Tagger(MODELS / "shop_tagger.onnx")
    assert (MODELS / "shop_tagger.onnx").stat().st_size <= 4_000_000
    tagged = tagger.tag("turn on the bedroom lamp")
    assert tagged.intents[0][0] == "control_device"
    assert sum(share for _, share in tagged.intents) == pytest.approx(1.0, abs=1e-3)
    text = "turn on the bedroom lamp"
    assert {(s.name, text[s.start : s.end]) for s in tagged.slots} == {
        ("room", "bedroom"), ("device", "lamp")
    }  # fmt: skip
    assert tagger.tag("") == tagger.tag("  ")
    assert not tagger.tag("").intents
