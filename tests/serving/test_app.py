from __future__ import annotations

import http.client
import io
import json
import logging
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
import wave
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import sayfind.errors
from sayfind.errors import ConfigError, InputError, LanguageError, OverloadedError, SayfindError
from sayfind.serving import serve
from sayfind.types import Audio, Constraint, Language, Range

JSON = {"Content-Type": "application/json"}


def wav(seconds: float = 0.3) -> bytes:
    tone = (8000 * np.sin(np.arange(round(16000 * seconds)) / 9)).astype("<i2")
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(tone.tobytes())
    return target.getvalue()


def test_text_as_json(client: Any) -> None:
    reply = client.ask(text="running shoes", k=7, language="en", literal=True)
    asked, context, literal = client.search.asked[-1]
    assert (asked, context.num_hits, context.language) == ("running shoes", 7, Language.ENGLISH)
    assert literal
    body = reply.json
    assert reply.status == 200
    assert body["hits"][0]["product"]["titles"] == [
        "Asics Gel-Kayano 31 running shoe",
        "亚瑟士 Gel-Kayano 31 跑鞋",
    ]
    assert body["changes"][0] == {
        "before": "asix",
        "after": "asics",
        "start": 0,
        "end": 4,
        "accepted": True,
        "reason": "sounds the same",
        "source": "p",
        "scores": {"phonetic": -0.1},
    }
    assert body["heard"][0]["scores"] == {"acoustic": -120.5, "lm": None}
    assert body["heard"][0]["words"][0] == {
        "text": "asix",
        "start_ms": 100.0,
        "end_ms": 500.0,
        "confidence": 0.4,
    }
    assert body["hits"][1]["score"] is None
    assert [stage["stage"] for stage in body["timings"]] == ["wait", "recognise", "search"]
    assert body["timings"][1]["milliseconds"] == 42.1
    assert body["facets"][0]["values"][0] == {"value": "black", "count": 2}
    assert body["facets"][1]["values"][0]["value"] == {"low": 4.0, "high": 4.9, "unit": ""}


def test_addresses_of_a_feed_are_only_web_addresses(client: Any) -> None:
    good, odd = (hit["product"] for hit in client.ask(text="x").json["hits"])
    assert good["url"] == "https://shop.example/shoe-1"
    assert odd["url"] == odd["image"] == ""


def test_a_recording_in_a_form(client: Any) -> None:
    removed = [
        {"field": "brand", "value": "Asics", "negated": True},
        {"field": "price", "value": {"low": None, "high": 100, "unit": "USD"}},
    ]
    added = [{"field": "rating", "value": {"low": 4.5, "high": 5}}]
    fields = {"k": "3", "removed": json.dumps(removed), "added": json.dumps(added)}
    reply = client.form(fields, wav())
    asked, context, _ = client.search.asked[-1]
    assert reply.status == 200, reply.body
    assert isinstance(asked, Audio)
    assert asked.rate == 16000
    assert asked.seconds == pytest.approx(0.3, abs=0.01)
    assert context.num_hits == 3
    assert context.removed == (
        Constraint("brand", "Asics", negated=True),
        Constraint("price", Range(None, 100.0, "USD")),
    )
    assert context.added == (Constraint("rating", Range(4.5, 5.0)),)
    assert [stage["stage"] for stage in reply.json["timings"]][:2] == ["wait", "open"]


def test_a_bare_recording(client: Any) -> None:
    reply = client("POST", "/v1/search?language=en&k=2", wav(), {"Content-Type": "audio/wav"})
    assert reply.status == 200, reply.body
    assert client.search.asked[-1][1].num_hits == 2


def test_text_in_a_form_and_from_a_plain_html_form(client: Any) -> None:
    assert client.form({"text": "跑鞋", "literal": "true"}).status == 200
    assert client.search.asked[-1][::2] == ("跑鞋", True)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client("POST", "/v1/search", b"text=blue+shoes", kind).status == 200
    assert client.search.asked[-1][0] == "blue shoes"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "nothing to search"),
        ({"text": "   "}, "nothing to search"),
        ({"text": 7}, "'text' must be a string"),
        ({"text": "x" * 501}, "longer than 500"),
        ({"text": "x", "k": 0}, "'k'"),
        ({"text": "x", "k": 101}, "1 to 100"),
        ({"text": "x", "k": True}, "'k'"),
        ({"text": "x", "k": 2.5}, "'k'"),
        ({"text": "x", "k": "９"}, "'k'"),
        ({"text": "x", "language": "fr"}, "'fr'"),
        ({"text": "x", "literal": "perhaps"}, "'literal'"),
        ({"text": "x", "removed": "["}, "'removed'"),
        ({"text": "x", "removed": {"field": "brand"}}, "list"),
        ({"text": "x", "removed": [{"field": "brand"}]}, "must look like"),
        ({"text": "x", "removed": [3]}, "must look like"),
        ({"text": "x", "added": "["}, "'added'"),
        ({"text": "x", "added": [{"value": "Nike"}]}, "Each of 'added'"),
        ({"text": "x", "removed": [{"field": "price", "value": {"low": "1"}}]}, "numbers"),
        ({"text": "x", "removed": [{"field": "b", "value": "c", "negated": 1}]}, "must look like"),
        ({"text": "x", "txet": "y"}, "'txet' is not known"),
        ({"audio": "AAAA"}, "carries no sound"),
    ],
)
def test_a_wrong_field_is_named(client: Any, fields: dict[str, object], says: str) -> None:
    reply = client.ask(**fields)
    error = reply.json["error"]
    assert (reply.status, error["type"]) == (400, "InputError")
    assert says in error["message"]
    assert one_sentence(error["message"])


def one_sentence(message: str) -> bool:
    return message.endswith(".") and ". " not in message and "\n" not in message


@pytest.mark.parametrize(
    ("body", "kind", "status", "says"),
    [
        (b"{", "application/json", 400, "not valid JSON"),
        (b"[]", "application/json", 400, "must be an object"),
        (b"[" * 90_000, "application/json", 400, "not valid JSON"),
        (b'{"text": "\xff"}', "application/json", 400, "not valid JSON"),
        (b"x", "text/plain", 415, "'text/plain'"),
        (b"x", None, 415, "(none)"),
        (b"", "audio/wav", 400, "empty"),
        (b"no sound at all", "audio/wav", 415, "not a sound file"),
        (b"x", "multipart/form-data", 400, "boundary"),
        (b"--b\r\nbroken", "multipart/form-data; boundary=b", 400, ""),
    ],
)
def test_a_wrong_body(client: Any, body: bytes, kind: str | None, status: int, says: str) -> None:
    reply = client("POST", "/v1/search", body, {"Content-Type": kind} if kind else {})
    assert reply.status == status, reply.body
    assert says in reply.json["error"]["message"]


def test_a_form_with_both_or_with_sound_that_is_no_file(client: Any) -> None:
    assert "not both" in client.form({"text": "x"}, wav()).json["error"]["message"]
    assert "must be a file" in client.form({"audio": "x"}).json["error"]["message"]


def test_a_lone_surrogate_does_not_break_the_answer(client: Any) -> None:
    reply = client("POST", "/v1/search", b'{"text": "a\\ud800b"}', JSON)
    assert reply.status == 200
    assert client.search.asked[-1][0] == "a?b"


def test_a_long_recording_is_refused(client: Any, start: Callable[..., Any]) -> None:
    short = start(max_seconds=1.0)
    reply = short("POST", "/v1/search", wav(2.0), {"Content-Type": "audio/wav"})
    assert (reply.status, reply.json["error"]["type"]) == (413, "TooLargeError")


def test_a_declared_oversize_is_refused_before_it_is_sent(client: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=10)
    connection.putrequest("POST", "/v1/search")
    connection.putheader("Content-Type", "audio/wav")
    connection.putheader("Content-Length", "100000000")
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert "larger than 97.7 kB" in json.loads(response.read())["error"]["message"]
    connection.close()


def test_who_sends_too_much_without_looking_up_still_reads_why(client: Any) -> None:
    reply = client("POST", "/v1/search", bytes(350_000), {"Content-Type": "audio/wav"})
    assert (reply.status, reply.json["error"]["type"]) == (413, "TooLargeError")


@pytest.mark.parametrize("kind", ["audio/wav", "multipart/form-data; boundary=b"])
def test_an_undeclared_oversize_is_refused_while_it_streams(client: Any, kind: str) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\n'
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as line:
        line.sendall(
            f"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        line.sendall(b"%x\r\n%s\r\n" % (len(head), head))
        # Barely over the limit and never finished: the answer comes without the end of the body.
        for _ in range(11):
            line.sendall(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
        assert line.recv(64).startswith(b"HTTP/1.1 413")


def test_a_dawdling_upload_is_ended(start: Callable[..., Any]) -> None:
    client = start(upload_timeout=0.2)
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as line:
        line.sendall(
            b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n"
            b"Content-Length: 1000\r\n\r\nabc"
        )
        assert line.recv(64).startswith(b"HTTP/1.1 400")


ERRORS = [
    kind
    for kind in vars(sayfind.errors).values()
    if isinstance(kind, type) and issubclass(kind, SayfindError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_of_the_tree_has_its_status(
    start: Callable[..., Any], kind: type[SayfindError]
) -> None:
    client = start()

    def fail() -> None:
        raise kind("Do this instead.")

    client.search.work = fail
    reply = client.ask(text="x")
    assert reply.status == kind.status
    assert reply.json == {"error": {"type": kind.__name__, "message": "Do this instead."}}


def test_an_unexpected_error_says_nothing_of_the_inside(
    start: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    client = start()

    def fail() -> None:
        raise RuntimeError("the secret path /srv/x")

    client.search.work = fail
    with caplog.at_level(logging.ERROR, "sayfind.serving"):
        reply = client.ask(text="x")
    error = reply.json["error"]
    assert (reply.status, error["type"]) == (500, "InternalError")
    assert b"secret" not in reply.body
    assert error["trace_id"] in error["message"]
    assert error["trace_id"] in caplog.text
    assert "the secret path" in caplog.text
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_full_line_sends_away_and_the_loop_stays_alive(start: Callable[..., Any]) -> None:
    client = start(workers=1, max_waiting=0)
    entered, release = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        release.wait(10)

    client.search.work = work
    first = threading.Thread(target=client.ask, kwargs={"text": "slow"})
    first.start()
    try:
        assert entered.wait(10)
        refused = client.ask(text="x")
        assert (refused.status, refused.json["error"]["type"]) == (503, OverloadedError.__name__)
        assert int(refused.headers["retry-after"]) >= 1
        assert one_sentence(refused.json["error"]["message"])
        assert client("GET", "/health/live").json == {"status": "alive"}
        assert client("GET", "/health/ready").status == 503
        assert client("GET", "/v1/products/shoe-1").status == 200
    finally:
        release.set()
        first.join()
    assert client("GET", "/health/ready").json == {"status": "ready"}


def test_products(client: Any) -> None:
    assert client("GET", "/v1/products/shoe-1").json["brands"] == ["Asics", "亚瑟士"]
    assert client("GET", "/v1/products/odd%2F2").json["id"] == "odd/2"
    missing = client("GET", "/v1/products/none")
    assert (missing.status, missing.json["error"]["type"]) == (404, "NotFoundError")


def test_the_shop_and_its_examples(client: Any) -> None:
    assert client("GET", "/v1/examples").json["examples"][1] == "不要黑色的耳机"
    shop = client("GET", "/v1/shop").json
    assert (shop["name"], shop["num_products"]) == ("Test shop", 2)
    assert shop["max_upload_bytes"] == 100_000


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing.html", 404),
        ("GET", "/../protocol.py", 404),
        ("GET", "/..%2fprotocol.py", 404),
        ("GET", "/v1/search", 405),
        ("POST", "/v1/products/shoe-1", 405),
        ("POST", "/", 405),
    ],
)
def test_what_is_not_there(client: Any, method: str, path: str, status: int) -> None:
    reply = client(method, path)
    assert reply.status == status
    assert one_sentence(reply.json["error"]["message"])


@pytest.mark.parametrize("path", ["/", "/main.js", "/v1/shop", "/nothing", "/openapi.json"])
def test_every_answer_is_guarded(client: Any, path: str) -> None:
    headers = client("GET", path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "microphone=(self)" in headers["permissions-policy"]


def test_pictures_may_come_from_named_origins(start: Callable[..., Any]) -> None:
    client = start(image_sources=("https://images.example.com",))
    policy = client("GET", "/").headers["content-security-policy"]
    assert "img-src 'self' data: https://images.example.com;" in policy


def test_the_page_is_revalidated_not_reloaded(client: Any) -> None:
    first = client("GET", "/main.js")
    again = client("GET", "/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status, again.status) == (200, 304)
    assert client("GET", "/v1/shop").headers["cache-control"] == "no-store"


SERVE = """
import types
from sayfind.serving import serve
shop = types.SimpleNamespace(name="s", num_products=1, examples=())
serve(lambda: types.SimpleNamespace(shop=shop), port=0, announce=lambda url: print(url, flush=True))
print("ended")
"""


def test_serve_announces_itself_and_ends_quietly() -> None:
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, text=True, stdout=-1, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}/v1/shop", timeout=10) as reply:
            assert json.load(reply)["name"] == "s"
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert (rest, process.returncode) == ("ended\n", 0)


def test_a_taken_port_is_one_sentence(client: Any) -> None:
    with pytest.raises(ConfigError, match="is taken") as refused:
        serve(lambda: client.search, port=client.port)
    assert one_sentence(str(refused.value))


@pytest.mark.parametrize(
    ("host", "port", "says"),
    [("127.0.0.1", 70_000, "does not exist"), ("203.0.113.7", 0, "not an address of this machine")],
)
def test_a_wrong_address_is_one_sentence(client: Any, host: str, port: int, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        serve(lambda: client.search, host, port)


def test_hear_refusals_reach_the_client(start: Callable[..., Any]) -> None:
    client = start()

    def fail() -> None:
        raise LanguageError("This shop hears English only; type instead.")

    client.search.work = fail
    reply = client.form({}, wav())
    assert reply.status == 422
    assert issubclass(LanguageError, InputError)
