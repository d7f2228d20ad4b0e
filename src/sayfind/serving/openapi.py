"""The OpenAPI 3.1 description, made from the wire dataclasses so that it cannot drift from them."""

from __future__ import annotations

from collections.abc import Mapping

import sayfind
from sayfind.serving.endpoints import MOST_PRODUCTS, MOST_SEARCHES, MOST_SUGGESTIONS
from sayfind.serving.feedback import SESSION_HEADER
from sayfind.serving.limits import ServingConfig
from sayfind.serving.openai_api import FORMATS
from sayfind.serving.protocol import (
    BatchResponse,
    ErasedResponse,
    ErrorResponse,
    ExamplesResponse,
    HealthResponse,
    KeptResponse,
    ProductBody,
    ProductsResponse,
    SearchResponse,
    ShopResponse,
    SuggestResponse,
    TranscribeResponse,
)
from sayfind.serving.schema import Schema, components, object_of, reference
from sayfind.types import Action, Context, Language

__all__ = ["ask_fields", "openapi"]

ANSWERS = (
    BatchResponse,
    ProductsResponse,
    SuggestResponse,
    TranscribeResponse,
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
    "401": "A key is needed, or the one sent is not known or has expired.",
    "403": "The key that was sent may not do this.",
    "413": "The upload or the recording is over the stated limit.",
    "415": "The content type cannot be read.",
    "422": "Speech in a language that the shop cannot hear.",
    "429": "More than this key or address may ask; Retry-After says when to come back.",
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
        "components": {"schemas": components(ANSWERS)},
    }


def _paths(config: ServingConfig) -> Schema:
    product_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    missing = {"404": _answer("No such product.", ErrorResponse)}
    busy = {"503": _answer(ERRORS["503"], ErrorResponse)}
    return {
        "/v1/search": {"post": _search(config)},
        "/v1/transcribe": {"post": _transcribe(config)},
        "/v1/batch": {"post": _batch(config)},
        "/v1/suggest": {"get": _suggest()},
        "/v1/audio/transcriptions": {"post": _openai(config)},
        "/v1/products": {"get": _products()},
        "/v1/products/{id}": {
            "get": {
                **_get("getProduct", "One product.", ProductBody, missing),
                "parameters": [product_id],
            },
            **_product_changes(product_id, missing),
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


def _product_changes(product_id: Schema, missing: Schema) -> Schema:
    """A product put in or taken out while the shop is served, as ``serving.updates`` does it."""
    text = {"type": "string"}
    texts = {"type": "array", "items": text}
    table = {"type": "object", "additionalProperties": texts}
    amount = {"type": "number", "minimum": 0}
    names = ("id", "title", "brand", "description", "currency", "url", "image")
    body = object_of(
        {
            **dict.fromkeys(names, text),
            **dict.fromkeys(("price", "popularity"), amount),
            **dict.fromkeys(("attributes", "translations"), table),
            "category": texts,
        },
        required=["title"],
    )
    created = {"201": _answer("It is new.", ProductBody)}
    gone = {"204": {"description": "It is gone."}}
    put = _get("putProduct", "A product is put in, or replaced.", ProductBody, created)
    delete = {"operationId": "deleteProduct", "summary": "A product is taken out."}
    return {
        "put": {
            **put,
            "parameters": [product_id],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        },
        "delete": {**delete, "parameters": [product_id], "responses": {**gone, **missing}},
    }


def _feedback() -> Schema:
    """Events of one shopper who agreed, as ``serving.feedback`` reads them."""
    text = {"type": "string", "maxLength": 500}
    actions = [str(action) for action in Action if action is not Action.ASKED]
    event = object_of(
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
    body = object_of({"session": session, "events": events}, required=["session", "events"])
    missing = {"404": _answer("This server keeps nothing.", ErrorResponse)}
    return {
        **_get("keepFeedback", "What a shopper did with an answer.", KeptResponse, missing),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "description": f"A search is noted too if it names the session in {SESSION_HEADER}.",
    }


def _search(config: ServingConfig) -> Schema:
    fields = ask_fields(config)
    sound = _sound(config)
    form_fields = {**fields, "audio": sound, "image": sound}
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
                    "schema": object_of(fields),
                },
                "multipart/form-data": {"schema": object_of(form_fields)},
                "audio/*": {"schema": sound},
            },
        },
        "responses": {
            "200": _answer("What was heard, decided and found.", SearchResponse),
            **_errors(),
        },
    }


def _errors() -> dict[str, Schema]:
    return {status: _answer(text, ErrorResponse) for status, text in ERRORS.items()}


def _sound(config: ServingConfig) -> Schema:
    return {"type": "string", "format": "binary", "maxLength": config.max_upload_bytes}


def _transcribe(config: ServingConfig) -> Schema:
    language = ask_fields(config)["language"]
    form = object_of({"audio": _sound(config), "language": language}, required=["audio"])
    return {
        **_get("transcribe", "What a recording says.", TranscribeResponse, _errors()),
        "parameters": [{"name": "language", "in": "query", "schema": language}],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": form},
                "audio/*": {"schema": _sound(config)},
            },
        },
    }


def _batch(config: ServingConfig) -> Schema:
    searches = {
        "type": "array",
        "items": object_of(ask_fields(config)),
        "minItems": 1,
        "maxItems": MOST_SEARCHES,
    }
    body = object_of({"searches": searches}, required=["searches"])
    return {
        **_get("batch", "Several typed searches.", BatchResponse, _errors()),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
    }


def _suggest() -> Schema:
    typed = {"type": "string", "maxLength": 200}
    k = {"type": "integer", "minimum": 1, "maximum": MOST_SUGGESTIONS, "default": 8}
    wrong = {"400": _answer(ERRORS["400"], ErrorResponse)}
    return {
        **_get("suggest", "Completions of what is typed.", SuggestResponse, wrong),
        "parameters": [
            {"name": "q", "in": "query", "schema": typed},
            {"name": "k", "in": "query", "schema": k},
        ],
    }


def _products() -> Schema:
    ids = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_PRODUCTS}
    wrong = {"400": _answer(ERRORS["400"], ErrorResponse)}
    return {
        **_get("getProducts", "Several products.", ProductsResponse, wrong),
        "parameters": [
            {"name": "id", "in": "query", "required": True, "schema": ids, "explode": True}
        ],
    }


def _openai(config: ServingConfig) -> Schema:
    form = object_of(
        {
            "file": _sound(config),
            "model": {"type": "string", "description": "Any: there is one."},
            "language": ask_fields(config)["language"],
            "response_format": {"type": "string", "enum": list(FORMATS), "default": "json"},
            "timestamp_granularities[]": {"type": "array", "items": {"type": "string"}},
            "stream": {"type": "boolean", "default": False},
        },
        required=["file"],
    )
    said: Schema = {"description": "What was said, in the form asked for.", "content": {}}
    for kind in ("application/json", "text/plain", "text/vtt", "text/event-stream"):
        said["content"][kind] = {"schema": {"type": "object" if "json" in kind else "string"}}
    return {
        "operationId": "createTranscription",
        "summary": "What a recording says, as OpenAI's clients ask for it.",
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": {**form, "additionalProperties": True}}},
        },
        "responses": {"200": said, **_errors()},
    }


def ask_fields(config: ServingConfig) -> dict[str, Schema]:
    """The fields of a search asked for as JSON."""
    number = {"type": ["number", "null"]}
    interval = object_of({"low": number, "high": number, "unit": {"type": "string"}})
    wish: dict[str, Schema] = {
        "field": {"type": "string"},
        "value": {"anyOf": [{"type": "string"}, interval]},
        "negated": {"type": "boolean", "default": False},
    }
    wishes = {
        "type": "array",
        "items": {**object_of(wish, required=["field", "value"]), "additionalProperties": True},
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
            **object_of(
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
        "content": {"application/json": {"schema": reference(body)}},
    }
