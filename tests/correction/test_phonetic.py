from __future__ import annotations

import csv
import gzip
import random
import re
import statistics
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.correction.locks import lock_signature
from sayfind.correction.phonetic import PhoneticConfig, PhoneticCorrector, did_you_mean
from sayfind.stages import Corrector
from sayfind.text.normalise import normalise
from sayfind.text.phonetics import cmudict
from sayfind.types import Audio, Change, Hypothesis, NBest

SHARED = Path(__file__).parents[3] / "shared" / "data"

PHRASES = ["Adidas", "Nike", "Logitech", "Lenovo", "Huawei", "Xiaomi", "Samsung", "Sony", "iPhone",
           "wireless mouse", "running shoes", "耐克", "阿迪达斯", "小米", "华为", "三星",
           "蓝牙耳机", "保温杯", "AirPods", "laptop", "Bluetooth speaker", "Canon", "Lexmark",
           "L'Oréal", "Nespresso", "headphones", "toner cartridge", "男士", "男童",
           "空气"]  # fmt: skip
WORDS = ["mouse", "shoes", "wireless", "red", "black", "speaker", "printer", "ink", "toner",
         "keyboard", "tech", "手机", "运动鞋", "跑鞋"]  # fmt: skip
SILENCE = Audio(np.zeros(160, dtype=np.float32), 16_000)


@pytest.fixture(scope="module")
def corrector() -> PhoneticCorrector:
    return PhoneticCorrector(PHRASES, WORDS)


def typed(corrector: PhoneticCorrector, text: str) -> str:
    return corrector.correct(NBest.from_text(text), None)[0].text


def spoken(corrector: PhoneticCorrector, text: str) -> str:
    return corrector.correct(NBest.from_text(text), SILENCE)[0].text


def test_it_is_a_corrector(corrector: PhoneticCorrector) -> None:
    assert isinstance(corrector, Corrector)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("addidas shoos", "Adidas shoes"),
        ("wirless mouse", "wireless mouse"),
        ("lexmarc toner", "Lexmark toner"),
        ("samsng phone under 50", "Samsung phone under 50"),
        ("not adidaz", "not Adidas"),
        ("nespreso", "Nespresso"),
        ("hauwei p30", "Huawei p30"),
        ("blutooth speker", "Bluetooth speaker"),
        ("headfones", "headphones"),
        ("kanon printer", "Canon printer"),
        ("lenova laptop 15", "Lenovo laptop 15"),
        ("laptpo", "laptop"),
        ("air pods", "AirPods"),
        ("wirelessmouse", "wireless mouse"),
        ("loreal", "L'Oréal"),
        ("耐可运动鞋", "耐克运动鞋"),
        ("晓米手机", "小米手机"),
        ("保文杯", "保温杯"),
        ("蓝芽耳机", "蓝牙耳机"),
        ("买个兰牙耳机两百块", "买个蓝牙耳机两百块"),
    ],
)
def test_typed_slips_are_repaired(corrector: PhoneticCorrector, before: str, after: str) -> None:
    assert typed(corrector, before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("logy tech mouse", "Logitech mouse"),
        ("samsong speaker", "Samsung speaker"),
        ("red addidaz", "red Adidas"),
        ("nespresho", "Nespresso"),
        ("lenowo laptop", "Lenovo laptop"),
        ("air pods", "AirPods"),
    ],
)
def test_what_was_misheard_is_repaired(
    corrector: PhoneticCorrector, before: str, after: str
) -> None:
    assert spoken(corrector, before) == after


@pytest.mark.parametrize(
    "text",
    [
        "", "nike shoes", "NIKE running shoes", "red wireless mouse", "the cheapest laptop for me",
        "gift for my dad", "cable", "sony 4", "内科", "保温杯 500ml", "耐克运动鞋", "dv7-1211ea",
        "under 50", "不要黑色", "无痛脱毛仪", "上用架支", "曼奈科斯", "手机 男士", "🍎", "x",
        "uk xl", "文献代下载", "家用吸尘器无线带软管", "logitech mice",
    ],
)  # fmt: skip
def test_what_is_right_stays(corrector: PhoneticCorrector, text: str) -> None:
    assert typed(corrector, text) == text
    n_best = NBest.from_text(text)
    assert corrector.correct(n_best, None)[0] == n_best


def one(corrector: PhoneticCorrector, text: str, is_typed: bool = True) -> Change:
    changes = corrector.changes(text, is_typed)
    assert changes, text
    return changes[0]


def test_a_change_says_where_and_why(corrector: PhoneticCorrector) -> None:
    change = one(corrector, "red addidas")
    assert (change.before, change.after, change.start, change.end) == ("addidas", "Adidas", 4, 11)
    assert change.accepted and change.source == "phonetic"
    assert change.reason == "nearest by sound and spelling"
    assert set(change.scores) == {"distance", "limit", "sound", "spelling", "lead"}
    assert change.scores["distance"] <= change.scores["limit"]
    assert one(corrector, "samsong", is_typed=False).reason == "nearest by sound"
    assert one(corrector, "air pods").reason == "same letters, spaced or signed otherwise"


@pytest.mark.parametrize(
    ("text", "is_typed", "reason"),
    [
        ("night key shoes", False, "refused: everyday words"),
        ("爱疯手机", True, "refused: another script"),
        ("samzunk", True, "refused: not near enough"),
    ],
)
def test_refusals(corrector: PhoneticCorrector, text: str, is_typed: bool, reason: str) -> None:
    change = one(corrector, text, is_typed)
    assert not change.accepted
    assert change.reason == reason


def test_two_names_equally_near() -> None:
    corrector = PhoneticCorrector(["Marlin", "Merlin"])
    changes = corrector.changes("morlin", True)
    assert [c.accepted for c in changes] == [False, False]
    assert {c.reason for c in changes} == {"refused: two names equally near"}
    assert set(did_you_mean("morlin", changes)) == {"Marlin", "Merlin"}


def test_the_far_commoner_of_two_wins() -> None:
    corrector = PhoneticCorrector(["Marlin", "Merlin"], counts=[1, 50])
    assert typed(corrector, "merln") == "Merlin"


def test_a_locked_number_refuses() -> None:
    corrector = PhoneticCorrector(["Forever"])
    changes = corrector.changes("four evar", False)
    assert [c.reason for c in changes if "locked" in c.reason] == ["refused: number is locked"]
    assert not any(c.accepted for c in changes)


def test_the_original_stays_as_an_alternative(corrector: PhoneticCorrector) -> None:
    n_best = NBest((Hypothesis("addidas", {"acoustic": -9.0}), Hypothesis("a dad")), (0.7, 0.3))
    fixed, changes = corrector.correct(n_best, SILENCE)
    assert [h.text for h in fixed.hypotheses] == ["Adidas", "a dad", "addidas"]
    assert fixed.hypotheses[0].scores["acoustic"] == -9.0
    assert fixed.hypotheses[0].scores["corrector"] < 0
    assert [c.accepted for c in changes] == [True]


def test_nothing_heard_nothing_changed(corrector: PhoneticCorrector) -> None:
    assert corrector.correct(NBest(), None) == (NBest(), ())


PIECES = """addidas shoos not no without 50 fifty four under nike air pods logy tech 耐可 不要
    两百 三 黑色 mouse wirless 7 twenty samsng , - four evar 爱疯 晓米"""
QUERY = st.lists(st.sampled_from(PIECES.split()), max_size=7).map(" ".join)


@settings(deadline=None)
@given(st.text(max_size=40) | QUERY)
def test_strength_zero_is_the_identity(text: str) -> None:
    off = PhoneticCorrector(PHRASES[:3], WORDS, PhoneticConfig(strength=0.0))
    n_best = NBest.from_text(text)
    assert off.correct(n_best, None) == (n_best, ())


SHARED_CORRECTOR = PhoneticCorrector([*PHRASES, "Forever", "Tootsie", "Knot", "Fortis"], WORDS)


@settings(deadline=None, max_examples=200)
@given(QUERY, st.booleans())
def test_numbers_and_negations_never_change(text: str, heard: bool) -> None:
    n_best = NBest.from_text(text)
    fixed, changes = SHARED_CORRECTOR.correct(n_best, SILENCE if heard else None)
    assert lock_signature(fixed.text) == lock_signature(text)
    assert sum(fixed.probabilities) == pytest.approx(1.0 if text.strip() else 0.0)
    assert all(text[c.start : c.end] == c.before for c in changes)
    taken = [c for c in changes if c.accepted]
    assert all(a.end <= b.start for a, b in pairwise(taken))


@settings(deadline=None, max_examples=100)
@given(QUERY)
def test_correcting_twice_changes_nothing_more(text: str) -> None:
    once = typed(SHARED_CORRECTOR, text)
    assert normalise(typed(SHARED_CORRECTOR, once)) == normalise(once)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=30))
def test_every_change_to_any_text_points_at_what_it_changes(text: str) -> None:
    for typed in (True, False):
        changes = SHARED_CORRECTOR.changes(text, typed)
        assert [text[c.start : c.end] for c in changes] == [c.before for c in changes]
        assert all(c.reason and c.after != c.before for c in changes)
        taken = [c for c in changes if c.accepted]
        assert all(a.end <= b.start for a, b in pairwise(taken))


def test_saved_and_opened_again(corrector: PhoneticCorrector, tmp_path: Path) -> None:
    corrector.save(tmp_path / "correction")
    again = PhoneticCorrector.open(tmp_path / "correction")
    for text in ("addidas shoos", "耐可", "night key"):
        assert again.changes(text, True) == corrector.changes(text, True)


@pytest.mark.parametrize(
    "wrong",
    [{"strength": 1.5}, {"max_typed": -0.1}, {"margin": 2.0}, {"max_words": 0},
     {"full_length": 0}, {"max_stretches": 0}],
)  # fmt: skip
def test_wrong_settings(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1|at least 1"):
        PhoneticConfig(**wrong)


@pytest.mark.slow
def test_20_milliseconds_with_20000_phrases() -> None:
    rng = random.Random(5)
    words = [word for word in cmudict() if word.isalpha() and len(word) > 4]
    phrases = [" ".join(rng.choices(words, k=rng.choice((1, 2)))) for _ in range(20_000)]
    corrector = PhoneticCorrector(phrases)
    seconds = []
    for phrase in rng.sample(phrases, 150):
        query = phrase[:2] + phrase[3:] + " for my dad under 50"
        began = time.process_time()
        corrector.changes(query, True)
        seconds.append(time.process_time() - began)
    assert statistics.quantiles(seconds, n=20)[-1] < 0.020


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data")
def test_real_english_queries_are_left_alone() -> None:
    import json

    phrases: Counter[str] = Counter()
    words: Counter[str] = Counter()
    with gzip.open(SHARED / "catalog/icecat/products.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            phrases.update([row.get("supplier") or "?", " ".join(row["title"].split()[:3])])
            words.update(re.findall(r"[^\W\d_]{2,}", normalise(row["title"])))
    corrector = PhoneticCorrector(list(phrases), words, counts=list(phrases.values()))
    with (SHARED / "catalog/icecat/qrels-dev.tsv").open(encoding="utf-8") as file:
        queries = {row["query"] for row in csv.DictReader(file, delimiter="\t")}
    changed = [q for q in queries if typed(corrector, q) != q]
    assert len(changed) <= 0.005 * len(queries), changed


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data")
def test_real_chinese_queries_are_left_alone() -> None:
    with gzip.open(SHARED / "text/zh-ecom-queries-train.tsv.gz", "rt", encoding="utf-8") as lines:
        queries = [line.rstrip("\n").split("\t")[1] for line in lines]
    queries = random.Random(2).sample(queries, 4000)
    corrector = PhoneticCorrector(PHRASES, WORDS)
    changed = [q for q in queries if typed(corrector, q) != q]
    assert len(changed) <= 0.005 * len(queries), changed
