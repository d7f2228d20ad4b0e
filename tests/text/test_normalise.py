from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.text.normalise import has_han, normalise, strip_accents

NORMALISED = [
    ("  HP  Pavilion\t", "hp pavilion"),
    ("ＡＢＣ１２３！", "abc123!"),
    ("“quoted” ‘it’s’", "\"quoted\" 'it's'"),
    ("17″ and 6′", "17\" and 6'"),
    ("A – B — C ‐ D − E", "a - b - c - d - e"),
    ("Core™2 Duo®", "core 2 duo"),
    ("ｗｉ－ｆｉ", "wi-fi"),
    ("Stra\u00dfe", "strasse"),
    ("a\u200bb\x00c\ufeff", "abc"),
    ("line\nbreak\u3000wide\xa0space", "line break wide space"),
    ("½ cup", "1/2 cup"),
    ("ﬁne", "fine"),
    ("两百块，", "两百块,"),
    ("保温杯。", "保温杯."),
    ("4 ㎏", "4 kg"),
    ("CAFÉ", "café"),
    ("", ""),
    ("\u202e\u202d", ""),
]


@pytest.mark.parametrize(("text", "expected"), NORMALISED)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(st.text())
def test_normalise_is_idempotent(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once.isprintable() or not once
    assert once == once.strip()


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_is_the_same_as_the_long_one(text: str) -> None:
    assert normalise(text) == normalise(text + "é").removesuffix("é").rstrip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("手机", True), ("iphone 手机壳", True), ("iphone", False), ("", False), ("ひらがな", False),
     ("〇", True), ("。、", False), ("𠮷", True)],
)  # fmt: skip
def test_has_han(text: str, expected: bool) -> None:
    assert has_han(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Nescafé", "Nescafe"), ("Lancôme L'Oréal", "Lancome L'Oreal"), ("Størk Łódź", "Stork Lodz"),
     ("æsop Œuvre ß", "aesop OEuvre ss"), ("咖啡", "咖啡"), ("e\u0301", "e"), ("ガ", "ガ"),
     ("한국", "한국")],
)  # fmt: skip
def test_strip_accents(text: str, expected: str) -> None:
    assert strip_accents(text) == expected
