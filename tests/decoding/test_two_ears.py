from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.decoding.second_pass import acoustic_evidence
from sayfind.decoding.two_ears import listed, merge
from sayfind.text.phonetics import phones
from sayfind.types import Hypothesis, NBest, Word

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=4)


def listing(texts: list[str], totals: list[float] | None = None) -> NBest:
    hypotheses = [Hypothesis(text) for text in texts]
    return NBest.from_scores(hypotheses, totals or [-float(i) for i in range(len(texts))])


def added(scores) -> float:
    return sum(scores.values())


@given(TEXTS, TEXTS, st.lists(st.floats(-50, 0), min_size=4, max_size=4), st.floats(0.1, 5))
def test_the_union_sums_to_one(first, second, values, temperature) -> None:
    table = dict(zip("abcd", values, strict=True))
    lists = [listing(first), listing(second)]
    judges = {"sound": lambda texts: [table[t] for t in texts], "listed": listed(lists)}
    merged = merge(lists, judges, added, temperature)
    assert {h.text for h in merged.hypotheses} == {*first, *second}
    assert bool(merged) == bool(first or second)
    if merged:
        assert sum(merged.probabilities) == pytest.approx(1.0)
    totals = [added(h.scores) for h in merged.hypotheses]
    assert totals == sorted(totals, reverse=True)
    for hypothesis in merged.hypotheses:
        assert hypothesis.scores["sound"] == table[hypothesis.text]
        assert set(hypothesis.scores) == {"sound", "listed"}


def test_a_list_judges_by_its_highest_probability() -> None:
    lists = [listing(["a", "b"], [0.0, -1.0]), listing(["b"]), NBest()]
    judged = listed(lists, least=-6.0)(["a", "b", "c"])
    assert judged == pytest.approx([float(np.log(lists[0].probabilities[0])), 0.0, -6.0])


def test_a_reading_of_both_beats_a_reading_of_one() -> None:
    lists = [listing(["a", "b"]), listing(["c", "b"])]
    judges = {"one": listed(lists[:1], -6.0), "two": listed(lists[1:], -6.0)}
    assert merge(lists, judges, added).text == "b"
    assert merge(lists, judges, lambda scores: scores["one"]).text == "a"
    assert len(merge(lists, judges, added, limit=2).hypotheses) == 2


def test_the_sound_outvotes_a_list(said) -> None:
    posteriors = said(phones("red socks"), np.random.default_rng(0))
    first = listing(["red sacks", "red socks", "bread box"], [0.0, -0.3, -0.5])
    judges = {"listed": listed([first]), "sound": lambda t: acoustic_evidence(posteriors, t)}
    assert merge([first], judges, added).text == "red socks"
    assert merge([first], {"listed": judges["listed"]}, added).text == "red sacks"


def test_words_come_from_the_list_that_timed_them() -> None:
    timed = NBest((Hypothesis("a", {"lm": -1.0}, (Word("a", 0.0, 0.5),)),), (1.0,))
    merged = merge([listing(["a"]), timed], {"listed": listed([timed])}, added)
    assert merged.hypotheses[0].words == timed.hypotheses[0].words
