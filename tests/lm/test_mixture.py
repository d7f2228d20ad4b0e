from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.errors import ConfigError
from sayfind.lm.backoff import BEGIN
from sayfind.lm.mixture import interpolate
from sayfind.lm.ngram import estimate

WORDS = st.sampled_from(["red", "blue", "shoe", "nike", "adidas", "pro"])
SENTENCES = st.lists(
    st.tuples(st.lists(WORDS, max_size=5), st.floats(0.1, 4.0)), min_size=1, max_size=10
)


@settings(max_examples=40, deadline=None)
@given(SENTENCES, SENTENCES, st.integers(1, 3), st.integers(1, 3), st.floats(0.05, 0.95))
def test_mixtures_sum_to_one(one, two, order, other, share) -> None:
    models = [estimate(one, order), estimate(two, other, open_vocabulary=False)]
    mixed = interpolate(models, [share, 1 - share])
    assert mixed.order == max(order, other)
    for state in [(), ("red",), ("red", "shoe"), mixed.start(), (BEGIN, "nike")]:
        predicted = [w for w in mixed.words if w != BEGIN]
        total = math.fsum(math.exp(mixed.score(state, word)[0]) for word in predicted)
        assert total == pytest.approx(1.0, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(SENTENCES, SENTENCES)
def test_what_a_model_holds_is_the_weighted_mean(one, two) -> None:
    a, b = estimate(one, 2), estimate(two, 2)
    mixed = interpolate([a, b], [3, 1])
    for words, _ in one:
        first = words[0] if words else "</s>"
        if first in b.words:
            wanted = 0.75 * math.exp(a.score(a.start(), first)[0])
            wanted += 0.25 * math.exp(b.score(b.start(), first)[0])
            assert math.exp(mixed.score(mixed.start(), first)[0]) == pytest.approx(wanted)


def test_a_mixture_with_itself_is_itself() -> None:
    model = estimate([(["a", "b", "c"], 1), (["a", "c"], 2)], 3)
    mixed = interpolate([model, model], [1, 5])
    assert mixed.sentence(["a", "b", "a"]) == pytest.approx(model.sentence(["a", "b", "a"]))


@pytest.mark.parametrize("weights", [[], [1.0], [1.0, 0.0], [1.0, -1.0], [1.0, 1.0, 1.0]])
def test_bad_weights(weights) -> None:
    model = estimate([(["a"], 1)], 2)
    with pytest.raises(ConfigError, match="positive weight"):
        interpolate([model, model], weights)


def test_no_models() -> None:
    with pytest.raises(ConfigError, match="positive weight"):
        interpolate([], [])
