from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.errors import ShopError, StorageError
from sayfind.feedback.log import EventLog, SqliteEventLog, event_from_json, event_to_json
from sayfind.types import Action, FeedbackEvent

Reopen = Callable[[], EventLog]

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
EVENTS = st.builds(
    FeedbackEvent,
    trace_id=TEXTS.filter(bool),
    action=st.sampled_from(Action),
    product_id=TEXTS,
    rank=st.integers(0, 100),
    propensity=st.floats(1e-6, 1.0),
    session=TEXTS,
    time=st.floats(0, 2e9),
    text=TEXTS,
    readings=st.lists(st.tuples(TEXTS, st.floats(0, 1)), max_size=3).map(tuple),
)

WRITER = """
import sys
from pathlib import Path
from sayfind.feedback.log import SqliteEventLog
from sayfind.types import Action, FeedbackEvent

log, batch = SqliteEventLog(Path(sys.argv[1])), 0
while True:
    batch += 1
    log.append([FeedbackEvent(f"{sys.argv[2]}-{batch}-{i}", Action.SHOWN) for i in range(3)])
    print(batch, flush=True)
"""


@settings(deadline=None, max_examples=50)
@given(EVENTS)
def test_an_event_survives_its_json(event: FeedbackEvent) -> None:
    assert event_from_json(event_to_json(event)) == event


@pytest.mark.parametrize("line", ["{}", "[]", '{"action": "sang"}', '{"action": "shown"}', "1", ""])
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        event_from_json(line)


def test_an_event_has_a_trace_a_rank_and_a_propensity() -> None:
    for wrong in ({"rank": -1}, {"propensity": 0.0}, {"propensity": 1.5}, {"trace_id": ""}):
        with pytest.raises(ValueError):
            FeedbackEvent(**{"trace_id": "t", "action": Action.SHOWN, **wrong})  # type: ignore[arg-type]


def test_it_is_a_log(reopen: Reopen) -> None:
    assert isinstance(reopen(), EventLog)


def test_what_was_appended_is_read_in_order_and_after_a_restart(reopen: Reopen) -> None:
    log = reopen()
    assert log.append([]) == 0
    events = [FeedbackEvent(f"t{i}", Action.CLICKED, text="耐克 跑鞋") for i in range(5)]
    assert log.append(events[:2]) == 2
    assert log.append(events[2:]) == 5
    log.close()
    assert list(reopen().read()) == list(enumerate(events, 1))
    assert [number for number, _ in reopen().read(after=3)] == [4, 5]


def test_a_person_may_be_forgotten(reopen: Reopen) -> None:
    log = reopen()
    log.append([FeedbackEvent("t", Action.SHOWN, session=s) for s in ("ann", "bob", "ann")])
    assert log.forget("ann") == 2
    assert [(number, event.session) for number, event in log.read()] == [(2, "bob")]
    log.append([FeedbackEvent("t", Action.SHOWN, session="eve")])
    assert [number for number, _ in log.read()] == [2, 4], "a number is never given twice"


def test_threads_and_second_openings_lose_nothing(reopen: Reopen) -> None:
    logs = [reopen(), reopen()]

    def write(writer: int) -> None:
        for i in range(20):
            logs[writer % 2].append([FeedbackEvent(f"{writer}-{i}", Action.SHOWN)] * 2)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    found = [event.trace_id for _, event in logs[0].read()]
    assert sorted(found) == sorted(f"{w}-{i}" for w in range(4) for i in range(20) for _ in "ab")


def test_reading_goes_on_over_many_pages(tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "log")
    log.append([FeedbackEvent(str(i), Action.SHOWN) for i in range(4_500)])
    assert [int(event.trace_id) for _, event in log.read()] == list(range(4_500))


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Fifty times. A batch is there whole or not at all, and the log opens at once again."""
    path = tmp_path / "log"
    for trial in range(50):
        command = [sys.executable, "-c", WRITER, str(path), str(trial)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline() for _ in range(1 + trial % 7)]
            time.sleep(0.0007 * trial)
            writer.kill()
            lines += writer.stdout.readlines()
        acknowledged = max(int(line) for line in lines if line.endswith("\n"))
        started = time.perf_counter()
        log = SqliteEventLog(path)
        mine = [e.trace_id for _, e in log.read() if e.trace_id.startswith(f"{trial}-")]
        assert time.perf_counter() - started < 5.0
        log.close()
        batches = len(mine) // 3
        assert mine == [f"{trial}-{b}-{i}" for b in range(1, batches + 1) for i in range(3)]
        assert batches >= acknowledged


def test_no_place_and_no_log(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="Cannot write"):
        SqliteEventLog(tmp_path)
    other = tmp_path / "letter.txt"
    other.write_text("Dear Sir or Madam, this is no database at all. " * 50)
    with pytest.raises(ShopError, match="no event log"):
        SqliteEventLog(other)


def test_a_newer_log_is_left_alone(tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "log")
    log._connection.execute("PRAGMA user_version=9")
    log.close()
    with pytest.raises(ShopError, match="no event log of this version"):
        SqliteEventLog(tmp_path / "log")


def test_a_closed_log_says_so(tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "log")
    log.close()
    with pytest.raises(StorageError):
        log.append([FeedbackEvent("t", Action.SHOWN)])


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed (extra: postgres)")
    from sayfind.feedback.postgres import PostgresEventLog

    with pytest.raises(StorageError, match="event log of the server"):
        PostgresEventLog(f"postgresql://shop@/postgres?host={tmp_path}")


def test_a_lost_connection_is_opened_again(server: str) -> None:
    from sayfind.feedback.postgres import PostgresEventLog

    log, other = PostgresEventLog(server), PostgresEventLog(server)
    before = log.append([FeedbackEvent("before", Action.SHOWN)])
    pid = log._connection.info.backend_pid
    other._run(lambda cursor: cursor.execute("SELECT pg_terminate_backend(%s)", (pid,)))
    with pytest.raises(StorageError):
        log.append([FeedbackEvent("lost", Action.SHOWN)])
    assert log.append([FeedbackEvent("after", Action.SHOWN)]) > before
    assert [event.trace_id for _, event in log.read(after=before - 1)] == ["before", "after"]
    log.close()
    other.close()
