from __future__ import annotations

import numpy as np
import pytest

from sayfind.decoding.phone_retrieval import (
    PhoneRetrieval,
    RetrievalConfig,
    confusions,
    slots,
)
from sayfind.errors import ConfigError, ModelError
from sayfind.text.phonetics import cmudict, phones
from sayfind.types import Posteriors


def many_names(count: int) -> list[str]:
    words = sorted(word for word in cmudict() if word.isalpha() and len(word) > 3)
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(words), (count, 3))
    lengths = rng.integers(1, 4, count)
    names = (" ".join(words[i] for i in row[:n]) for row, n in zip(picks, lengths, strict=True))
    return list(dict.fromkeys(names))


@pytest.fixture(scope="module")
def index(tokens) -> PhoneRetrieval:
    return PhoneRetrieval.build(many_names(5000), tokens, RetrievalConfig(variants=1))


@pytest.mark.parametrize(("before", "after"), [("", ""), ("show me ", ""), ("", " please")])
def test_misheard_names_are_among_the_candidates(index, said, before, after) -> None:
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(60):
        name = index.names[int(rng.integers(len(index.names)))]
        posteriors = said(phones(before + name + after), rng, error=0.15)
        rows = index.candidates(posteriors, 100)
        assert len(rows) <= 100
        assert len(set(rows.tolist())) == len(rows)
        found += name in {index.name(row) for row in rows.tolist()}
    assert found >= 57


def test_a_clear_name_comes_first(index, said) -> None:
    rng = np.random.default_rng(6)
    first = 0
    for _ in range(30):
        row = int(rng.integers(len(index)))
        sound = [index.tokens[token] for token in index.sound(row)]
        rows = index.candidates(said(sound, rng), 5)
        first += row in rows.tolist()
    assert first >= 29


def test_a_small_budget_reads_rare_grams_only(tokens, said) -> None:
    names = many_names(3000)
    small = PhoneRetrieval.build(names, tokens, RetrievalConfig(budget=300, variants=1))
    rng = np.random.default_rng(7)
    found = 0
    for _ in range(30):
        name = names[int(rng.integers(len(names)))]
        posteriors = said(phones(name), rng)
        found += name in {small.name(row) for row in small.candidates(posteriors, 50).tolist()}
    assert found >= 24


def test_silence_and_foreign_sounds_find_nothing(index, tokens, said) -> None:
    assert not len(index.candidates(said([], np.random.default_rng(0)), 10))
    nothing = Posteriors(np.zeros((0, len(tokens)), np.float32), 0.03, tokens)
    assert not len(index.candidates(nothing, 10))


def test_names_that_cannot_be_said(tokens) -> None:
    index = PhoneRetrieval.build(["耐克", "nike", "!!"], tokens)
    assert {index.name(row) for row in range(len(index))} == {"nike"}
    with pytest.raises(ConfigError, match="cannot act"):
        PhoneRetrieval.build(["耐克"], tokens)


def test_both_pronunciations_are_indexed(tokens, said) -> None:
    index = PhoneRetrieval.build(["tomato", "potato"], tokens)
    assert [index.name(row) for row in range(len(index))] == ["tomato", "tomato", "potato"]
    for row in range(len(index)):
        sound = [tokens[token] for token in index.sound(row)]
        rows = index.candidates(said(sound, np.random.default_rng(row)), 2)
        assert index.name(int(rows[0])) == index.name(row)


def test_confusions_are_shares_and_near_sounds_lead(tokens) -> None:
    table = confusions(tokens)
    np.testing.assert_allclose(table.sum(axis=1), 1.0)
    assert (table >= 0).all()
    row = table[tokens.index("S")]
    assert row[tokens.index("Z")] > row[tokens.index("M")]
    assert table[0, 0] == 1.0


def test_slots_are_the_runs_of_the_best_path(tokens, said) -> None:
    posteriors = said(["N", "AY", "K", "IY"], np.random.default_rng(0))
    heard = slots(posteriors, RetrievalConfig(), confusions(tokens))
    assert [tokens[slot[0][0]] for slot in heard] == ["N", "AY", "K", "IY"]
    assert all(sum(share for _, share in slot) <= 1 + 1e-9 for slot in heard)


@pytest.mark.parametrize("settings", [{"alternatives": 0}, {"budget": 0}, {"spread": 1.0}])
def test_settings_that_make_no_sense(settings) -> None:
    with pytest.raises(ValueError, match=r"at least|in \[0"):
        RetrievalConfig(**settings)


def test_what_was_saved_is_opened_where_it_lies(index, said, tmp_path) -> None:
    index.save(tmp_path / "names")
    opened = PhoneRetrieval.open(tmp_path / "names")
    assert (opened.names, opened.tokens, opened.config) == (
        index.names, index.tokens, index.config
    )  # fmt: skip
    assert isinstance(opened.owners, np.memmap)
    assert np.array_equal(opened.owners, index.owners)
    rng = np.random.default_rng(8)
    for row in rng.integers(0, len(index), 5).tolist():
        assert opened.sound(row) == index.sound(row)
        posteriors = said([index.tokens[token] for token in index.sound(row)], rng, error=0.1)
        assert np.array_equal(opened.candidates(posteriors, 50), index.candidates(posteriors, 50))


def test_a_damaged_index(index, tmp_path) -> None:
    with pytest.raises(ModelError, match="build it again"):
        PhoneRetrieval.open(tmp_path)
    index.save(tmp_path)
    (tmp_path / "rows1.npy").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="build it again"):
        PhoneRetrieval.open(tmp_path)
