"""Sound that comes in pieces is the sound of the file that the pieces are."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.audio.file import AudioLimits, load_audio
from sayfind.errors import AudioError, MediaTypeError
from sayfind.serving.sound import Sound
from sayfind.serving.stream_messages import SoundFormat


def tone(seconds: float, rate: int) -> np.ndarray:
    return (9_000 * np.sin(np.arange(round(seconds * rate)) / 9)).astype("<i2")


def webm(seconds: float) -> bytes:
    """As a browser's recorder writes it: a cluster at a time, to where nobody can go back."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="webm", options={"live": "1"}) as out:
        stream: Any = out.add_stream("libopus", rate=48_000)
        stream.layout = "mono"
        samples = tone(seconds, 48_000)
        for start in range(0, len(samples), 4_800):
            part = np.ascontiguousarray(samples[None, start : start + 4_800])
            frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, start
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def sound(kind: SoundFormat, rate: int = 16_000) -> Sound:
    return Sound(kind, rate, AudioLimits(), load_audio)


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 5_000), max_size=12), rate=st.sampled_from([16_000, 44_100]))
def test_pieces_of_samples_are_the_whole(sizes: list[int], rate: int) -> None:
    data, given_ = tone(0.5, rate).tobytes(), sound(SoundFormat.PCM, rate)
    heard = [np.zeros(0, np.float32)]
    for piece in np.split(np.frombuffer(data, np.uint8), np.cumsum(sizes)):
        given_.add(piece.tobytes())
        heard.append(given_.new().samples)
    together, whole = np.concatenate(heard), given_.whole().samples
    assert len(together) == round(given_.seconds * 16_000) <= len(whole)
    assert np.abs(together - whole[: len(together)]).max(initial=0) < 0.02
    if rate == 16_000:
        assert np.array_equal(together, whole)
        assert np.array_equal(given_.heard().samples, whole)


@pytest.mark.parametrize("size", [37, 400, 3_000])
def test_pieces_of_a_browsers_recording_are_heard_as_they_come(size: int) -> None:
    data, given_ = webm(2.0), sound(SoundFormat.OPUS)
    seconds = []
    for start in range(0, len(data), size):
        given_.add(data[start : start + size])
        given_.new()
        seconds.append(given_.seconds)
    assert seconds == sorted(seconds)
    assert len(set(seconds)) > 3
    assert 1.5 < seconds[-1] <= 2.1
    assert np.array_equal(given_.whole().samples, load_audio(data).samples)


def test_what_is_no_sound_is_told_once_it_is_long_enough() -> None:
    given_ = sound(SoundFormat.OPUS)
    given_.add(b"no sound")
    assert not len(given_.new().samples)
    given_.add(b"at all" * 1_000)
    with pytest.raises(MediaTypeError):
        given_.new()
    with pytest.raises(AudioError, match="No sound came"):
        sound(SoundFormat.PCM).whole()
