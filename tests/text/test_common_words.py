from __future__ import annotations

import pytest

from sayfind.text.common_words import han_words, is_common_word, is_function_word


@pytest.mark.parametrize("word", ["cable", "dad", "gift", "laptop", "symmetry", "sail", "cables"])
def test_everyday_words(word: str) -> None:
    assert is_common_word(word)


@pytest.mark.parametrize("word", ["addidas", "shoos", "wirless", "lenova", "kable", ""])
def test_slips_are_no_words(word: str) -> None:
    assert not is_common_word(word)


@pytest.mark.parametrize(
    ("word", "holds"), [("for", True), ("looking", True), ("mouse", False), ("cheapest", True)]
)
def test_function_words(word: str, holds: bool) -> None:
    assert is_function_word(word) is holds


@pytest.mark.parametrize(
    ("text", "words"), [("运动鞋", ("运动鞋",)), ("耐可", ("耐", "可")), ("内科", ("内科",))]
)
def test_chinese_words(text: str, words: tuple[str, ...]) -> None:
    assert han_words(text) == words
