from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.catalog.forms import brand_forms, column_words, noun_forms, parts, value_forms
from sayfind.text.normalise import normalise


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Black", {"black"}),
        ("Wi-Fi", {"wi-fi", "wi fi", "wifi"}),
        ("Black & Gold", {"black and gold"}),
        ("black/red", {"black red", "black and red"}),
        ("Men's", {"mens", "men"}),
        ("16 oz", {"16oz"}),
        ("500ml", {"500 ml"}),
        ("MacBook Pro", {"mac book pro"}),
        ("VGA (D-Sub)", {"vga"}),
        ("Nescafé", {"nescafe"}),
        ("黑色(Black)", {"black", "黑色"}),
        ("ＤＤＲ４", {"ddr4"}),
        ("a bit of soy milk", {"a bit of soy milk"}),
    ],
)
def test_value_forms(value: str, wanted: set[str]) -> None:
    forms = value_forms(value)
    assert forms[0] == normalise(value)
    assert wanted <= set(forms)


@pytest.mark.parametrize(
    ("value", "unwanted"),
    [
        ("USB 2.0", "usb 2 0"),
        ("10/100", "10 and 100"),
        ("AT&T", "at t"),
        ("Windows 10 Home", "windows 10home"),
        ("Contoso, Ltd", "contoso and ltd"),
    ],
)
def test_forms_nobody_writes(value: str, unwanted: str) -> None:
    assert unwanted not in brand_forms(value)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Contoso, Ltd.", "contoso"),
        ("Best Buy", "bestbuy"),
        ("StarTech.com", "startech"),
        ("Nike/耐克", "nike"),
        ("Nike/耐克", "耐克"),
        ("华为 HUAWEI", "huawei"),
        ("Hewlett-Packard", "hewlett packard"),
        ("OtterBox", "otter box"),
        ("Barnes & Noble Inc", "barnes and noble"),
        ("Insignia™", "insignia"),
    ],
)
def test_brand_forms(name: str, wanted: str) -> None:
    assert wanted in brand_forms(name)


def test_noun_forms_have_both_numbers() -> None:
    assert set(noun_forms("Running Shoes")) == {"running shoes", "running shoe"}
    assert set(noun_forms("Cases & Covers")) >= {"cases and covers", "cases & cover"}
    assert noun_forms("手机壳") == ("手机壳",)


def test_parts() -> None:
    assert parts("Headphones, Earbuds & Cases") == ("headphones", "earbuds", "cases")
    assert parts("Sandals") == ()


@pytest.mark.parametrize(
    ("column", "words"),
    [("milkAmount", "milk amount"), ("product_colour", "product colour"), ("USBPorts", "usb ports"),
     ("Weight Unit", "weight unit"), ("颜色", "颜色")],
)  # fmt: skip
def test_column_words(column: str, words: str) -> None:
    assert column_words(column) == words


@given(st.text(max_size=40))
def test_forms_are_unique_tidy_and_never_empty_strings(text: str) -> None:
    for forms in (value_forms(text), brand_forms(text), noun_forms(text)):
        assert len(forms) == len(set(forms))
        assert all(form and form == form.strip() for form in forms)
