"""The event log over a PostgreSQL server, for a shop that is served by several machines.

Needs the extra ``postgres``. Knows one table, ``sayfind_events``, which it makes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from sayfind.errors import StorageError, require
from sayfind.feedback.log import event_from_json, event_to_json
from sayfind.types import FeedbackEvent

__all__ = ["PostgresEventLog"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sayfind_events (
    number BIGSERIAL PRIMARY KEY,
    session TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sayfind_events_session ON sayfind_events (session);
"""
_TURN = 7_215_318  # an advisory lock: numbers become visible in order, so a reader misses none
_PAGE = 2_000


class PostgresEventLog:
    """An ``EventLog`` on a server, which threads may share.

    A lost connection is opened again at the next call.
    """

    def __init__(self, address: str) -> None:
        """Connect to ``postgresql://user@host/database``, and make the table if needed.

        Raises:
            MissingExtraError: psycopg is not installed.
            StorageError: the server does not answer, or refuses.
        """
        self._driver = require("psycopg", extra="postgres")
        self._address = address
        self._connection: Any = None
        self._lock = threading.RLock()  # transactions of one connection come one after another
        self._run(lambda cursor: cursor.execute(_SCHEMA))

    def append(self, events: Sequence[FeedbackEvent]) -> int:
        """Keep events in one transaction; the server answers once it is on its disk."""
        rows = [(event.session, event_to_json(event)) for event in events]

        def write(cursor: Any) -> int:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_TURN,))
            cursor.executemany("INSERT INTO sayfind_events (session, body) VALUES (%s, %s)", rows)
            cursor.execute("SELECT coalesce(max(number), 0) FROM sayfind_events")
            return int(cursor.fetchone()[0])

        return int(self._run(write))

    def read(self, after: int = 0) -> Iterator[tuple[int, FeedbackEvent]]:
        """Events in order; appending may go on meanwhile."""
        query = "SELECT number, body FROM sayfind_events WHERE number > %s ORDER BY number LIMIT %s"
        while rows := self._run(lambda c: c.execute(query, (after, _PAGE)).fetchall()):  # noqa: B023
            for number, body in rows:
                yield number, event_from_json(body)
            after = rows[-1][0]

    def forget(self, session: str) -> int:
        """Erase a session's events."""
        query = "DELETE FROM sayfind_events WHERE session = %s"
        return int(self._run(lambda cursor: cursor.execute(query, (session,)).rowcount))

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, work: Any) -> Any:
        """One transaction. It is not tried twice: an event whose fate is unknown is an error."""
        with self._lock:
            return self._transaction(work)

    def _transaction(self, work: Any) -> Any:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = self._driver.connect(self._address, connect_timeout=10)
            with self._connection.transaction(), self._connection.cursor() as cursor:
                return work(cursor)
        except self._driver.Error as error:
            self.close()
            reason = " ".join(str(error).split())
            raise StorageError(f"Cannot use the event log of the server: {reason}.") from error
