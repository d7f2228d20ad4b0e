"""A suite that nothing fails is worth nothing: each is tried on stages that break a promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sayfind import testing
from sayfind.types import Constraint, Hit, Hypothesis, NBest, Query, Session, Word

TITLES = {"1": "red shoes", "2": "blue shoes", "3": "green hat"}


def failures(suite: type, **made: Callable[[Any], object]) -> set[str]:
    """The tests of a suite that a stage fails; ``made`` are the methods that say what to try."""
    tried = type("Tried", (suite,), dict(made))()
    failed = set()
    for name in dir(tried):
        if name.startswith("test_"):
            try:
                getattr(tried, name)()
            except AssertionError:
                failed.add(name)
    return failed


class Changed:
    """A stage with one method replaced."""

    def __init__(self, stage: object, name: str, method: Callable[..., Any]) -> None:
        self._stage = stage
        setattr(self, name, method)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage, name)


def detector(method: Callable[..., Any]) -> set[str]:
    stage = Changed(testing.FakeVoiceActivityDetector(), "speech", method)
    return failures(testing.VoiceActivityDetectorSuite, detector=lambda _: stage)


SPEECH = testing.FakeVoiceActivityDetector().speech


def spoil(audio: Any) -> Any:
    audio.samples[:] = np.round(audio.samples, 1)
    return ((0.0, audio.seconds),)


@pytest.mark.parametrize(
    ("method", "fails"),
    [
        (lambda _: (), "test_somebody_speaks_in_speech"),
        (lambda audio: ((0.0, audio.seconds),), "test_nobody_speaks_in_silence"),
        (lambda audio: SPEECH(audio) * 2, "test_stretches_are_in_order_and_within_the_sound"),
        (
            lambda audio: tuple((0.5 * a, b) for a, b in SPEECH(audio)),
            "test_silence_before_speech_shifts_it",
        ),
        (spoil, "test_the_same_sound_gives_the_same_answer_and_stays_as_it_was"),
    ],
)
def test_a_broken_detector(method: Callable[..., Any], fails: str) -> None:
    assert fails in detector(method)


def recognizer(method: Callable[..., Any]) -> set[str]:
    stage = Changed(testing.FakeRecognizer(["a", "b"]), "recognize", method)
    return failures(testing.RecognizerSuite, recognizer=lambda _: stage)


def counted() -> Callable[..., Any]:
    heard: list[int] = []

    def recognize(audio: Any, _: object) -> NBest:
        heard.append(1)
        return NBest.from_text(f"utterance {len(heard)}") if audio.samples.any() else NBest()

    return recognize


READINGS = (Hypothesis("a"), Hypothesis("b"))
LATE = Hypothesis("a", words=(Word("a", 99.0, 99.5),))


@pytest.mark.parametrize(
    ("method", "fails"),
    [
        (lambda *_: NBest(), "test_speech_gives_readings"),
        (lambda *_: NBest.from_text("shoes"), "test_no_sound_gives_no_reading"),
        (lambda *_: NBest(READINGS, (0.9, 0.9)), "test_speech_gives_readings"),
        (lambda *_: NBest(READINGS, (0.2, 0.8)), "test_any_sound_gives_a_list"),
        (lambda *_: NBest((LATE,), (1.0,)), "test_speech_gives_readings"),
        (counted(), "test_one_utterance_does_not_colour_the_next"),
        (counted(), "test_threads_do_not_disturb_one_another"),
    ],
)
def test_a_broken_recognizer(method: Callable[..., Any], fails: str) -> None:
    assert fails in recognizer(method)


def corrector(method: Callable[..., Any]) -> set[str]:
    stage = Changed(testing.FakeCorrector({}), "correct", method)
    return failures(
        testing.CorrectorSuite,
        corrector=lambda _: stage,
        slip=lambda _: ("red shoos", "red shoes"),
        right=lambda _: ("red shoes",),
    )


GOOD = testing.FakeCorrector({"shoos": "shoes"})


def untold(n_best: NBest, audio: object) -> Any:
    return GOOD.correct(n_best, None)[0], ()


def misplaced(n_best: NBest, audio: object) -> Any:
    fixed, changes = GOOD.correct(n_best, None)
    return fixed, tuple(replace(change, start=change.start + 1) for change in changes)


def unlocked(n_best: NBest, audio: object) -> Any:
    return testing.FakeCorrector({"shoos": "shoes", "50": "15"}).correct(n_best, None)


def restless(n_best: NBest, audio: object) -> Any:
    return testing.FakeCorrector({"shoos": "shoes", "shoes": "shoos"}).correct(n_best, None)


@pytest.mark.parametrize(
    ("method", "fails"),
    [
        (lambda n_best, _: (n_best, ()), "test_it_repairs_its_slip_and_says_so"),
        (lambda *_: (NBest.from_text("x"), ()), "test_nothing_heard_is_nothing_corrected"),
        (untold, "test_changes_tell_the_truth"),
        (misplaced, "test_changes_tell_the_truth"),
        (unlocked, "test_numbers_and_negations_are_locked"),
        (restless, "test_correcting_twice_changes_nothing_more"),
        (restless, "test_what_is_right_is_left"),
    ],
)
def test_a_broken_corrector(method: Callable[..., Any], fails: str) -> None:
    assert fails in corrector(method)


RED = Constraint("color", "red")
READS = testing.FakeUnderstander({"red": RED}).understand


@pytest.mark.parametrize(
    ("method", "fails"),
    [
        (testing.FakeUnderstander({}).understand, "test_it_reads_its_wish"),
        (lambda n: Query("red"), "test_nothing_said_is_nothing_wished"),
        (testing.FakeUnderstander({"red": replace(RED, confidence=1.5)}).understand,
         "test_wishes_are_well_formed"),
        (lambda n: replace(READS(n), alternatives=()),
         "test_alternatives_are_readings_with_their_shares"),
    ],
)  # fmt: skip
def test_a_broken_understander(method: Callable[..., Any], fails: str) -> None:
    stage = Changed(testing.FakeUnderstander({}), "understand", method)
    failed = failures(
        testing.UnderstanderSuite, understander=lambda _: stage, wish=lambda _: ("red shoes", RED)
    )
    assert fails in failed


FINDS = testing.FakeRetriever(TITLES).search


@pytest.mark.parametrize(
    ("method", "fails"),
    [
        (lambda q, k: FINDS(q, 10), "test_fewer_hits_are_the_first_of_more"),
        (lambda q, k: FINDS(Query("red shoes"), k), "test_nothing_asked_is_nothing_found"),
        (lambda q, k: replace(FINDS(q, k), total=1), "test_it_finds_its_query"),
        (lambda q, k: replace(FINDS(q, k), hits=FINDS(q, k).hits[::-1]), "test_it_finds_its_query"),
        (lambda q, k: replace(FINDS(q, k), facets={"color": {"red": 99}}),
         "test_it_finds_its_query"),
    ],
)  # fmt: skip
def test_a_broken_retriever(method: Callable[..., Any], fails: str) -> None:
    stage = Changed(testing.FakeRetriever(TITLES), "search", method)
    failed = failures(
        testing.RetrieverSuite, retriever=lambda _: stage, query=lambda _: Query("red shoes")
    )
    assert fails in failed


@pytest.mark.parametrize(
    ("method", "fails"),
    [
        (lambda state, _: (0.5, state), "test_scores_are_logarithms_of_probabilities"),
        (lambda state, _: (float("nan"), state), "test_a_token_it_never_saw_is_no_surprise"),
    ],
)
def test_a_broken_language_model(method: Callable[..., Any], fails: str) -> None:
    stage = Changed(testing.FakeLanguageModel(), "score", method)
    failed = failures(
        testing.LanguageModelSuite, model=lambda _: stage, sentence=lambda _: ("red", "shoes")
    )
    assert any(name.startswith(fails) for name in failed)


OFFERS = testing.FakeRecommender(["1", "2", "3"]).suggest


@pytest.mark.parametrize(
    ("method", "fails"),
    [
        (lambda s, k: (), "test_it_has_suggestions"),
        (lambda s, k: OFFERS(s, 10), "test_fewer_are_the_first_of_more"),
        (lambda s, k: OFFERS(Session(), k), "test_nobody_is_offered_what_they_hold"),
        (lambda s, k: OFFERS(replace(s, personal=True), k)[: len(s.viewed) + 1],
         "test_who_says_no_is_treated_as_anybody"),
        (lambda s, k: tuple(replace(hit, reasons=()) for hit in OFFERS(s, k)),
         "test_suggestions_are_well_formed"),
        (lambda s, k: tuple(Hit(h.product_id, float(i), ("x",))
                            for i, h in enumerate(OFFERS(s, k))),
         "test_suggestions_are_well_formed"),
    ],
)  # fmt: skip
def test_a_broken_recommender(method: Callable[..., Any], fails: str) -> None:
    stage = Changed(testing.FakeRecommender([]), "suggest", method)
    session = Session(viewed=("9",))
    failed = failures(
        testing.RecommenderSuite, recommender=lambda _: stage, session=lambda _: session
    )
    assert fails in failed
