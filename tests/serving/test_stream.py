"""The socket over a scripted shop: messages, limits, refusals, coming back, a graceful end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from sayfind.serving import ServingConfig, create_app
from sayfind.serving.server import Server
from sayfind.types import Language

SECOND = bytes(32_000)


@contextmanager
def socket(client: Any, **start: Any) -> Iterator[ClientConnection]:
    address = f"ws://127.0.0.1:{client.port}/v1/stream"
    with connect(address, compression=None, proxy=None) as line:
        line.send(json.dumps({"type": "start", **start}))
        yield line


def messages(line: ClientConnection) -> list[dict[str, Any]]:
    found = []
    try:
        while True:
            found.append(json.loads(line.recv(timeout=20)))
    except ConnectionClosed:
        return found


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in found]


def test_sound_is_answered_as_rest_answers_it(client: Any) -> None:
    context = {"removed": [{"field": "brand", "value": "Asics"}], "screen": {"category": "Shoes"}}
    with socket(client, language="en", k=3, context=context) as line:
        line.send(SECOND)
        line.send(json.dumps({"type": "ping"}))
        line.send(json.dumps({"type": "finish"}))
        found = messages(line)
    assert kinds(found) == ["ready", "pong", "final"]
    ready, _, final = found
    assert ready["version"] == 1
    assert ready["limits"] == {"seconds": 60.0, "chunk_bytes": 65_536}
    assert final["answer"]["id"] == ready["trace_id"]
    audio, asked, _ = client.search.asked[-1]
    assert audio.seconds == pytest.approx(1.0)
    assert (asked.language, asked.num_hits) == (Language.ENGLISH, 3)
    assert asked.removed[0].field == "brand"
    assert asked.screen.category == "Shoes"
    rest = client.ask(text="x").json
    assert rest.keys() == final["answer"].keys()
    assert line.close_code == 1000


@pytest.mark.parametrize(
    ("first", "code", "says"),
    [
        ("no json", "InputError", "JSON"),
        ("[]", "InputError", "type"),
        (json.dumps({"type": "begin"}), "InputError", "'begin'"),
        (json.dumps({"type": "finish"}), "InputError", "start"),
        (b"sound", "InputError", "start"),
        (json.dumps({"type": "start", "format": "mp3"}), "InputError", "'mp3'"),
        (json.dumps({"type": "start", "rate": 44}), "InputError", "'rate'"),
        (json.dumps({"type": "start", "rate": True}), "InputError", "'rate'"),
        (json.dumps({"type": "start", "k": 0}), "InputError", "'k'"),
        (json.dumps({"type": "start", "language": "fr"}), "InputError", "'fr'"),
        (json.dumps({"type": "start", "tpye": 1}), "InputError", "'tpye'"),
        (json.dumps({"type": "start", "context": []}), "InputError", None),
        (json.dumps({"type": "start", "context": {"basket": 1}}), "InputError", "'basket'"),
        (json.dumps({"type": "start", "state": {"a": 1}}), "InputError", "'state'"),
        (json.dumps({"type": "start", "resume": "../etc"}), "InputError", "'resume'"),
        (json.dumps({"type": "start", "resume": "0" * 32}), "InputError", "not kept"),
        (json.dumps({"type": "start", "context": "[" * 99}), "InputError", "'context'"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    client: Any, first: str | bytes, code: str, says: str | None
) -> None:
    with connect(f"ws://127.0.0.1:{client.port}/v1/stream", proxy=None) as line:
        line.send(first)
        if says is None:  # an empty list is an empty context
            line.send(json.dumps({"type": "cancel"}))
            assert kinds(messages(line)) == ["ready"]
            return
        *_, error = messages(line)
    assert error["type"] == "error"
    assert error["error"]["code"] == code
    assert says in error["error"]["message"]
    assert error["error"]["message"].endswith(".")


def test_a_chunk_that_is_too_large_ends_it(client: Any) -> None:
    with socket(client) as line:
        line.send(bytes(65_537))
        error = messages(line)[-1]["error"]
    assert error["code"] == "TooLargeError"
    assert line.close_code == 1009


def test_no_sound_and_no_sound_file_are_told(client: Any) -> None:
    with socket(client) as line:
        line.send(json.dumps({"type": "finish"}))
        assert messages(line)[-1]["error"]["code"] == "AudioError"
    with socket(client, format="opus") as line:
        line.send(b"certainly no WebM")
        line.send(json.dumps({"type": "finish"}))
        assert messages(line)[-1]["error"]["code"] == "MediaTypeError"


def test_the_limit_of_seconds_is_an_end_point(start: Callable[..., Any]) -> None:
    client = start(max_seconds=2.0)
    with socket(client) as line:
        for _ in range(4):
            line.send(SECOND)
        found = messages(line)
    assert kinds(found) == ["ready", "endpoint", "final"]
    assert found[1]["seconds"] >= 2.0
    assert client.search.asked[-1][0].seconds == 2.0


def test_who_sends_faster_than_is_listened_is_slowed_down_and_loses_nothing(
    start: Callable[..., Any],
) -> None:
    client = start(max_seconds=200.0)
    with socket(client) as line:
        for _ in range(48):
            line.send(bytes(64_000))
        line.send(json.dumps({"type": "finish"}))
        assert kinds(messages(line)) == ["ready", "final"]
    assert client.search.asked[-1][0].seconds == 96.0


def test_who_cancels_hears_nothing_more(client: Any) -> None:
    before = len(client.search.asked)
    with socket(client) as line:
        line.send(SECOND)
        line.send(json.dumps({"type": "cancel"}))
        assert kinds(messages(line)) == ["ready"]
    assert line.close_code == 1000
    assert len(client.search.asked) == before


def test_an_unforeseen_error_says_nothing_of_the_inside(start: Callable[..., Any]) -> None:
    client = start()

    def fail() -> None:
        raise RuntimeError("the secret path")

    client.search.work = fail
    with socket(client) as line:
        line.send(SECOND)
        line.send(json.dumps({"type": "finish"}))
        error = messages(line)[-1]["error"]
    assert error["code"] == "InternalError"
    assert "secret" not in error["message"]
    assert line.close_code == 1011


def test_an_answer_is_there_for_who_comes_back(start: Callable[..., Any]) -> None:
    client = start(resume_seconds=1.0)
    release = threading.Event()
    client.search.work = lambda: release.wait(10)
    with socket(client) as line:
        trace_id = json.loads(line.recv())["trace_id"]
        line.send(SECOND)
        line.send(json.dumps({"type": "finish"}))
        while not client.search.asked:
            time.sleep(0.01)
        line.socket.close()  # the line breaks while it is computed
    with socket(client, resume=trace_id) as line:
        assert json.loads(line.recv())["trace_id"] == trace_id
        release.set()
        final = messages(line)[-1]
    assert final["type"] == "final"
    assert final["answer"]["id"] == trace_id
    assert len(client.search.asked) == 1
    time.sleep(1.1)
    with socket(client, resume=trace_id) as line:
        assert "not kept" in messages(line)[-1]["error"]["message"]


def test_one_stream_too_many_is_told_to_come_back(start: Callable[..., Any]) -> None:
    client = start(max_streams=1)
    with socket(client) as first:
        assert json.loads(first.recv())["type"] == "ready"
        with socket(client) as second:
            assert messages(second)[-1]["error"]["code"] == "OverloadedError"
        assert second.close_code == 1013
        first.send(SECOND)
        first.send(json.dumps({"type": "finish"}))
        assert kinds(messages(first)) == ["final"]


def test_silence_of_the_client_ends_it(start: Callable[..., Any]) -> None:
    client = start(upload_timeout=0.3)
    with socket(client) as line:
        assert "too long" in messages(line)[-1]["error"]["message"]


def test_a_shop_is_exchanged_and_who_is_speaking_keeps_the_old_one(
    shop_called: Any, serving: Any
) -> None:
    old, new = shop_called("Old shop"), shop_called("New shop")
    config = ServingConfig()
    app = create_app(old, config)
    server = Server(app, config, lambda: new)
    with serving(server, old) as client:
        with socket(client) as line:
            assert json.loads(line.recv())["type"] == "ready"
            app.state.service.swap(new)
            assert client("GET", "/v1/shop").json["name"] == "New shop"
            line.send(SECOND)
            line.send(json.dumps({"type": "finish"}))
            assert kinds(messages(line)) == ["final"]
        assert (len(old.asked), len(new.asked)) == (1, 0)
        client.ask(text="x")
        assert len(new.asked) == 1


def test_a_server_that_stops_lets_speakers_finish(shop_called: Any, serving: Any) -> None:
    config = ServingConfig()
    search = shop_called("Shop")
    server = Server(create_app(search, config), config)
    with serving(server, search) as client, socket(client) as speaking, socket(client) as idle:
        assert json.loads(speaking.recv())["type"] == "ready"
        assert json.loads(idle.recv())["type"] == "ready"
        speaking.send(SECOND)
        speaking.send(json.dumps({"type": "ping"}))
        assert json.loads(speaking.recv())["type"] == "pong"
        server.should_exit = True
        assert kinds(messages(speaking)) == ["endpoint", "final"]
        assert kinds(messages(idle)) == ["endpoint", "error"]  # of no sound
