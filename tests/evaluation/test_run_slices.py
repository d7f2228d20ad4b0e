"""The words by which cases are told apart."""

from __future__ import annotations

import pytest

from sayfind.evaluation.run_slices import length_slice, rarity_slice


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mocha", "1"),
        ("手机", "2"),
        ("a b c", "3 or 4"),
        ("a b c d e", "5 to 8"),
        ("买一台 iPhone 15 要蓝色的", "9 or more"),
    ],
)
def test_length_counts_characters_of_chinese_and_words_of_english(text: str, name: str) -> None:
    assert length_slice(text) == name


def test_rarity_has_names() -> None:
    names = [rarity_slice(count) for count in (0, 1, 2, 9, 10, 99, 100)]
    assert names == ["unseen", "once", *["2 to 9 times"] * 2, *["10 to 99 times"] * 2,
                     "100 times or more"]  # fmt: skip
