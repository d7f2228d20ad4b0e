"""False activations on non-speech: the judge on made answers, and the chain on made noise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sayfind import Audio, Shop, demo
from sayfind.audio.augment import pink_noise
from sayfind.audio.file import load_audio, save_wav
from sayfind.cli.main import main
from sayfind.data.sets import open_noises
from sayfind.errors import ConfigError, InputError
from sayfind.evaluation.run import evaluate
from sayfind.evaluation.run_activation import ActivationJudge
from sayfind.evaluation.run_judge import Subject
from sayfind.evaluation.run_plan import Kind, Plan
from sayfind.types import NBest, Query, SearchResult, Trace

ACTIVATIONS = "false_activations_per_30_minutes"
DETECTIONS = "speech_detections_per_30_minutes"


def manifest(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    lines = ["path\tseconds\ttext", *("\t".join(row) for row in rows)]
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def noise(seconds: float, seed: int) -> Audio:
    made = pink_noise(round(16_000 * seconds), np.random.default_rng(seed)).samples
    return Audio((0.05 * made / np.abs(made).max()).astype(np.float32), 16_000)


@pytest.fixture(scope="module")
def noises(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clips of pink noise, one of 70 s, a damaged one, and one in which somebody speaks."""
    folder = tmp_path_factory.mktemp("noises")
    rows = []
    for number, seconds in enumerate((3.0, 4.0, 5.0, 70.0)):
        save_wav(noise(seconds, number), folder / f"{number}.wav")
        rows.append((f"{number}.wav", f"{seconds}", ""))
    (folder / "broken.wav").write_bytes(b"RIFF and then nothing")
    rows += [("broken.wav", "2.0", ""), ("0.wav#", "", "")]
    save_wav(noise(1.0, 9), folder / "told.wav")
    rows.append(("told.wav", "1.0", "two small lattes"))
    return manifest(folder, rows)


def subject(text: str, stretches: int, seconds: float, *, failed: bool = False) -> Subject:
    heard = NBest.from_text(text)
    speech = tuple((float(n), n + 0.5) for n in range(stretches))
    trace = Trace("", heard, heard, (), Query(text), SearchResult(), {}, speech)
    return Subject("", "", {}, trace, failed, seconds)


@pytest.mark.parametrize(
    ("text", "stretches", "failed", "activations", "detections"),
    [("", 0, False, 0, 0), ("", 2, False, 0, 2), ("latte", 2, False, 1, 2), ("", 0, True, 1, 1)],
)
def test_an_answer_is_an_activation(
    text: str, stretches: int, failed: bool, activations: int, detections: int
) -> None:
    judged = ActivationJudge().judge(subject(text, stretches, 900.0, failed=failed))
    assert judged.counts == {ACTIVATIONS: (activations, 0.5), DETECTIONS: (detections, 0.5)}
    assert judged.measures == {"activated_share": activations}


def test_long_noise_is_heard_in_pieces(noises: Path) -> None:
    cases = {case.id: case for case in open_noises(noises).cases}
    assert [cases[f"3.wav#{span}"].audio().seconds for span in ("0-30", "30-70")] == [30.0, 40.0]
    assert cases["0.wav"].window is None and "3.wav" not in cases


def test_quiet_noise_gives_nothing_and_an_exact_limit(noises: Path, small_shop: Shop) -> None:
    result = evaluate(Plan(Kind.ACTIVATION, noises, small_shop.folder)).result
    figure = result[ACTIVATIONS]
    half_hours = (3 + 4 + 5 + 70) / 1800
    assert (figure["value"], figure["low"], figure["n"]) == (0.0, 0.0, 5)
    assert figure["high"] == pytest.approx(-np.log(0.025) / half_hours, rel=1e-6)
    assert result["left_out"]["reasons"] == {
        "missing file": 1, "somebody speaks in it": 1, "unreadable": 1
    }  # fmt: skip
    assert result["failed"]["count"] == 0 and result["calibration"] == {}


def test_speech_is_caught(small_shop: Shop, tmp_path: Path, capsys) -> None:
    """A set that is speech, passed off as silence, activates the chain in every clip."""
    clip = load_audio(demo.recording_path("sony-headphones"))
    for name in ("a", "b"):
        save_wav(clip, tmp_path / f"{name}.wav")
    manifest(tmp_path, [("a.wav", "", ""), ("b.wav", "", "")])
    out = tmp_path / "out"
    words = ["evaluate", "activation", tmp_path, "--shop", small_shop.folder, "--out", out]
    assert main([str(word) for word in words]) == 0
    assert ACTIVATIONS in capsys.readouterr().out
    result = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert result[ACTIVATIONS]["value"] == pytest.approx(1800 / clip.seconds)
    assert result["activated_share"]["value"] == 1.0
    assert "false activations per 30 minutes" in (out / "report.html").read_text(encoding="utf-8")


def test_what_makes_no_sense(noises: Path, small_shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leave --noise out"):
        Plan(Kind.ACTIVATION, noises, small_shop.folder, noises=("pink",))
    with pytest.raises(ConfigError, match="needs a shop"):
        Plan(Kind.ACTIVATION, noises)
    only_speech = manifest(tmp_path, [("told.wav", "1.0", "two small lattes")])
    save_wav(noise(1.0, 9), tmp_path / "told.wav")
    with pytest.raises(InputError, match="somebody speaks"):
        evaluate(Plan(Kind.ACTIVATION, only_speech, small_shop.folder))
