"""Single judgements, on answers made by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind import Shop, VoiceSearch
from sayfind.evaluation.run_entities import entry_forms, names_entry
from sayfind.evaluation.run_judge import Subject
from sayfind.evaluation.run_qrels import read_judgements
from sayfind.evaluation.run_search import SearchJudge
from sayfind.evaluation.run_slots import SlotsJudge
from sayfind.evaluation.run_transcription import TranscriptionJudge, fair_errors
from sayfind.types import Constraint, Hit, Hypothesis, NBest, Query, SearchResult, Trace

WORDS = st.lists(st.sampled_from(["nike", "red", "shoes", "twenty", "20", "耐克"]), max_size=6)


def trace(
    heard: list[str], corrected: list[str] | None = None, wishes: tuple[Constraint, ...] = ()
) -> Trace:
    def listed(texts: list[str]) -> NBest:
        return NBest(tuple(map(Hypothesis, texts)), tuple(1 / len(texts) for _ in texts))

    first, second = listed(heard), listed(corrected or heard)
    query = Query(second.text, constraints=wishes)
    return Trace("", first, second, (), query, SearchResult(), {})


class Echo:
    """Understands every reading as one wish for it."""

    def understand(self, n_best: NBest) -> Query:
        return Query(n_best.text, constraints=(Constraint("drink", n_best.text),))


@pytest.mark.parametrize(
    ("reference", "hypothesis", "errors", "length"),
    [
        ("iphone fifteen", "iPhone 15", 0, 2),
        ("iPhone 15", "iphone fifteen", 0, 2),
        ("under one hundred dollars", "under one hundred dollars", 0, 4),
        ("under one hundred dollars", "", 4, 4),
        ("a red shoe", "the red shoe", 1, 3),
        ("买耐克", "买耐", 1, 3),
    ],
)
def test_numbers_are_compared_however_written(
    reference: str, hypothesis: str, errors: int, length: int
) -> None:
    alignment = fair_errors(reference, hypothesis)
    assert (alignment.errors, alignment.reference_length) == (errors, length)


@given(WORDS, WORDS, WORDS)
def test_the_denominator_depends_on_the_text_alone(
    text: list[str], first: list[str], second: list[str]
) -> None:
    one, two = (fair_errors(" ".join(text), " ".join(other)) for other in (first, second))
    assert one.reference_length == two.reference_length
    assert fair_errors(" ".join(text), " ".join(text)).errors == 0


def test_corrections_are_counted() -> None:
    judge = TranscriptionJudge()
    mended = judge.judge(Subject("red shoes", "", {}, trace(["bread shoes"], ["red shoes"])))
    assert mended.counts["error_reduction"] == (1.0, 1.0)
    assert mended.counts["over_correction"] == (0.0, 0.0)
    spoilt = judge.judge(Subject("red shoes", "", {}, trace(["red shoes"], ["RED shoes"])))
    assert spoilt.counts["over_correction"] == (1.0, 1.0)
    assert spoilt.counts["wer"] == (0.0, 2.0)
    oracle = judge.judge(Subject("red shoes", "", {}, trace(["bread", "red shoes"])))
    assert oracle.rungs["best reading"] == (0.0, 2.0) and oracle.counts["wer"] == (2.0, 2.0)


def test_slots_are_accepted_only_whole() -> None:
    judge = SlotsJudge(Echo())

    def accepted(*wishes: Constraint) -> float:
        subject = Subject("", "", {"drink": "latte"}, trace(["mocha", "latte"], None, wishes))
        return judge.judge(subject).measures["acceptance"]

    latte = Constraint("drink", "Latte", 0.5)
    assert accepted(latte) == 1.0
    assert accepted(latte, Constraint("size", "small", 0.49)) == 1.0
    assert accepted(latte, Constraint("size", "small", negated=True)) == 1.0
    assert accepted(latte, Constraint("size", "small", 0.5)) == 0.0
    assert accepted() == 0.0
    assert accepted(Constraint("drink", "latte", 0.4)) == 0.0


def test_the_rungs_of_an_order() -> None:
    subject = Subject("latte", "", {"drink": "latte"}, trace(["mocha", "latte"]))
    judgement = SlotsJudge(Echo()).judge(subject)
    assert {name: share for name, (share, _) in judgement.rungs.items()} == {
        "first reading": 0.0, "n-best": 0.0, "chain": 0.0, "any reading": 1.0, "true text": 1.0,
    }  # fmt: skip
    assert judgement.confusions == [("drink: latte", "drink: (none)")]


@pytest.mark.parametrize(
    ("entry", "reading", "named"),
    [
        ("iPhone 15 Pro", "i want an iphone fifteen pro please", True),
        ("iPhone 15 Pro", "iphone fifteen", False),
        ("Nike", "nikes", False),
        ("耐克", "我要耐克跑鞋", True),
        ("RTX 4090", "an r t x forty ninety", True),
    ],
)
def test_a_reading_names_an_entry(entry: str, reading: str, named: bool) -> None:
    assert names_entry(reading, entry_forms(entry)) is named


def test_search_is_judged_against_typing(small_shop: Shop, qrels) -> None:
    search = VoiceSearch(small_shop)
    ratings = read_judgements(qrels, small_shop.products).ratings
    judge = SearchJudge(search, ratings)
    query = "nike running shoes"
    typed = search.type(query)
    same = judge.judge(Subject(query, query, {}, typed))
    assert same.counts["retention"][0] == same.counts["retention"][1] > 0
    best = max(ratings[query], key=lambda product: ratings[query][product])
    one_hit = Trace(
        "", typed.heard, typed.corrected, (), typed.query, SearchResult((Hit(best, 1.0),)), {}
    )
    judged = judge.judge(Subject(query, query, {}, one_hit))
    assert judged.measures["mrr"] == 1.0 and judged.measures["zero_result_rate"] == 0.0
    assert 0 < judged.measures["recall_at_10"] <= 1.0
