"""Dialogue: a follow-up is an edit of the state of the conversation, and that is a value."""

from __future__ import annotations

from sayfind.understanding.dialogue.clarify import ClarifyConfig, Meaning, clarification
from sayfind.understanding.dialogue.edits import Act, Edit, find_edits
from sayfind.understanding.dialogue.expect import ExpectConfig
from sayfind.understanding.dialogue.follow import FOLLOW_UPS, Dialogue, Turn
from sayfind.understanding.dialogue.views import apply, begun, described, query_of, undone
from sayfind.understanding.dialogue.wire import state_from_json, state_to_json

__all__ = [
    "FOLLOW_UPS",
    "Act",
    "ClarifyConfig",
    "Dialogue",
    "Edit",
    "ExpectConfig",
    "Meaning",
    "Turn",
    "apply",
    "begun",
    "clarification",
    "described",
    "find_edits",
    "query_of",
    "state_from_json",
    "state_to_json",
    "undone",
]
