"""Synthetic speech by programs that may be installed: espeak-ng and flite."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sayfind.audio.file import load_audio
from sayfind.errors import AudioError, MissingExtraError
from sayfind.training.corpus import Clip

__all__ = ["say"]

_ESPEAK = "espeak-ng"
_FLITE = "flite"


def say(texts: Sequence[str], voices: Sequence[str], seed: int = 0) -> Iterator[Clip]:
    """Each text by one of the voices at a random pitch and speed.

    A voice is ``espeak:NAME`` (``espeak:cmn``, ``espeak:en-us+f3``) or ``flite:NAME``; it is the
    clip's speaker. Texts that a voice says nothing for are left out.

    Raises:
        MissingExtraError: the program of a voice is not installed.
    """
    rng = np.random.default_rng(seed)
    with TemporaryDirectory() as folder:
        wav = Path(folder) / "said.wav"
        for text in texts:
            voice = voices[int(rng.integers(len(voices)))]
            _run(_command(voice, text, wav, rng))
            try:
                audio = load_audio(wav)
            except AudioError:  # a header without sound: nothing in the text can be said
                continue
            samples = (audio.samples * 32767).round().astype(np.int16)
            yield Clip(samples, voice, {"text": text})


def _command(voice: str, text: str, wav: Path, rng: np.random.Generator) -> list[str]:
    program, _, name = voice.partition(":")
    if program == "flite":
        stretch = f"duration_stretch={rng.uniform(0.8, 1.25):.2f}"
        return [_FLITE, "-voice", name, "--setf", stretch, "-t", text, "-o", str(wav)]
    pitch, speed = int(rng.integers(20, 80)), int(rng.integers(120, 200))
    return [_ESPEAK, "-v", name, "-p", str(pitch), "-s", str(speed), "-w", str(wav), "--", text]


def _run(command: list[str]) -> None:
    if not shutil.which(command[0]):
        raise MissingExtraError(f"This needs the program {command[0]}: apt install {command[0]}.")
    subprocess.run(command, check=True, capture_output=True, timeout=60)
