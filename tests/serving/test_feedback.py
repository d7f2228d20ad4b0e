from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sayfind.feedback.log import SqliteEventLog
from sayfind.types import Action

SESSION = "shopper-0001"
CLICK = {"trace_id": "t1", "action": "clicked", "product_id": "shoe-1", "rank": 1}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    log = SqliteEventLog(tmp_path / "events.sqlite")
    yield log
    log.close()


def send(client: Any, body: object) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client("POST", "/v1/feedback", data, JSON)


def test_without_a_log_nothing_is_kept(client: Any) -> None:
    assert client("GET", "/v1/shop").json["feedback"] is False
    assert send(client, {"session": SESSION, "events": [CLICK]}).status == 404
    assert client("DELETE", f"/v1/feedback/{SESSION}").status == 404


def test_events_are_kept_and_forgotten(start: Callable[..., Any], log: SqliteEventLog) -> None:
    client = start(log=log)
    assert client("GET", "/v1/shop").json["feedback"] is True
    undone = {"trace_id": "t1", "action": "undone", "text": "耐克 \ud800"}
    reply = send(client, {"session": SESSION, "events": [CLICK, undone]})
    assert (reply.status, reply.json) == (200, {"kept": 2})
    first, second = (event for _, event in log.read())
    assert (first.action, first.product_id, first.rank) == (Action.CLICKED, "shoe-1", 1)
    assert (second.action, second.text, second.session) == (Action.UNDONE, "耐克 ?", SESSION)
    assert first.time > 1.7e9, "the server's clock, whatever a page says"
    assert client("DELETE", f"/v1/feedback/{SESSION}").json == {"erased": 2}
    assert list(log.read()) == []


def test_a_search_is_noted_only_for_who_agreed(
    start: Callable[..., Any], log: SqliteEventLog
) -> None:
    client = start(log=log)
    body = b'{"text": "asix running shoes"}'
    client("POST", "/v1/search", body, JSON)
    client("POST", "/v1/search", body, {**JSON, "X-Sayfind-Session": "no/name"})
    assert list(log.read()) == []
    client("POST", "/v1/search", body, {**JSON, "X-Sayfind-Session": SESSION})
    ((_, event),) = log.read()
    assert (event.action, event.trace_id, event.session) == (Action.ASKED, "t1", SESSION)
    assert event.text == "asics running shoes"
    assert event.readings == (("asix running shoes", 0.75), ("a six", 0.25))


def test_a_log_that_fails_does_not_fail_the_search(
    start: Callable[..., Any], log: SqliteEventLog, tmp_path: Path
) -> None:
    client = start(log=log)
    holder = sqlite3.connect(tmp_path / "events.sqlite", isolation_level=None)
    log._connection.execute("PRAGMA busy_timeout=50")
    holder.execute("BEGIN IMMEDIATE")
    header = {**JSON, "X-Sayfind-Session": SESSION}
    assert client("POST", "/v1/search", b'{"text": "shoes"}', header).status == 200
    reply = send(client, {"session": SESSION, "events": [CLICK]})
    assert (reply.status, reply.json["error"]["type"]) == (507, "StorageError")
    holder.execute("ROLLBACK")
    holder.close()
    assert send(client, {"session": SESSION, "events": [CLICK]}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        {},
        {"session": SESSION},
        {"session": "x", "events": []},
        {"session": SESSION, "events": "all"},
        {"session": SESSION, "events": ["clicked"]},
        {"session": SESSION, "events": [{"trace_id": "t", "action": "sang"}]},
        {"session": SESSION, "events": [{"trace_id": "t", "action": "asked"}]},
        {"session": SESSION, "events": [{**CLICK, "rank": -1}]},
        {"session": SESSION, "events": [{**CLICK, "rank": True}]},
        {"session": SESSION, "events": [{**CLICK, "product_id": 7}]},
        {"session": SESSION, "events": [{**CLICK, "text": "x" * 501}]},
        {"session": SESSION, "events": [{**CLICK, "trace_id": ""}]},
        {"session": SESSION, "events": [CLICK] * 201},
    ],
)
def test_what_is_no_feedback_is_refused_whole(
    start: Callable[..., Any], log: SqliteEventLog, body: object
) -> None:
    reply = send(start(log=log), body)
    assert reply.status == 400
    assert reply.json["error"]["message"]
    assert list(log.read()) == []


def test_a_book_is_no_feedback(start: Callable[..., Any], log: SqliteEventLog) -> None:
    assert send(start(log=log), b"x" * 70_000).status == 413
