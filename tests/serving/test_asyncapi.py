"""The description of the stream is one, and fits what is really sent."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


@pytest.fixture(scope="module")
def document(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client("GET", "/asyncapi.json").json
    return found


def resolved(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))
    assert len(references) > 20
    for reference in references:
        assert resolved(document, reference) is not None


def test_its_parts_are_those_of_asyncapi_3(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    channel = document["channels"]["stream"]
    assert channel["address"] == "/v1/stream"
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        for message in operation["messages"]:
            name = message["$ref"].removeprefix("#/channels/stream/messages/")
            assert name in channel["messages"]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def check(document: dict[str, Any], name: str, message: Any) -> None:
    payload = resolved(document, f"#/components/messages/{name}")["payload"]
    whole = {**payload, "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(message)


def test_what_is_sent_fits(client: Any, document: dict[str, Any]) -> None:
    wish = {"field": "price", "value": {"low": 1.0, "high": None, "unit": "USD"}}
    start = {"type": "start", "format": "pcm_s16le", "rate": 16_000, "language": "en", "k": 5}
    start["context"] = {"added": [wish], "session": "shopper-1"}
    check(document, "start", start)
    for sent in ({"type": "finish"}, {"type": "ping"}, {"type": "cancel"}):
        check(document, sent["type"], sent)
    for frames in (
        [json.dumps(start), bytes(9_600), '{"type": "ping"}', '{"type": "finish"}'],
        ["?"],
    ):
        with connect(f"ws://127.0.0.1:{client.port}/v1/stream", proxy=None) as line:
            for frame in frames:
                line.send(frame)
            try:
                while True:
                    message = json.loads(line.recv(timeout=20))
                    check(document, message["type"], message)
            except ConnectionClosed:
                continue


def test_the_check_itself_finds_faults(document: dict[str, Any]) -> None:
    for name, wrong in (
        ("partial", {"type": "partial", "text": "x", "stable": "1", "seconds": 1.0}),
        ("start", {"type": "start", "fromat": "opus"}),
        ("final", {"type": "final", "answer": {"id": "x"}}),
    ):
        with pytest.raises(jsonschema.ValidationError):
            check(document, name, wrong)
