"""A clip as a data URL that any browser plays: Opus at 16 kbit/s, about 2 kB a second."""

from __future__ import annotations

import base64
import io
from typing import Any

import av
import numpy as np

from sayfind.types import Audio

__all__ = ["data_url"]

BITS_PER_SECOND = 16_000
FRAME = 320  # 20 ms at 16 kHz: what Opus takes at a time


def data_url(audio: Audio) -> str:
    """The sound as ``data:audio/ogg;base64,...``."""
    return "data:audio/ogg;base64," + base64.b64encode(_opus(audio)).decode("ascii")


def _opus(audio: Audio) -> bytes:
    file = io.BytesIO()
    library: Any = av
    with library.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=audio.rate, layout="mono")
        stream.bit_rate = BITS_PER_SECOND
        samples = np.pad(audio.samples, (0, -len(audio.samples) % FRAME))
        for start in range(0, len(samples), FRAME):
            block = np.clip(samples[start : start + FRAME] * 32767, -32768, 32767)
            frame = library.AudioFrame.from_ndarray(block.astype(np.int16)[None], "s16", "mono")
            frame.sample_rate, frame.pts = audio.rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
