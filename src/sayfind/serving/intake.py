"""Reads a search out of a request: JSON, a form, or a bare recording.

Knows content types and field names; every wrong one is answered by a sentence that names it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
from starlette.datastructures import UploadFile
from starlette.requests import Request

from sayfind.config import from_mapping
from sayfind.errors import ConfigError, InputError, MediaTypeError, TooLargeError
from sayfind.serving.limits import ServingConfig, drain, limit_body
from sayfind.types import Constraint, Context, Language, Range, Screen
from sayfind.understanding.dialogue.wire import state_from_json

__all__ = [
    "Ask",
    "ask_of",
    "read_ask",
    "read_batch",
    "read_context",
    "read_in_time",
    "whole_number",
]

T = TypeVar("T")

FIELDS = (
    "text", "audio", "image", "language", "k", "removed", "added", "literal", "state", "screen",
)  # fmt: skip
SOUND = ("audio/", "video/", "application/ogg", "application/octet-stream")
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
SMALL_FIELD = 256 * 1024
_DRAINED = 4
"""How often the upload limit is read past it, so that a refusal can be read at the other end."""
_MOST_ON_SCREEN = 200
_SCREEN = (
    f"The field 'screen' must look like {{'products': [up to {_MOST_ON_SCREEN} ids], "
    "'category': 'Shoes', 'tags': ['red']}."
)
_EXAMPLE = '{"text": "running shoes"}'
TRUE_FALSE = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass(frozen=True, slots=True)
class Ask:
    """One search asked for: a recording (with its content type) or text, never both.

    ``image`` is a picture that goes with either, or stands alone.
    """

    context: Context
    text: str = ""
    audio: bytes | None = None
    media_type: str | None = None
    literal: bool = False
    image: bytes | None = None


async def read_ask(request: Request, config: ServingConfig) -> Ask:
    """The search that a request asks for.

    Raises:
        InputError: a field is missing, unknown or wrong.
        MediaTypeError: the body's content type is none of ours.
        TooLargeError: the body is over the limit; found while it streams in.
    """
    return await read_in_time(request, config, lambda limited: _read(limited, config))


async def read_batch(request: Request, config: ServingConfig, most: int) -> list[Any]:
    """The searches that a request asks for, unread: each may be wrong for itself.

    Raises:
        InputError: it is no JSON object with 1 to ``most`` of them.
        TooLargeError: the body is over the limit.
    """
    body = await read_in_time(request, config, lambda limited: limited.body())
    searches = _json_object(body).get("searches")
    if not isinstance(searches, list) or not 1 <= len(searches) <= most:
        raise InputError(f'Send {{"searches": [...]}} with 1 to {most} objects such as {_EXAMPLE}.')
    return searches


async def read_in_time(
    request: Request, config: ServingConfig, read: Callable[[Request], Awaitable[T]]
) -> T:
    """What ``read`` makes of a request that stops at the limits of size and time.

    Raises:
        InputError: the body took too long.
        TooLargeError: it is too large.
    """
    length = request.headers.get("content-length")
    try:
        with anyio.fail_after(config.upload_timeout):
            try:
                receive = limit_body(request.receive, length, config.max_upload_bytes)
                return await read(Request(request.scope, receive))
            except TooLargeError:
                await drain(request.receive, _DRAINED * config.max_upload_bytes)
                raise
    except TimeoutError as error:
        raise InputError("The upload took too long to arrive; please send it again.") from error


async def _read(request: Request, config: ServingConfig) -> Ask:
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return _ask(_json_object(await request.body()), config)
    if kind in FORMS:
        return await _read_form(request, config)
    if kind.startswith(SOUND):
        fields: dict[str, Any] = dict(request.query_params)
        return _ask({**fields, "audio": await request.body()}, config, content_type)
    raise MediaTypeError(
        f"The content type {kind[:80] or '(none)'!r} cannot be searched; send application/json, "
        "multipart/form-data or a recording such as audio/wav."
    )


async def _read_form(request: Request, config: ServingConfig) -> Ask:
    # A form's text parts are held in memory, so they stay small; the recording may spill to disk.
    async with request.form(max_files=2, max_fields=8, max_part_size=SMALL_FIELD) as form:
        fields: dict[str, Any] = dict(form)
        if isinstance(picture := fields.get("image"), UploadFile):
            fields["image"] = await picture.read()
        recording, media_type = fields.get("audio"), None
        if isinstance(recording, UploadFile):
            fields["audio"], media_type = await recording.read(), recording.content_type
        elif recording is not None:
            raise InputError("The form field 'audio' must be a file; attach the recording.")
        return _ask(fields, config, media_type)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("The body is not valid JSON; send an object with a 'text'.") from error
    if not isinstance(value, dict):
        raise InputError("The JSON body must be an object with a 'text'.")
    if "audio" in value:
        raise InputError("JSON carries no sound; send 'audio' as a form file or as the body.")
    return value


def ask_of(fields: object, config: ServingConfig) -> Ask:
    """The search that one object of a batch asks for; sound has no place in it.

    Raises:
        InputError: a field is missing, unknown or wrong.
    """
    if not isinstance(fields, dict) or "audio" in fields:
        raise InputError(f"Each search is an object such as {_EXAMPLE}.")
    return _ask(fields, config)


def _ask(fields: Mapping[str, Any], config: ServingConfig, media_type: str | None = None) -> Ask:
    for name in fields:
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            raise InputError(f"The field {name[:40]!r} is not known; the fields are {known}.")
    context = read_context(fields, config)
    audio, text, image = fields.get("audio"), fields.get("text", ""), fields.get("image")
    if image is not None and not isinstance(image, bytes):
        raise InputError("The field 'image' must be a file of a form; attach the picture.")
    if audio is not None and text:
        raise InputError("Send either 'audio' or 'text', not both.")
    if audio is not None:
        return Ask(context, audio=audio, media_type=media_type, image=image)
    clicked = context.state is not None and bool(context.removed or context.added)
    if not text and (clicked or image is not None):
        return Ask(context, image=image)  # a click in a conversation, or a picture, says it all
    literal = _literal(fields.get("literal", False))
    return Ask(context, text=_text(text, config), literal=literal, image=image)


def read_context(fields: Mapping[str, Any], config: ServingConfig) -> Context:
    """What a request says besides its words or its sound.

    Raises:
        InputError: a field is wrong.
    """
    return Context(
        language=_language(fields.get("language", "auto")),
        num_hits=whole_number("k", fields.get("k", Context().num_hits), config.max_hits),
        removed=_wishes("removed", fields.get("removed", ())),
        added=_wishes("added", fields.get("added", ())),
        state=state_from_json(fields["state"]) if fields.get("state") else None,
        screen=_screen(fields.get("screen") or {}),
    )


def _text(value: object, config: ServingConfig) -> str:
    if not isinstance(value, str):
        raise InputError("The field 'text' must be a string.")
    if not value.strip():
        raise InputError("There is nothing to search for; send 'text' or 'audio'.")
    if len(value) > config.max_text_length:
        raise InputError(
            f"The text is longer than {config.max_text_length} characters; shorten it."
        )
    # A lone surrogate half is legal JSON but no text: it could not be sent back.
    return value.encode("utf-8", "replace").decode("utf-8")


def _language(value: object) -> Language:
    try:
        return Language(str(value))
    except ValueError as error:
        known = ", ".join(Language)
        raise InputError(f"The language {str(value)[:40]!r} is not one of {known}.") from error


def whole_number(name: str, value: object, most: int) -> int:
    """A field that counts from 1 to ``most``, also where it comes as text.

    Raises:
        InputError: it is none.
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    digits = isinstance(value, str) and value.isascii() and value.isdecimal()
    number = int(str(value)) if whole or (digits and len(str(value)) < 9) else 0
    if not 1 <= number <= most:
        raise InputError(f"The field {name!r} must be a whole number from 1 to {most}.")
    return number


def _literal(value: object) -> bool:
    flag = value if isinstance(value, bool) else TRUE_FALSE.get(str(value).lower())
    if flag is None:
        raise InputError("The field 'literal' must be true or false.")
    return flag


def _screen(value: object) -> Screen:
    try:
        plain = json.loads(value) if isinstance(value, str) else value
        screen = from_mapping(Screen, plain) if isinstance(plain, dict) else None
    except (ValueError, RecursionError, ConfigError) as error:
        raise InputError(_SCREEN) from error
    if screen is None or screen.photo is not None or len(screen.products) > _MOST_ON_SCREEN:
        raise InputError(_SCREEN)
    return screen


def _wishes(name: str, value: object) -> tuple[Constraint, ...]:
    if isinstance(value, str):
        try:
            value = json.loads(value or "[]")
        except (ValueError, RecursionError) as error:
            raise InputError(f"The field {name!r} is not valid JSON; send a list.") from error
    if not isinstance(value, list | tuple):
        raise InputError(f"The field {name!r} must be a list of constraints.")
    return tuple(_constraint(name, item) for item in value)


def _constraint(name: str, item: object) -> Constraint:
    wanted = f"Each of {name!r} must look like {{'field': 'brand', 'value': 'Nike'}}."
    if not isinstance(item, dict) or not isinstance(item.get("field"), str):
        raise InputError(wanted)
    value, negated = item.get("value"), item.get("negated", False)
    if isinstance(value, dict):
        low, high = _bound(name, value.get("low")), _bound(name, value.get("high"))
        value = Range(low, high, str(value.get("unit") or ""))
    if not isinstance(value, str | Range) or not isinstance(negated, bool):
        raise InputError(wanted)
    return Constraint(item["field"], value, negated=negated)


def _bound(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"A range in {name!r} needs 'low' and 'high' as numbers or null.")
    return float(value)
