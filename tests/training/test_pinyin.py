from __future__ import annotations

import pytest

from sayfind.text.phone_set import is_phone
from sayfind.text.phonetics import phones
from sayfind.training.pinyin import syllable_phones


@pytest.mark.parametrize(
    ("pinyin", "character"),
    [
        ("ma1", "妈"), ("xue2", "学"), ("zhuang4", "撞"), ("lv4", "绿"), ("nv3", "女"),
        ("yi1", "一"), ("you3", "有"), ("yuan2", "元"), ("yu2", "鱼"), ("yong4", "用"),
        ("wu3", "五"), ("wo3", "我"), ("wei4", "为"), ("weng1", "翁"), ("er4", "二"),
        ("liu2", "流"), ("gui4", "贵"), ("lun2", "轮"), ("qu4", "去"), ("jun1", "军"),
        ("shi2", "十"), ("si4", "四"), ("zhi1", "知"), ("an4", "暗"), ("nve4", "虐"),
    ],
)  # fmt: skip
def test_a_syllable_sounds_as_its_character_does(pinyin: str, character: str) -> None:
    assert syllable_phones(pinyin) == phones(character)


def test_words_are_several_syllables() -> None:
    assert syllable_phones("er3ji1") == (*syllable_phones("er3"), *syllable_phones("ji1"))
    assert all(map(is_phone, syllable_phones("zhong1 guo2 ren2")))


@pytest.mark.parametrize("text", ["", "abc", "zzz1", "hello3", "ma", "ma6", "shop1 ma1"])
def test_what_is_no_pinyin_has_no_phones(text: str) -> None:
    assert syllable_phones(text) == ()


@pytest.mark.parametrize("pinyin", ["lü4", "lu:4", "luu4"])
def test_umlauts_are_written_in_many_ways(pinyin: str) -> None:
    assert syllable_phones(pinyin) == ("l", "v4")
