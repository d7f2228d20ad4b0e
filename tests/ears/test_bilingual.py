"""Which language is heard is decided by the sound; each is heard by ears of its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.data.voices import Voice
from sayfind.ears import BilingualConfig, BilingualEars, open_ears
from sayfind.ears.bilingual import join_mandarin, mandarin_share
from sayfind.errors import LanguageError
from sayfind.shop import Shop
from sayfind.types import Audio, Context, Language, Posteriors

pytestmark = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs the program espeak-ng")
FEED = """id,title,title_zh,brand,brand_zh,category,category_zh,color,color_zh
1,Pegasus running shoes,耐克飞马跑步鞋,Nike,耐克,Shoes,鞋子,Black,黑色
2,Wireless headphones,索尼无线耳机,Sony,索尼,Audio,耳机,White,白色
3,Coffee machine,德龙全自动咖啡机,DeLonghi,德龙,Kitchen,咖啡机,Silver,银色
4,Phone case,苹果手机壳,Apple,苹果,Phones,手机壳,Red,红色
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("bilingual")
    (folder / "feed.csv").write_text(FEED, encoding="utf-8")
    return Shop.build(folder / "feed.csv", folder / "shop")[0]


@pytest.fixture(scope="module")
def ears(shop: Shop) -> BilingualEars:
    return open_ears(shop.ears)


def said(voice: str, text: str) -> Audio:
    return Voice.parse(voice).say(text)


@pytest.mark.parametrize("text", ["黑色的跑步鞋", "索尼无线耳机", "我想买一台咖啡机", "苹果手机壳"])
def test_mandarin_is_told_and_heard(ears: BilingualEars, text: str) -> None:
    heard = ears.recognize(said("espeak:cmn", text), Context())
    assert heard.language is Language.MANDARIN
    assert heard.text == text


@pytest.mark.parametrize("text", ["coffee machine", "wireless headphones"])
def test_english_is_told_and_heard(ears: BilingualEars, text: str) -> None:
    heard = ears.recognize(said("espeak:en-us", text), Context())
    assert heard.language is Language.ENGLISH
    assert heard.text == text


def test_who_insists_on_a_language_gets_it(ears: BilingualEars) -> None:
    audio = said("espeak:en-us", "wireless headphones")
    assert ears.recognize(audio, Context(language=Language.MANDARIN)).language == "zh"


def test_a_language_without_words_is_a_sentence(ears: BilingualEars) -> None:
    audio = said("espeak:cmn", "黑色的跑步鞋")
    with pytest.raises(LanguageError, match=r"no.* Chinese name: type the query"):
        BilingualEars(ears.english, None).recognize(audio, Context(language=Language.MANDARIN))
    with pytest.raises(LanguageError, match=r"no.* English name: type the query"):
        BilingualEars(None, ears.mandarin).recognize(audio, Context(language=Language.ENGLISH))
    with pytest.raises(LanguageError, match="type the query"):
        BilingualEars(None, None).recognize(audio, Context())


def test_an_empty_folder_has_no_ears(tmp_path: Path) -> None:
    ears = open_ears(tmp_path)
    assert ears.english is None and ears.mandarin is None


def posteriors(*columns: int) -> Posteriors:
    rows = np.full((len(columns), 3), np.log(0.01), np.float32)
    rows[np.arange(len(columns)), columns] = np.log(0.98)
    return Posteriors(rows, 0.03, ("<blank>", "AA", "a1"))


def test_the_share_of_mandarin_phones() -> None:
    assert mandarin_share(posteriors(0, 1, 0, 2, 2)) == pytest.approx(2 / 3, abs=0.01)
    assert mandarin_share(posteriors(0, 0)) == 0.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_mandarin_is_more_evidence(share: float, probability: float) -> None:
    config = BilingualConfig()
    more = config.evidence(min(1.0, share + 0.1), min(1.0, probability + 0.1))
    assert more >= config.evidence(share, probability)
    assert replace(config, bias=config.bias + 1).evidence(share, probability) > (
        config.evidence(share, probability)
    )


def test_chinese_words_stand_together() -> None:
    assert join_mandarin(["我", "买", "iphone", "pro", "手机壳"]) == "我买 iphone pro 手机壳"
    assert join_mandarin([]) == ""
