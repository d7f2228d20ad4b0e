from __future__ import annotations

import threading
import time

import anyio
import pytest

from sayfind.errors import OverloadedError
from sayfind.serving import ServingConfig
from sayfind.serving.admission import Admission, Turn


def test_the_line_is_bounded_and_moves_on() -> None:
    async def scenario() -> None:
        admission = Admission(ServingConfig(workers=1, max_waiting=1))
        release, results = threading.Event(), []

        async def one() -> None:
            results.append(await admission.run(lambda turn: release.wait(10) and turn.waited >= 0))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one)
            tasks.start_soon(one)
            await anyio.wait_all_tasks_blocked()
            assert admission.full
            with pytest.raises(OverloadedError) as refused:
                await admission.run(lambda turn: None)
            assert refused.value.retry_after >= 1
            release.set()
        assert results == [True, True]
        assert not admission.full

    anyio.run(scenario)


def test_a_failure_leaves_the_line() -> None:
    async def scenario() -> None:
        admission = Admission(ServingConfig(workers=1, max_waiting=0))
        with pytest.raises(ZeroDivisionError):
            await admission.run(lambda turn: 1 / 0)
        assert not admission.full

    anyio.run(scenario)


async def behind(admission: Admission, seconds: float) -> list[Turn | OverloadedError]:
    """What a second one is told that waits for so long behind a first one."""
    release, told = threading.Event(), []

    async def second() -> None:
        try:
            told.append(await admission.run(lambda turn: turn))
        except OverloadedError as error:
            told.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(admission.run, lambda _: release.wait(10))
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(second)
        await anyio.sleep(seconds)
        release.set()
    return told


def test_who_waited_is_heard_in_a_hurry_and_who_waited_too_long_is_sent_away() -> None:
    admission = Admission(ServingConfig(workers=1, hurry_after=0.1, max_wait=0.5))
    (at_once,) = anyio.run(behind, admission, 0.0)
    (late,) = anyio.run(behind, admission, 0.2)
    (too_late,) = anyio.run(behind, admission, 0.7)
    assert isinstance(at_once, Turn) and not at_once.hurried
    assert isinstance(late, Turn) and late.hurried and late.waited >= 0.1
    assert isinstance(too_late, OverloadedError)
    assert not admission.inside


def test_what_is_only_nice_to_have_is_done_where_nobody_waits() -> None:
    async def scenario() -> None:
        admission = Admission(ServingConfig(workers=1))
        release = threading.Event()
        assert await admission.spare(lambda: "idle") == "idle"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(admission.run, lambda _: release.wait(10))
            await anyio.wait_all_tasks_blocked()
            started = time.perf_counter()
            assert await admission.spare(lambda: "busy") is None
            assert time.perf_counter() - started < 1
            release.set()

    anyio.run(scenario)
