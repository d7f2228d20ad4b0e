from __future__ import annotations

from sayfind.catalog.lexicon import build_lexicon


def test_each_word_once_in_order_with_its_variants() -> None:
    lexicon = build_lexicon(["nike", "adidas", "nike", "a"])
    assert list(lexicon) == ["a", "adidas", "nike"]
    assert ("N", "AY", "K", "IY") in lexicon["nike"]
    assert set(lexicon["a"]) == {("EY",), ("AH",)}


def test_words_without_latin_letters_are_left_out() -> None:
    assert list(build_lexicon(["耐克", "42", "", "usb"])) == ["usb"]
