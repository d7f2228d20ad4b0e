"""The REST interface over the demo shop: sound to hits, and hostile sound to one sentence."""

from __future__ import annotations

import io
import json
import re
import struct
import time
import urllib.error
import urllib.request
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from sayfind import demo


def post(address: str, body: bytes, kind: str) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"{address}v1/search", data=body, headers={"Content-Type": kind}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def wav(seconds: float, rate: int = 16_000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(bytes(2 * round(rate * seconds)))
    return buffer.getvalue()


def opus(seconds: int) -> bytes:
    """Ten minutes of it are only a few hundred kilobytes: no limit of size stops them."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as out:
        stream: Any = out.add_stream("libopus", rate=48_000)
        stream.bit_rate, stream.layout = 6_000, "mono"
        for second in range(seconds):
            samples = np.random.default_rng(second).integers(-99, 99, (1, 48_000), dtype=np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, second * 48_000
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return buffer.getvalue()


RECORDING = demo.recording_path("sony-headphones").read_bytes()


def bomb() -> bytes:
    """A header that promises four gigabytes."""
    header = bytearray(wav(0.1)[:44])
    header[40:44] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(header)


def test_sound_to_hits(address: str) -> None:
    status, answer = post(address, RECORDING, "audio/flac")
    assert status == 200
    assert "sony" in answer["text"]
    assert answer["hits"][0]["product"]["brand"] == "Sony"
    assert {"open", "vad", "hear", "find"} <= {stage["stage"] for stage in answer["timings"]}


def test_the_examples_of_the_documentation(address: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "rest.md").read_text(encoding="utf-8")
    (narrowed,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (typed,) = re.findall(r"--json '(.*?)'", page)
    status, first = post(address, typed.encode(), "application/json")
    assert (status, len(first["hits"])) == (200, 3)
    status, answer = post(address, narrowed.encode(), "application/json")
    assert status == 200
    ratings = [float(hit["product"]["attributes"]["rating"][0]) for hit in answer["hits"]]
    assert ratings and min(ratings) >= 4.5
    assert max(hit["product"]["price"] for hit in answer["hits"]) > 130
    unexplained = [name for name in answer if f"`{name}`" not in page]
    assert unexplained == ["id"]


def test_half_a_recording_gives_what_is_there(address: str) -> None:
    status, answer = post(address, RECORDING[: len(RECORDING) // 2], "audio/flac")
    assert status == 200
    assert "headphones" not in answer["text"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "says"),
    [
        (b"", "audio/wav", 400, "empty"),
        (wav(0)[:44], "audio/wav", 400, "damaged"),
        (RECORDING[:50], "audio/flac", 415, "send WAV"),
        (b"\x00" * 5_000, "audio/wav", 415, "send WAV"),
        (b"RIFF" + b"\xff" * 3_000, "audio/wav", 415, "send WAV"),
        (bomb(), "audio/wav", 400, "damaged"),
        (wav(61), "audio/wav", 413, "60 seconds"),
        (wav(600), "audio/wav", 413, "larger than"),
        (b"MZ" + b"\x90" * 3_000, "application/octet-stream", 415, "send WAV"),
        (b"%PDF-1.7", "application/pdf", 415, "application/pdf"),
        (b"shoes", "text/plain", 415, "application/json"),
        (b'{"text": "x", "text', "application/json", 400, "JSON"),
        (b"[" * 100_000, "application/json", 400, "JSON"),
    ],
)
def test_hostile_input_is_one_sentence_and_its_status(
    address: str, body: bytes, kind: str, status: int, says: str
) -> None:
    found, answer = post(address, body, kind)
    message = answer["error"]["message"]
    assert (found, says in message) == (status, True), message
    assert message.endswith(".")
    assert "\n" not in message


def test_ten_minutes_in_a_small_file_are_refused_undecoded(address: str) -> None:
    body = opus(600)
    assert len(body) < 1_000_000
    started = time.perf_counter()
    status, answer = post(address, body, "audio/ogg")
    assert (status, "60 seconds" in answer["error"]["message"]) == (413, True)
    assert time.perf_counter() - started < 2.0


def test_the_server_still_answers(address: str) -> None:
    status, answer = post(address, '{"text": "索尼耳机"}'.encode(), "application/json")
    assert status == 200
    assert answer["hits"][0]["product"]["brand"] == "Sony"
