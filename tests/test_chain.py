"""The whole chain, for real: feed to shop, recording to products."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from sayfind import Audio, Context, Language, Shop, VoiceSearch, demo, load_audio
from sayfind.cli.main import main
from sayfind.data.voices import Voice
from sayfind.errors import ShopError


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> VoiceSearch:
    queries = demo.queries_path().read_text(encoding="utf-8").splitlines()
    folder = tmp_path_factory.mktemp("shops") / "demo"
    shop, report = Shop.build(demo.catalog_path(), folder, queries)
    assert not report.rejected
    return VoiceSearch(shop)


def test_a_recording_finds_what_was_meant(search: VoiceSearch) -> None:
    trace = search.hear(load_audio(demo.recording_path("nike-running-shoes")))
    assert "nike running shoes" in trace.heard.text
    price = trace.query.first("price")
    assert price is not None and 100.0 in price.value  # type: ignore[operator]
    products = [search.shop.product(hit.product_id) for hit in trace.hits]
    assert products and all(p.brand == "Nike" and (p.price or 0) <= 100 for p in products)
    assert sum(trace.heard.probabilities) == pytest.approx(1.0)
    assert trace.heard.probabilities[0] > trace.heard.probabilities[-1]
    assert list(trace.seconds) == ["vad", "hear", "correct", "understand", "find"]


def test_negation_survives_the_ears(search: VoiceSearch) -> None:
    trace = search.hear(load_audio(demo.recording_path("black-backpack")))
    assert any(c.negated and c.field == "material" for c in trace.query.constraints)


def test_words_lie_within_the_recording(search: VoiceSearch) -> None:
    audio = load_audio(demo.recording_path("sony-headphones"))
    words = search.hear(audio).heard.hypotheses[0].words
    assert words and all(0 <= w.start < w.end <= audio.seconds + 0.05 for w in words)


def test_chinese_typed(search: VoiceSearch) -> None:
    trace = search.type("耐克跑鞋")
    first = search.shop.product(trace.hits[0].product_id)
    assert first.brand == "Nike"


def test_silence_is_not_a_query(search: VoiceSearch) -> None:
    trace = search.hear(Audio(np.zeros(32000, np.float32), 16000))
    assert not trace.heard and not trace.hits


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs the program espeak-ng")
def test_mandarin_speech_finds_what_was_asked_for(search: VoiceSearch) -> None:
    trace = search.hear(Voice.parse("espeak:cmn").say("我想买一台咖啡机"))
    assert trace.heard.language is Language.MANDARIN
    found = [search.shop.product(hit.product_id) for hit in trace.hits[:5]]
    assert found and all("Coffee" in product.category[-1] for product in found)


def test_english_speech_stays_english(search: VoiceSearch) -> None:
    heard = search.hear(load_audio(demo.recording_path())).heard
    assert heard.language is Language.ENGLISH


def test_a_wish_taken_back_is_gone(search: VoiceSearch) -> None:
    wish = search.type("nike running shoes under 100 dollars").query.first("price")
    assert wish is not None
    again = search.type("nike running shoes under 100 dollars", Context(removed=(wish,)))
    assert again.query.first("price") is None


def test_a_failed_build_leaves_the_shop_whole(search: VoiceSearch, tmp_path: Path) -> None:
    folder = search.shop.folder
    (tmp_path / "bad.csv").write_text("id,title\n", encoding="utf-8")
    assert main(["index", str(tmp_path / "bad.csv"), "-o", str(folder)]) == 2
    assert Shop.open(folder).num_products == search.shop.num_products


def test_not_a_shop(tmp_path: Path) -> None:
    with pytest.raises(ShopError, match="sayfind index"):
        Shop.open(tmp_path)
    (tmp_path / "shop.json").write_text(json.dumps({"format": 0}), encoding="utf-8")
    with pytest.raises(ShopError, match="another version"):
        Shop.open(tmp_path)


def test_cli_search_as_json(search: VoiceSearch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "sony headphones", "--shop", str(search.shop.folder), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["hits"] and answer["text"] == "sony headphones"


def test_readme_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.S)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert Shop.open(tmp_path / "shop").num_products >= 1500
