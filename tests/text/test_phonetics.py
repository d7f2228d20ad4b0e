from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.text.phone_set import ENGLISH_PHONES, MANDARIN_FINALS, MANDARIN_INITIALS, is_phone
from sayfind.text.phonetics import (
    Phones,
    distance,
    fold,
    phones,
    pronounce,
    readings,
    sounds,
    substitution_cost,
)

PHONE = st.sampled_from([*ENGLISH_PHONES, *MANDARIN_INITIALS, *MANDARIN_FINALS])
SOUND = st.lists(PHONE, max_size=12).map(tuple)


def say(text: str) -> Phones:
    return tuple(text.split())


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("nike", "N AY K IY"),
        ("Xiaomi", "SH AW M IY"),
        ("Huawei", "W AA W EY"),
        ("adidas", "AH D IY D AH S"),
        ("Lenovo", "L AH N OW V OW"),
        ("Asus", "EY S UW S"),
        ("Nivea", "N IH V IY AH"),
        ("L'Oréal", "L AO R IY AE L"),
        ("L’ORÉAL", "L AO R IY AE L"),
        ("Hermès", "EH R M EH Z"),
        ("Givenchy", "ZH IY V AA N SH IY"),
        ("Nespresso", "N EH S P R EH S OW"),
        ("Fjällräven", "F Y AE L R EY V AH N"),
        ("Oculus", "AA K Y AH L AH S"),
        ("Bosch", "B AA SH"),
        ("Logitech", "L AA JH IH T EH K"),
        ("Garmin", "G AA R M IH N"),
        ("Lululemon", "L UW L UW L EH M AH N"),
        ("Uniqlo", "Y UW N IH K L OW"),
        ("Zojirushi", "Z OW JH IY R UW SH IY"),
        ("ＮＩＫＥ", "N AY K IY"),
        ("x", "EH K S"),
        ("A", "EY"),
        ("w", "D AH B AH L Y UW"),
        ("rtx", "AA R T IY EH K S"),
        ("HDMI", "EY CH D IY EH M AY"),
        ("qnap", "K Y UW N AE P"),
    ],
)
def test_the_first_pronunciation(word: str, sound: str) -> None:
    assert pronounce(word)[0] == say(sound)


@pytest.mark.parametrize(
    ("word", "sound"),
    [("a", "AH"), ("hermes", "HH ER M IY Z"), ("led", "L EH D"), ("led", "EH L IY D IY"),
     ("asus", "EY S AH S"), ("porsche", "P AO R SH"), ("the", "DH IY")],
)  # fmt: skip
def test_a_variant(word: str, sound: str) -> None:
    assert say(sound) in pronounce(word)


@pytest.mark.parametrize(
    ("word", "ending"), [("decathlon's", "Z"), ("skullcandy's", "Z"), ("zyxxon's", "Z")]
)
def test_possessives_of_words_that_no_dictionary_has(word: str, ending: str) -> None:
    assert pronounce(word)[0] == (*pronounce(word[:-2])[0], ending)


@pytest.mark.parametrize("word", ["", "耐克", "42", "-", "'", "🍎"])
def test_no_letters_no_sound(word: str) -> None:
    assert pronounce(word) == ()


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("", ""),
        ("!?", ""),
        ("耐克", "n ai4 k e4"),
        ("银行", "in2 h ang2"),  # 行 alone is xing
        ("女鞋", "n v3 x ie2"),
        ("月饼", "ve4 b ing3"),
        ("二手", "er4 sh ou3"),
        ("嗯", "en2"),
        ("Nike 耐克", "N AY K IY n ai4 k e4"),
        ("小米14", "x iao3 m i3 sh i2 s i4"),
        ("rtx 40", "AA R T IY EH K S F AO R T IY"),
        ("3.5 hdr", "TH R IY P OY N T F AY V EY CH D IY AA R"),
    ],
)
def test_whole_texts(text: str, sound: str) -> None:
    assert phones(text) == say(sound)


def test_pieces_keep_their_places() -> None:
    text = "我要 Nike's鞋 42"
    assert [text[start:end] for start, end, _ in sounds(text)] == [
        "我", "要", "Nike's", "鞋", "42",
    ]  # fmt: skip


def test_readings_vary_one_word_at_a_time() -> None:
    found = readings("asus led", 6)
    assert found[0] == phones("asus led")
    assert len(found) == len(set(found)) > 2
    assert len(readings("asus led", 2)) == 2
    assert readings("", 3) == [()]


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=30))
def test_any_text_gives_phones_of_the_space(text: str) -> None:
    assert all(is_phone(phone) for phone in phones(text))
    for start, end, _ in sounds(text):
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize("a", ENGLISH_PHONES)
def test_substitution_is_zero_for_equal_phones_only(a: str) -> None:
    assert [b for b in ENGLISH_PHONES if substitution_cost(a, b) == 0.0] == [a]


@pytest.mark.parametrize(
    "pair",
    ["n l", "s sh", "z zh", "c ch", "f h", "R W", "V W", "TH S", "Z S", "NG N", "an1 ang1",
     "N L", "S SH", "in4 ing4", "a1 a3", "N n", "SH x", "JH zh", "AY ai4", "OW ou1", "P p"],
)  # fmt: skip
def test_confusions_are_cheap(pair: str) -> None:
    a, b = pair.split()
    assert 0.0 < substitution_cost(a, b) <= 0.26


@pytest.mark.parametrize("pair", ["P S", "K M", "AA T", "b sh", "IY K", "S IY", "G L", "k a1"])
def test_unrelated_phones_are_dear(pair: str) -> None:
    a, b = pair.split()
    assert substitution_cost(a, b) >= 0.7


def test_an_unknown_phone_is_an_error() -> None:
    with pytest.raises(ValueError, match="'XX' is not a phone"):
        substitution_cost("XX", "AA")


@given(SOUND, SOUND)
def test_distance_is_symmetric_bounded_and_zero_only_for_equal_phones(a: Phones, b: Phones) -> None:
    assert distance(a, b) == distance(b, a)
    assert 0.0 <= distance(a, b) <= 1.0
    assert (distance(a, b) == 0.0) == (a == b)


@given(SOUND, PHONE)
def test_one_more_phone_costs_less_than_a_whole_one(a: Phones, extra: str) -> None:
    assert distance(a, (*a, extra)) <= 1.0 if not a else distance(a, (*a, extra)) < 1.0


NEAR = [
    ("nike", "耐克"), ("happy", "嗨皮"), ("adidas", "阿迪达斯"), ("iphone", "爱疯"),
    ("sony", "索尼"), ("epson", "爱普生"), ("coca cola", "可口可乐"), ("lego", "乐高"),
    ("耐可", "耐克"), ("奶客", "耐克"), ("night key", "nike"), ("logy tech", "logitech"),
    ("keyboard", "key board"), ("shirt", "short"), ("rice", "lice"), ("very", "wery"),
    ("think", "sink"), ("蓝色", "男色"), ("花店", "发店"), ("辛苦", "姓库"),
]  # fmt: skip
FAR = [
    ("nike", "阿迪达斯"), ("apple", "samsung"), ("red", "blue"), ("mouse", "keyboard"),
    ("canon", "尼康"), ("kitkat", "奇巧"), ("手机", "冰箱"), ("huawei", "xiaomi"),
    ("printer", "laptop"), ("耐克", "苹果"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), NEAR)
def test_near_pairs(a: str, b: str) -> None:
    assert distance(phones(a), phones(b)) <= 0.22


@pytest.mark.parametrize(("a", "b"), FAR)
def test_far_pairs(a: str, b: str) -> None:
    assert distance(phones(a), phones(b)) >= 0.38


@pytest.mark.parametrize(
    ("word", "folded"),
    [("L’Oréal", "l'oreal"), ("Citroën", "citroen"), ("MÜLLER", "muller"), ("a.b", "ab"),
     ("'quoted'", "quoted"), ("Größe", "grosse")],
)  # fmt: skip
def test_folding(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_importing_is_light() -> None:
    code = (
        "import sayfind.text.phonetics, sys;"
        "print([m for m in ('pocketsphinx', 'pypinyin') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
