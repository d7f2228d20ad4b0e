from __future__ import annotations

import random
import statistics
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.catalog.phonetic_index import PhoneticIndex, _grams
from sayfind.errors import ShopError
from sayfind.text.phone_set import atoms
from sayfind.text.phonetics import cmudict, distance, phones, readings

BRANDS = ["Nike", "Adidas", "Logitech", "Lenovo", "Huawei", "Samsung", "Sony", "耐克", "阿迪达斯",
          "蓝牙耳机", "wireless mouse", "running shoes", "Canon", "Lexmark", "iPhone 15",
          "🍎"]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> PhoneticIndex:
    return PhoneticIndex.build(BRANDS)


@pytest.mark.parametrize(
    ("heard", "phrase"),
    [("nike", "Nike"), ("night key", "Nike"), ("logy tech", "Logitech"), ("耐可", "耐克"),
     ("地达斯", "阿迪达斯"), ("lexmarc", "Lexmark"), ("kanon", "Canon"), ("who are way", "Huawei"),
     ("sam sung", "Samsung"), ("wireless house", "wireless mouse"), ("男牙耳机", "蓝牙耳机"),
     ("i phone fifteen", "iPhone 15"), ("lunning shoes", "running shoes")],
)  # fmt: skip
def test_the_nearest_phrase(index: PhoneticIndex, heard: str, phrase: str) -> None:
    assert BRANDS[index.nearest(phones(heard), 1)[0][0]] == phrase


@pytest.mark.parametrize("number", [i for i, brand in enumerate(BRANDS) if brand != "🍎"])
def test_each_phrase_finds_itself(index: PhoneticIndex, number: int) -> None:
    assert index.nearest(phones(BRANDS[number]), 1) == [(number, 0.0)]


def test_nearest_are_in_order_distinct_and_as_many_as_asked(index: PhoneticIndex) -> None:
    found = index.nearest(phones("adidas shoes"), 5)
    assert len({number for number, _ in found}) == 5
    distances = [distance for _, distance in found]
    assert distances == sorted(distances)
    assert index.nearest(phones("adidas"), 0) == []
    assert index.nearest((), 3) == []


def test_a_phrase_without_sound_is_never_found(index: PhoneticIndex) -> None:
    assert len(index) == len(BRANDS)
    found = index.nearest(phones("apple"), len(BRANDS))
    assert BRANDS.index("🍎") not in [number for number, _ in found]
    assert len(found) == len(BRANDS) - 1


def test_an_empty_index() -> None:
    empty = PhoneticIndex.build([])
    assert (empty.nearest(phones("nike"), 3), empty.windows(phones("nike"), 3)) == ([], [])


@pytest.mark.parametrize(
    ("heard", "phrase", "part"),
    [("show me logy tech keyboards", "Logitech", "logy tech"),
     ("i want nike", "Nike", "nike"),
     ("我要男牙耳机", "蓝牙耳机", "男牙耳机"),
     ("red running shoes under fifty", "running shoes", "running shoes")],
)  # fmt: skip
def test_windows(index: PhoneticIndex, heard: str, phrase: str, part: str) -> None:
    sound = phones(heard)
    found = {BRANDS[w.phrase]: w for w in index.windows(sound, 5)}
    window = found[phrase]
    assert sound[window.start : window.end] == phones(part)
    assert window.distance == pytest.approx(distance(phones(part), phones(phrase)), abs=0.06)


def test_saved_and_opened_again(index: PhoneticIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    again = PhoneticIndex.open(tmp_path)
    assert again.phrases == index.phrases
    for heard in ("logy tech", "耐可", "samsong"):
        assert again.nearest(phones(heard), 4) == index.nearest(phones(heard), 4)
        assert again.windows(phones(heard), 4) == index.windows(phones(heard), 4)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off"])
def test_a_damaged_file(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "phonetic_index.npz").write_bytes(content)
    with pytest.raises(ShopError, match="build the shop again"):
        PhoneticIndex.open(tmp_path)


def test_another_version(index: PhoneticIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    with np.load(tmp_path / "phonetic_index.npz") as stored:
        arrays = dict(stored)
    arrays["version"] = arrays["version"] + [1, 0, 0]
    np.savez(tmp_path / "phonetic_index.npz", **arrays)
    with pytest.raises(ShopError, match="version 2"):
        PhoneticIndex.open(tmp_path)


def many_phrases(count: int) -> list[str]:
    """Two and three words each, drawn from a dictionary."""
    rng = random.Random(7)
    words = [word for word in cmudict() if word.isalpha() and len(word) > 3]
    return [" ".join(rng.choices(words, k=rng.choice((1, 2, 3)))) for _ in range(count)]


@pytest.fixture(scope="module")
def large() -> tuple[PhoneticIndex, float]:
    phrases = many_phrases(20_000)
    began = time.process_time()
    return PhoneticIndex.build(phrases), time.process_time() - began


@pytest.mark.slow
def test_20000_phrases_are_indexed_in_10_seconds(large: tuple[PhoneticIndex, float]) -> None:
    assert large[1] < 10.0


@pytest.mark.slow
def test_a_query_takes_10_milliseconds(large: tuple[PhoneticIndex, float]) -> None:
    index, _ = large
    seconds = []
    for phrase in random.Random(1).sample(index.phrases, 200):
        sound = phones(phrase)
        began = time.process_time()
        index.nearest(sound, 10)
        seconds.append(time.process_time() - began)
    assert statistics.quantiles(seconds, n=20)[-1] < 0.010


@pytest.mark.slow
def test_the_short_list_rarely_misses_the_nearest(large: tuple[PhoneticIndex, float]) -> None:
    index, _ = large
    rng = random.Random(3)
    whole = PhoneticIndex(index.phrases, index._rows, index._postings, shortlist=10**9)
    missed = 0
    for phrase in rng.sample(index.phrases, 100):
        sound = list(phones(phrase))
        sound[rng.randrange(len(sound))] = rng.choice(sound)  # one phone misheard
        best = whole.nearest(tuple(sound), 1)[0]
        missed += index.nearest(tuple(sound), 1)[0][1] > best[1] + 1e-6
    assert missed <= 2


@given(st.lists(st.sampled_from(["Nike", "Sony", "a", "耐克", "Skechers", "strengths", "ooh"])))
def test_what_a_sound_weighs_without_its_edges(phrases: list[str]) -> None:
    index = PhoneticIndex.build(phrases)
    weights, sounds = index._postings.weights, [atoms(r) for p in phrases for r in readings(p, 3)]
    expected = [weights[list(_grams(sound, edges=False))].sum() for sound in sounds]
    assert index._postings.inner_norms == pytest.approx(expected, rel=1e-5)
