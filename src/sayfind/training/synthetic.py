"""Synthetic speech for training: each text by one of several voices, never twice the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sayfind.data.clips import Clip
from sayfind.data.voices import Voice
from sayfind.errors import InputError

__all__ = ["say"]


def say(texts: Sequence[str], voices: Sequence[str], seed: int = 0) -> Iterator[Clip]:
    """Each text by one of the voices (see ``data.voices``) at a random pitch and speed.

    The voice is the clip's speaker. Texts that a voice cannot say are left out.

    Raises:
        ConfigError: a voice that does not exist.
        MissingExtraError: the program of a voice is not installed.
    """
    rng = np.random.default_rng(seed)
    parsed = [Voice.parse(voice) for voice in voices]
    for text in texts:
        voice = parsed[int(rng.integers(len(parsed)))]
        speed, pitch = rng.uniform(0.8, 1.2), rng.uniform(0.8, 1.25)
        try:
            audio = voice.say(text, speed, pitch)
        except InputError:  # nothing in the text, or another script
            continue
        yield Clip.of(audio, str(voice), {"text": text})
