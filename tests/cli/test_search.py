"""The verbs that search: what a person reads, what a program reads, and the exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sayfind import Shop, VoiceSearch, demo
from sayfind.cli.answer import lines_of
from sayfind.cli.main import main
from sayfind.types import Constraint, Context

FEED = """id\ttitle\ttitle_zh\tbrand\tcategory\tcolor\tprice\tcurrency
1\tNike Pegasus running shoes\t耐克 飞马 跑鞋\tNike\tShoes\tblack\t119\tUSD
2\tNike Revolution running shoes\t耐克 跑鞋\tNike\tShoes\twhite\t59\tUSD
3\tAdidas Samba shoes\t阿迪达斯 桑巴\tAdidas\tShoes\tblack\t100\tUSD
4\tSony noise cancelling headphones\t索尼 降噪耳机\tSony\tAudio\tblack\t349\tUSD
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("small")
    (home / "feed.tsv").write_text(FEED, encoding="utf-8")
    queries = ["show me nike running shoes under one hundred dollars", "black adidas shoes"]
    Shop.build(home / "feed.tsv", home / "shop", queries)
    return home / "shop"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    return (code, *capsys.readouterr())


def test_a_search_is_readable(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "search", "nike shoes not black", "--shop", str(folder))
    assert code == 0
    assert out.splitlines() == [
        "heard      nike shoes not black",
        "wishes     brand: Nike",
        "           category: Shoes",
        "           color: not black",
        "found      1 products",
        f"   1  {'Nike Revolution running shoes':<66}         59.00 USD",
    ]


def test_a_trace_tells_every_stage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = str(demo.recording_path("nike-running-shoes"))
    code, out, _ = run(capsys, "hear", recording, "--shop", str(folder), "--trace")
    assert code == 0
    for part in ("readings ", "price: up to 100 USD", "brand is Nike", "ms in all", "hear  "):
        assert part in out
    assert max(map(len, out.splitlines())) < 200


def test_a_correction_and_an_offer_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "search", "addidas samba", "--shop", str(folder))
    assert "corrected  adidas samba" in out
    assert "changed    addidas -> adidas: " in out


def test_every_decision_is_explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "search", "addidas samba", "--shop", str(folder), "--explain")
    assert "[phonetic]" in out
    assert "distance 0" in out
    _, out, _ = run(capsys, "search", "nike", "--shop", str(folder), "--explain")
    assert "nothing was in doubt" in out


def test_a_wish_let_go_is_told(folder: Path) -> None:
    search = VoiceSearch(Shop.open(folder))
    added = (Constraint("color", "black"), Constraint("brand", "Nike"), Constraint("price", "x"))
    lines = lines_of(search.type("shoes", Context(added=added)), search.shop, whole=False)
    assert "let go     price: x (nothing has it all)" in lines


def test_chinese_titles_fill_two_columns_each(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "search", "耐克跑鞋", "--shop", str(folder), "-k", "1")
    assert code == 0
    assert "2 products, the first 1:" in out


def test_json_is_the_rest_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "search", "耐克跑鞋", "--shop", str(folder), "--json")
    assert code == 0
    assert json.loads(out)["hits"][0]["product"]["brand"] == "Nike"


def test_nothing_heard(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "search", "zzzz", "--shop", str(folder))
    assert (code, "found      0 products" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["search", "shoes", "--shop", "nowhere"], 5, "sayfind index"),
        (["hear", "missing.wav", "--shop", "nowhere"], 2, "missing.wav"),
        (["hear", str(demo.catalog_path()), "--shop", "nowhere"], 2, "send WAV"),
        (["serve", "--shop", "nowhere"], 5, "sayfind index"),
        (["serve", "--set", "worker=1"], 3, "'workers'"),
    ],
)
def test_a_failure_is_one_sentence_and_its_exit_code(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    found, out, err = run(capsys, *arguments)
    assert (found, out) == (code, "")
    assert err.startswith("sayfind: ")
    assert err.endswith(".\n")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("count", ["0", "-1", "many", "９", "9999999999"])
def test_a_wrong_number_of_products(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["search", "shoes", f"-k{count}"])
    assert left.value.code == 2
    assert "not a number of products" in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_error(folder: Path) -> None:
    command = [sys.executable, "-m", "sayfind.cli.main", "search", "shoes", "--json", "--shop"]
    with subprocess.Popen(
        [*command, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize("verb", ["index", "hear", "search", "serve", "evaluate", "voice"])
def test_help_shows_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([verb, "--help"])
    assert left.value.code == 0
    assert f"\n  sayfind {verb} " in capsys.readouterr().out
