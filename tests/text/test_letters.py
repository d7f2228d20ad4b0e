from __future__ import annotations

import pytest

from sayfind.text.letters import close_names, is_pronounceable, is_word, split_abbreviations


@pytest.mark.parametrize(
    "run",
    ["LaserJet", "Notebook", "Pavilion", "iPhone", "NVIDIA", "nvidia", "Huawei", "Xiaomi",
     "RAM", "LAN", "RAID", "SIM", "NAS", "Xbox", "xbox", "ASUS", "DELL", "SONY", "KYOCERA",
     "Strength", "lengths", "months", "films", "Lights", "Quartz", "Schwarzkopf", "Kitchen",
     "latte", "wifi", "Red", "red", "Pro", "pro", "max", "Air", "cat", "dog", "the", "RHINO",
     "Wii", "Nescafe", "hoodie", "Levi", "Depth", "disc", "Gifts", "a"],
)  # fmt: skip
def test_words(run: str) -> None:
    assert is_word(run)


@pytest.mark.parametrize(
    "run",
    ["HP", "hp", "USB", "usb", "HDMI", "hdmi", "LED", "led", "LCD", "RTX", "rtx", "DVD", "TV",
     "tv", "GB", "IBM", "AMD", "SSD", "HDD", "DDR", "GPS", "MHz", "XL", "dv", "ea", "html",
     "BTX", "PSB", "UHD", "US", "IT", "kVA", "VGA", "QLM", "rw"],
)  # fmt: skip
def test_spelled(run: str) -> None:
    assert not is_word(run)


def test_capitals_say_nothing_where_everything_is_in_capitals() -> None:
    assert is_word("IT", informative_case=False)
    assert is_word("KAT", informative_case=False)
    assert not is_word("KAT")
    assert not is_word("USB", informative_case=False)


def test_a_given_word_is_a_word() -> None:
    assert is_word("QNAP", words={"qnap"})
    assert not is_word("QNAP")


def test_three_same_letters_are_not_pronounceable() -> None:
    assert not is_pronounceable("xxxl")
    assert not is_pronounceable("aaab")


@pytest.mark.parametrize(
    ("letters", "parts"),
    [("gbssd", ["gb", "ssd"]), ("hplcd", ["hp", "lcd"]), ("hdmi", ["hdmi"]), ("qxvt", ["qxvt"]),
     ("usb", ["usb"]), ("xy", ["xy"]), ("lgtv", ["lg", "tv"])],
)  # fmt: skip
def test_split_abbreviations(letters: str, parts: list[str]) -> None:
    assert split_abbreviations(letters) == parts


def test_close_names() -> None:
    assert close_names("Wi-Fi for my i phone and x box") == "wifi for my iphone and xbox"
    assert close_names("hi finn") == "hi finn"
