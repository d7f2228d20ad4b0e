"""Words that stay, and an end point that is none in mid-phrase."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind import Shop, VoiceSearch, demo, load_audio
from sayfind.ears import BilingualEars, LiveConfig, LiveEars, open_ears
from sayfind.ears.live import Agreement, LiveState
from sayfind.types import Audio, Context, Word

RATE = 16_000
PIECE = 1_600


@pytest.fixture(scope="module")
def shop(
    demo_brands: Callable[[Collection[str]], Path], tmp_path_factory: pytest.TempPathFactory
) -> Shop:
    queries = demo.queries_path().read_text(encoding="utf-8").splitlines()
    folder = tmp_path_factory.mktemp("live") / "shop"
    return Shop.build(demo_brands({"Nike", "Sony"}), folder, queries)[0]


@pytest.fixture(scope="module")
def ears(shop: Shop) -> LiveEars:
    return LiveEars(open_ears(shop.ears))


@pytest.fixture(scope="module")
def clip() -> Audio:
    """Show me nike running shoes under one hundred dollars."""
    return load_audio(demo.recording_path("nike-running-shoes"))


def quiet(seconds: float) -> np.ndarray:
    room = np.random.default_rng(0).normal(0.0, 0.0003, round(seconds * RATE))
    return room.astype(np.float32)


def followed(ears: LiveEars, samples: np.ndarray) -> tuple[LiveState, list[Agreement]]:
    """The state at the end point (or at the end of the sound), and all partials."""
    state, partials = ears.start(), []
    for start in range(0, len(samples), PIECE):
        state = ears.step(state, Audio(samples[start : start + PIECE], RATE))
        if ears.due(state):
            state = ears.hear(state, Audio(samples[: start + PIECE], RATE), Context())
            partials.append(state.words)
        if ears.ended(state):
            break
    return state, partials


def test_words_come_while_they_are_said_and_stay(ears: LiveEars, clip: Audio) -> None:
    _, partials = followed(ears, np.concatenate([clip.samples, quiet(2.0)]))
    assert len(partials) >= 4
    for earlier, later in pairwise(partials):
        assert later.text.startswith(earlier.stable_text)
    assert "nike running" in partials[-1].stable_text
    assert "nike" in partials[len(partials) // 2].text


def test_the_end_point_is_soon_after_the_last_word(ears: LiveEars, clip: Audio) -> None:
    spoken = np.concatenate([clip.samples, quiet(2.0)])
    end = ears.vad.speech(Audio(spoken, RATE))[-1][1] - ears.vad.config.padding
    state, _ = followed(ears, spoken)
    assert ears.ended(state) and state.may_end
    assert end + 0.4 < state.seconds < end + 0.8
    assert ears.nearly_ended(state)


def test_a_pause_in_mid_phrase_is_no_end(ears: LiveEars, clip: Audio) -> None:
    _, reading = ears.ears.glance(clip, Context())
    under = next(word for word in reading.hypotheses[0].words if word.text == "under")
    at = round((under.end + 0.02) * RATE)
    pause = quiet(0.9)
    halting = np.concatenate([clip.samples[:at], pause, clip.samples[at:], quiet(2.0)])
    state, _ = followed(ears, halting)
    assert state.seconds > (at + len(pause)) / RATE + 0.5
    left, _ = followed(ears, np.concatenate([clip.samples[:at], quiet(2.0)]))
    assert ears.ended(left) and not left.may_end  # who says no more is not waited for forever


def test_nobody_speaking_never_ends(ears: LiveEars) -> None:
    state, partials = followed(ears, quiet(4.0))
    assert not ears.ended(state)
    assert not partials
    assert state.quiet == 0


@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(1, 60_000), max_size=6))
def test_chunked_equals_whole(ears: LiveEars, clip: Audio, cuts: list[int]) -> None:
    def stepped(pieces: list[np.ndarray]) -> LiveState:
        state = ears.start()
        for piece in pieces:
            state = ears.step(state, Audio(piece, RATE))
        return state

    places = sorted(cut for cut in cuts if cut < len(clip.samples))
    whole, cut = stepped([clip.samples]), stepped(np.split(clip.samples, places))
    assert cut.vad.hysteresis == whole.vad.hysteresis
    assert (cut.began, cut.ended) == (whole.began, whole.ended)
    assert cut.said == pytest.approx(whole.said)


WORDS = st.lists(st.sampled_from(["red", "blue", "nike", "索尼", "耳机", "shoes"]), max_size=6)


@given(readings=st.lists(WORDS, max_size=12), enough=st.integers(1, 4))
def test_what_is_stable_stays(readings: list[list[str]], enough: int) -> None:
    agreement, stable = Agreement(), ""
    for texts in readings:
        reading = [Word(text, float(i), i + 1.0) for i, text in enumerate(texts)]
        agreement = agreement.heard(reading, enough)
        assert agreement.text.startswith(agreement.stable_text)
        assert agreement.stable_text.startswith(stable)
        stable = agreement.stable_text


def test_so_many_readings_make_a_word_stable() -> None:
    agreement = Agreement()
    for expected in ("", "", "red"):
        agreement = agreement.heard([Word("red", 0.0, 0.5)], 3)
        assert agreement.stable_text == expected
    other = agreement.heard([Word("bed", 0.0, 0.5), Word("shoes", 0.6, 1.0)], 3)
    assert other.text == "red shoes"


def test_settings_are_checked() -> None:
    for wrong in ({"quiet": 0.0}, {"patience": 0.1}, {"every": 0.0}, {"agreeing": 0}):
        with pytest.raises(ValueError):
            replace(LiveConfig(), **wrong)


def test_a_hurried_twin_shares_everything_and_searches_less(shop: Shop, clip: Audio) -> None:
    search = VoiceSearch(shop)
    twin = search.hurried()
    calm, hurried = search.recognizer, twin.recognizer
    assert isinstance(calm, BilingualEars) and isinstance(hurried, BilingualEars)
    assert calm.english is not None and hurried.english is not None
    assert hurried.english.own is calm.english.own
    assert hurried.english.first is calm.english.in_noise is not calm.english.first
    assert twin.retriever is search.retriever
    assert "nike" in twin.hear(clip).query.text.lower()
