"""Readings are written out, and those that are written alike become one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.correction.writing import as_written
from sayfind.types import Hypothesis, NBest, Word

WORDS = st.lists(
    st.sampled_from(
        ["d", "v", "r", "t", "x", "four", "twenty", "sixty", "player", "tv", "one", "a"]
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("d v d player", "dvd player"),
        ("r t x twenty sixty", "rtx 2060"),
        ("external d v d drive", "external dvd drive"),
        ("u s b hub", "usb hub"),
        ("phone case", "phone case"),
    ],
)
def test_spelled_words_and_numbers(said: str, written: str) -> None:
    assert as_written(NBest.from_text(said)).text == written


def test_readings_of_one_writing_are_joined_and_overtake() -> None:
    word = Word("tv", 0.1, 0.4)
    readings = [Hypothesis("seven"), Hypothesis("t v", {"own": -1.0}, (word,)), Hypothesis("tv")]
    written = as_written(NBest(tuple(readings), (0.45, 0.35, 0.2)))
    assert [h.text for h in written.hypotheses] == ["tv", "7"]
    assert written.probabilities == pytest.approx((0.55, 0.45))
    assert written.hypotheses[0].scores == {"own": -1.0}
    assert written.hypotheses[0].words == (word,)


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_probabilities_stay_whole_and_in_order(texts: list[list[str]]) -> None:
    readings = [Hypothesis(" ".join(words)) for words in texts]
    n_best = NBest.from_scores(readings, [-0.3 * i for i in range(len(readings))])
    written = as_written(n_best)
    assert sum(written.probabilities) == pytest.approx(1.0)
    assert list(written.probabilities) == sorted(written.probabilities, reverse=True)
    assert len({h.text for h in written.hypotheses}) == len(written.hypotheses)
    again = as_written(written)
    assert len(again.hypotheses) <= len(written.hypotheses)


def test_nothing_stays_nothing() -> None:
    assert as_written(NBest()) == NBest()
