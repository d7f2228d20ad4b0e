from __future__ import annotations

import jiwer
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.evaluation.tokens import (
    character_tokens,
    mixed_tokens,
    phone_tokens,
    word_tokens,
    written_tokens,
)
from sayfind.evaluation.wer import align, confusions, error_rate, oracle, text_errors

WORDS = ["small", "mocha", "latte", "no", "cream", "two", "please", "a", "don't", "large"]
TOKENS = st.lists(st.sampled_from("abcd"), max_size=9)


def sentences(count: int, seed: int) -> list[str]:
    generator = np.random.default_rng(seed)
    lengths = generator.integers(1, 12, count)
    return [" ".join(generator.choice(WORDS, length)) for length in lengths]


def test_ten_thousand_word_error_rates_are_jiwers() -> None:
    references, hypotheses = sentences(10_000, 0), sentences(10_000, 1)
    ours = [text_errors(*pair) for pair in zip(references, hypotheses, strict=True)]
    for said, heard, alignment in zip(references, hypotheses, ours, strict=True):
        theirs = jiwer.process_words(said, heard)
        assert alignment.errors / alignment.reference_length == pytest.approx(theirs.wer, abs=1e-9)
        assert (alignment.hits, alignment.substitutions) == (theirs.hits, theirs.substitutions)
        assert (alignment.deletions, alignment.insertions) == (
            theirs.deletions,
            theirs.insertions,
        )
    assert error_rate(ours).value == pytest.approx(jiwer.wer(references, hypotheses), abs=1e-9)


def test_ten_thousand_character_error_rates_are_jiwers() -> None:
    references, hypotheses = sentences(10_000, 2), sentences(10_000, 3)
    ours = [
        text_errors(said, heard, character_tokens)
        for said, heard in zip(references, hypotheses, strict=True)
    ]
    for said, heard, alignment in zip(references, hypotheses, ours, strict=True):
        assert alignment.errors / alignment.reference_length == pytest.approx(
            jiwer.cer(said, heard), abs=1e-9
        )
    assert error_rate(ours).value == pytest.approx(jiwer.cer(references, hypotheses), abs=1e-9)


def edit_distance(a: list[str], b: list[str]) -> int:
    """Wagner and Fischer 1974, as it stands in the book."""
    row = list(range(len(b) + 1))
    for i, said in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, heard in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (said != heard))
    return row[-1]


@given(TOKENS, TOKENS)
def test_an_alignment_is_cheapest_and_spells_both_sides(said: list[str], heard: list[str]) -> None:
    alignment = align(said, heard)
    assert alignment.errors == edit_distance(said, heard)
    assert [a for a, _ in alignment.pairs if a is not None] == said
    assert [b for _, b in alignment.pairs if b is not None] == heard
    assert alignment.reference_length == len(said)
    assert alignment.hits + alignment.substitutions + alignment.insertions == len(heard)
    assert (None, None) not in alignment.pairs


@given(TOKENS, TOKENS, TOKENS)
def test_errors_are_a_distance(a: list[str], b: list[str], c: list[str]) -> None:
    assert align(a, b).errors == align(b, a).errors
    assert (align(a, b).errors == 0) == (a == b)
    assert align(a, c).errors <= align(a, b).errors + align(b, c).errors


def test_pairs_say_what_became_of_each_word() -> None:
    alignment = text_errors("Small mocha, no cream.", "a small mocker no")
    assert alignment.pairs == (
        (None, "a"),
        ("small", "small"),
        ("mocha", "mocker"),
        ("no", "no"),
        ("cream", None),
    )
    assert (alignment.hits, alignment.substitutions) == (2, 1)
    assert (alignment.deletions, alignment.insertions) == (1, 1)


def test_an_error_rate_sums_over_utterances_and_can_exceed_one() -> None:
    figure = error_rate([text_errors("yes", "no no no"), text_errors("a b c", "a b c")])
    assert figure.value == 3 / 4
    assert error_rate([text_errors("yes", "no no no")]).value == 3.0


def test_words_that_nobody_said_count_where_the_reference_is_empty() -> None:
    figure = error_rate([text_errors("", "hm"), text_errors("a b", "a b")])
    assert figure.value == 0.5
    assert not error_rate([text_errors("", "hm")]).is_defined


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The Wi-Fi router's $1,299.50!", ["the", "wi", "fi", "router's", "1,299.50"]),
        ("‘don’t’ — NESCAFÉ", ["don't", "nescafe"]),
        ("ＡＢＣ  x_y", ["abc", "x", "y"]),
        ("…?!", []),
    ],
)
def test_words_are_compared_without_case_width_accents_and_punctuation(
    text: str, tokens: list[str]
) -> None:
    assert word_tokens(text) == tokens


def test_mixed_text_counts_chinese_characters_and_other_words() -> None:
    assert mixed_tokens("我要买iPhone 15，手机壳！") == [*"我要买", "iphone", "15", *"手机壳"]
    alignment = text_errors("买iPhone 手机", "卖 iphone手机壳", mixed_tokens)
    assert (alignment.errors, alignment.reference_length) == (2, 4)


def test_characters_have_spaces_between_words_only() -> None:
    assert "".join(character_tokens("买 iPhone  15 手机, ok")) == "买iphone 15手机ok"


def test_written_tokens_take_numbers_and_letters_as_written() -> None:
    assert text_errors("twenty", "20").errors == 1
    assert written_tokens("twenty RTX 4090") == written_tokens("20 r t x forty ninety")
    assert written_tokens("买二十寸电视") == written_tokens("买 20 寸电视")


def test_phone_tokens_find_the_sounds_that_are_confused() -> None:
    alignments = [
        text_errors("ship", "chip", phone_tokens),
        text_errors("ships", "chips", phone_tokens),
        text_errors("买", "卖", phone_tokens),
    ]
    counts = confusions(alignments)
    assert counts[("SH", "CH")] == 2
    assert counts[("ai3", "ai4")] == 1
    assert sum(counts.values()) == 3


def test_confusions_leave_out_what_was_only_missed_or_added() -> None:
    assert confusions([text_errors("a b", "a"), text_errors("a", "a b")]) == {}


def test_an_oracle_takes_the_best_reading_and_never_loses_to_the_first() -> None:
    readings = ["small mocker", "small mocha", "mocha"]
    assert oracle("Small mocha", readings).errors == 0
    assert oracle("Small mocha", readings[:1]).errors == 1
    nothing = oracle("Small mocha", [])
    assert (nothing.deletions, nothing.reference_length) == (2, 2)


@given(st.text(max_size=30))
def test_every_kind_of_token_says_the_same_for_the_same_text(text: str) -> None:
    for tokens in (word_tokens, character_tokens, mixed_tokens):
        assert text_errors(text, text, tokens).errors == 0
    assert word_tokens(" ".join(word_tokens(text))) == word_tokens(text)
    assert mixed_tokens(" ".join(mixed_tokens(text))) == mixed_tokens(text)
