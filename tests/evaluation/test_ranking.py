from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from sayfind.evaluation.ranking import (
    first_rank,
    ndcg,
    recall,
    recall_at,
    reciprocal_rank,
    retention,
    zero_result_rate,
)

CASES = 10_000
IDS = [f"d{i}" for i in range(30)]
RATINGS = st.dictionaries(st.sampled_from(IDS), st.integers(0, 4), max_size=8)
FOUND = st.lists(st.sampled_from(IDS), max_size=12, unique=True)


@pytest.fixture(scope="module")
def cases() -> list[tuple[list[str], dict[str, int]]]:
    generator = np.random.default_rng(0)
    lists = []
    for _ in range(CASES):
        judged = generator.choice(IDS, generator.integers(1, 12), replace=False)
        rated = generator.integers(0, 5, len(judged))
        ratings = dict(zip(judged.tolist(), rated.tolist(), strict=True))
        found = generator.permutation(IDS)[: generator.integers(1, 16)].tolist()
        lists.append((found, ratings))
    return lists


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:unsafe cast")  # numba's, on compiling ranx
def test_ten_thousand_lists_are_scored_as_ranx_does(
    cases: list[tuple[list[str], dict[str, int]]],
) -> None:
    from ranx import Qrels, Run, evaluate

    names = [f"q{i:05}" for i in range(CASES)]
    qrels = Qrels({name: ratings for name, (_, ratings) in zip(names, cases, strict=True)})
    run = Run(
        {
            name: {each: 1.0 / rank for rank, each in enumerate(found, 1)}
            for name, (found, _) in zip(names, cases, strict=True)
        }
    )
    metrics = ["ndcg@10", "ndcg_burges@10", "mrr@10", "recall@10", "recall"]
    theirs = evaluate(qrels, run, metrics, return_mean=False)
    ours = {
        "ndcg@10": [ndcg(*case, exponential=False) for case in cases],
        "ndcg_burges@10": [ndcg(*case) for case in cases],
        "mrr@10": [reciprocal_rank(*case, k=10) for case in cases],
        "recall@10": [recall(*case, k=10) for case in cases],
        "recall": [recall(*case) for case in cases],
    }
    for metric in metrics:
        assert np.abs(np.array(ours[metric]) - theirs[metric]).max() <= 1e-9, metric


def test_linear_gain_over_all_documents_is_scikit_learns(
    cases: list[tuple[list[str], dict[str, int]]],
) -> None:
    truth = np.array([[ratings.get(each, 0) for each in IDS] for _, ratings in cases[:1000]])
    generator = np.random.default_rng(1)
    scores = generator.permuted(np.tile(np.arange(30.0), (1000, 1)), axis=1)
    ours = [
        ndcg([IDS[i] for i in np.argsort(-row)], dict(zip(IDS, rated, strict=True)), k=10,
             exponential=False)
        for row, rated in zip(scores, truth.tolist(), strict=True)
    ]  # fmt: skip
    assert np.mean(ours) == pytest.approx(ndcg_score(truth, scores, k=10), abs=1e-9)


@given(FOUND, RATINGS, st.integers(1, 12))
def test_all_measures_lie_between_nothing_and_the_ideal(
    found: list[str], ratings: dict[str, float], k: int
) -> None:
    ideal = sorted(ratings, key=lambda each: -ratings[each])
    has_relevant = any(ratings.values())
    for measure in (ndcg, recall, reciprocal_rank):
        assert 0.0 <= measure(found, ratings, k) <= measure(ideal, ratings, k) + 1e-12
    assert ndcg(ideal, ratings, k) == pytest.approx(float(has_relevant))


@given(FOUND, RATINGS)
def test_a_product_that_comes_again_counts_once(
    found: list[str], ratings: dict[str, float]
) -> None:
    stuttered = [each for each in found for _ in range(3)]
    for measure in (ndcg, recall, reciprocal_rank):
        assert measure(stuttered, ratings, None) <= measure(found, ratings, None) + 1e-12


def test_the_gain_of_a_rating_is_exponential_unless_told() -> None:
    ratings = {"a": 2, "b": 1}
    swapped = (1 + 3 / np.log2(3)) / (3 + 1 / np.log2(3))
    assert ndcg(["b", "a"], ratings) == pytest.approx(swapped, abs=1e-12)
    linear = (1 + 2 / np.log2(3)) / (2 + 1 / np.log2(3))
    assert ndcg(["b", "a"], ratings, exponential=False) == pytest.approx(linear, abs=1e-12)


def test_a_query_without_a_relevant_product_scores_nothing() -> None:
    for measure in (ndcg, recall, reciprocal_rank):
        assert measure(["a"], {"a": 0}) == 0.0
        assert measure([], {"a": 1}) == 0.0


def test_ranks_count_from_one() -> None:
    assert first_rank({"b", "c"}, ["a", "b", "c"]) == 2
    assert first_rank({"x"}, ["a"]) is None
    assert reciprocal_rank(["a", "b"], {"b": 1}) == 0.5
    assert reciprocal_rank(["a", "b"], {"b": 1}, k=1) == 0.0


def test_recall_at_k_is_the_share_of_ranks_up_to_k() -> None:
    ranks = [1, 2, None, 5]
    assert [recall_at(k, ranks).value for k in (1, 2, 5, 10)] == [0.25, 0.5, 0.75, 0.75]


def test_zero_result_rate_counts_empty_answers() -> None:
    figure = zero_result_rate([0, 3, 20, 0])
    assert (figure.value, figure.n) == (0.5, 4)


def test_retention_compares_the_same_queries() -> None:
    typed = np.random.default_rng(0).random(60)
    figure = retention(0.8 * typed, typed)
    assert figure.value == pytest.approx(0.8)
    assert figure.high - figure.low < 1e-12  # each query loses a fifth: there is no doubt
    assert not retention([0.0], [0.0]).is_defined
