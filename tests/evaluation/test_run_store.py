"""Finished cases on disk, and runs that go on where they stopped."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from sayfind import VoiceSearch
from sayfind.errors import ConfigError, SayfindError, StorageError
from sayfind.evaluation.run import Evaluation, evaluate
from sayfind.evaluation.run_record import CaseRecord, Judgement
from sayfind.evaluation.run_store import RecordStore

RECORD = CaseRecord(
    "one\u2028two",
    "one",
    "pink",
    6.0,
    Judgement(
        measures={"acceptance": 1.0},
        counts={"wer": (1.0, 4.0)},
        rungs={"chain": (1.0, 1.0)},
        confusions=[("a", "b")],
    ),
    failure="AudioError: odd",
)


def test_a_record_survives_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    with RecordStore(path, "x") as store:
        store.add(RECORD)
    with RecordStore(path, "x", resume=True) as store:
        assert store.finished == [RECORD]


def test_a_half_written_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    with RecordStore(path, "x") as store:
        store.add(RECORD)
        store.add(replace(RECORD, id="three"))
    path.write_bytes(path.read_bytes()[:-9])
    with RecordStore(path, "x", resume=True) as store:
        assert [record.id for record in store.finished] == [RECORD.id]
        store.add(replace(RECORD, id="four"))
    with RecordStore(path, "x", resume=True) as store:
        assert [record.id for record in store.finished] == [RECORD.id, "four"]


def test_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    with RecordStore(path, "x") as store:
        store.add(RECORD)
    with pytest.raises(ConfigError, match="another run"):
        RecordStore(path, "y", resume=True)
    with RecordStore(path, "y") as store:
        assert store.finished == []


def test_a_line_that_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps({"fingerprint": "x"}) + "\n[]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="Cannot resume"):
        RecordStore(path, "x", resume=True)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageError, match="Cannot write"):
        RecordStore(tmp_path / "file" / "cases.jsonl", "x")


def test_a_run_goes_on_where_it_stopped(typed_run: Evaluation, tmp_path: Path) -> None:
    whole = evaluate(typed_run.plan, tmp_path)
    path = tmp_path / "cases.jsonl"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *lines[:7]]) + "\n", encoding="utf-8")
    again = evaluate(typed_run.plan, tmp_path, resume=True)
    assert again.result["cases"] == whole.result["cases"]
    # the first seven were taken as they are, times included
    assert [r.seconds for r in again.records[:7]] == [r.seconds for r in whole.records[:7]]
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(lines) + 1
    with pytest.raises(ConfigError, match="another run"):
        evaluate(replace(typed_run.plan, seed=9), tmp_path, resume=True)


def test_a_killed_process_is_a_sentence(typed_run: Evaluation) -> None:
    with pytest.raises(SayfindError, match="--resume and fewer --jobs"):
        evaluate(replace(typed_run.plan, jobs=2), factory=SuddenDeath())


class SuddenDeath:
    """A pipeline factory that works here and ends the process in a worker."""

    def __call__(self, shop):
        return VoiceSearch(shop)

    def __reduce__(self):
        return (os._exit, (9,))
