from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.evaluation.figure import mean_figure
from sayfind.evaluation.slices import (
    by_slice,
    figures_by_slice,
    length_slice,
    rarity_slice,
    snr_slice,
)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(-10, 10)), min_size=1, max_size=30))
def test_slices_part_the_cases_and_their_means_give_the_mean(
    cases: list[tuple[str, float]],
) -> None:
    parts = by_slice(cases, lambda case: case[0])
    assert sorted(case for part in parts.values() for case in part) == sorted(cases)
    figures = figures_by_slice(
        cases, lambda case: case[0], lambda part: mean_figure([value for _, value in part])
    )
    assert list(figures) == list(dict.fromkeys(key for key, _ in cases))
    total = sum(figure.value * figure.n for figure in figures.values())
    assert total / len(cases) == pytest.approx(mean_figure([v for _, v in cases]).value, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "1 word"),
        ("mocha", "1 word"),
        ("手机", "2 words"),
        ("a b c", "3-4 words"),
        ("a b c d e", "5-8 words"),
        ("买一台 iPhone 15 要蓝色的", "9 words and more"),
    ],
)
def test_length_counts_characters_of_chinese_and_words_of_english(text: str, name: str) -> None:
    assert length_slice(text) == name


def test_rarity_and_noise_have_names() -> None:
    names = [rarity_slice(count) for count in (0, 1, 2, 9, 10, 99, 100)]
    assert names == ["unseen", "once", *["2-9 times"] * 2, *["10-99 times"] * 2,
                     "100 times and more"]  # fmt: skip
    assert [snr_slice(snr) for snr in (None, 12, 6.5, -3)] == ["clean", "12 dB", "6.5 dB", "-3 dB"]
