"""Transcription, batches, suggestions and several products over a scripted shop."""

from __future__ import annotations

import io
import json
import wave
from typing import Any

import pytest

JSON = {"Content-Type": "application/json"}


def wav(seconds: float = 0.3) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(b"\x10\x20" * round(16_000 * seconds))
    return target.getvalue()


def test_a_recording_is_transcribed(client: Any) -> None:
    reply = client("POST", "/v1/transcribe?language=en", wav(), {"Content-Type": "audio/wav"})
    assert (reply.status, reply.json["text"]) == (200, "asics running shoes")
    assert reply.json["heard"][0]["words"][0]["text"] == "asix"
    assert "hits" not in reply.json
    typed = client("POST", "/v1/transcribe", b'{"text": "x"}', JSON)
    assert (typed.status, "send 'audio'" in typed.json["error"]["message"]) == (400, True)


def test_a_batch_is_answered_in_order_each_for_itself(client: Any) -> None:
    searches = [{"text": "shoes", "k": 3}, {"text": ""}, {"text": "hats"}, 7, {"audio": "x"}]
    reply = client("POST", "/v1/batch", json.dumps({"searches": searches}).encode(), JSON)
    kinds = ["error" if "error" in answer else "answer" for answer in reply.json["answers"]]
    assert (reply.status, kinds) == (200, ["answer", "error", "answer", "error", "error"])
    assert [asked for asked, _, _ in client.search.asked[-2:]] == ["shoes", "hats"]


@pytest.mark.parametrize("body", [b"{}", b'{"searches": []}', b'{"searches": 3}', b"["])
def test_a_wrong_batch_is_told(client: Any, body: bytes) -> None:
    assert client("POST", "/v1/batch", body, JSON).status == 400
    many = json.dumps({"searches": [{"text": "x"}] * 33}).encode()
    assert client("POST", "/v1/batch", many, JSON).status == 400


def test_suggestions(client: Any) -> None:
    found = client("GET", "/v1/suggest?q=runn&k=3").json
    assert found["spelling"] == "runn"
    assert found["suggestions"][0] == {"text": "running shoes under 100", "kind": "query"}
    assert client("GET", "/v1/suggest").json["suggestions"] == []
    assert client("GET", "/v1/suggest?q=a&k=99").status == 400


def test_several_products(client: Any) -> None:
    reply = client("GET", "/v1/products?id=odd%2F2&id=none&id=shoe-1")
    assert [product["id"] for product in reply.json["products"]] == ["odd/2", "shoe-1"]
    assert client("GET", "/v1/products").status == 400
