from __future__ import annotations

import math
import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.audio.file import AudioLimits
from sayfind.data.sets import LeftOut, Reason, SpokenSet
from sayfind.errors import InputError, TooLargeError
from sayfind.types import Language

ROW = {"path": "a.wav", "seconds": "0.5", "text": "red coat"}


def only(path: Path, required: tuple[str, ...] = ("path",)) -> LeftOut:
    opened = SpokenSet.open(path, required)
    assert opened.cases == ()
    (entry,) = opened.left_out
    return entry


def test_a_tar_and_a_folder_give_the_same_cases(sets: Any) -> None:
    rows = [{**ROW, "path": f"clips/{n}.wav", "text": f"text {n}"} for n in range(3)]
    files = {f"clips/{n}.wav": sets.wav(400 + 100 * n) for n in range(3)}
    opened = [
        SpokenSet.open(make("some", sets.table(rows), files)) for make in (sets.tar, sets.folder)
    ]
    for one in opened:
        assert one.name == "some"
        assert one.left_out == ()
        assert [case.id for case in one.cases] == [f"clips/{n}.wav" for n in range(3)]
        assert [case.text for case in one.cases] == ["text 0", "text 1", "text 2"]
    tar, folder = opened
    for a, b in zip(tar.cases, folder.cases, strict=True):
        assert np.array_equal(a.audio().samples, b.audio().samples)
        assert a.audio().rate == 16_000


def test_columns_are_typed(sets: Any) -> None:
    row = {"id": "x1", "path": "a.wav", "seconds": "0.5", "query": "tv", "language": "zh"}
    row |= {"speaker": "anna", "slots": '{"size": "large"}'}
    (case,) = SpokenSet.open(sets.tar("some", sets.table([row]), {"a.wav": sets.wav()})).cases
    assert (case.id, case.query, case.speaker, case.text) == ("x1", "tv", "anna", "")
    assert case.language is Language.MANDARIN
    assert case.seconds == 0.5
    assert case.slots == {"size": "large"}
    assert case.row == row


@pytest.mark.parametrize(("name", "known"), [("-", ""), ("unknown", ""), ("", ""), ("bo", "bo")])
def test_a_speaker_nobody_knows_has_no_name(sets: Any, name: str, known: str) -> None:
    path = sets.tar("some", sets.table([{**ROW, "speaker": name}]), {"a.wav": sets.wav()})
    assert SpokenSet.open(path).cases[0].speaker == known


def test_windows_over_one_recording(sets: Any) -> None:
    rows = [
        {"path": "long.wav", "start": "0", "end": "1.5"},
        {"path": "long.wav", "start": "1.5", "end": ""},
        {"path": "long.wav", "start": "", "end": "0.25"},
        {"path": "long.wav", "start": "7", "end": "8"},
    ]
    files = {"long.wav": sets.wav(440, 3.0)}
    opened = SpokenSet.open(sets.tar("some", sets.table(rows), files), limit=AudioLimits(2.0))
    assert len({case.id for case in opened.cases}) == 4
    assert [case.audio().seconds for case in opened.cases[:3]] == [1.5, 1.5, 0.25]
    whole = sets.tone(440, 3.0).samples
    assert opened.cases[1].audio().samples == pytest.approx(whole[24_000:], abs=1e-3)
    with pytest.raises(InputError, match="no sound from 7 to 8 s"):
        opened.cases[3].audio()


def test_an_open_window_that_is_too_long(sets: Any) -> None:
    path = sets.tar(
        "some",
        sets.table([{"path": "a.wav", "start": "1", "end": ""}]),
        {"a.wav": sets.wav(440, 4)},
    )
    (case,) = SpokenSet.open(path, limit=AudioLimits(2.0)).cases
    with pytest.raises(TooLargeError, match="3 s; at most 2 s"):
        case.audio()


def test_a_case_is_small_to_pickle_and_reads_without_its_set(sets: Any) -> None:
    path = sets.tar("some", sets.table([ROW]), {"a.wav": sets.wav(seconds=5.0)})
    case = SpokenSet.open(path).cases[0]
    packed = pickle.dumps(case)
    assert len(packed) < 1_000
    assert np.array_equal(pickle.loads(packed).audio().samples, case.audio().samples)


def test_a_renamed_tar_is_found(sets: Any) -> None:
    path = sets.tar("new-name", sets.table([ROW]), {"a.wav": sets.wav()}, inside="old-name")
    opened = SpokenSet.open(path)
    assert opened.name == "new-name"
    assert opened.cases[0].audio().seconds == 0.5


def test_a_text_file_beside_the_manifest(sets: Any) -> None:
    files = {"a.wav": sets.wav(), "utterances.txt": b"one\ntwo\n", "bad.txt": b"\xff\xfe"}
    for path in (
        sets.tar("x", sets.table([ROW]), files),
        sets.folder("x", sets.table([ROW]), files),
    ):
        opened = SpokenSet.open(path)
        assert opened.text_file("utterances.txt") == "one\ntwo\n"
        assert opened.text_file("none.txt") is None
        assert opened.text_file("../manifest.tsv") is None
        with pytest.raises(InputError, match="not UTF-8"):
            opened.text_file("bad.txt")


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"path": "b.wav"}, Reason.MISSING_FILE, "b.wav is not in the set"),
        ({"path": ""}, Reason.MISSING_FILE, "no path"),
        ({"path": "../outside.wav"}, Reason.MISSING_FILE, "not in the set"),
        ({"path": "/etc/hostname"}, Reason.MISSING_FILE, "not in the set"),
        ({"path": "a.wav\0"}, Reason.MISSING_FILE, "not in the set"),
        ({"path": "a" * 5_000}, Reason.MISSING_FILE, "not in the set"),
        ({"path": "."}, Reason.MISSING_FILE, "not in the set"),
        ({"path": "empty.wav"}, Reason.UNREADABLE, "empty"),
        ({"text": "  "}, Reason.EMPTY_REFERENCE, "text is empty"),
        ({"seconds": "61"}, Reason.TOO_LONG, "61 s; at most 60 s"),
        ({"seconds": "-1"}, Reason.BAD_ROW, "seconds is '-1'"),
        ({"seconds": "nan"}, Reason.BAD_ROW, "not a time"),
        ({"seconds": "inf"}, Reason.BAD_ROW, "not a time"),
        ({"seconds": "soon"}, Reason.BAD_ROW, "not a time"),
        ({"start": "2", "end": "1"}, Reason.BAD_ROW, "ends after it starts"),
        ({"start": "0", "end": "99"}, Reason.TOO_LONG, "99 s"),
        ({"slots": "{"}, Reason.BAD_ROW, "not JSON"),
        ({"slots": "[" * 100_000}, Reason.BAD_ROW, "not JSON"),
        ({"slots": "[1]"}, Reason.BAD_ROW, "not a JSON object of texts"),
        ({"slots": "{'a': 1}".replace("'", '""')}, Reason.BAD_ROW, "slots"),
    ],
)
@pytest.mark.parametrize("kind", ["tar", "folder"])
def test_a_row_that_cannot_be_used_is_named(
    sets: Any, kind: str, change: dict[str, str], reason: Reason, words: str
) -> None:
    (sets.root / "outside.wav").write_bytes(sets.wav())
    files = {"a.wav": sets.wav(), "empty.wav": b""}
    row = {"id": "odd", **ROW, "start": "", "end": "", "slots": "", **change}
    make = sets.tar if kind == "tar" else sets.folder
    entry = only(make("some", sets.table([row]), files), ("path", "text"))
    assert (entry.id, entry.reason) == ("odd", reason)
    assert words in entry.detail


def test_a_link_out_of_a_folder_is_not_followed(sets: Any) -> None:
    (sets.root / "secret.wav").write_bytes(sets.wav())
    folder = sets.folder("some", sets.table([ROW]), {})
    (folder / "a.wav").symlink_to(sets.root / "secret.wav")
    assert only(folder).reason is Reason.MISSING_FILE


def test_rows_of_the_wrong_length(sets: Any) -> None:
    table = b"path\ttext\na.wav\tone\ttoo much\na.wav\n\n"
    opened = SpokenSet.open(sets.tar("some", table, {"a.wav": sets.wav()}), ("path",))
    assert [entry.reason for entry in opened.left_out] == [Reason.BAD_ROW]
    assert [case.text for case in opened.cases] == [""]


def test_of_two_rows_with_one_id_the_first_stays(sets: Any) -> None:
    rows = [{"id": "x", **ROW, "text": text} for text in ("first", "second", "third")]
    opened = SpokenSet.open(sets.tar("some", sets.table(rows), {"a.wav": sets.wav()}))
    assert [case.text for case in opened.cases] == ["first"]
    assert opened.reasons == {"duplicate id": 2}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"seconds\ttext\n1\tx\n", "no column path"),
        (b"path\ttext\tpath\n", "names the column 'path' twice"),
        (b'path\ttext\na.wav\t"never closed\nb.wav\tlost\n', "line 3"),
        (b"path\ttext\na.wav\t" + b"x" * 200_000 + b"\n", "line 2"),
    ],
)
def test_a_manifest_that_is_no_table(sets: Any, table: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        SpokenSet.open(sets.tar("some", table, {"a.wav": sets.wav()}))


def test_what_is_no_set(sets: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.tar").write_text("no tar")
    packed = sets.tar("packed", sets.table([ROW]), {"a.wav": sets.wav()}, mode="w:gz")
    bare = sets.tar("bare", sets.table([ROW]), {})
    bare.write_bytes(bare.read_bytes().replace(b"manifest.tsv", b"manifest.txt", 1))
    for path in (tmp_path / "none", tmp_path / "empty", tmp_path / "text.tar", packed, bare):
        with pytest.raises(InputError):
            SpokenSet.open(path)


def test_a_column_that_a_measure_needs(sets: Any) -> None:
    path = sets.tar("some", sets.table([ROW]), {"a.wav": sets.wav()})
    with pytest.raises(InputError, match="no column query"):
        SpokenSet.open(path, ("path", "query"))


def test_damage_that_only_decoding_finds(sets: Any) -> None:
    rows = [{"path": f"{name}.wav"} for name in ("good", "noise", "long")]
    files = {"good.wav": sets.wav(), "noise.wav": b"not sound" * 100}
    files["long.wav"] = sets.wav(seconds=3.0)
    opened = SpokenSet.open(sets.tar("some", sets.table(rows), files), limit=AudioLimits(2.0))
    assert opened.left_out == ()
    found = []
    for case in opened.cases[1:]:
        with pytest.raises(InputError) as caught:
            case.audio()
        found.append(LeftOut.because(case.id, caught.value).reason)
    assert found == [Reason.UNREADABLE, Reason.TOO_LONG]


def test_a_tar_that_was_cut_after_it_was_opened(sets: Any) -> None:
    path = sets.tar("some", sets.table([ROW]), {"a.wav": sets.wav()})
    case = SpokenSet.open(path).cases[0]
    path.write_bytes(path.read_bytes()[:4_000])
    with pytest.raises(InputError, match="ends too early"):
        case.audio()
    path.unlink()
    with pytest.raises(InputError, match="Cannot read"):
        case.audio()


cell = st.text(st.characters(codec="utf-8", exclude_characters='\t\n\r"'), max_size=8)
some_rows = st.lists(
    st.fixed_dictionaries(
        {
            "path": st.sampled_from(["a.wav", "b.wav", "", "../a.wav"]),
            "id": st.sampled_from(["", "1", "2", "3"]),
            "seconds": st.one_of(cell, st.floats().map(str)),
            "start": st.one_of(st.just(""), st.floats(0, 99).map(str)),
            "text": cell,
        }
    ),
    min_size=1,
    max_size=8,
)


@given(some_rows)
def test_no_row_is_dropped_in_silence(rows: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = list(rows[0])
        lines = ["\t".join(columns), *("\t".join(row[c] for c in columns) for row in rows)]
        (folder / "manifest.tsv").write_text("\n".join(lines), encoding="utf-8", newline="")
        (folder / "a.wav").write_bytes(b"sound")
        opened = SpokenSet.open(folder, ("path", "text"))
    assert len(opened.cases) + len(opened.left_out) == len(rows)
    ids = [case.id for case in opened.cases]
    assert len(set(ids)) == len(ids)
    assert all(case.text.strip() and math.isfinite(case.seconds or 0) for case in opened.cases)


@pytest.mark.shared
def test_every_set_beside_the_repository_opens_whole(shared_data: Path) -> None:
    found = sorted(shared_data.glob("speech/*.tar"))
    assert found
    for path in found:
        opened = SpokenSet.open(path)
        assert opened.left_out == (), path
        first = opened.cases[0]
        assert first.audio().seconds == pytest.approx(first.seconds, abs=0.05)


def test_the_error_for_too_long_is_its_own() -> None:
    assert LeftOut.because("x", TooLargeError("too long")).reason is Reason.TOO_LONG
