"""What shoppers did, taken in: ``POST /v1/feedback``, and ``DELETE`` for who wants it forgotten.

Only where the server was given a log, and only under a session name that the page sends once its
shopper agreed. No sound is taken in, kept, or pointed to.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from typing import Any

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sayfind.errors import InputError, StorageError
from sayfind.feedback.log import EventLog
from sayfind.privacy.redaction import redact
from sayfind.privacy.retention import Recordings, forget
from sayfind.serving.limits import limit_body
from sayfind.serving.protocol import ErasedResponse, KeptResponse, to_json
from sayfind.types import Action, FeedbackEvent, Trace

__all__ = ["SESSION_HEADER", "Feedback", "read_events"]

logger = logging.getLogger("sayfind.serving")

SESSION_HEADER = "x-sayfind-session"
_MOST_BYTES = 64 * 1024
_MOST_EVENTS = 200
_MOST_TEXT = 500
_MOST_READINGS = 10
_SESSION = re.compile(r"[A-Za-z0-9_-]{8,64}")
_FROM_PAGE = tuple(action for action in Action if action is not Action.ASKED)


class Feedback:
    """The endpoints over a log; without one nothing is kept, and asking to keep is a 404."""

    def __init__(self, log: EventLog | None, recordings: Recordings | None = None) -> None:
        self._log = log
        self._recordings = recordings

    @property
    def log(self) -> EventLog | None:
        """Where it is kept, if it is."""
        return self._log

    @property
    def is_on(self) -> bool:
        """Whether anything is kept."""
        return self._log is not None

    def routes(self) -> list[Route]:
        """Where it is reached."""
        return [
            Route("/v1/feedback", self.keep, methods=["POST"]),
            Route("/v1/feedback/{session}", self.forget, methods=["DELETE"]),
        ]

    async def keep(self, request: Request) -> Response:
        """Events of one session, all or none; answered once they are safe."""
        log = self._given()
        receive = limit_body(request.receive, request.headers.get("content-length"), _MOST_BYTES)
        events = read_events(await Request(request.scope, receive).body(), time.time())
        await anyio.to_thread.run_sync(log.append, events)
        return JSONResponse(to_json(KeptResponse(len(events))))

    async def forget(self, request: Request) -> Response:
        """Everything that a session did, gone, recordings that it gave included."""
        session, log = _session(request.path_params["session"]), self._given()
        erased = await anyio.to_thread.run_sync(forget, session, log, self._recordings)
        return JSONResponse(to_json(ErasedResponse(sum(erased))))

    def asked(self, trace: Trace, headers: Mapping[str, str]) -> None:
        """Note a search, if its shopper agreed. A log that fails does not fail the search."""
        session = headers.get(SESSION_HEADER, "")
        if self._log is None or not _SESSION.fullmatch(session):
            return
        pairs = zip(trace.heard.hypotheses, trace.heard.probabilities, strict=True)
        readings = tuple((redact(each.text), share) for each, share in pairs if trace.speech)
        event = FeedbackEvent(
            trace.id,
            Action.ASKED,
            session=session,
            time=time.time(),
            text=redact(trace.query.text or trace.corrected.text),
            readings=readings[:_MOST_READINGS],
        )
        try:
            self._log.append([event])
        except StorageError as error:
            logger.warning("A search was not noted: %s", error)

    def _given(self) -> EventLog:
        if self._log is None:
            raise HTTPException(404)
        return self._log


def read_events(body: bytes, now: float) -> list[FeedbackEvent]:
    """The events that a page sends: ``{"session": ..., "events": [{"trace_id", "action", ...}]}``.

    Raises:
        InputError: the body is not that, or says what only the server may say.
    """
    try:
        value = json.loads(body)
        session, rows = _session(value["session"]), value["events"]
        if not isinstance(rows, list) or len(rows) > _MOST_EVENTS:
            raise InputError(f"The field 'events' must be a list of at most {_MOST_EVENTS}.")
        return [_event(row, session, now) for row in rows]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            'Feedback must look like {"session": "...", "events": [{"trace_id": "...", '
            '"action": "clicked", "product_id": "...", "rank": 1}]}.'
        ) from error


def _event(row: Mapping[str, Any], session: str, now: float) -> FeedbackEvent:
    action = Action(row["action"])
    if action not in _FROM_PAGE:
        raise InputError(f"The action {action!s} is the server's; send one of {_names()}.")
    texts = {name: row.get(name, "") for name in ("trace_id", "product_id", "text")}
    if not all(isinstance(text, str) and len(text) <= _MOST_TEXT for text in texts.values()):
        raise InputError(f"Texts in feedback have at most {_MOST_TEXT} characters.")
    rank = row.get("rank", 0)
    if isinstance(rank, bool) or not isinstance(rank, int):
        raise InputError("The field 'rank' counts from 1.")
    texts = {name: text.encode("utf-8", "replace").decode("utf-8") for name, text in texts.items()}
    texts["text"] = redact(texts["text"])
    return FeedbackEvent(action=action, rank=rank, session=session, time=now, **texts)


def _session(value: object) -> str:
    if not isinstance(value, str) or not _SESSION.fullmatch(value):
        raise InputError("A session is named by 8 to 64 letters, digits, hyphens or underscores.")
    return value


def _names() -> str:
    return ", ".join(_FROM_PAGE)
