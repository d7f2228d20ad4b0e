from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.data.transcript import (
    pinyin_of,
    said,
    said_in_english,
    said_in_mandarin,
    syllable,
    words,
)
from sayfind.errors import InputError


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Please call Stella.", "please call stella"),
        ("However, there is an issue, isn't there ?", "however there is an issue isn't there"),
        ("a super-imposition of bows", "a super imposition of bows"),
        ("“Ravi’s” café", "ravi's cafe"),
        ("9196856019", "nine one nine six eight five six zero one nine"),
        ("14 Silver Street 964", "fourteen silver street nine sixty four"),
        ("FLAT NO 4 RAMBAG", "flat no four rambag"),
        ("Jon [noise] Reif", "jon reif"),
        ("?", ""),
        ("", ""),
    ],
)
def test_english_as_it_is_said(text: str, spoken: str) -> None:
    assert said_in_english(text) == said(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("首套房贷款8.5折", "首套房贷款八点五折"),
        ("股票走势万科Ａ保利", "股票走势万科 a 保利"),
        ("M P M P四和M P五", "m p m p 四和 m p 五"),
        ("买apple watch的 别J J", "买 apple watch 的别 j j"),
        ("[n]一辆黑色", "一辆黑色"),
        ("一会儿_一会儿_", "一会儿一会儿"),
        ("从…出发。", "从出发"),
    ],
)
def test_mandarin_as_it_is_said(text: str, spoken: str) -> None:
    assert said_in_mandarin(text) == said(text) == spoken


def test_words_are_characters_and_english_words() -> None:
    assert words("买 apple watch 的") == ("买", "apple", "watch", "的")


@pytest.mark.parametrize(
    ("spoken", "syllables"),
    [
        ("从出发", ("cong2", "chu1", "fa1")),
        ("绿女儿", ("lv4", "nv3", "er2")),
        ("我的", ("wo3", "de5")),
        ("银行", ("yin2", "hang2")),
        ("小 s", ()),
        ("", ()),
    ],
)
def test_pinyin(spoken: str, syllables: tuple[str, ...]) -> None:
    assert pinyin_of(spoken) == syllables


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("ma1", "ma1"), ("MA1", "ma1"), ("de", "de5"), ("luu4", "lv4"), ("lu:4", "lv4"),
        ("lü4", "lv4"), ("nue4", "nve4"), ("luue4", "lve4"), ("luun2", "lvn2"), ("jv1", "ju1"),
        ("xve2", "xue2"), ("_lvan2", "lvan2"), ("_hng4", "hng4"), ("er5", "er5"),
    ],
)  # fmt: skip
def test_one_spelling_of_a_syllable(text: str, one: str) -> None:
    assert syllable(text) == one
    assert syllable(one) == one


@pytest.mark.parametrize("text", ["", "5", "ma6", "ma 1", "luun", "zhai", "妈", "ma1ma1"])
def test_what_is_no_syllable(text: str) -> None:
    with pytest.raises(InputError):
        syllable(text)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_what_is_said_stays_so(text: str) -> None:
    spoken = said(text)
    assert said(spoken) == spoken
    assert all(part == part.strip() and part for part in words(spoken))
    assert "".join(words(spoken)) == spoken.replace(" ", "")
