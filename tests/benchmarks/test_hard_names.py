"""The benchmark of hard names: what is said, what counts as hard, what is counted."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from benchmarks.hard_names import Found, calibration_error, curve, find, hard, measure, smaller
from benchmarks.names_list import genuine, names
from benchmarks.names_spoken import Said, in_sentences, say

from sayfind import Shop
from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.decoding.phone_retrieval import PhoneRetrieval, RetrievalConfig
from sayfind.decoding.second_pass import SecondPass
from sayfind.ears.opening import open_english
from sayfind.types import Language

DATA = Path(__file__).parents[3] / "shared" / "data"
LIST = ["castorland arrinera", "nike running shoes", "vestfrost", "bodyguardz", "tile"]


@pytest.fixture(scope="module")
def ears() -> CtcAcousticModel:
    return CtcAcousticModel()


@pytest.fixture(scope="module")
def said(ears: CtcAcousticModel) -> list[Said]:
    if not shutil.which("flite"):
        pytest.skip("needs flite (apt)")
    return list(say([(name, name) for name in LIST[:2]], ears))


@pytest.fixture(scope="module")
def index(ears: CtcAcousticModel) -> PhoneRetrieval:
    return PhoneRetrieval.build(LIST, ears.tokens, RetrievalConfig(variants=1))


def test_a_name_in_the_shop_is_not_hard(said: list[Said], shop: Shop) -> None:
    own = {Language.ENGLISH: open_english(shop.dictionary).own}
    assert [each.name for each in hard(said, own)] == ["castorland arrinera"]


def test_what_is_counted_of_a_clip(said: list[Said], index: PhoneRetrieval) -> None:
    found = find(SecondPass(index), said[0])
    assert (found.retrieved, found.judged) == (0, 0)
    assert found.confidence > 0.9
    assert min(found.retrieve_s, found.judge_s) >= 0.0
    without = find(SecondPass(smaller(index, 1)), said[1])
    assert (without.retrieved, without.judged) == (-1, -1)


def test_a_list_is_measured_and_drawn(said: list[Said], index: PhoneRetrieval) -> None:
    results = [measure(each, {"alone": said[:1]}, said[1:]) for each in (smaller(index, 3), index)]
    assert [result["names"] for result in results] == [3, 5]
    assert all(result["rows"][0]["recall@1"]["value"] == 1.0 for result in results)
    drawn = ElementTree.fromstring(curve(results))
    lines = [each for each in drawn.iter() if each.tag.endswith("polyline")]
    assert len(lines) == 1
    assert lines[0].attrib["points"] == "60.0,20.0 540.0,20.0"


def test_calibration_is_wrong_where_all_are_sure_and_half_are_right() -> None:
    sure = [Found(0, place, 1.0, 0.0, 0.0) for place in (0, -1, 0, 1)]
    assert calibration_error(sure) == pytest.approx(0.5)
    assert calibration_error(sure[:1]) == 0.0


def test_sentences_hold_their_names() -> None:
    sentences = in_sentences(["vestfrost", "焦糖色", "tile"])
    assert [text for text, _ in sentences] == [
        "show me vestfrost",
        "有没有焦糖色",
        "do you have tile",
    ]


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
def test_a_list_of_any_length_has_no_name_twice() -> None:
    written = list(dict.fromkeys(name for kind in genuine(DATA) for name in kind))
    made = names(DATA, len(written) + 500)
    assert len(set(made)) == len(made) == len(written) + 500
    assert set(made[: len(written)]) == set(written)
    assert names(DATA, 50) == made[:50]
