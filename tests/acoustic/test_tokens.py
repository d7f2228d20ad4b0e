"""Characters and pieces: what is spelled can be read again, and pieces are learnt within words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.acoustic.tokens import BLANK, TextTokens, learn_tokens
from sayfind.errors import ModelError

TEXTS = ["red shoes", "Red shirt", "the reddest shoes", "红色 shoes", "红色的鞋", "don't"]
TEXT = st.text(alphabet="abcdest 红色鞋", max_size=20)


@given(st.lists(TEXT, min_size=1, max_size=5), st.integers(0, 40))
def test_spelling_loses_nothing_that_was_seen(texts: list[str], most: int) -> None:
    tokens = learn_tokens(texts, most)
    assert len(set(tokens.names)) == len(tokens.names)
    for text in texts:
        spelled = "".join(tokens.spell(text)).replace("▁", "")
        assert spelled == "".join(text.split())
        assert [tokens.names[n] for n in tokens.numbers(text)] == list(tokens.spell(text))
        assert 0 not in tokens.numbers(text)


def test_pieces_join_what_is_common() -> None:
    tokens = learn_tokens(TEXTS, most=30)
    assert len(tokens.names) <= 30
    assert tokens.spell("red shoes") == ("▁red", "▁shoes")
    assert tokens.spell("红色") == ("红", "色")
    assert not [name for name in tokens.names[1:] if "▁" in name[1:]]
    characters = learn_tokens(TEXTS)
    assert characters.spell("red") == ("▁", "r", "e", "d")
    assert len(tokens.spell("reddest shirt")) < len(characters.spell("reddest shirt"))


def test_no_more_is_joined_than_there_is() -> None:
    assert learn_tokens(["a b"], most=100).names == (BLANK, "a", "b", "▁")


def test_what_was_never_seen_is_left_out() -> None:
    assert learn_tokens(["abc"]).spell("abxc") == ("▁", "a", "b", "c")


def test_tokens_on_disk(tmp_path: Path) -> None:
    tokens = learn_tokens(TEXTS, most=40)
    tokens.save(tmp_path / "tokens.txt")
    assert TextTokens.open(tmp_path / "tokens.txt") == tokens
    with pytest.raises(ModelError, match="cannot be read"):
        TextTokens.open(tmp_path / "none.txt")
    (tmp_path / "bad.txt").write_text("a\nb\n")
    with pytest.raises(ModelError, match="no tokens"):
        TextTokens.open(tmp_path / "bad.txt")
