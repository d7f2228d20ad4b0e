"""The one command from recordings to a model, in small."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.audio.file import to_wav_bytes
from sayfind.data.voices import Voice
from sayfind.types import Audio

pytest.importorskip("torch")
pytest.importorskip("onnx")

SCRIPT = Path(__file__).parents[2] / "runs" / "base_model_tiny.sh"
TEXTS = ("black shoes", "a red coat", "show me green tea", "two blue cups", "cheap head phones")


def write(path: Path, sounds: list[tuple[str, str, Audio]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines, files = ["path\ttext\tspeaker"], {}
    for number, (text, speaker, audio) in enumerate(sounds):
        files[f"{number}.wav"] = to_wav_bytes(audio)
        lines.append(f"{number}.wav\t{text}\t{speaker}")
    files["manifest.tsv"] = "\n".join(lines).encode()
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{path.stem}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("flite"), reason="needs the program flite")
def test_the_tiny_run_makes_a_model(tmp_path: Path) -> None:
    sounds = [
        (text, voice, Voice.parse(f"flite:{voice}").say(text, 1.0, 1.0))
        for voice in ("slt", "rms")
        for text in TEXTS
    ]
    write(tmp_path / "data" / "speech" / "vctk-mini.tar", sounds)
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    write(tmp_path / "data" / "noise" / "noise.tar", [("", "noise", Audio(noise, 16_000))])
    settings = ["loop.steps=20", "loop.save_every=10", "batch.frames=600", "network.width=24"]
    done = subprocess.run(
        [str(SCRIPT), str(tmp_path / "data"), str(tmp_path / "out"), *settings],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHON": sys.executable},
    )
    assert done.returncode == 0, done.stderr
    assert "vctk-mini: 10 utterances" in done.stdout
    assert "step 20 100.0%" in done.stdout
    model = CtcAcousticModel(tmp_path / "out" / "ears.onnx")
    assert len(model.posteriors(sounds[0][2]).log_probs) == pytest.approx(
        sounds[0][2].seconds / 0.03, abs=2
    )
    assert any((tmp_path / "out" / "tensorboard").iterdir())
    assert (tmp_path / "out" / "ears.onnx").stat().st_size < 4_000_000
