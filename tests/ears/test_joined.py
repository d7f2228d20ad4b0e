"""The two recognisers of a shop, alone and together, on real recordings of the demo shop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sayfind import Audio, Context, Shop, demo, load_audio
from sayfind.acoustic.sphinx import read_dictionary, write_dictionary
from sayfind.audio.augment import mix, pink_noise
from sayfind.ears import JoinedEars, JoinedEarsConfig, open_english
from sayfind.ears.near import evidence
from sayfind.errors import ModelError
from sayfind.types import Hypothesis, NBest


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    queries = demo.queries_path().read_text(encoding="utf-8").splitlines()
    return Shop.build(demo.catalog_path(), tmp_path_factory.mktemp("shops") / "demo", queries)[0]


@pytest.fixture(scope="module")
def ears(shop: Shop) -> JoinedEars:
    return open_english(shop.dictionary)


@pytest.fixture(scope="module")
def headphones() -> Audio:
    return load_audio(demo.recording_path("sony-headphones"))


def test_our_own_ears_hear_words_in_their_time(ears: JoinedEars, headphones: Audio) -> None:
    context = Context(speech=((0.4, headphones.seconds - 0.2),))
    heard = ears.own.recognize(headphones, context)
    assert "headphones" in heard.text.split()
    words = heard.hypotheses[0].words
    assert all(0 <= w.start < w.end <= headphones.seconds + 0.1 for w in words)
    assert [w.text for w in words] == heard.text.split()


def test_every_reading_of_either_is_judged_by_all(ears: JoinedEars, headphones: Audio) -> None:
    posteriors, start = ears.own.posteriors(headphones, Context())
    other, own = ears.first.recognize(headphones, Context()), ears.own.decode(posteriors, start)
    joined = ears.join([posteriors], other, [own])
    known = {h.text for n_best in (other, own) for h in n_best.hypotheses}
    assert {h.text for h in joined.hypotheses} <= known
    assert all(set(h.scores) == {"own", "first", "lm", "words"} for h in joined.hypotheses)
    assert sum(joined.probabilities) == pytest.approx(1.0)
    totals = [ears.config.total(h.scores) for h in joined.hypotheses]
    assert totals == sorted(totals, reverse=True)
    assert "sony" in joined.text


def test_the_sound_outvotes_a_recogniser(ears: JoinedEars, headphones: Audio) -> None:
    posteriors, _ = ears.own.posteriors(headphones, Context())
    wrong = NBest((Hypothesis("leather sofa"), Hypothesis("sony headphones")), (0.6, 0.4))
    assert ears.join([posteriors], wrong, []).text == "sony headphones"
    deaf = JoinedEars(ears.first, ears.own, JoinedEarsConfig(own=0.0, lm=0.0))
    assert deaf.join([posteriors], wrong, []).text == "leather sofa"


def noisy(audio: Audio, snr: float) -> Audio:
    noise = pink_noise(len(audio.samples), np.random.default_rng(0))
    return mix(audio, noise, snr, np.random.default_rng(0))


def test_in_noise_the_near_voice_is_heard_too(ears: JoinedEars, headphones: Audio) -> None:
    begun = ears.begin(noisy(headphones, 12.0))
    assert begun.other.result() == ears.in_noise.recognize(noisy(headphones, 12.0), Context())
    assert begun.near is not None and len(begun.near.samples) == len(headphones.samples)
    heard, start = ears.own.posteriors(noisy(headphones, 12.0), Context())
    joined = ears.finish(begun, Context(), heard, start)
    both = [heard, ears.own.posteriors(begun.near, Context())[0]]
    texts = [h.text for h in joined.hypotheses]
    told = [h.scores["own"] for h in joined.hypotheses]
    assert told == pytest.approx(evidence(both, texts, ears.config.near_share))
    assert "headphones" in joined.text


def test_in_quiet_it_is_heard_once(ears: JoinedEars, headphones: Audio) -> None:
    pause = np.zeros(8_000, np.float32)
    quiet = Audio(np.concatenate([pause, headphones.samples]), 16_000)
    begun = ears.begin(quiet)
    assert begun.near is None
    assert begun.other.result() == ears.first.recognize(quiet, Context())
    silence = Audio(np.zeros(16_000, np.float32), 16_000)
    assert not ears.near.is_noisy(silence)


def test_nothing_heard_is_nothing(ears: JoinedEars, headphones: Audio) -> None:
    posteriors, _ = ears.own.posteriors(headphones, Context())
    assert not ears.join([posteriors], NBest(), [NBest()])
    nothing = Audio(headphones.samples[:0], headphones.rate)
    assert not ears.recognize(nothing, Context())


def test_a_dictionary_comes_back_as_it_was_written(tmp_path: Path) -> None:
    lexicon = {"a": (("AH",), ("EY",)), "nike": (("N", "AY", "K", "IY"),)}
    write_dictionary(lexicon, tmp_path / "words.dict")
    assert read_dictionary(tmp_path / "words.dict") == lexicon
    with pytest.raises(ModelError, match="build the shop again"):
        read_dictionary(tmp_path / "gone.dict")
