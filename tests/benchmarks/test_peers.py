"""Other programs on the same work: the adapters, the jobs and the table, on a tiny shop."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sayfind import Audio, Shop, VoiceSearch
from sayfind.audio.file import load_audio
from sayfind.errors import MissingExtraError, ModelError
from sayfind.evaluation.run_plan import Kind, Plan
from sayfind.evaluation.run_qrels import read_judgements

ROOT = Path(__file__).parents[2]


def peers(name: str):
    return importlib.import_module(f"benchmarks.peers.{name}")


class Deaf:
    """Hears nothing."""

    def hear(self, audio: Audio) -> str:
        return ""


def row_of(rows: list[dict], system: str, measure: str) -> dict:
    (found,) = [r for r in rows if (r["system"], r["measure"]) == (system, measure)]
    return found


def test_plain_pocketsphinx_hears(shop: Shop, spoken: Path) -> None:
    material = peers("peer").Material(shop)
    audio = load_audio(spoken / "1.wav")
    ours = peers("hear_pocketsphinx").ShopSphinx(material)
    assert ours.hear(audio) == ours.hear(audio) == "sony headphones"
    general = peers("hear_pocketsphinx").OwnSphinx(material).hear(audio)
    known = {line.split()[0] for line in shop.dictionary.read_text(encoding="utf-8").splitlines()}
    assert set(general.split()) - known  # words that no catalogue has


def test_sherpa_onnx_hears(tiny_ctc: Path, shop: Shop, spoken: Path) -> None:
    pytest.importorskip("sherpa_onnx")
    peer = peers("hear_sherpa").SherpaPeer(peers("peer").Material(shop, sherpa=tiny_ctc))
    assert peer.hear(load_audio(spoken / "0.wav")) == "latte"


def test_whisper_hears(tiny_whisper: Path, shop: Shop, spoken: Path) -> None:
    peer = peers("hear_whisper").WhisperPeer(peers("peer").Material(shop, whisper=tiny_whisper))
    assert set(peer.hear(load_audio(spoken / "0.wav")).split()) == {"latte"}


@pytest.mark.parametrize(
    ("folder", "files", "constructor", "arguments"),
    [
        ("a", ["encoder-1.onnx", "encoder-1.int8.onnx", "decoder.onnx", "joiner.onnx"],
         "from_transducer", {"encoder": "encoder-1.onnx", "joiner": "joiner.onnx"}),
        ("sherpa-sense-voice-zh", ["model.int8.onnx"], "from_sense_voice",
         {"model": "model.int8.onnx"}),
        ("paraformer-en", ["model.onnx", "model.int8.onnx"], "from_paraformer",
         {"paraformer": "model.onnx"}),
    ],
)  # fmt: skip
def test_a_sherpa_folder_says_what_it_is(
    tmp_path: Path, folder: str, files: list[str], constructor: str, arguments: dict[str, str]
) -> None:
    place = tmp_path / folder
    place.mkdir()
    for name in ("tokens.txt", *files):
        (place / name).touch()
    found, given = peers("hear_sherpa").model_files(place)
    assert found == constructor and given["tokens"] == str(place / "tokens.txt")
    assert {name: Path(given[name]).name for name in arguments} == arguments


def test_a_model_that_is_named_must_be_one(tmp_path: Path, shop: Shop) -> None:
    material = peers("peer").Material(shop, tmp_path, tmp_path, tmp_path)
    registry = peers("registry").HEARING
    tried = 0
    for name, module in (("vosk", "vosk"), ("sherpa-onnx", "sherpa_onnx"),
                         ("Whisper (transformers)", "transformers")):  # fmt: skip
        try:
            importlib.import_module(module)
        except ImportError:
            with pytest.raises(MissingExtraError):
                registry[name](material)
        else:
            with pytest.raises(ModelError, match=r"is no|no tokens"):
                registry[name](material)
        tried += 1
    assert tried == 3


def test_who_cannot_take_part_is_told(shop: Shop) -> None:
    peer = peers("peer")

    def missing(material):
        raise MissingExtraError("This needs nothing: pip install 'sayfind[peers]'.")

    makers = {"there": lambda _: Deaf(), "gone": missing,
              "unnamed": peers("registry").HEARING["vosk"]}  # fmt: skip
    opened, absent = peer.open_peers(makers, peer.Material(shop))
    assert list(opened) == ["there"] and [a.peer for a in absent] == ["gone", "unnamed"]
    assert "--vosk-model" in absent[1].reason and "sayfind[peers]" in absent[0].reason


def test_letters_and_pinyin_correct(shop: Shop) -> None:
    material = peers("peer").Material(shop)
    letters = peers("correct_rapidfuzz").RapidfuzzPeer(material)
    assert letters.correct(["samsonitte suitcase"]) == "samsonite suitcase"
    assert letters.correct(["sony headphones"]) == "sony headphones"
    assert letters.correct([]) == ""
    pinyin = peers("correct_pinyin").PinyinPeer(material)
    assert pinyin.correct(["我想买耐课"]) == "我想买耐克"
    assert pinyin.correct(["我想买耐克"]) == "我想买耐克"
    assert pinyin.correct(["nikey shoes"]) == "nikey shoes"


def test_made_slips_are_heard_the_same(shop: Shop) -> None:
    from pypinyin import lazy_pinyin

    cases = peers("homophones").homophone_cases(shop, 30, seed=1)
    assert cases == peers("homophones").homophone_cases(shop, 30, seed=1)
    slipped = [case for case in cases if case.readings[0] != case.reference]
    assert 0 < len(slipped) < len(cases)
    for case in slipped:
        pairs = enumerate(zip(case.reference, case.readings[0], strict=True))
        ((place, (_, wrong)),) = [(at, (a, b)) for at, (a, b) in pairs if a != b]
        name = case.group
        assert lazy_pinyin(wrong) == [lazy_pinyin(name)[place - case.reference.index(name)]]


@pytest.mark.parametrize("name", ["bm25s", "tantivy"])
def test_search_peers_find(name: str, shop: Shop, qrels: Path) -> None:
    pytest.importorskip(name)
    peer = peers("registry").SEARCH[name](peers("peer").Material(shop))
    found = peer.find("sony headphones", 10)
    titles = [shop.product(product).title for product in found]
    assert 0 < len(found) <= 10 and "Sony" in titles[0]
    assert peer.find("qwertyuiop", 10) == [] == peer.find("", 10)


def test_the_same_terms_find_the_same(shop: Shop) -> None:
    """Two libraries of one formula agree on most of the first ten."""
    for module in ("bm25s", "tantivy"):
        pytest.importorskip(module)
    material = peers("peer").Material(shop)
    first, second = (maker(material) for maker in peers("registry").SEARCH.values())
    overlap = [
        len({*first.find(q, 10)} & {*second.find(q, 10)})
        for q in ("sony headphones", "apple laptop")
    ]
    assert min(overlap) >= 5


def test_a_deaf_peer_is_worse_than_ours(shop: Shop, spoken: Path, qrels: Path) -> None:
    plan = Plan(Kind.SEARCH, spoken, shop.folder, qrels=qrels)
    job, omissions = peers("hearing").hear_queries(plan, VoiceSearch(shop), {"deaf": Deaf()}, "set")
    rows = peers("rows").job_rows(job)
    ours, deaf = (row_of(rows, system, "ndcg_at_10") for system in ("sayfind", "deaf"))
    assert omissions == [] and deaf["value"] == 0.0 and ours["less"] is None
    assert deaf["less"]["difference"] == pytest.approx(ours["value"]) and ours["value"] > 0.5
    assert ours["limit"] >= ours["value"] - 1e-9
    words = row_of(rows, "deaf", "wer")
    assert words["value"] == 1.0 and words["less"]["difference"] < 0
    told = peers("rows").markdown(rows, [peers("peer").Absence("vosk", "Name a model.")])
    lines = [line for line in told.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(rows) and {line.count("|") for line in lines} == {11}
    assert told.endswith("No part took vosk: Name a model.")


def test_search_is_judged_on_the_text_given(shop: Shop, qrels: Path) -> None:
    class Backwards:
        """Our own search, worst first."""

        def find(self, text: str, k: int) -> list[str]:
            return [hit.product_id for hit in search.type(text, literal=True).hits][::-1][:k]

    search = VoiceSearch(shop)
    ratings = read_judgements(qrels, shop.products).ratings
    cases = [peers("search").SearchCase(query, query, query) for query in ratings]
    job = peers("search").find(cases, ratings, search, {"backwards": Backwards()}, "typed")
    rows = peers("rows").job_rows(job)
    ours, theirs = (row_of(rows, name, "ndcg_at_10") for name in ("sayfind", "backwards"))
    assert theirs["value"] < ours["value"] <= ours["limit"] == 1.0
    assert theirs["less"]["difference"] == pytest.approx(ours["value"] - theirs["value"])


def test_right_texts_are_left_alone(shop: Shop) -> None:
    class Eager:
        """Changes everything."""

        def correct(self, readings: list[str]) -> str:
            return readings[0] + "!?"

    corrector = VoiceSearch(shop).corrector
    job = peers("correction").leave_alone(["耐克", "牛奶"], corrector, {"eager": Eager()}, "right")
    rows = peers("rows").job_rows(job)
    assert row_of(rows, "sayfind", "over_correction")["value"] == 0.0
    assert row_of(rows, "eager", "over_correction")["value"] == 1.0


def test_one_command_writes_table_and_json(
    feed: Path, shop: Shop, spoken: Path, qrels: Path, tmp_path: Path, capsys
) -> None:
    words = ["--shop", shop.folder, "--feed", feed, "--qrels", qrels, "--spoken", spoken,
             "--orders", spoken, "--menu", feed, "--chinese", tmp_path / "none", "--every", "2",
             "--homophones", "12", "--out", tmp_path]  # fmt: skip
    assert peers("__main__").main([str(word) for word in words]) == 0
    result = json.loads((tmp_path / "peers.json").read_text(encoding="utf-8"))
    seen = {(row["job"], row["system"]) for row in result["rows"]}
    assert {("hearing", "pocketsphinx, the shop's LM"), ("search", "sayfind"),
            ("correction", "pinyin matching (pypinyin)")} <= seen  # fmt: skip
    assert all(row["n"] > 0 for row in result["rows"])
    assert {"vosk", "Chinese queries"} <= {each["peer"] for each in result["absent"]}
    told = capsys.readouterr().out
    assert told.count("\n| hearing | ") == 3 * 2 + 3  # queries by nDCG and WER, orders
    assert "No part took vosk" in told


def test_the_module_can_be_run() -> None:
    command = [sys.executable, "-m", "benchmarks.peers", "--snr", "loud"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "not a list of decibels" in done.stderr


def test_the_page_has_a_place_for_the_table() -> None:
    page = (ROOT / "docs" / "peers.md").read_text(encoding="utf-8")
    assert page.count("<!-- peers: begin -->") == page.count("<!-- peers: end -->") == 1


def test_sound_as_sixteen_bits() -> None:
    audio = Audio(np.array([0.0, 1.0, -1.0, 2.0], dtype=np.float32), 16_000)
    assert np.frombuffer(peers("peer").pcm(audio), "<i2").tolist() == [0, 32767, -32767, 32767]


def test_each_condition_is_compared_with_itself(shop: Shop, spoken: Path) -> None:
    plan = Plan(Kind.SLOTS, spoken, shop.folder, noises=("clean", "pink"), snrs=(20.0,))
    job, _ = peers("hearing").hear_orders(plan, VoiceSearch(shop), {"deaf": Deaf()}, "orders")
    rows = peers("rows").job_rows(job)
    keys = [(row["noise"], row["snr"], row["system"]) for row in rows]
    assert keys == [
        ("clean", None, "sayfind"), ("clean", None, "deaf"),
        ("pink", 20.0, "sayfind"), ("pink", 20.0, "deaf"),
    ]  # fmt: skip
    for ours, deaf in (rows[:2], rows[2:]):
        assert deaf["value"] == 0.0 and deaf["n"] == 4
        assert deaf["less"]["difference"] == pytest.approx(ours["value"])
    assert "| orders, pink 20 dB | deaf | acceptance |" in peers("rows").markdown(rows, [])
