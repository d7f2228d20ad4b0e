"""A shop on the disk: full disks while building, damaged and foreign folders."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sayfind import Shop, demo
from sayfind.cli.main import main

ROWS = "".join(f"{i},Nike Pegasus {i} running shoes,Nike,Shoes,{50 + i}\n" for i in range(200))
KIB = 1024


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop that no test may change."""
    home = tmp_path_factory.mktemp("good")
    (home / "feed.csv").write_text(f"id,title,brand,category,price\n{ROWS}", encoding="utf-8")
    assert main(["index", str(home / "feed.csv"), "-o", str(home / "shop")]) == 0
    return home / "shop"


@pytest.fixture
def shop(good: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    shutil.copytree(good, tmp_path / "shop")
    return tmp_path / "shop"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def last_sentence(err: str) -> str:
    """The one thing said after the stages: a sentence, and no traceback before it."""
    said = [line for line in err.splitlines() if not line.startswith("  ")]
    assert len(said) == 1, err
    assert said[0].startswith("sayfind: ")
    assert said[0].endswith(".")
    return said[0]


@pytest.mark.parametrize("limit", [0, KIB, 16 * KIB, 100 * KIB, 400 * KIB, 1000 * KIB])
def test_a_full_disk_leaves_the_old_shop_as_it_was(shop: Path, limit: int) -> None:
    before = contents(shop)

    def fill_up() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "sayfind.cli.main", "index", str(demo.catalog_path())]
    done = subprocess.run(
        [*command, "-o", str(shop)], preexec_fn=fill_up, capture_output=True, text=True, check=False
    )
    assert done.returncode == 6, done.stderr
    assert "annot write" in last_sentence(done.stderr)
    assert contents(shop) == before
    assert [path.name for path in shop.parent.iterdir()] == ["shop"]
    assert main(["search", "nike", "--shop", str(shop)]) == 0


@pytest.mark.parametrize("place", ["file/shop", "file"])
def test_a_place_that_is_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert main(["index", str(demo.catalog_path()), "-o", str(tmp_path / place)]) == 6
    last_sentence(capsys.readouterr().err)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_no_shop_is_never_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("mine", encoding="utf-8")
    assert main(["index", str(demo.catalog_path()), "-o", str(tmp_path / "letters")]) == 6
    assert "is no shop" in last_sentence(capsys.readouterr().err)
    assert contents(tmp_path / "letters") == {"dear.txt": b"mine"}


def spoilt(content: bytes) -> Iterator[tuple[str, bytes | None]]:
    yield "gone", None
    yield "empty", b""
    yield "cut", content[: len(content) // 2]
    yield "noise", bytes(range(256)) * 4
    yield "list", b"[]"


def test_a_damaged_shop_is_one_sentence_whatever_is_damaged(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = []
    for name, content in contents(shop).items():
        for damage, instead in spoilt(content):
            path = shop / name
            path.unlink() if instead is None else path.write_bytes(instead)
            code, err = attempt(shop, capsys)
            if code != 5 or "Traceback" in err or err.count("\n") != 1 or "index" not in err:
                wrong.append((name, damage, code, err[-200:]))
            path.write_bytes(content)
    assert wrong == []


def attempt(shop: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int | str, str]:
    try:
        code: int | str = main(["search", "nike pegasus", "--shop", str(shop)])
    except Exception as error:
        return repr(error), ""
    return code, capsys.readouterr().err


def older(about: dict[str, object]) -> dict[str, object]:
    return {**about, "format": 0}


def newer(about: dict[str, object]) -> dict[str, object]:
    return {**about, "format": 999}


@pytest.mark.parametrize("version", [older, newer])
def test_a_shop_of_another_version_says_so(
    shop: Path,
    capsys: pytest.CaptureFixture[str],
    version: Callable[[dict[str, object]], dict[str, object]],
) -> None:
    about = json.loads((shop / "shop.json").read_text(encoding="utf-8"))
    (shop / "shop.json").write_text(json.dumps(version(about)), encoding="utf-8")
    assert main(["search", "nike", "--shop", str(shop)]) == 5
    sentence = last_sentence(capsys.readouterr().err)
    assert "another version" in sentence
    assert "build it again" in sentence


def test_a_shop_of_another_version_can_be_replaced(shop: Path, tmp_path: Path) -> None:
    (shop / "shop.json").write_text('{"format": 0}', encoding="utf-8")
    (tmp_path / "feed.csv").write_text("id,title\n1,red shoes\n", encoding="utf-8")
    assert main(["index", str(tmp_path / "feed.csv"), "-o", str(shop)]) == 0
    assert Shop.open(shop).num_products == 1


def test_a_title_of_a_million_characters_costs_its_row_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "shoe " * 200_000
    feed = tmp_path / "feed.csv"
    feed.write_text(f"id,title\n1,red shoes\n2,{long}\n3,blue shoes\n", encoding="utf-8")
    assert main(["index", str(feed), "-o", str(tmp_path / "shop"), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["products"], summary["left_out"]) == (2, 1)
    assert summary["rejected"][0]["line"] == 3
    assert len(summary["rejected"][0]["reason"]) < 200


def test_a_feed_of_nothing_but_a_million_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text(f"id,title\n1,{'x' * 1_000_000}\n", encoding="utf-8")
    assert main(["index", str(feed), "-o", str(tmp_path / "shop")]) == 2
    assert len(last_sentence(capsys.readouterr().err)) < 300
    assert not (tmp_path / "shop").exists()
