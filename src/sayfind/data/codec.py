"""What a line does to speech: a telephone's narrow band, or Opus at a low bit rate."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import av
import numpy as np

from sayfind.audio import RATE
from sayfind.audio.augment import telephone
from sayfind.audio.resample import resample
from sayfind.types import Audio, FloatArray

__all__ = ["Codec", "through_codec"]

_OPUS_RATE = 48_000  # at which the decoder answers, whatever was put in


class Codec(StrEnum):
    """A line that speech goes through."""

    NONE = "none"
    TELEPHONE = "telephone"
    OPUS12 = "opus12"


def through_codec(audio: Audio, codec: Codec) -> Audio:
    """The sound after the line, with as many samples as before.

    ``telephone`` is 300-3400 Hz at 8 kHz in mu-law; ``opus12`` is Opus at 12 kbit/s.
    """
    if codec is Codec.TELEPHONE:
        return telephone(audio)
    return _opus(audio, 12_000) if codec is Codec.OPUS12 else audio


def _opus(audio: Audio, bits_per_second: int) -> Audio:
    """Encoded and decoded without a container, whose random serial number changes each time."""
    encoder: Any = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    encoder.bit_rate, encoder.options = bits_per_second, {"application": "voip"}
    encoder.open()
    padded = np.pad(resample(audio).samples, (0, RATE // 5))  # the codec's delay pushes some out
    frame = av.AudioFrame.from_ndarray(_sixteen_bit(padded), format="s16", layout="mono")
    frame.sample_rate, frame.pts = RATE, 0
    packets = _packets(encoder, frame)
    decoder: Any = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout, decoder.format = _OPUS_RATE, "mono", "s16"
    decoder.open()
    pieces = [f.to_ndarray().reshape(-1) for packet in packets for f in decoder.decode(packet)]
    sound = np.concatenate(pieces).astype(np.float32) / np.float32(32768)
    skipped = sound[int.from_bytes(encoder.extradata[10:12], "little") :]  # RFC 7845: pre-skip
    wide = resample(Audio(skipped, _OPUS_RATE), audio.rate).samples
    return Audio(np.pad(wide, (0, len(audio.samples)))[: len(audio.samples)], audio.rate)


def _packets(encoder: Any, frame: av.AudioFrame) -> list[Any]:
    """The encoder's packets for one long frame, cut to the size that it takes."""
    resampler: Any = av.AudioResampler("s16", "mono", RATE, frame_size=encoder.frame_size)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return [packet for piece in [*frames, None] for packet in encoder.encode(piece)]


def _sixteen_bit(samples: FloatArray) -> Any:
    return (np.clip(samples, -1, 1) * 32767).round().astype(np.int16).reshape(1, -1)
