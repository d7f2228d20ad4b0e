"""Recordings are kept with consent only, changed and locked; texts without personal data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind.audio.file import to_wav_bytes
from sayfind.cli.main import main
from sayfind.errors import ConfigError
from sayfind.feedback.log import SqliteEventLog
from sayfind.privacy.vault import AudioVault, RecordingsConfig, new_key, read_key
from sayfind.serving.limits import ServingConfig
from sayfind.serving.operations import Operations
from sayfind.serving.security import SecurityConfig
from sayfind.types import Audio

WAVE = np.sin(np.arange(8_000) * 2 * np.pi * 220 / 16_000).astype(np.float32) / 2
SOUND = to_wav_bytes(Audio(WAVE, 16_000))
WAV = {"Content-Type": "audio/wav"}
SESSION = "visit-0001"
AGREED = {"X-Sayfind-Session": SESSION, "X-Sayfind-Audio": "keep"}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "audio.key"
    path.write_text(new_key())
    return path


def test_a_recording_is_kept_only_with_consent_and_goes_when_asked(
    start: Callable[..., Any], tmp_path: Path, key: Path
) -> None:
    folder = tmp_path / "voices"
    log = SqliteEventLog(tmp_path / "events.sqlite")
    client = start(log=log, recordings=RecordingsConfig(str(folder), str(key)))
    vault = AudioVault(folder, read_key(key))
    for headers in ({}, {"X-Sayfind-Session": SESSION}, {"X-Sayfind-Audio": "keep"}):
        assert client("POST", "/v1/search", SOUND, {**WAV, **headers}).status == 200
    client("POST", "/v1/search", b'{"text": "x"}', {"Content-Type": "application/json", **AGREED})
    assert list(vault.read()) == []
    assert client("POST", "/v1/search", SOUND, {**WAV, **AGREED}).status == 200
    (one,) = vault.read(SESSION)
    assert one.anonymised
    assert one.text == "asix running shoes"
    assert not np.allclose(one.audio.samples, WAVE, atol=0.05)
    erased = client("DELETE", f"/v1/feedback/{SESSION}").json["erased"]
    assert erased == 4  # two spoken searches, a typed one, and the recording
    assert list(vault.read()) == []
    log.close()


def test_without_a_folder_nothing_is_ever_written(
    start: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert start()("POST", "/v1/search", SOUND, {**WAV, **AGREED}).status == 200
    assert list(tmp_path.iterdir()) == []


def test_events_hold_no_personal_data(start: Callable[..., Any], tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "events.sqlite")
    client = start(log=log)
    session = {"X-Sayfind-Session": SESSION, "Content-Type": "application/json"}
    body = {"session": SESSION, "events": [
        {"trace_id": "t", "action": "edited", "text": "call 13800138000"}]}  # fmt: skip
    client("POST", "/v1/feedback", json.dumps(body).encode(), session)
    (edited,) = [event for _, event in log.read()]
    assert edited.text == "call [phone]"
    log.close()


def test_a_full_disk_does_not_fail_the_search(
    start: Callable[..., Any], tmp_path: Path, key: Path
) -> None:
    folder = tmp_path / "voices"
    client = start(recordings=RecordingsConfig(str(folder), str(key)))
    folder.rmdir()
    folder.write_text("not a folder any more")
    assert client("POST", "/v1/search", SOUND, {**WAV, **AGREED}).status == 200


def test_what_is_wrong_is_found_at_the_start(tmp_path: Path) -> None:
    missing = ServingConfig(security=SecurityConfig(keys=str(tmp_path / "none.json")))
    with pytest.raises(ConfigError, match="sayfind keys add"):
        Operations(missing, lambda: (0, False))


def test_the_verbs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def sayfind(*words: str) -> str:
        main(words)
        return "".join(capsys.readouterr())

    assert sayfind("keys", "add", "page", "--may", "search", "staff", "--days", "9")[:3] == "sf_"
    assert "search,staff" in sayfind("keys", "list")
    assert sayfind("keys", "revoke", "page").startswith("Revoked")
    assert "Name the key" in sayfind("keys", "add")
    assert len(sayfind("privacy", "key").strip()) == 44
    log = ("--log", "events.sqlite")
    assert sayfind("privacy", "forget", SESSION, *log).startswith("0 events and 0")
    assert "Name the session" in sayfind("privacy", "export", *log)
    assert "0 events" in sayfind("privacy", "export", SESSION, *log)
    assert "0 events" in sayfind("privacy", "expire", *log)
    assert "epsilon 1;" in sayfind("privacy", "counts", *log)
