from __future__ import annotations

from sayfind.correction.tokens import Token, read_tokens

KNOWN = {"nike", "running shoes", "running", "耐克", "运动鞋", "usb"}


def tokens(text: str) -> dict[str, Token]:
    return {token.text: token for token in read_tokens(text, KNOWN.__contains__)}


def test_known_words_and_phrases() -> None:
    found = tokens("nike running shoes lenova")
    assert [t.known for t in found.values()] == [True, True, True, False]
    assert found["lenova"].doubtful


def test_chinese_is_matched_longest_first() -> None:
    found = tokens("耐克运动鞋好")
    assert [t.known for t in found.values()] == [True] * 5 + [False]


def test_function_words_are_not_doubtful() -> None:
    assert not any(t.doubtful for t in tokens("i am looking for the nike").values())


def test_everyday_words_are_real_but_doubtful() -> None:
    found = tokens("cable kable")
    assert (found["cable"].real, found["kable"].real) == (True, False)


def test_numbers_negations_and_codes_are_locked() -> None:
    found = tokens("not zzx under 50 dv7-1211ea")
    assert found["not"].lock == "negation"
    assert found["50"].lock == found["dv"].lock == found["ea"].lock == "number"
    assert found["zzx"].lock == ""


def test_chinese_dictionary_words_are_numbered() -> None:
    found = read_tokens("内科耐可", KNOWN.__contains__)
    assert [t.word for t in found] == [0, 0, -1, -1]
    assert [t.real for t in found] == [True, True, False, False]


def test_offsets() -> None:
    text = "我要 Nike's鞋"
    assert [text[t.start : t.end] for t in read_tokens(text, KNOWN.__contains__)] == [
        "我", "要", "Nike's", "鞋",
    ]  # fmt: skip
