"""A conversation as JSON and back: the client keeps it, so nothing in it is taken on trust."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

from sayfind.config import from_mapping
from sayfind.errors import ConfigError, InputError
from sayfind.types import DialogueState, Range, View
from sayfind.understanding.dialogue.views import MOST_PAST

__all__ = ["state_from_json", "state_to_json"]

_MOST_WISHES = 64
_MOST_SHOWN = 200
_MOST_CHARACTERS = 1000


def state_to_json(state: DialogueState) -> dict[str, Any]:
    """A state as plain values that JSON can carry."""
    values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(state)))
    return values


def state_from_json(value: object) -> DialogueState:
    """The state that ``state_to_json`` wrote; ``value`` may be its JSON text.

    Raises:
        InputError: it is none, or larger than any that was ever given out.
    """
    try:
        plain = json.loads(value) if isinstance(value, str) else value
        if not isinstance(plain, Mapping):
            raise ValueError("it is no object")
        state = from_mapping(DialogueState, plain)
    except (ValueError, RecursionError, ConfigError, AttributeError) as error:
        raise InputError("The 'state' is none of ours; send back the one of an answer.") from error
    if len(state.past) > MOST_PAST or not all(map(_sound, (state.now, *state.past))):
        raise InputError("The 'state' is larger than any of ours; leave it out to start afresh.")
    return state


def _sound(view: View) -> bool:
    texts = [view.words, view.focus, *view.shown]
    for wish in view.constraints:
        texts += [wish.field, wish.text]
        if isinstance(wish.value, str):
            texts.append(wish.value)
        elif not _finite(wish.value) or len(wish.value.unit) > 20:
            return False
        if not wish.field or not 0 <= wish.confidence <= 1:
            return False
    few = len(view.constraints) <= _MOST_WISHES and len(view.shown) <= _MOST_SHOWN
    return few and all(len(text) <= _MOST_CHARACTERS for text in texts)


def _finite(value: Range) -> bool:
    return all(side is None or math.isfinite(side) for side in (value.low, value.high))
