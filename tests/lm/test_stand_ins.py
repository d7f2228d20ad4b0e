"""New words take the place of known ones in a model that stays as it is."""

from __future__ import annotations

import pytest

from sayfind.lm.backoff import NGram
from sayfind.lm.ngram import estimate
from sayfind.lm.stand_ins import stand_ins, with_words

SENTENCES = ["nike pegasus shoes", "nike pegasus", "sony headphones", "a red mug", "shoes"]


@pytest.fixture(scope="module")
def model() -> NGram:
    return estimate([(text.split(), 1.0) for text in SENTENCES], order=3, open_vocabulary=False)


def test_a_name_stands_for_what_follows_its_brand(model: NGram) -> None:
    found = stand_ins(model, [["nike", "vomero", "shoes"], ["sony", "shoes"]])
    assert found == {"vomero": "pegasus"}


def test_a_name_in_a_row_of_new_ones_has_a_stand_in_too(model: NGram) -> None:
    found = stand_ins(model, [["kodak", "ektar", "nike"]])
    assert found.keys() == {"kodak", "ektar"}
    assert all(word in model.vocabulary and len(word) >= 3 for word in found.values())
    assert "nike" not in found.values(), "a word of the same name stands for none of it"


def test_a_new_word_is_as_likely_as_its_stand_in(model: NGram) -> None:
    again = with_words(model, {"vomero": "pegasus"})
    assert again.sentence(["nike", "vomero"]) == again.sentence(["nike", "pegasus"])
    assert again.sentences([["nike", "vomero", "shoes"]])[0] == pytest.approx(
        model.sentence(["nike", "pegasus", "shoes"])
    )
    assert "vomero" not in model.ids, "the first model stays as it is"
