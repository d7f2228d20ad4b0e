from __future__ import annotations

import json
from pathlib import Path

import pytest

from sayfind import Shop
from sayfind.cli.main import main
from sayfind.feedback.log import SqliteEventLog
from sayfind.learnt import Learnt, behaviour_home, install
from sayfind.types import Action, FeedbackEvent

FEED = "id\ttitle\tbrand\n1\tNike shoes\tNike\n2\tSony headphones\tSony\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    home = tmp_path_factory.mktemp("learn")
    (home / "feed.tsv").write_text(FEED, encoding="utf-8")
    return str(Shop.build(home / "feed.tsv", home / "shop")[0].folder)


def test_an_empty_log_is_no_fault(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--shop", shop]) == 0
    told = capsys.readouterr().out
    assert "0 events of 0 sessions" in told
    assert "Not installed: only 0 held-out spoken searches can judge, and 20 are needed" in told
    assert "the shop as it was built stays in use" in told


def test_the_report_as_json(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--shop", shop, "--json", "--dry-run", "--set", "least_judged=5"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["generation"] == 0
    assert report["before"]["num_searches"] == 0
    assert "and 5 are needed" in report["refusal"]


def test_undo_and_forget(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(behaviour_home(Path(shop)), Learnt())
    assert main(["learn", "--shop", shop, "--undo"]) == 0
    assert "the shop as it was built is in use again" in capsys.readouterr().out
    assert main(["learn", "--shop", shop, "--undo"]) == 5
    path = tmp_path / "other.sqlite"
    log = SqliteEventLog(path)
    log.append([FeedbackEvent("t", Action.CLICKED, session="ann")] * 3)
    assert main(["learn", "--shop", shop, "--log", str(path), "--forget", "ann"]) == 0
    assert "3 events erased" in capsys.readouterr().out
    assert list(log.read()) == []
    log.close()


def test_a_wrong_setting(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--shop", shop, "--set", "heldout=3"]) == 3
    assert "'held_out'" in capsys.readouterr().err
    assert main(["learn", "--shop", shop, "--set", "held_out=1"]) == 3
