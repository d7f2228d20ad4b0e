"""``sayfind evaluate`` as a person types it."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from sayfind import demo
from sayfind.cli.main import main

QUERY = "sony noise cancelling headphones"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a feed, its shop, a set of two recordings and judgements."""
    folder = tmp_path_factory.mktemp("evaluate")
    header, *rows = demo.catalog_path().read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.split("\t")[3] in ("Sony", "Bose")]
    (folder / "feed.tsv").write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    (folder / "set").mkdir()
    for name in ("sony-headphones", "black-backpack"):
        shutil.copy(demo.recording_path(name), folder / "set")
    (folder / "set" / "manifest.tsv").write_text(
        "path\ttext\tquery\tslots\n"
        f'sony-headphones.flac\t{QUERY}\t{QUERY}\t{{"brand": "Sony"}}\n'
        "black-backpack.flac\ta black backpack not leather\tblack backpack\t{}\n",
        encoding="utf-8",
    )
    (folder / "set" / "utterances.txt").write_text(f"{QUERY}\n", encoding="utf-8")
    ids = [row.split("\t")[0] for row in kept if "Headphones" in row]
    lines = [f"{QUERY}\t{name}\t2" for name in ids]
    (folder / "qrels.tsv").write_text(
        "\n".join(["query\tproduct_id\trating", *lines]) + "\n", encoding="utf-8"
    )
    assert main(["index", str(folder / "feed.tsv"), "-o", str(folder / "shop")]) == 0
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    capsys.readouterr()
    assert main(["evaluate", *map(str, words)]) == 0
    return json.loads(capsys.readouterr().out)


def test_each_kind_prints_its_figures_as_json(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop, spoken = ("--shop", place / "shop"), place / "set"
    qrels = ("--qrels", place / "qrels.tsv")
    slots = run(capsys, "slots", spoken, "--feed", place / "feed.tsv", "--json")
    assert set(slots["acceptance"]) == {"value", "low", "high", "n"}
    assert slots["acceptance"]["n"] == 2
    words = run(capsys, "transcription", spoken, "--json", "--limit", 1)
    assert words["wer"]["n"] == words["cer"]["n"] == 1
    search = run(capsys, "search", spoken, *shop, *qrels, "--json")
    assert search["retention"]["value"] >= 0 and 0 <= search["ndcg_at_10"]["value"] <= 1
    assert search["left_out"]["reasons"] == {"query without judgements": 1}
    typed = run(capsys, "search", "--typed", *shop, *qrels, "--json")
    assert typed["ndcg_at_10"]["n"] == 1
    assert "p50" in search["seconds"]["total"] and "p95" in search["seconds"]["hear"]


def test_a_run_leaves_results_and_a_report(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "slots", place / "set", "--shop", place / "shop", "--noise", "pink",
             "--snr", "20,10", "--out", tmp_path, "--seed", "3"]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    said = capsys.readouterr()
    assert "| pink 20 dB" in said.out and "pink, mean of 2 levels" in said.out
    assert "6/6" not in said.out and "4/4" in said.err  # the progress bar stays on stderr
    result = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert result["seed"] == 3 and len(result["conditions"]) == 2
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")
    again = shlex.split(result["command"])
    assert again[0] == "sayfind"
    assert main([*again[1:], "--resume"]) == 0
    resumed = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert resumed == result


def test_compare(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, noise in (("a", "clean"), ("b", "pink")):
        words = ["evaluate", "transcription", place / "set", "--noise", noise,
                 "--out", tmp_path / name]  # fmt: skip
        assert main([str(word) for word in words]) == 0
    files = [str(tmp_path / "a" / "results.json")] * 2
    assert main(["evaluate", "--compare", *files]) == 0
    assert "the same" in capsys.readouterr().out
    told = run(capsys, "--compare", *files, "--json")
    assert told["measures"]["wer"]["p"] == 1.0 and told["cases"] == 2
    other = str(tmp_path / "b" / "results.json")
    assert main(["evaluate", "--compare", files[0], other]) == 2
    assert "no case in common" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 3, "Say what to evaluate"),
        (["search", "set", "--typed", "--shop", "shop", "--qrels", "qrels.tsv"], 3, "either a SET"),
        (["search", "--shop", "shop", "--qrels", "qrels.tsv"], 3, "either a SET"),
        (["search", "set", "--shop", "shop"], 3, "--qrels"),
        (["slots", "set"], 3, "needs a shop"),
        (["slots", "set", "--shop", "nowhere"], 5, "nowhere"),
        (["slots", "gone.tar", "--shop", "shop"], 2, "gone.tar"),
        (["transcription", "set", "--resume"], 3, "--out"),
        (["transcription", "set", "--noise", "no-such-noise"], 3, "no-such-noise"),
        (["transcription", "set", "--snr", "6"], 3, "--noise"),
        (["search", "set", "--shop", "shop", "--qrels", "feed.tsv"], 2, "no column query"),
        (["--compare", "feed.tsv", "feed.tsv"], 2, "is not a result"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(place)
    assert main(["evaluate", *words]) == code
    said = capsys.readouterr().err
    assert message in said and len(said.strip().splitlines()) == 1


def test_levels_are_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", "transcription", "set", "--snr", "loud"])
    assert stop.value.code == 2 and "not a list of decibels" in capsys.readouterr().err
