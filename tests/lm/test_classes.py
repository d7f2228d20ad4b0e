from __future__ import annotations

import gzip
import math
from pathlib import Path

import pytest

from sayfind.errors import ConfigError, InputError
from sayfind.lm.arpa import write_arpa
from sayfind.lm.classes import ClassNGram, replace_members
from sayfind.lm.mixture import LogLinearMixture, interpolate, tune_linear, tune_log_linear
from sayfind.lm.ngram import estimate
from sayfind.lm.query_log import QueryLogConfig, QueryLogModel
from sayfind.testing import LanguageModelSuite

SHARED = Path(__file__).parents[3] / "shared" / "data"
CLASSES = {
    "<brand>": {"nike": 2.0, "new balance": 1.0, "new era": 1.0, "red": 0.5},
    "<colour>": {"red": 1.0, "dark red": 1.0},
}
SENTENCES = [
    (text.split(), weight)
    for text, weight in (
        ("red nike shoes", 3.0),
        ("dark red new balance shoes", 2.0),
        ("nike shoes under fifty", 2.0),
        ("new shoes", 1.0),
    )
]


@pytest.fixture(scope="module")
def model() -> ClassNGram:
    return ClassNGram.estimate(SENTENCES, CLASSES)


class TestClassNGram(LanguageModelSuite):
    def model(self) -> ClassNGram:
        return ClassNGram.estimate(SENTENCES, CLASSES)

    def sentence(self) -> tuple[str, ...]:
        return ("dark", "red", "nike", "shoes")


def test_the_probabilities_of_all_words_sum_to_one(model: ClassNGram) -> None:
    words = sorted(
        (set(model.model.vocabulary) - set(CLASSES))
        | {w for members in CLASSES.values() for m in members for w in m.split()}
    )
    for text in ("", "red", "dark", "new", "new balance", "red nike shoes"):
        state = model.start()
        for word in text.split():
            _, state = model.score(state, word)
        total = sum(math.exp(model.score(state, w)[0]) for w in (*words, "</s>", "<unk>"))
        assert total == pytest.approx(1.0), text
        assert sum(math.exp(share) for _, share in state) == pytest.approx(1.0)


def test_a_brand_that_was_never_seen_is_expected_where_brands_are(model: ClassNGram) -> None:
    plain = estimate(SENTENCES)
    new = "red new era shoes".split()  # noqa: SIM905
    assert model.sentence(new) > plain.sentence(new) + 1
    assert model.perplexity([new]) < plain.perplexity([new])


def test_members_are_replaced_longest_first() -> None:
    words = "dark red new balance shoes new".split()  # noqa: SIM905
    assert replace_members(words, CLASSES) == ["<colour>", "<brand>", "shoes", "new"]


def test_a_class_needs_members_and_a_place() -> None:
    with pytest.raises(ConfigError, match="<size>"):
        ClassNGram(estimate(SENTENCES), {"<size>": {"ten": 1.0}})


def test_linear_weights_follow_the_dev_sentences() -> None:
    shoes = estimate([("red shoes".split(), 5.0), ("nike shoes".split(), 2.0)])  # noqa: SIM905
    food = estimate([("red wine".split(), 5.0), ("green tea".split(), 2.0)])  # noqa: SIM905
    dev = [["nike", "shoes"], ["red", "shoes"], ["green", "tea"]]
    weights = tune_linear([shoes, food], dev)
    assert sum(weights) == pytest.approx(1.0)
    assert weights[0] > weights[1] > 0.05
    tuned = interpolate([shoes, food], weights).perplexity(dev)
    for other in ([0.5, 0.5], [0.9, 0.1], [0.2, 0.8]):
        assert tuned <= interpolate([shoes, food], other).perplexity(dev) + 1e-6


def test_linear_weights_need_a_word_that_is_known() -> None:
    closed = estimate([(["shoes"], 1.0)], open_vocabulary=False)
    with pytest.raises(InputError, match="no word"):
        tune_linear([closed], [])


def test_a_log_linear_mixture_is_a_distribution_and_one_model_alone_is_itself() -> None:
    one = estimate(SENTENCES)
    other = estimate([(words[::-1], weight) for words, weight in SENTENCES])
    both = LogLinearMixture([one, other], [0.6, 0.5])
    state = both.start()
    for word in ("red", "nike", "zzz"):
        words = both.models[0].vocabulary
        total = sum(math.exp(both.score(state, w)[0]) for w in (*words, "</s>"))
        assert total == pytest.approx(1.0)
        _, state = both.score(state, word)
    alone = LogLinearMixture([one, other], [1.0, 0.0])
    known = [words for words, _ in SENTENCES]
    without_unknown = LogLinearMixture([one], [1.0])
    assert alone.perplexity(known) == pytest.approx(without_unknown.perplexity(known))


def test_log_linear_weights_are_no_worse_than_even_ones() -> None:
    one, other = estimate(SENTENCES, 3), estimate(SENTENCES, 1)
    dev = [words for words, _ in SENTENCES]
    weights = tune_log_linear([one, other], dev)
    even = LogLinearMixture([one, other], [0.5, 0.5]).perplexity(dev)
    assert LogLinearMixture([one, other], weights).perplexity(dev) < even
    assert weights[0] > weights[1]
    with pytest.raises(ConfigError):
        LogLinearMixture([one], [0.0])


def test_the_log_is_learnt_and_forgotten() -> None:
    base = estimate(SENTENCES, open_vocabulary=False)
    log = QueryLogModel(base, QueryLogConfig(half_life=10.0, trust=5.0))
    assert log.model() is base
    asked = ["green", "tea"]
    log.observe(["green tea", "  ", "green  tea"], now=0.0)
    fresh = log.model().sentence(asked)
    assert log.model() is log.model()
    log.observe(["nike shoes"] * 3, now=20.0)
    assert -math.inf < log.model().sentence(asked) < fresh
    assert log.weights == {"green tea": 0.5, "nike shoes": 3.0}
    again = QueryLogModel(base, log.config, log.weights, now=20.0)
    assert again.model().sentence(asked) == pytest.approx(log.model().sentence(asked))
    log.observe([], now=200.0)
    assert log.model() is base


@pytest.mark.shared
@pytest.mark.parametrize("order", [2, 5])
def test_perplexity_of_real_queries_is_that_of_kenlm(tmp_path: Path, order: int) -> None:
    kenlm = pytest.importorskip("kenlm")
    path = SHARED / "text" / "zh-ecom-queries-train.tsv.gz"
    if not path.is_file():
        pytest.skip("the shared data is not here")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = [list("".join(line.split("\t")[-1].split())) for line in file]
    model = estimate([(line, 1.0) for line in lines[:8000]], order)
    write_arpa(model, tmp_path / "model.arpa")
    theirs = kenlm.Model(str(tmp_path / "model.arpa"))
    held = lines[8000:9000]
    total = sum(theirs.score(" ".join(line)) for line in held)
    count = sum(len(line) + 1 for line in held)
    assert model.perplexity(held) == pytest.approx(10 ** (-total / count), rel=1e-5)
