"""The log of events: only ever appended to, and safe against a crash at any moment.

``SqliteEventLog`` is one file beside the shop (write-ahead log, each ``append`` one transaction
that is on the disk before it returns); ``feedback.postgres`` is the same over a server. Several
processes may append to one log and read it at once.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from sayfind.errors import ShopError, StorageError
from sayfind.types import Action, FeedbackEvent

__all__ = ["EventLog", "SqliteEventLog", "event_from_json", "event_to_json"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_session ON events (session);
"""
_VERSION = 1
_PAGE = 2_000  # events read at a time: no reader holds the log open for long


@runtime_checkable
class EventLog(Protocol):
    """Where events are kept."""

    def append(self, events: Sequence[FeedbackEvent]) -> int:
        """Keep events, all or none; the number of the last one once they are safe.

        Raises:
            StorageError: they could not be kept.
        """
        ...

    def read(self, after: int = 0) -> Iterator[tuple[int, FeedbackEvent]]:
        """(number, event) in the order of the numbers, those above ``after`` only."""
        ...

    def forget(self, session: str) -> int:
        """Erase what one session did, as that person may ask; how many events that were."""
        ...

    def close(self) -> None:
        """Let go of the file or the connection."""
        ...


def event_to_json(event: FeedbackEvent) -> str:
    """An event as one line of JSON; what is empty is left out."""
    return json.dumps({k: v for k, v in asdict(event).items() if v}, ensure_ascii=False)


def event_from_json(line: str) -> FeedbackEvent:
    """The event that ``event_to_json`` wrote.

    Raises:
        ValueError: it is not an event.
    """
    try:
        fields: dict[str, Any] = json.loads(line)
        fields["action"] = Action(fields["action"])
        fields["readings"] = tuple((str(t), float(p)) for t, p in fields.get("readings", ()))
        return FeedbackEvent(**fields)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{line[:60]!r} is not an event") from error


class SqliteEventLog:
    """An ``EventLog`` in one SQLite file; threads may share it."""

    def __init__(self, path: Path) -> None:
        """Open a log, which is made if it is not there.

        Raises:
            StorageError: the file cannot be made or opened for writing.
            ShopError: the file is no log of ours.
        """
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=10.0, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA secure_delete=ON")
            self._begin()
        except sqlite3.OperationalError as error:
            raise StorageError(f"Cannot write the event log {path}: {error}.") from error
        except (sqlite3.DatabaseError, OSError) as error:
            raise ShopError(f"{path} is no event log of this version; move it away.") from error

    def _begin(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"version {version}")
        if version == 0:
            self._connection.executescript(_SCHEMA)
            self._connection.execute(f"PRAGMA user_version={_VERSION}")

    def append(self, events: Sequence[FeedbackEvent]) -> int:
        """Keep events in one transaction that is on the disk when this returns."""
        rows = [(event.session, event_to_json(event)) for event in events]
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    "INSERT INTO events (session, body) VALUES (?, ?)", rows
                )
                (last,) = self._connection.execute(
                    "SELECT coalesce(max(number), 0) FROM events"
                ).fetchone()
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):  # the first one is what matters
                    self._connection.execute("ROLLBACK")
                raise StorageError(f"Cannot write the event log {self._path}: {error}.") from error
        return int(last)

    def read(self, after: int = 0) -> Iterator[tuple[int, FeedbackEvent]]:
        """Events in order; appending may go on meanwhile."""
        while rows := self._page(after):
            for number, body in rows:
                yield number, event_from_json(body)
            after = rows[-1][0]

    def _page(self, after: int) -> list[tuple[int, str]]:
        query = "SELECT number, body FROM events WHERE number > ? ORDER BY number LIMIT ?"
        with self._lock:
            return self._connection.execute(query, (after, _PAGE)).fetchall()

    def forget(self, session: str) -> int:
        """Erase a session's events; what they held is overwritten in the file."""
        with self._lock:
            cursor = self._connection.execute("DELETE FROM events WHERE session = ?", (session,))
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(cursor.rowcount)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
