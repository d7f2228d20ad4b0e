"""The verb that builds a shop: what it prints, what it refuses, and what it leaves on the disk."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from sayfind import Shop, VoiceSearch, demo, load_audio
from sayfind.cli.main import main
from sayfind.cli.progress import StageBar
from sayfind.errors import LanguageError
from sayfind.shop import STAGES

FEED = """id,title,brand,category,price
1,Nike Pegasus 41 running shoes,Nike,Shoes,119
2,Asics Gel-Nimbus running shoes,Asics,Shoes,159
3,,Asics,Shoes,10
4,Sony headphones,Sony,Audio,cheap
5,Bose headphones,Bose,Audio,249
"""


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.csv"
    path.write_text(FEED, encoding="utf-8")
    return path


def test_the_summary_counts_products_and_rows_left_out(
    feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index", str(feed), "-o", str(tmp_path / "shop")]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(
        r"3 products in .*shop \(\d+\.\d MB\) in \d+\.\d s, 2 rows left out\.\n", out
    )
    assert [line for line in err.splitlines() if line.startswith("  line")] == [
        "  line 4: no title",
        "  line 5: bad price 'cheap'",
    ]
    assert [line.strip(" .") for line in err.splitlines() if "..." in line] == list(STAGES)


def test_the_summary_as_json(
    feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    assert main(["index", str(feed), "-o", str(shop), "--json"]) == 0
    summary: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (summary["products"], summary["rows"], summary["left_out"]) == (3, 5, 2)
    assert summary["rejected"][0]["line"] == 4
    assert summary["columns"]["price"] == "price"
    assert list(summary["seconds"]) == [*STAGES, "total"]
    parts = sum(seconds for stage, seconds in summary["seconds"].items() if stage != "total")
    assert 0 < parts <= summary["seconds"]["total"] + 0.01
    assert summary["bytes"] == sum(p.stat().st_size for p in shop.rglob("*") if p.is_file())


def test_strict_stops_at_the_first_bad_row(
    feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index", str(feed), "-o", str(tmp_path / "shop"), "--strict"]) == 2
    assert "line 4" in capsys.readouterr().err
    assert not (tmp_path / "shop").exists()


def test_columns_and_settings(tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("sku;名称;preis\nA;跑鞋 飞马;9,50\n", encoding="gb18030")
    arguments = ["index", str(feed), "-o", str(tmp_path / "shop"), "--column", "id=sku"]
    arguments += ["--column", "title=名称", "--column", "price=preis"]
    arguments += ["--set", "encoding=gb18030", "--set", "decimal_comma=true"]
    assert main(arguments) == 0
    product = Shop.open(tmp_path / "shop").product("A")
    assert (product.title, product.price) == ("跑鞋 飞马", 9.5)


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (["--column", "id"], 3, "FIELD=COLUMN"),
        (["--set", "encodin=x"], 3, "nearest known one is 'encoding'"),
        (["--set", "encoding=klingon"], 3, "klingon"),
        (["--set", "strict=perhaps"], 3, "strict"),
        (["--queries", "missing.txt"], 2, "missing.txt"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: int,
    says: str,
) -> None:  # fmt: skip
    assert main(["index", str(feed), "-o", str(tmp_path / "shop"), *more]) == code
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith("sayfind: ")
    assert says in sentence
    assert sentence.endswith(".")


def test_a_terminal_gets_a_bar(feed: Path, tmp_path: Path) -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [sys.executable, "-m", "sayfind.cli.main", "index", str(feed), "-o"]
    with subprocess.Popen(
        [*command, str(tmp_path / "shop")], stderr=slave, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        shown = b""
        while process.poll() is None or select.select([master], [], [], 0)[0]:
            if select.select([master], [], [], 0.1)[0]:
                shown += os.read(master, 4096)
        assert process.returncode == 0
        assert b"3 products" in process.stdout.read()
    assert "indexing for search" in shown.decode()
    assert f"/{len(STAGES)}" in shown.decode()


def test_the_bar_books_time_to_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with StageBar(["a", "b"]) as bar:
        bar.begin("a")
        bar.begin("b")
    assert list(bar.seconds) == ["a", "b"]
    assert all(seconds >= 0 for seconds in bar.seconds.values())
    assert capsys.readouterr().err == "  a ...\n  b ...\n"


def test_a_wholly_chinese_shop_says_why_english_is_not_heard(tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("id,title,brand\n1,飞马跑鞋,耐克\n2,降噪耳机,索尼\n", encoding="utf-8")
    shop, _ = Shop.build(feed, tmp_path / "shop")
    search = VoiceSearch(shop)
    assert [hit.product_id for hit in search.type("耐可跑鞋").hits] == ["1"]
    with pytest.raises(LanguageError, match="type the query"):
        search.hear(load_audio(demo.recording_path()))
