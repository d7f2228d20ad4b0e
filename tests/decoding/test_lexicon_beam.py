from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.decoding.beam import BeamConfig
from sayfind.decoding.ctc_score import forward_scores, token_numbers
from sayfind.decoding.lexicon_beam import LexiconDecoder
from sayfind.errors import ConfigError, ModelError
from sayfind.lm.ngram import estimate
from sayfind.types import Posteriors

EXHAUSTIVE = BeamConfig(
    beam_width=20_000,
    prune=500.0,
    token_floor=-100.0,
    blank_skip=1.0,
    num_hypotheses=20_000,
    noise_log_prob=None,
)
LETTERS = {"x": (("a",),), "y": (("a",), ("a", "b")), "z": (("b", "b"),), "w": (("b",),)}
LETTER_MODEL = estimate([(["x", "y"], 2.0), (["z", "x", "w"], 1.0), (["y"], 1.0)], order=2)

SHOP = {
    "show": ("SH OW",), "me": ("M IY",), "red": ("R EH D",), "read": ("R EH D", "R IY D"),
    "nike": ("N AY K IY",), "night": ("N AY T",), "shoes": ("SH UW Z",), "shoe": ("SH UW",),
    "socks": ("S AA K S",), "blue": ("B L UW",), "key": ("K IY",), "please": ("P L IY Z",),
}  # fmt: skip
LEXICON = {word: tuple(tuple(s.split()) for s in sounds) for word, sounds in SHOP.items()}
SENTENCES = [
    "show me red nike shoes", "red socks", "blue socks please", "nike shoes", "show me blue shoes",
    "blue shoe", "red shoes please",
]  # fmt: skip
MODEL = estimate(
    [*((s.split(), 1.0) for s in SENTENCES), *(([w], 0.1) for w in SHOP)],
    order=3,
    open_vocabulary=False,
)


def sounds(sentence: str) -> list[str]:
    return [phone for word in sentence.split() for phone in LEXICON[word][0]]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_against_every_word_sequence(noise, seed, frames) -> None:
    posteriors = noise(seed, frames, 3, 1.5)
    config = replace(EXHAUSTIVE, lm_weight=0.8, word_bonus=0.2)
    n_best = LexiconDecoder(posteriors.tokens, LETTERS, LETTER_MODEL, config).decode(posteriors)
    expected, totals = {}, {"": float(posteriors.log_probs[:, 0].sum())}
    totals[""] += 0.8 * LETTER_MODEL.sentence([])
    for length in range(1, frames + 1):
        for words in itertools.product(LETTERS, repeat=length):
            ways = itertools.product(*(LETTERS[word] for word in words))
            strings = [
                token_numbers([p for sound in way for p in sound], posteriors.tokens)
                for way in ways
            ]
            value = float(np.logaddexp.reduce(forward_scores(posteriors, strings)))
            if value > -math.inf:
                text = " ".join(words)
                expected[text] = value
                totals[text] = value + 0.8 * LETTER_MODEL.sentence(words) + 0.2 * length
    best = max(totals, key=lambda text: totals[text])
    assert n_best.text == best
    if best:
        for hypothesis in n_best.hypotheses:
            acoustic = hypothesis.scores["acoustic"]
            assert acoustic == pytest.approx(expected[hypothesis.text], abs=1e-5)


@pytest.fixture(scope="module")
def decoder(tokens) -> LexiconDecoder:
    return LexiconDecoder(tokens, LEXICON, MODEL)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_clear_speech_is_read(decoder, said, sentence) -> None:
    n_best = decoder.decode(said(sounds(sentence), np.random.default_rng(0)))
    assert n_best.text == sentence
    assert sum(n_best.probabilities) == pytest.approx(1.0)
    assert set(n_best.hypotheses[0].scores) == {"acoustic", "lm", "bias"}
    lm = MODEL.sentence(sentence.split())
    assert n_best.hypotheses[0].scores["lm"] == pytest.approx(lm, abs=1e-6)


def test_words_have_their_times(decoder, said) -> None:
    posteriors = said(sounds("red nike shoes"), np.random.default_rng(0))
    words = decoder.decode(posteriors).hypotheses[0].words
    assert [word.text for word in words] == ["red", "nike", "shoes"]
    starts = [1, 10, 22]  # one frame of silence, then three for each phone
    ends = [8, 20, 29]  # just after the last phone's spike
    assert [word.start for word in words] == pytest.approx([0.03 * n for n in starts])
    assert [word.end for word in words] == pytest.approx([0.03 * n for n in ends])
    assert all(0.5 < word.confidence <= 1.0 for word in words)


def test_stray_sounds_around_and_between_are_no_words(tokens, said) -> None:
    heard = ["ZH", *sounds("red"), "HH", *sounds("socks"), "NG", "V"]
    posteriors = said(heard, np.random.default_rng(0))
    with_noise = LexiconDecoder(tokens, LEXICON, MODEL, BeamConfig(noise_log_prob=-4.0))
    assert with_noise.decode(posteriors).text == "red socks"
    without = LexiconDecoder(tokens, LEXICON, MODEL, BeamConfig(noise_log_prob=None))
    clean = with_noise.decode(said(sounds("red socks"), np.random.default_rng(0)))
    noisy = without.decode(posteriors)
    per_frame = [n.hypotheses[0].scores["acoustic"] if n else -math.inf for n in (clean, noisy)]
    assert per_frame[0] > per_frame[1]


def test_silence_is_an_empty_list(decoder, tokens, said) -> None:
    assert not decoder.decode(said([], np.random.default_rng(0)))
    assert not decoder.decode(Posteriors(np.zeros((0, len(tokens)), np.float32), 0.03, tokens))


def test_homophones_are_told_apart_by_the_model(decoder, said) -> None:
    n_best = decoder.decode(said(sounds("red socks"), np.random.default_rng(0)))
    texts = [h.text for h in n_best.hypotheses]
    assert texts[0] == "red socks"
    assert "read socks" in texts
    by_text = {h.text: h.scores for h in n_best.hypotheses}
    assert by_text["read socks"]["lm"] < by_text["red socks"]["lm"]
    assert by_text["read socks"]["acoustic"] > by_text["red socks"]["acoustic"] - 0.5


def best_total(n_best, config: BeamConfig) -> float:
    first = n_best.hypotheses[0]
    words = len(first.text.split())
    scores = first.scores
    return scores["acoustic"] + config.lm_weight * scores["lm"] + config.word_bonus * words


@pytest.mark.parametrize("seed", range(8))
def test_a_wider_beam_finds_no_worse(tokens, said, seed) -> None:
    rng = np.random.default_rng(seed)
    posteriors = said(sounds(SENTENCES[seed % len(SENTENCES)]), rng, error=0.3)
    found = []
    for width in (2, 8, 32, 128, 512):
        config = BeamConfig(beam_width=width, prune=60.0)
        n_best = LexiconDecoder(tokens, LEXICON, MODEL, config).decode(posteriors)
        found.append(best_total(n_best, config) if n_best else -math.inf)
    assert found == sorted(found) or np.allclose(found, sorted(found), atol=1e-6)
    assert found[-1] > -math.inf


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=4), st.integers(0, 10**6))
def test_in_pieces_as_in_one(decoder, said, cuts, seed) -> None:
    rng = np.random.default_rng(seed)
    posteriors = said(sounds(SENTENCES[seed % len(SENTENCES)]), rng, error=0.2)
    whole = decoder.decode(posteriors)
    partial, stable = decoder.start(), ()
    for start, end in itertools.pairwise([0, *sorted(cuts), len(posteriors.log_probs)]):
        rows = posteriors.log_probs[start:end]
        partial = decoder.step(partial, Posteriors(rows, 0.03, posteriors.tokens))
        assert partial.stable[: len(stable)] == stable, "a stable word was taken back"
        assert partial.best[: len(partial.stable)] == partial.stable
        stable = partial.stable
    assert decoder.finish(partial, 0.03) == whole
    assert tuple(whole.text.split())[: len(stable)] == stable


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(0, 25),
    st.floats(0.1, 6.0),
    st.builds(
        BeamConfig,
        beam_width=st.integers(1, 50),
        lm_weight=st.floats(0, 3),
        word_bonus=st.floats(-3, 3),
        prune=st.floats(0.1, 50),
        token_floor=st.floats(-20, -0.1),
        noise_log_prob=st.none() | st.floats(-20, 0),
        num_hypotheses=st.integers(1, 20),
    ),
)
def test_any_sound_and_any_setting_give_a_sound_list(tokens, seed, frames, peaked, config) -> None:
    scores = np.random.default_rng(seed).normal(0, peaked, (frames, len(tokens)))
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    posteriors = Posteriors(scores.astype(np.float32), 0.03, tokens)
    n_best = LexiconDecoder(tokens, LEXICON, MODEL, config).decode(posteriors)
    assert len(n_best.hypotheses) <= config.num_hypotheses
    assert len({h.text for h in n_best.hypotheses}) == len(n_best.hypotheses)
    assert list(n_best.probabilities) == sorted(n_best.probabilities, reverse=True)
    if n_best:
        assert sum(n_best.probabilities) == pytest.approx(1.0)
    for hypothesis in n_best.hypotheses:
        assert " ".join(word.text for word in hypothesis.words) == hypothesis.text
        assert all(w.start < w.end <= frames * 0.03 + 1e-9 for w in hypothesis.words)
        assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(hypothesis.words))


def test_bias_turns_a_close_call(decoder, said) -> None:
    posteriors = said(sounds("blue shoe"), np.random.default_rng(3))
    plain = decoder.decode(posteriors)
    assert plain.text == "blue shoe"
    graph = decoder.bias({"read socks": 6.0})
    assert decoder.decode(posteriors, graph).text == "blue shoe"
    heard = said(sounds("red socks"), np.random.default_rng(0))
    biased = decoder.decode(heard, graph)
    assert biased.text == "read socks"
    assert biased.hypotheses[0].scores["bias"] == pytest.approx(6.0)


def test_what_cannot_act_is_an_error(decoder, tokens) -> None:
    with pytest.raises(ConfigError, match="cannot act"):
        decoder.bias({"no such word": 3.0})
    with pytest.raises(ConfigError, match="No word of the lexicon"):
        LexiconDecoder(tokens, {"耐克": (("n", "ai4"),)}, None)
    with pytest.raises(ModelError, match="other tokens"):
        decoder.decode(Posteriors(np.zeros((1, 2), np.float32), 0.03, ("<blank>", "a")))


@pytest.mark.parametrize(
    "settings",
    [
        {"beam_width": 0},
        {"num_hypotheses": 0},
        {"prune": 0.0},
        {"temperature": 0.0},
        {"token_floor": 0.0},
        {"noise_log_prob": 1.0},
    ],
)
def test_settings_that_make_no_sense(settings) -> None:
    with pytest.raises(ValueError, match=r"beam_width|prune|noise_log_prob"):
        BeamConfig(**settings)
