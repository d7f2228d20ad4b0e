"""Events, and a PostgreSQL server of our own where its programs are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from sayfind.feedback.log import EventLog, SqliteEventLog
from sayfind.types import Action, FeedbackEvent

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def event(trace_id: str = "t", action: Action = Action.CLICKED, **more: Any) -> FeedbackEvent:
    return FeedbackEvent(trace_id, action, **more)


def as_postgres(*command: str | Path) -> None:
    """Run a program of PostgreSQL, which refuses to be run by root."""
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run([str(part) for part in command], user=user, check=True, capture_output=True,
                   timeout=60, cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})  # fmt: skip


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server that lives as long as the tests, on a socket only."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (extra: postgres)")
    if not PROGRAMS:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    home = Path(mkdtemp(prefix="sayfind-pg-"))
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    data, programs = home / "data", PROGRAMS[-1]
    as_postgres(programs / "initdb", "-D", data, "-A", "trust", "-U", "shop")
    options = f"-k {home} -c listen_addresses=''"
    as_postgres(programs / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start")
    try:
        yield f"postgresql://shop@/postgres?host={home}"
    finally:
        as_postgres(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], EventLog]]:
    """Opens the same log, as often as wanted; it begins empty."""
    opened: list[EventLog] = []

    def keep(log: EventLog) -> EventLog:
        opened.append(log)
        return log

    if request.param == "sqlite":
        yield lambda: keep(SqliteEventLog(tmp_path / "events.sqlite"))
    else:
        address = request.getfixturevalue("server")
        from sayfind.feedback.postgres import PostgresEventLog

        first = PostgresEventLog(address)
        first._run(lambda cursor: cursor.execute("TRUNCATE sayfind_events RESTART IDENTITY"))
        first.close()
        yield lambda: keep(PostgresEventLog(address))
    for log in opened:
        log.close()
