"""Speech over the real socket of the demo shop, and the same over REST."""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import av
import numpy as np
import pytest

from sayfind import demo, load_audio
from sayfind.audio.file import to_wav_bytes
from sayfind.client import Client
from sayfind.serving.stream_messages import PartialMessage
from sayfind.types import Audio

RECORDINGS = ("nike-running-shoes", "sony-headphones")
PIECE = 3_200


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, timeout=120)


def sound(name: str, silence: float = 0.0) -> Audio:
    """A recording of a person, and a quiet room after it."""
    spoken = load_audio(demo.recording_path(name)).samples
    room = np.random.default_rng(0).normal(0, 0.0003, len(spoken) + round(16_000 * silence))
    room[: len(spoken)] += spoken
    # what 16-bit samples can hold, so that a file and a stream are the same to the last bit
    return Audio((np.round(np.clip(room, -1, 1) * 32767) / 32768).astype(np.float32), 16_000)


def pcm(audio: Audio) -> bytes:
    return (audio.samples * 32768).astype("<i2").tobytes()


def pieces(data: bytes, size: int = PIECE) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def opus(audio: Audio) -> bytes:
    """As a browser's recorder writes it: Opus in WebM."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="webm") as out:
        stream: Any = out.add_stream("libopus", rate=48_000)
        stream.layout = "mono"
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        samples = (audio.samples * 32767).astype("<i2")[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 16_000
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def told(answer: Any) -> tuple[Any, ...]:
    """All that hearing decides: readings with their scores, corrections, hits."""
    return answer.heard, answer.corrected, answer.changes, answer.query, answer.hits


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("kind", ["pcm_s16le", "opus"])
def test_a_finished_stream_is_answered_exactly_as_its_file(
    client: Client, name: str, kind: str
) -> None:
    audio = sound(name)
    file = (
        opus(audio)
        if kind == "opus"
        else to_wav_bytes(Audio(audio.samples * (32768 / 32767), 16_000))
    )
    sent = opus(audio) if kind == "opus" else pcm(audio)
    # little at a time, and the end said at once: no end point is found before it
    streamed = client.hear(pieces(sent, 900 if kind == "opus" else PIECE), format=kind)
    assert told(streamed) == told(client.search(audio=file))


@pytest.mark.parametrize("name", RECORDINGS)
def test_an_end_point_is_found_and_the_answer_is_the_same(client: Client, name: str) -> None:
    audio, partials = sound(name, silence=2.5), []
    streamed = client.hear(pieces(pcm(audio)), partials.append)
    whole = client.search(audio=to_wav_bytes(audio))
    assert streamed.text == whole.text
    assert [hit.product.id for hit in streamed.hits] == [hit.product.id for hit in whole.hits]
    for earlier, later in pairwise(partials):
        assert isinstance(later, PartialMessage)
        assert later.text.startswith(earlier.text[: earlier.stable])


def test_the_demo_shop_suggests(address: str, client: Client) -> None:
    with urllib.request.urlopen(f"{address}v1/suggest?q=nik", timeout=30) as reply:
        found = json.load(reply)["suggestions"]
    assert any(each["text"] == "Nike" for each in found)
    assert client.suggest("headphnes").spelling == "headphones"
