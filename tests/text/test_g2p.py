from __future__ import annotations

import re
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from sayfind.errors import ModelError
from sayfind.text.g2p import G2P, G2PConfig, bundled_g2p
from sayfind.text.phone_set import ENGLISH_PHONES
from sayfind.text.phonetics import cmudict

HELD_OUT_WORDS = 800


def held_out() -> dict[str, list[tuple[str, ...]]]:
    """Words that scripts/train_g2p.py does not train on."""
    references: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for entry, sound in cmudict().items():
        word = re.sub(r"\(\d+\)$", "", entry)
        if re.fullmatch(r"[a-z][a-z']*", word) and zlib.crc32(word.encode()) % 20 == 0:
            references[word].append(tuple(sound.split()))
    return dict(list(references.items())[::7][:HELD_OUT_WORDS])


def test_phone_error_rate_on_held_out_words() -> None:
    errors = phones = 0
    for word, references in held_out().items():
        said = bundled_g2p().pronounce(word)[0]
        nearest = min(references, key=lambda r: Levenshtein.distance(said, r))
        errors += Levenshtein.distance(said, nearest)
        phones += len(nearest)
    assert errors / phones <= 0.08


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("nespresso", "N EH S P R EH S OW"),
        ("chromebook", "K R OW M B UH K"),
        ("birkenstock", "B ER K AH N S T AA K"),
        ("laserjet", "L EY Z ER JH EH T"),
        ("shimano", "SH IY M AA N OW"),
        ("smarttherm", "S M AA R T TH ER M"),
        ("blip", "B L IH P"),
        ("phoneyard", "F OW N Y AA R D"),
    ],
)
def test_words_that_no_dictionary_has(word: str, sound: str) -> None:
    assert tuple(sound.split()) in bundled_g2p().pronounce(word)


@settings(deadline=None)
@given(st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=25))
def test_any_letters_give_english_phones_each_way_once(word: str) -> None:
    found = bundled_g2p().pronounce(word)
    assert len(found) == len(set(found)) <= G2PConfig().variants
    assert all(phone in ENGLISH_PHONES for sound in found for phone in sound)
    assert all(found) and (found or not word.strip("'"))
    assert found == bundled_g2p().pronounce(word)


def test_unknown_letters_are_silent() -> None:
    assert bundled_g2p().pronounce("ni1ké42") == bundled_g2p().pronounce("nik")
    assert bundled_g2p().pronounce("42") == ()


def test_a_narrow_beam_gives_one_reading() -> None:
    from importlib.resources import as_file, files

    with as_file(files("sayfind").joinpath("models/g2p.npz")) as path:
        narrow = G2P.open(path, G2PConfig(beam_width=1, variants=1))
        assert path.stat().st_size <= 2.5e6
    assert len(narrow.pronounce("logitech")) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"beam_width": 0}, {"variants": 0}, {"beam_depth": -1.0}, {"variant_depth": -0.1}],
)
def test_wrong_settings(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|not negative"):
        G2PConfig(**wrong)


@pytest.mark.parametrize("content", [None, b"", b"not a model", b"PK\x03\x04broken"])
def test_a_damaged_model(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "g2p.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match="install sayfind again"):
        G2P.open(path)


def test_a_model_of_another_version(tmp_path: Path) -> None:
    np.savez(tmp_path / "g2p.npz", version=np.array(99))
    with pytest.raises(ModelError, match="another version"):
        G2P.open(tmp_path / "g2p.npz")
