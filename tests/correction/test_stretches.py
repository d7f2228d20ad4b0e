from __future__ import annotations

from sayfind.correction.stretches import foreign_stretches, han_stretches, latin_stretches
from sayfind.correction.tokens import read_tokens

KNOWN = {"nike", "mouse", "耐克", "手机", "mouse pad"}


def texts(text: str, spans: list[tuple[int, int]]) -> list[str]:
    tokens = read_tokens(text, KNOWN.__contains__)
    return [text[tokens[a].start : tokens[b - 1].end] for a, b in spans]


def test_latin_stretches_hold_something_doubtful_and_begin_with_content() -> None:
    text = "the logy tech mouse for nike"
    tokens = read_tokens(text, KNOWN.__contains__)
    found = texts(text, list(latin_stretches(text, tokens, 2)))
    assert found == ["logy", "tech", "logy tech", "tech mouse"]


def test_commas_part_stretches() -> None:
    text = "logy, tech"
    tokens = read_tokens(text, KNOWN.__contains__)
    assert texts(text, list(latin_stretches(text, tokens, 3))) == ["logy", "tech"]


def test_chinese_stretches_do_not_cross_spaces() -> None:
    text = "晓米 手机"
    tokens = read_tokens(text, KNOWN.__contains__)
    assert texts(text, list(han_stretches(tokens, 4))) == ["晓米"]


def test_runs_that_may_be_foreign_names() -> None:
    tokens = read_tokens("爱疯手机", KNOWN.__contains__)
    assert ["".join(t.text for t in run) for run in foreign_stretches(tokens, 6)] == ["爱疯"]
