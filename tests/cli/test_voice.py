from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sayfind.cli.main import main
from sayfind.data.sets import SpokenSet

pytestmark = pytest.mark.skipif(
    not (shutil.which("flite") and shutil.which("espeak-ng")), reason="needs flite and espeak-ng"
)


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    path = tmp_path / "queries.txt"
    path.write_text("red coat\nwireless mouse\n红色外套\n", encoding="utf-8")
    return path


def test_a_spoken_set_in_one_command(
    tmp_path: Path, queries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "set"
    command = ["voice", str(queries), "-o", str(out), "--voice", "flite:slt"]
    command += ["--voice", "espeak:en-gb", "--noise", "pink", "--snr", "24,-3", "--seed", "7"]
    assert main([*command, "--speed", "0.9,1.1", "--codec", "opus12", "--codec", "none"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"16 clips of 3 queries in {out}")
    assert "2 left out" in said.out
    assert "does not speak Chinese" in said.err
    cases = SpokenSet.open(out, ("path", "query")).cases
    assert len(cases) == 16
    assert {case.row["snr"] for case in cases} == {"24", "-3"}
    assert {case.row["seed"] for case in cases} == {"7"}
    assert main([*command, "--speed", "0.9,1.1", "--codec", "opus12", "--codec", "none"]) == 0
    assert "(16 were there already), 2 left out" in capsys.readouterr().out


def test_judgements_are_kept_beside_the_recordings(tmp_path: Path) -> None:
    qrels = tmp_path / "judged.tsv"
    qrels.write_text("query\tproduct_id\trating\ntv\t1\t3\ntv\t2\t0\n")
    out = tmp_path / "set"
    assert main(["voice", str(qrels), "--qrels", "-o", str(out), "--voice", "flite:rms"]) == 0
    assert (out / "qrels.tsv").read_bytes() == qrels.read_bytes()
    assert [case.query for case in SpokenSet.open(out).cases] == ["tv"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--voice", "flite:slt", "--split", "train"], 3, "flite:slt is a test voice"),
        (["--voice", "espeak:en-us+f2"], 3, "is a train voice"),
        (["--voice", "flite:nobody"], 3, "has no voice 'nobody'"),
        (["--voice", "flite:slt", "--noise", "pink"], 3, "come together"),
        (["--voice", "flite:slt", "--noise", "purple", "--snr", "6"], 3, "'purple'"),
        (["--voice", "flite:slt", "--rir", "none.tar"], 2, "none.tar"),
        (["--voice", "command:no-such-program {text} {out}"], 4, "no-such-program"),
    ],
)
def test_one_sentence_and_the_right_code(
    tmp_path: Path,
    queries: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    words: str,
) -> None:
    assert main(["voice", str(queries), "-o", str(tmp_path / "set"), *options]) == code
    (last,) = [line for line in capsys.readouterr().err.splitlines() if "sayfind:" in line]
    assert words in last


def test_no_queries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", str(tmp_path / "none.txt"), "-o", str(tmp_path / "set")]) == 2
    assert "Cannot read the queries" in capsys.readouterr().err


def test_a_voice_that_speaks_in_the_other_set(
    tmp_path: Path, queries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = ["voice", str(queries), "-o", str(tmp_path / "one"), "--voice", "flite:kal16"]
    assert main(first) == 0
    apart = ["--apart-from", str(tmp_path / "one")]
    second = ["voice", str(queries), "-o", str(tmp_path / "two"), *apart]
    assert main([*second, "--voice", "flite:kal"]) == 3
    assert "flite:kal16 speaks in" in capsys.readouterr().err
    assert main([*second, "--voice", "flite:rms"]) == 0
