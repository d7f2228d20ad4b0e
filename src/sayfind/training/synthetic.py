"""Synthetic speech for training: each text by one of several voices, never twice the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sayfind.data.clips import Clip
from sayfind.data.voices import Program, Voice
from sayfind.errors import InputError

__all__ = ["say"]


def say(
    texts: Sequence[str], voices: Sequence[str], seed: int = 0, jobs: int = 1
) -> Iterator[Clip]:
    """Each text by one of the voices (see ``data.voices``) at a random pitch and speed.

    The voice is the clip's speaker. Texts that a voice cannot say are left out. ``jobs`` programs
    speak at a time; it changes nothing else.

    Raises:
        ConfigError: a voice that does not exist.
        MissingExtraError: the program of a voice is not installed.
    """
    rng = np.random.default_rng(seed)
    parsed = [Voice.parse(voice) for voice in voices]
    plan = [
        (
            text,
            parsed[int(rng.integers(len(parsed)))],
            rng.uniform(0.8, 1.2),
            rng.uniform(0.8, 1.25),
        )
        for text in texts
    ]
    with ThreadPoolExecutor(jobs) as pool:
        for clip in pool.map(lambda one: _said(*one), plan):
            if clip is not None:
                yield clip


def _said(text: str, voice: Voice, speed: float, pitch: float) -> Clip | None:
    if voice.program is Program.COMMAND:  # only what its template lets us change
        speed = speed if "{speed}" in voice.name else 1.0
        pitch = pitch if "{pitch}" in voice.name else 1.0
    try:
        audio = voice.say(text, speed, pitch)
    except InputError:  # nothing in the text, or another script
        return None
    return Clip.of(audio, str(voice), {"text": text})
