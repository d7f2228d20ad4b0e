"""A voice made harder to know again: pitch and formants moved by a factor that is drawn anew.

**This is weak.** Who suspects a speaker and has a recording of them can try the factors; accent,
rhythm and choice of words are untouched. It keeps somebody who merely listens from recognising a
voice. Speech stays understandable and as long as it was.
"""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from sayfind.audio.resample import resample
from sayfind.types import Audio

__all__ = ["anonymise", "shifted"]

_LOWER, _HIGHER = (0.80, 0.90), (1.12, 1.25)
_FRAME, _SEEK = 0.030, 0.008  # seconds: a piece of sound, and how far its best place is looked for


def anonymise(audio: Audio, chance: random.Random) -> Audio:
    """The sound with another voice; ``chance`` is ``random.SystemRandom()`` but in tests."""
    low, high = chance.choice((_LOWER, _HIGHER))
    return shifted(audio, chance.uniform(low, high))


def shifted(audio: Audio, factor: float) -> Audio:
    """Pitch and formants times ``factor``, in the same time.

    Played faster by the factor (which moves both), after being drawn out by it.
    """
    drawn_out = Audio(_stretched(audio.samples, audio.rate, factor), round(audio.rate * factor))
    samples = resample(drawn_out, audio.rate).samples
    length = len(audio.samples)
    return Audio(np.pad(samples[:length], (0, max(0, length - len(samples)))), audio.rate)


def _stretched(samples: NDArray[np.float32], rate: int, factor: float) -> NDArray[np.float32]:
    """``factor`` times as long at the same pitch: waveform similarity overlap-add.

    Verhelst and Roelands 1993: each next piece is taken where it continues the one before best.
    """
    hop, seek = round(rate * _FRAME / 2), round(rate * _SEEK)
    window = np.hanning(2 * hop + 1)[:-1].astype(np.float32)
    padded = np.pad(samples, (seek, 3 * hop + 2 * seek))
    count = int(len(samples) * factor / hop) + 1
    out = np.zeros((count + 1) * hop, dtype=np.float32)
    at = seek
    for number in range(count):
        out[number * hop : (number + 2) * hop] += window * padded[at : at + 2 * hop]
        follows = padded[at + hop : at + 3 * hop]
        wanted = seek + round((number + 1) * hop / factor)
        if wanted + seek + 2 * hop > len(padded) or len(follows) < 2 * hop:
            break
        around = padded[wanted - seek : wanted + seek + 2 * hop]
        at = wanted - seek + int(np.argmax(np.correlate(around, follows, "valid")))
    return out
