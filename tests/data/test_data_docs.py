from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sayfind.cli.main import main
from sayfind.data.case import Reason
from sayfind.data.codec import Codec
from sayfind.data.noise import NoiseKind
from sayfind.data.voices import VoiceSplit

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not shutil.which("flite"), reason="needs flite")
def test_the_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("queries.txt").write_text("red coat\ntv\n")
    assert main(["voice", "queries.txt", "-o", "spoken", "--voice", "flite:slt"]) == 0
    capsys.readouterr()
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/data.md", "exec"), {})
    assert re.fullmatch(r"2 cases; none left out; \d\.\d s\n", capsys.readouterr().out)


def test_every_reason_noise_line_and_voice_is_told() -> None:
    for reason in Reason:
        assert f"| {reason} |" in PAGE
    for kind in set(NoiseKind) - {NoiseKind.FILE, NoiseKind.SET}:
        assert f"`{kind}`" in PAGE
    for codec in set(Codec) - {Codec.NONE}:
        assert f"--codec {codec}" in PAGE
    for side, voices in (("test", VoiceSplit().test), ("train", VoiceSplit().train)):
        (row,) = re.findall(rf"^\| {side} \| (.*) \|$", PAGE, re.MULTILINE)
        told = re.findall(r"`([^`]+)`", row)
        assert told == [voice.partition(":")[2] for voice in voices]
