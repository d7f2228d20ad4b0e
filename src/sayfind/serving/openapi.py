"""The OpenAPI 3.1 description, made from the wire dataclasses so that it cannot drift from them."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

import sayfind
from sayfind.serving.feedback import SESSION_HEADER
from sayfind.serving.limits import ServingConfig
from sayfind.serving.protocol import (
    ErasedResponse,
    ErrorResponse,
    ExamplesResponse,
    HealthResponse,
    KeptResponse,
    ProductBody,
    SearchResponse,
    ShopResponse,
)
from sayfind.types import Action, Context, Language

__all__ = ["openapi"]

Schema = dict[str, Any]

PLAIN: Mapping[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
ANSWERS = (
    ErasedResponse,
    KeptResponse,
    ErrorResponse,
    ExamplesResponse,
    HealthResponse,
    ProductBody,
    SearchResponse,
    ShopResponse,
)
ERRORS = {
    "400": "The audio or a field is at fault.",
    "413": "The upload or the recording is over the stated limit.",
    "415": "The content type cannot be read.",
    "422": "Speech in a language that the shop cannot hear.",
    "500": "Something went wrong in the server.",
    "503": "Too much at once; Retry-After says when to come back.",
}


def openapi(config: ServingConfig) -> Schema:
    """The description that ``GET /openapi.json`` gives."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sayfind",
            "version": sayfind.__version__,
            "summary": "Voice search that knows your shop.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(config),
        "components": {"schemas": _components()},
    }


def _paths(config: ServingConfig) -> Schema:
    product_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    missing = {"404": _answer("No such product.", ErrorResponse)}
    busy = {"503": _answer(ERRORS["503"], ErrorResponse)}
    return {
        "/v1/search": {"post": _search(config)},
        "/v1/products/{id}": {
            "get": {
                **_get("getProduct", "One product.", ProductBody, missing),
                "parameters": [product_id],
            }
        },
        "/v1/feedback": {"post": _feedback()},
        "/v1/feedback/{session}": {
            "delete": {
                **_get("forget", "What a session did is erased.", ErasedResponse, missing),
                "parameters": [{**product_id, "name": "session"}],
            }
        },
        "/v1/examples": {"get": _get("getExamples", "Queries worth trying.", ExamplesResponse)},
        "/v1/shop": {"get": _get("getShop", "The shop and its limits.", ShopResponse)},
        "/health/live": {"get": _get("getLive", "The process answers.", HealthResponse)},
        "/health/ready": {"get": _get("getReady", "Searches are taken.", HealthResponse, busy)},
    }


def _feedback() -> Schema:
    """Events of one shopper who agreed, as ``serving.feedback`` reads them."""
    text = {"type": "string", "maxLength": 500}
    actions = [str(action) for action in Action if action is not Action.ASKED]
    event = _object(
        {
            "trace_id": text,
            "action": {"type": "string", "enum": actions},
            "product_id": text,
            "rank": {"type": "integer", "minimum": 0},
            "text": text,
        },
        required=["trace_id", "action"],
    )
    events = {"type": "array", "items": {**event, "additionalProperties": True}, "maxItems": 200}
    session = {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"}
    body = _object({"session": session, "events": events}, required=["session", "events"])
    missing = {"404": _answer("This server keeps nothing.", ErrorResponse)}
    return {
        **_get("keepFeedback", "What a shopper did with an answer.", KeptResponse, missing),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "description": f"A search is noted too if it names the session in {SESSION_HEADER}.",
    }


def _search(config: ServingConfig) -> Schema:
    fields = _ask_fields(config)
    sound = {"type": "string", "format": "binary", "maxLength": config.max_upload_bytes}
    form_fields = {**fields, "audio": sound}
    # In a form, what is not plain text travels as JSON.
    for name in ("removed", "added", "state", "screen"):
        form_fields[name] = {"type": "string", "contentMediaType": "application/json"}
    return {
        "operationId": "search",
        "summary": "Search by voice or by text.",
        "description": "Send text as JSON, either in a form, or a bare recording as the body.",
        "parameters": [
            {"name": name, "in": "query", "schema": form_fields[name]}
            for name in ("language", "k", "removed", "added")
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _object(fields),
                },
                "multipart/form-data": {"schema": _object(form_fields)},
                "audio/*": {"schema": sound},
            },
        },
        "responses": {
            "200": _answer("What was heard, decided and found.", SearchResponse),
            **{status: _answer(text, ErrorResponse) for status, text in ERRORS.items()},
        },
    }


def _ask_fields(config: ServingConfig) -> dict[str, Schema]:
    number = {"type": ["number", "null"]}
    interval = _object({"low": number, "high": number, "unit": {"type": "string"}})
    wish: dict[str, Schema] = {
        "field": {"type": "string"},
        "value": {"anyOf": [{"type": "string"}, interval]},
        "negated": {"type": "boolean", "default": False},
    }
    wishes = {
        "type": "array",
        "items": {**_object(wish, required=["field", "value"]), "additionalProperties": True},
    }
    return {
        "text": {"type": "string", "minLength": 1, "maxLength": config.max_text_length},
        "language": {"type": "string", "enum": [str(v) for v in Language], "default": "auto"},
        "k": {
            "type": "integer",
            "minimum": 1,
            "maximum": config.max_hits,
            "default": Context().num_hits,
            "description": "How many products to give.",
        },
        "removed": {
            **wishes,
            "description": "Constraints of an earlier answer that the shopper took back.",
        },
        "added": {
            **wishes,
            "description": "Constraints that the shopper chose by hand, such as a facet's value.",
        },
        "state": {
            "$ref": "#/components/schemas/State",
            "description": "The state of the last answer: the words may then be a follow-up.",
        },
        "screen": {
            **_object(
                {
                    "products": {"type": "array", "items": {"type": "string"}, "maxItems": 200},
                    "category": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                }
            ),
            "description": "What the shopper sees: ids in order, the page's category, image tags.",
        },
        "literal": {
            "type": "boolean",
            "default": False,
            "description": "Search for exactly this text: correct nothing.",
        },
    }


def _get(name: str, summary: str, body: type, more: Mapping[str, Schema] | None = None) -> Schema:
    responses = {"200": _answer(summary, body), **(more or {})}
    return {"operationId": name, "summary": summary, "responses": responses}


def _answer(description: str, body: type) -> Schema:
    return {
        "description": description,
        "content": {"application/json": {"schema": _reference(body)}},
    }


def _object(properties: Mapping[str, Schema], required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required or [],
        "additionalProperties": False,
    }


def _components() -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    waiting: list[Any] = list(ANSWERS)
    while waiting:
        body = waiting.pop()
        name = _name(body)
        if name in found:
            continue
        hints = typing.get_type_hints(body)
        optional = {f.name for f in dataclasses.fields(body) if f.default is None}
        found[name] = {
            "description": " ".join((body.__doc__ or "").split()),
            **_object(
                {field: _schema(hint) for field, hint in hints.items()},
                required=[field for field in hints if field not in optional],
            ),
        }
        waiting += [part for hint in hints.values() for part in _bodies(hint)]
    return dict(sorted(found.items()))


def _schema(hint: Any) -> Schema:
    if hint in PLAIN:
        return {"type": PLAIN[hint]}
    if dataclasses.is_dataclass(hint):
        return _reference(hint)
    arguments = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if origin is types.UnionType or origin is typing.Union:
        return {"anyOf": [_schema(part) for part in arguments]}
    if hint is type(None):
        return {"type": "null"}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0])}
    assert origin is Mapping, f"{hint} has no JSON schema here"
    return {"type": "object", "additionalProperties": _schema(arguments[1])}


def _bodies(hint: Any) -> list[Any]:
    if dataclasses.is_dataclass(hint):
        return [hint]
    return [body for part in typing.get_args(hint) for body in _bodies(part)]


def _reference(body: Any) -> Schema:
    return {"$ref": f"#/components/schemas/{_name(body)}"}


def _name(body: Any) -> str:
    return str(body.__name__).removesuffix("Body")
