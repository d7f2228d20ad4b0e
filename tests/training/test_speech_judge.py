"""The fit of the judge of speech, on made measures; the recipe in whole needs the shared data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sayfind import Audio, demo, load_audio
from sayfind.audio.file import save_wav
from sayfind.ears.speech_judge import JudgeWeights
from sayfind.training.recipes import speech_judge
from sayfind.training.recipes.speech_judge import (
    Example,
    JudgeTraining,
    fit,
    scored,
    threshold_of,
    train,
)


def examples(count: int, seed: int) -> list[Example]:
    rng = np.random.default_rng(seed)
    label = rng.random(count) < 0.8
    seen = rng.standard_normal((count, 6)) + label[:, None] * np.linspace(0, 2, 6)
    return [
        Example(row.astype(np.float32), bool(is_speech), f"file {place // 3}", "made")
        for place, (row, is_speech) in enumerate(zip(seen, label, strict=True))
    ]


def test_the_fit_is_scikit_learns() -> None:
    penalty, found = 0.02, examples(300, 0)
    weights = fit(found, penalty)
    seen = np.array([e.measures for e in found], np.float64)
    label = np.array([e.is_speech for e in found])
    share = np.where(label, 0.5 / label.sum(), 0.5 / (~label).sum())
    scaled = (seen - weights.mean) / weights.scale
    theirs = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=1000)
    theirs.fit(scaled, label, sample_weight=share)
    assert np.allclose(weights.weights, theirs.coef_[0], atol=1e-5)
    assert weights.bias == pytest.approx(theirs.intercept_[0], abs=1e-5)


def test_a_file_is_scored_by_weights_that_never_saw_it() -> None:
    found = examples(120, 1)
    scores = scored(found, 0.02)
    moved = [Example(e.measures, not e.is_speech, e.group, e.kind) if e.group == "file 0" else e
             for e in found]  # fmt: skip
    assert scored(moved, 0.02)[:3] == pytest.approx(scores[:3])
    assert not np.allclose(scored(moved, 0.02)[3:], scores[3:])
    right = [(s > 0) == e.is_speech for s, e in zip(scores, found, strict=True)]
    assert np.mean(right) > 0.8


@pytest.mark.parametrize(("allowed", "passing"), [(0, 0), (1, 1), (2, 2), (9, 4)])
def test_no_more_pass_than_are_allowed(allowed: int, passing: int) -> None:
    scores = [0.4, 3.0, 2.0, 1.0]
    assert sum(score >= threshold_of(scores, allowed) for score in scores) == passing


def write(folder: Path, rows: list[tuple[str, Audio]], column: str) -> None:
    """A set in a folder; ``kind`` or ``text`` is its second column."""
    folder.mkdir(parents=True)
    lines = [f"path\t{column}", *(f"{name}.wav\t{name}" for name, _ in rows)]
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, audio in rows:
        save_wav(audio, folder / f"{name}.wav")


def test_the_command_from_sounds_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Speech played backwards stands for noise: it wakes the detection without fail."""
    names = ("nike-running-shoes", "black-backpack", "sony-headphones")
    said = {name: load_audio(demo.recording_path(name)) for name in names}
    backwards = [(f"{name}-{n}", Audio(audio.samples[::-1][n * 800 :].copy(), audio.rate))
                 for name, audio in said.items() for n in (0, 1)]  # fmt: skip
    write(tmp_path / "noise" / "noise.tar", backwards, "kind")
    for name in ("en-misc", "librispeech-sample"):
        write(tmp_path / "speech" / f"{name}.tar", list(said.items()), "text")
    monkeypatch.setattr(speech_judge, "_SPEECH", (("en-misc", 3),))
    told = train(tmp_path, tmp_path, JudgeTraining(speeds=(1.0,)))
    weights = JudgeWeights.open(tmp_path / "speech_judge.json")
    assert f"threshold {weights.threshold:.3f}" in told
    assert "| both | 6 | " in told and "| en-misc | 3 | " in told
