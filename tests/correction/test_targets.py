from __future__ import annotations

from pathlib import Path

import pytest

from sayfind.correction.targets import Targets, compact
from sayfind.errors import ShopError
from sayfind.text.phonetics import phones

PHRASES = ["Adidas", "L'Oréal", "running shoes", "耐克", "100% cotton", "no show socks", "iPhone"]


@pytest.fixture(scope="module")
def targets() -> Targets:
    return Targets.build(PHRASES, ["mouse", "cable", "手机"], [5, 3, 2, 4, 1, 1, 9])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("L’Oréal", "loreal"),
        ("wi-fi", "wifi"),
        ("耐 克", "耐克"),
        ("USB-C 3.0", "usbc30"),
        ("", ""),
    ],
)
def test_compact(text: str, form: str) -> None:
    assert compact(text) == form


@pytest.mark.parametrize(
    "text",
    ["adidas", "running shoes", "shoes", "shoe", "mice", "cables", "l'oreal", "耐克", "cotton",
     "adidas's", "手机"],
)  # fmt: skip
def test_known(targets: Targets, text: str) -> None:
    assert targets.knows(text)


@pytest.mark.parametrize("text", ["nike", "", "耐", "addidas", "running adidas"])
def test_unknown(targets: Targets, text: str) -> None:
    assert not targets.knows(text)


@pytest.mark.parametrize("text", ["100 cotton", "no show socks", "one hundred percent cotton"])
def test_what_holds_a_number_or_negation_is_never_proposed(targets: Targets, text: str) -> None:
    sound, form = phones(text), compact(text)
    found = [
        *targets.near_sound(sound, form, 9),
        *targets.near_spelling(sound, form, 9),
        *targets.same_letters(sound, form),
    ]
    assert not {4, 5} & {near.target for near in found}


def test_ways_to_be_near(targets: Targets) -> None:
    assert targets.same_letters(phones("loreal"), "loreal")[0].target == 1
    assert targets.homophones(phones("奈可"), "奈可")[0].target == 3
    assert next(targets.near_spelling(phones("addidas"), "addidas", 3)).target == 0
    assert targets.near_sound(phones("add it as"), "additas", 1)[0].target == 0


def test_saved_and_opened_again(targets: Targets, tmp_path: Path) -> None:
    targets.save(tmp_path / "new" / "folder")
    again = Targets.open(tmp_path / "new" / "folder")
    assert again.texts == targets.texts
    assert again.known_words == targets.known_words
    assert list(again.counts) == list(targets.counts)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 broken"])
def test_a_damaged_file(targets: Targets, tmp_path: Path, content: bytes | None) -> None:
    targets.save(tmp_path)
    path = tmp_path / "correction.npz"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(ShopError, match="build the shop again"):
        Targets.open(tmp_path)
