from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind.audio.file import to_wav_bytes
from sayfind.audio.level import rms_level
from sayfind.data import make
from sayfind.data.codec import Codec
from sayfind.data.make import VoiceSetReport, make_set
from sayfind.data.queries import TextQuery
from sayfind.data.sets import Reason, SpokenSet
from sayfind.data.speakings import VoiceSetConfig, plan
from sayfind.data.voices import Side, VoiceSplit
from sayfind.errors import ConfigError, InputError, MissingExtraError, StorageError
from sayfind.types import Audio

VOICES = ("flite:slt", "espeak:en-gb")
QUERIES = (TextQuery("a", "red coat"), TextQuery("b", "wireless mouse"), TextQuery("c", "tv"))

pytestmark = pytest.mark.skipif(
    not (shutil.which("flite") and shutil.which("espeak-ng")), reason="needs flite and espeak-ng"
)


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def rich(rooms: Path) -> VoiceSetConfig:
    return VoiceSetConfig(
        VOICES,
        (0.9, 1.1),
        (0.9, 1.0, 1.1),
        rooms,
        "babble",
        (24, 6),
        (Codec.TELEPHONE, Codec.OPUS12),
    )


@pytest.fixture
def rooms(sets: Any) -> Path:
    response = np.zeros(4_000, np.float32)
    response[[0, 900, 2_000]] = (1.0, 0.5, 0.3)
    wet = {f"{n}.wav": to_wav_bytes(Audio(response * (0.5 + n / 4), 16_000)) for n in range(2)}
    made: Path = sets.folder("rooms", sets.table([{"path": name} for name in wet]), wet)
    return made


def test_every_query_by_every_voice(tmp_path: Path) -> None:
    report = make_set(QUERIES, tmp_path / "set", VoiceSetConfig(VOICES))
    assert report == VoiceSetReport(6, 0, ())
    spoken = SpokenSet.open(tmp_path / "set", ("path", "query", "text"))
    assert spoken.left_out == ()
    assert [case.query for case in spoken.cases] == [q.text for q in QUERIES for _ in VOICES]
    assert [case.row["voice"] for case in spoken.cases] == list(VOICES) * 3
    for case in spoken.cases:
        assert case.audio().seconds == pytest.approx(case.seconds, abs=1e-3)
        assert rms_level(case.audio()) > -40
        assert (case.row["codec"], case.row["noise"], case.row["snr"]) == ("none", "", "")
        assert (case.row["split"], case.row["seed"], case.language) == ("test", "0", "en")
    assert {case.row["accent"] for case in spoken.cases} == {"en-us", "en-gb"}


def test_rooms_noises_and_lines(tmp_path: Path, rooms: Path) -> None:
    report = make_set(QUERIES, tmp_path / "set", rich(rooms))
    assert (report.clips, report.left_out) == (3 * 2 * 2 * 2, ())
    cases = SpokenSet.open(tmp_path / "set").cases
    assert len({case.id for case in cases}) == len({case.row["path"] for case in cases}) == 24
    columns = ("speed", "pitch", "room", "snr", "codec", "noise")
    values = {column: {case.row[column] for case in cases} for column in columns}
    assert values["snr"] == {"24", "6"}
    assert values["codec"] == {"telephone", "opus12"}
    assert values["speed"] == {"0.9", "1.1"}
    assert values["room"] == {"0.wav", "1.wav"}
    assert values["noise"] == {"babble"}
    assert len({case.audio().samples.tobytes() for case in cases}) == 24
    assert not (tmp_path / "set" / "dry").exists()


def test_same_settings_same_bits(tmp_path: Path, rooms: Path) -> None:
    make_set(QUERIES, tmp_path / "one", rich(rooms))
    make_set(QUERIES, tmp_path / "two", rich(rooms), jobs=4)
    one = files(tmp_path / "one")
    assert one == files(tmp_path / "two")
    assert len(one) == 24 + 2  # the manifest and the settings


def test_another_seed_draws_otherwise() -> None:
    def drawn(seed: int) -> list[tuple[float, float]]:
        config = VoiceSetConfig(VOICES, (0.9, 1.0, 1.1), (0.9, 1.0, 1.1), seed=seed)
        return [(s.speed, s.pitch) for s in plan(QUERIES, config, 0)]

    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)


def test_what_is_drawn_for_a_query_does_not_depend_on_the_others() -> None:
    config = VoiceSetConfig(VOICES, (0.9, 1.0, 1.1), (0.9, 1.0, 1.1))
    whole = {(s.query.id, s.voice): (s.speed, s.pitch) for s in plan(QUERIES, config, 3)}
    part = {(s.query.id, s.voice): (s.speed, s.pitch) for s in plan(QUERIES[1:], config, 3)}
    assert part.items() <= whole.items()


def interrupted_after(calls: int, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    whole = getattr(make, name)
    left = [calls]

    def once(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return whole(*arguments)

    monkeypatch.setattr(make, name, once)


@pytest.mark.parametrize(
    ("name", "calls", "kept"),
    [("_say", 2, 0), ("_write", 6, 0), ("_write", 15, 15 - 8)],  # 8: settings, 6 dry, their list
)
def test_an_interrupted_run_goes_on(
    tmp_path: Path, rooms: Path, monkeypatch: pytest.MonkeyPatch, name: str, calls: int, kept: int
) -> None:
    make_set(QUERIES, tmp_path / "whole", rich(rooms))
    with monkeypatch.context() as patch:
        interrupted_after(calls, patch, name)
        with pytest.raises(KeyboardInterrupt):
            make_set(QUERIES, tmp_path / "set", rich(rooms))
    assert not (tmp_path / "set" / "manifest.tsv").exists()
    report = make_set(QUERIES, tmp_path / "set", rich(rooms))
    assert (report.clips, report.kept) == (24, kept)
    assert files(tmp_path / "set") == files(tmp_path / "whole")


def test_a_finished_set_is_left_alone(tmp_path: Path) -> None:
    queries = (*QUERIES, TextQuery("d", "外套"))
    first = make_set(queries, tmp_path / "set", VoiceSetConfig(VOICES))
    before = files(tmp_path / "set")
    second = make_set(queries, tmp_path / "set", VoiceSetConfig(VOICES))
    assert (second.clips, second.kept) == (first.clips, first.clips)
    assert second.left_out == first.left_out
    assert files(tmp_path / "set") == before


def test_a_query_that_a_voice_cannot_say_is_named(tmp_path: Path) -> None:
    queries = (TextQuery("ok", "tv"), TextQuery("zh", "红色外套"), TextQuery("dots", "..."))
    report = make_set(queries, tmp_path / "set", VoiceSetConfig((*VOICES, "espeak:cmn")))
    assert report.clips == 3 + 1
    told = {(entry.reason, entry.detail) for entry in report.left_out}
    assert (Reason.UNSAYABLE, "flite:slt does not speak Chinese.") in told
    assert (Reason.UNSAYABLE, "espeak:cmn finds nothing to say in '...'.") in told
    assert len(report.left_out) == 2 + 3
    table = (tmp_path / "set" / "left_out.tsv").read_text(encoding="utf-8")
    assert len(table.splitlines()) == 1 + 5


def test_without_voices_the_side_s_own_speak_each_language() -> None:
    queries = (TextQuery("en", "tv"), TextQuery("zh", "红色 coat"))
    for side in Side:
        voices = {str(s.voice) for s in plan(queries, VoiceSetConfig(side=side), 0)}
        assert voices == set(VoiceSplit().voices(side))
        mandarin = {s.query.id for s in plan(queries, VoiceSetConfig(side=side), 0)
                    if str(s.voice).startswith("espeak:cmn")}  # fmt: skip
        assert mandarin == {"zh"}


def test_hostile_ids_stay_inside_the_folder(tmp_path: Path) -> None:
    names = ["../../x", "a/b", "a b", "a_b", ".", "", "红", "x" * 300]
    queries = [TextQuery(name, "tv") for name in names]
    make_set(queries, tmp_path / "set", VoiceSetConfig(("flite:slt",)))
    cases = SpokenSet.open(tmp_path / "set").cases
    assert len(cases) == len(names)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["set"]
    assert len(list((tmp_path / "set" / "clips").iterdir())) == len(names)


@pytest.mark.parametrize(
    "change",
    [
        {"noise": "pink"},
        {"snrs": (12.0,)},
        {"speeds": ()},
        {"speeds": (3.0,)},
        {"pitches": (0.1,)},
        {"codecs": ()},
        {"noise": "pink", "snrs": (float("nan"),)},
        {"voices": ("espeak:en-us+f2",)},
        {"voices": ("flite:slt",), "side": Side.TRAIN},
        {"voices": ("nobody",)},
    ],
)
def test_settings_that_make_no_sense(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        VoiceSetConfig(**change)


def test_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    make_set(QUERIES, tmp_path / "set", VoiceSetConfig(("flite:slt",)))
    for queries, config in (
        (QUERIES[1:], VoiceSetConfig(("flite:slt",))),
        (QUERIES, VoiceSetConfig(("flite:rms",))),
        (QUERIES, VoiceSetConfig(("flite:slt",), seed=1)),
    ):
        with pytest.raises(ConfigError, match="other queries or settings"):
            make_set(queries, tmp_path / "set", config)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("keep me")
    with pytest.raises(ConfigError, match="not empty"):
        make_set(QUERIES, tmp_path / "full", VoiceSetConfig(("flite:slt",)))
    assert (tmp_path / "full" / "letter.txt").read_text() == "keep me"


def test_missing_voices_and_rooms_are_told_before_anything_is_written(
    tmp_path: Path, sets: Any
) -> None:
    attempts: Sequence[tuple[VoiceSetConfig, type[Exception]]] = (
        (VoiceSetConfig(("flite:nobody",)), ConfigError),
        (VoiceSetConfig(("command:no-such-program {text} {out}",)), MissingExtraError),
        (VoiceSetConfig(VOICES, rooms=tmp_path / "none.tar"), InputError),
        (VoiceSetConfig(VOICES, noise="purple", snrs=(6.0,)), ConfigError),
        (VoiceSetConfig(VOICES, rooms=sets.tar("empty", b"path\n", {})), InputError),
    )
    for config, error in attempts:
        with pytest.raises(error):
            make_set(QUERIES, tmp_path / "set", config)
        assert not (tmp_path / "set").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="Cannot write the set"):
        make_set(QUERIES, tmp_path / "file" / "set", VoiceSetConfig(VOICES))
