"""The AsyncAPI 3 description of ``/v1/stream``, made from the messages that are sent over it."""

from __future__ import annotations

from typing import Any

import sayfind
from sayfind.serving.limits import ServingConfig
from sayfind.serving.openapi import ask_fields
from sayfind.serving.protocol import SearchResponse
from sayfind.serving.schema import Schema, components, object_of, reference
from sayfind.serving.stream_messages import (
    RATES,
    VERSION,
    EndpointMessage,
    ErrorMessage,
    FinalMessage,
    PartialMessage,
    PongMessage,
    ReadyMessage,
    SoundFormat,
)

__all__ = ["asyncapi"]

FROM_SERVER = (
    ReadyMessage,
    PartialMessage,
    EndpointMessage,
    FinalMessage,
    ErrorMessage,
    PongMessage,
)
_CHANNEL = "#/channels/stream"


def asyncapi(config: ServingConfig) -> Schema:
    """The description that ``GET /asyncapi.json`` gives."""
    from_client = _from_client(config)
    names = [_name(kind) for kind in FROM_SERVER]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "sayfind: a spoken query while it is said",
            "version": f"{sayfind.__version__}",
            "description": f"Version {VERSION} of the messages. Open, say start, send sound; "
            "words come while it is said, then the answer, and the server closes.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "stream": {
                "address": "/v1/stream",
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"}
                    for name in (*from_client, *names)
                },
            }
        },
        "operations": {
            "hear": _operation("receive", "What a client sends.", list(from_client)),
            "tell": _operation("send", "What the server sends.", names),
        },
        "components": {
            "messages": {**from_client, **{_name(kind): _message(kind) for kind in FROM_SERVER}},
            "schemas": _schemas(),
        },
    }


def _schemas() -> dict[str, Schema]:
    schemas = components([*FROM_SERVER, SearchResponse])
    # the answer is a plain mapping by the time that it is sent
    schemas[FinalMessage.__name__]["properties"]["answer"] = reference(SearchResponse)
    return schemas


def _from_client(config: ServingConfig) -> dict[str, Schema]:
    fields = ask_fields(config)
    context = {name: fields[name] for name in ("removed", "added", "screen")}
    context["session"] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"}
    start = object_of(
        {
            "type": {"const": "start"},
            "format": {"type": "string", "enum": list(map(str, SoundFormat))},
            "rate": {"type": "integer", "minimum": RATES.start, "maximum": RATES.stop - 1},
            **{name: fields[name] for name in ("language", "k", "state")},
            "context": object_of(context),
            "resume": {"type": "string", "pattern": "^([0-9a-f]{32})?$"},
        },
        required=["type"],
    )
    plain = {
        "finish": "That was all; the answer is wanted now.",
        "cancel": "No answer is wanted.",
        "ping": "Is anybody there?",
    }
    sound: Schema = {
        "summary": "Sound: samples, or a piece of a file, as start said.",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary"},
    }
    return {
        "start": {"summary": "What will be sent; the first message.", "payload": start},
        "sound": sound,
        **{
            name: {"summary": summary, "payload": object_of({"type": {"const": name}}, ["type"])}
            for name, summary in plain.items()
        },
    }


def _message(kind: type) -> Schema:
    first, _, _ = (kind.__doc__ or "").partition("\n")
    return {"summary": first, "payload": reference(kind)}


def _name(kind: type) -> str:
    return kind.__name__.removesuffix("Message").lower()


def _operation(action: str, summary: str, names: list[str]) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": _CHANNEL},
        "messages": [{"$ref": f"{_CHANNEL}/messages/{name}"} for name in names],
    }
