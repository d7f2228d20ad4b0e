from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.catalog.inflection import plural, plural_phrase, singular, singular_phrase


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("shoe", "shoes"), ("watch", "watches"), ("battery", "batteries"), ("toy", "toys"),
        ("box", "boxes"), ("brush", "brushes"), ("lens", "lenses"), ("mouse", "mice"),
        ("woman", "women"), ("scarf", "scarves"), ("dress", "dresses"), ("glass", "glasses"),
        ("hoodie", "hoodies"), ("phone case", "phone cases"), ("knife", "knives"),
        ("earring", "earrings"), ("accessory", "accessories"), ("camera", "cameras"),
    ],
)  # fmt: skip
def test_singular_and_plural(one: str, many: str) -> None:
    assert (plural_phrase(one), singular_phrase(many)) == (many, one)
    assert (plural_phrase(many), singular_phrase(one)) == (many, one)


@pytest.mark.parametrize(
    "word", ["jeans", "furniture", "clothing", "software", "electronics", "scissors", "christmas",
             "fishing", "canvas", "rice"]
)  # fmt: skip
def test_words_without_another_number(word: str) -> None:
    assert (plural(word), singular(word)) == (word, word)


@given(st.text(max_size=20))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(plural_phrase(text), str)
    assert isinstance(singular_phrase(text), str)
