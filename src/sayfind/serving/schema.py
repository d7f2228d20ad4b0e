"""JSON schemas of the wire dataclasses, so that what is described is what is sent."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Schema", "components", "object_of", "reference", "schema_of"]

Schema = dict[str, Any]

PLAIN: Mapping[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def object_of(properties: Mapping[str, Schema], required: list[str] | None = None) -> Schema:
    """The schema of an object that holds these fields and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required or [],
        "additionalProperties": False,
    }


def components(bodies: Sequence[type]) -> dict[str, Schema]:
    """The schemas of some classes and of all that they hold, by name."""
    found: dict[str, Schema] = {}
    waiting: list[Any] = list(bodies)
    while waiting:
        body = waiting.pop()
        name = _name(body)
        if name in found:
            continue
        hints = typing.get_type_hints(body)
        optional = {f.name for f in dataclasses.fields(body) if f.default is None}
        found[name] = {
            "description": " ".join((body.__doc__ or "").split()),
            **object_of(
                {field: schema_of(hint) for field, hint in hints.items()},
                required=[field for field in hints if field not in optional],
            ),
        }
        waiting += [part for hint in hints.values() for part in _bodies(hint)]
    return dict(sorted(found.items()))


def schema_of(hint: Any) -> Schema:
    """The schema of a type."""
    if hint in PLAIN:
        return {"type": PLAIN[hint]}
    if dataclasses.is_dataclass(hint):
        return reference(hint)
    arguments = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return {"const": arguments[0]}
    if hint is Any:
        return {}
    if origin is types.UnionType or origin is typing.Union:
        return {"anyOf": [schema_of(part) for part in arguments]}
    if hint is type(None):
        return {"type": "null"}
    if origin is tuple:
        return {"type": "array", "items": schema_of(arguments[0])}
    assert origin in (Mapping, dict), f"{hint} has no JSON schema here"
    return {"type": "object", "additionalProperties": schema_of(arguments[1])}


def _bodies(hint: Any) -> list[Any]:
    if dataclasses.is_dataclass(hint):
        return [hint]
    return [body for part in typing.get_args(hint) for body in _bodies(part)]


def reference(body: Any) -> Schema:
    """Where the schema of a class is found in a document."""
    return {"$ref": f"#/components/schemas/{_name(body)}"}


def _name(body: Any) -> str:
    return str(body.__name__).removesuffix("Body")
