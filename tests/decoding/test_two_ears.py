from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.decoding.second_pass import acoustic_evidence
from sayfind.decoding.two_ears import EarWeights, merge
from sayfind.text.phonetics import phones
from sayfind.types import Hypothesis, NBest, Word

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=4)


def listed(texts: list[str], totals: list[float] | None = None) -> NBest:
    hypotheses = [Hypothesis(text) for text in texts]
    return NBest.from_scores(hypotheses, totals or [-float(i) for i in range(len(texts))])


@given(TEXTS, TEXTS, st.lists(st.floats(-50, 0), min_size=4, max_size=4))
def test_the_union_sums_to_one(first, second, values) -> None:
    table = dict(zip("abcd", values, strict=True))
    merged = merge([listed(first), listed(second)], lambda texts: [table[t] for t in texts])
    assert {h.text for h in merged.hypotheses} == {*first, *second}
    assert bool(merged) == bool(first or second)
    if merged:
        assert sum(merged.probabilities) == pytest.approx(1.0)
    for hypothesis in merged.hypotheses:
        assert hypothesis.scores["evidence"] == table[hypothesis.text]
        assert {"ear0", "ear1"} <= set(hypothesis.scores)


def test_a_reading_of_both_beats_a_reading_of_one() -> None:
    merged = merge([listed(["a", "b"]), listed(["c", "b"])], lambda texts: [0.0] * len(texts))
    assert merged.text == "b"


def test_the_second_ear_decides_by_the_sound(said) -> None:
    posteriors = said(phones("red socks"), np.random.default_rng(0))
    first = listed(["red sacks", "red socks", "bread box"], [0.0, -0.3, -0.5])
    merged = merge([first], lambda texts: acoustic_evidence(posteriors, texts))
    assert merged.text == "red socks"
    assert merge([first], lambda texts: [0.0] * len(texts)).text == "red sacks"


def test_weights_silence_an_ear_and_the_limit_holds() -> None:
    lists = [listed(["a", "b"]), listed(["c", "b"])]
    quiet = EarWeights(lists=(1.0, 0.0))
    assert merge(lists, lambda texts: [0.0] * len(texts), quiet).text == "a"
    assert len(merge(lists, lambda texts: [0.0] * len(texts), limit=2).hypotheses) == 2


def test_words_come_from_the_list_that_timed_them() -> None:
    timed = Hypothesis("a", {"lm": -1.0}, (Word("a", 0.0, 0.5),))
    merged = merge([listed(["a"]), NBest((timed,), (1.0,))], lambda texts: [0.0])
    assert merged.hypotheses[0].words == timed.words


def test_settings_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="temperature"):
        EarWeights(temperature=0.0)
    with pytest.raises(ValueError, match="floor"):
        EarWeights(floor=1.0)
