from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.errors import ConfigError, InputError
from sayfind.lm.backoff import BEGIN, END, UNKNOWN
from sayfind.lm.ngram import NGram, Pruning, Smoothing, estimate
from sayfind.stages import LanguageModel

WORDS = st.sampled_from(["red", "blue", "shoe", "shoes", "nike", "adidas", "两百", "pro", "max"])
SENTENCES = st.lists(
    st.tuples(st.lists(WORDS, max_size=7), st.floats(0.05, 6.0)), min_size=1, max_size=25
)


def total(model: NGram, state: tuple[str, ...]) -> float:
    predicted = [w for w in model.words if w != BEGIN]
    return math.fsum(math.exp(model.score(state, word)[0]) for word in predicted)


def contexts(model: NGram, sentences: list[tuple[list[str], float]]) -> list[tuple[str, ...]]:
    seen = {model.start(), ()}
    for words, _ in sentences:
        state = model.start()
        for word in (*words, "never heard"):
            state = model.score(state, word)[1]
            seen.add(state)
    return sorted(seen)


@settings(max_examples=60, deadline=None)
@given(SENTENCES, st.integers(1, 5), st.booleans(), st.sampled_from(Smoothing))
def test_probabilities_sum_to_one(sentences, order, open_vocabulary, smoothing) -> None:
    model = estimate(sentences, order, open_vocabulary=open_vocabulary, smoothing=smoothing)
    for state in [*contexts(model, sentences), ("red", "blue"), ("shoe", "nike", "pro")]:
        assert total(model, state) == pytest.approx(1.0, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(SENTENCES, st.integers(2, 4), st.floats(0, 3), st.sampled_from([0.0, 1e-3, 0.1]))
def test_pruned_models_sum_to_one(sentences, order, least, entropy) -> None:
    pruning = Pruning(min_counts=(1, least), entropy=entropy)
    model = estimate(sentences, order, pruning=pruning)
    full = estimate(sentences, order)
    assert len(model) <= len(full)
    for state in contexts(full, sentences):
        assert total(model, state) == pytest.approx(1.0, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(SENTENCES, st.integers(1, 4))
def test_many_at_once_equals_one_by_one(sentences, order) -> None:
    model = estimate(sentences, order)
    texts = [words for words, _ in sentences] + [["red", "unheard", "red"]]
    log_likelihood = sum(model.sentence(words) for words in texts)
    tokens = sum(len(words) + 1 for words in texts)
    assert model.perplexity(texts) == pytest.approx(math.exp(-log_likelihood / tokens))


@settings(max_examples=40, deadline=None)
@given(SENTENCES, st.integers(1, 4), st.booleans(), st.lists(st.lists(WORDS, max_size=5)))
def test_whole_sentences_at_once_equal_one_by_one(sentences, order, is_open, texts) -> None:
    model = estimate(sentences, order, open_vocabulary=is_open)
    texts = [*texts, ["zebra"], [*sentences[0][0], "zebra", *sentences[0][0]]]
    expected = [model.sentence(text) for text in texts]
    np.testing.assert_allclose(model.sentences(texts), expected)
    assert not len(model.sentences([]))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.lists(WORDS, max_size=5), st.integers(1, 3)), min_size=1, max_size=10))
def test_a_weight_is_a_count(sentences) -> None:
    repeated = [(words, 1.0) for words, weight in sentences for _ in range(weight)]
    one, other = estimate(sentences, 3), estimate(repeated, 3)
    assert one.words == other.words
    for this, that in zip(one.levels, other.levels, strict=True):
        np.testing.assert_array_equal(this.keys, that.keys)
        np.testing.assert_allclose(this.log_probs, that.log_probs, rtol=1e-9)


def test_it_is_the_textbook_method() -> None:
    """Bigram probabilities by hand (Chen & Goodman 1998), with the fallback discounts."""
    model = estimate([(["a", "b"], 1), (["a", "b"], 1), (["a", "c"], 1)], 2)
    # Left contexts: a 1 (<s>), b 1 (a), c 1 (a), </s> 2 (b, c); words to predict: 5 with <unk>.
    discount = {1: 0.5, 2: 1.0}
    gamma = (3 * 0.5 + 1.0) / 5
    p_b = (1 - discount[1]) / 5 + gamma / 5
    # After a: b 2, c 1.
    backoff = (discount[2] + discount[1]) / 3
    wanted = (2 - discount[2]) / 3 + backoff * p_b
    assert math.exp(model.score(("a",), "b")[0]) == pytest.approx(wanted)
    unseen = backoff * ((1 - 0.5) / 5 + gamma / 5)
    assert math.exp(model.score(("a",), "a")[0]) == pytest.approx(unseen)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "sentences",
    [
        [([], 1.0)],
        [(["a"], 1.0)],
        [(["a"], 0.001)],
        [(["a"], 1e6)],
        [(["a", "a", "a", "a", "a", "a"], 1.0)],
        [(["a"], 2.0), (["b"], 2.0)],
        [(["a", "b"], 1.0), (["c", "d"], 1.0)],
        [(["a", "b", "c"], 3.0), (["a", "b", "d"], 5.0)],
        [(list("abcdefgh"), 0.5), (list("hgfedcba"), 1.5)],
    ],
)
def test_tiny_corpora(sentences, order) -> None:
    model = estimate(sentences, order)
    for state in contexts(model, sentences):
        assert total(model, state) == pytest.approx(1.0, abs=1e-9)
    assert model.perplexity([["a"]]) > 0


def test_zero_weights_are_left_out() -> None:
    model = estimate([(["a"], 1.0), (["b"], 0.0)], 2)
    assert "a" in model.vocabulary
    assert model.levels[1].keys.size == 2


def test_more_likely_what_was_seen() -> None:
    model = estimate([(["nike", "shoes"], 5), (["nike", "socks"], 1), (["red", "shoes"], 1)], 3)
    _, state = model.score(model.start(), "nike")
    assert model.score(state, "shoes")[0] > model.score(state, "socks")[0]
    assert model.score(state, "socks")[0] > model.score(state, "red")[0]


def test_open_and_closed_vocabularies() -> None:
    opened = estimate([(["a", "b"], 1)], 2)
    closed = estimate([(["a", "b"], 1)], 2, open_vocabulary=False)
    assert opened.is_open and not closed.is_open
    assert UNKNOWN not in closed.words
    assert -20 < opened.score((), "zebra")[0] < 0
    assert opened.score((), "zebra") == opened.score((), UNKNOWN)
    assert closed.score((), "zebra") == (-math.inf, ())
    assert closed.perplexity([["zebra"]]) == math.inf
    assert math.isnan(closed.perplexity([]))


def test_given_vocabulary() -> None:
    model = estimate([(["a", "b"], 1)], 2, vocabulary=["a", "z"])
    assert model.vocabulary == ("a", "z")
    assert model.score((), "b") == model.score((), UNKNOWN)
    assert model.score((), "z")[0] > -20
    with pytest.raises(InputError, match="'b'"):
        estimate([(["a", "b"], 1)], 2, vocabulary=["a"], open_vocabulary=False)


def test_states_hold_only_what_matters() -> None:
    model = estimate([(["a", "b", "c"], 1), (["x", "y", "c"], 1)], 3)
    _, state = model.score(("a",), "y")
    assert state == ("y",)
    assert model.score(("a", "y"), "c")[0] == pytest.approx(model.score(("y",), "c")[0])
    assert model.start() == (BEGIN,)
    assert estimate([(["a"], 1)], 1).start() == ()


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([], "at least one sentence"),
        ([(["a"], 0.0)], "at least one sentence"),
        ([(["a"], -1.0)], "weight is a positive number"),
        ([(["a"], math.nan)], "weight is a positive number"),
        ([(["a"], math.inf)], "weight is a positive number"),
        ([(["a b"], 1.0)], "holds no spaces"),
        ([([""], 1.0)], "holds no spaces"),
        ([(["a", "<s>"], 1.0)], "put in by the model"),
        ([(["</s>"], 1.0)], "put in by the model"),
    ],
)
def test_bad_sentences(sentences, message) -> None:
    with pytest.raises(InputError, match=message):
        estimate(sentences, 2)


@pytest.mark.parametrize("order", [0, 6, -1])
def test_bad_order(order) -> None:
    with pytest.raises(ConfigError, match="from 1 to 5"):
        estimate([(["a"], 1.0)], order)


def test_bad_pruning() -> None:
    with pytest.raises(ValueError, match="not negative"):
        Pruning(entropy=-1)


def test_entropy_pruning_costs_little() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(50)]
    sentences = [([words[i] for i in rng.zipf(1.5, 6) % 50], 1.0) for _ in range(2000)]
    held_out = [[words[i] for i in rng.zipf(1.5, 6) % 50] for _ in range(300)]
    full = estimate(sentences, 3)
    pruned = estimate(sentences, 3, pruning=Pruning(entropy=1e-5))
    assert len(pruned) < 0.75 * len(full)
    assert pruned.perplexity(held_out) < 1.1 * full.perplexity(held_out)


def test_it_is_a_language_model() -> None:
    assert isinstance(estimate([(["a"], 1.0)], 2), LanguageModel)


@pytest.mark.slow
def test_speed() -> None:
    rng = np.random.default_rng(0)
    ids = rng.zipf(1.3, 1_200_000) % 30_000
    names = [f"w{i}" for i in range(30_000)]
    sentences = [([names[i] for i in ids[p : p + 6]], 1.0) for p in range(0, len(ids), 6)]
    start = time.process_time()
    model = estimate(sentences, 3)
    assert time.process_time() - start < 8
    assert len(sentences) == 200_000 and model.score(model.start(), END)[0] < 0


def test_witten_bell_by_hand() -> None:
    model = estimate(
        [(["a", "b"], 1), (["a", "b"], 1), (["a", "c"], 1)],
        2,
        open_vocabulary=False,
        smoothing=Smoothing.WITTEN_BELL,
    )
    # nine tokens of four types (the beginning is not predicted); three tokens, two types after "a"
    unigram = (2 + 4 / 4) / (9 + 4)
    assert math.exp(model.score(("a",), "b")[0]) == pytest.approx((2 + 2 * unigram) / (3 + 2))


def test_a_state_with_a_word_nobody_knows_is_no_other_state() -> None:
    model = estimate([(["shoe", "red"], 1.0)], 3, open_vocabulary=False)
    assert total(model, ("red", "blue")) == pytest.approx(1.0)
