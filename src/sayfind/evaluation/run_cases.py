"""Runs the cases of a plan, in this process or over several, and keeps each as it finishes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from tqdm import tqdm

from sayfind.errors import SayfindError
from sayfind.evaluation.run_bench import Bench, SearchFactory
from sayfind.evaluation.run_plan import Condition, Plan
from sayfind.evaluation.run_record import CaseRecord
from sayfind.evaluation.run_store import RecordStore
from sayfind.pipeline import VoiceSearch

__all__ = ["Task", "run_cases"]

Task = tuple[str, Condition]

_bench: Bench | None = None  # one for each worker process, opened by its initialiser


def run_cases(
    bench: Bench,
    tasks: Sequence[Task],
    store: RecordStore | None = None,
    factory: SearchFactory = VoiceSearch,
    *,
    quiet: bool = False,
) -> list[CaseRecord]:
    """A record for every task, in the order of the tasks whatever order they finish in.

    What ``store`` holds already is not run again. With several processes each opens the plan of
    ``bench`` for itself by ``factory``, which has to be importable; with one, ``bench`` does it.

    Raises:
        SayfindError: one of several processes was killed.
    """
    done = {record.key: record for record in (store.finished if store else ())}
    left = [task for task in tasks if task not in done]
    bar = tqdm(total=len(tasks), initial=len(tasks) - len(left), unit="case", disable=quiet)
    with bar:
        for record in _records(bench, left, factory):
            done[record.key] = record
            if store:
                store.add(record)
            bar.update()
    return [done[task] for task in tasks]


def _records(bench: Bench, tasks: Sequence[Task], factory: SearchFactory) -> Iterator[CaseRecord]:
    if bench.plan.jobs == 1 or len(tasks) < 2:
        return (bench.run(*task) for task in tasks)
    return _parallel(bench.plan, tasks, factory)


def _parallel(plan: Plan, tasks: Sequence[Task], factory: SearchFactory) -> Iterator[CaseRecord]:
    # "spawn": neither the recogniser's nor onnxruntime's threads survive a fork
    context = multiprocessing.get_context("spawn")
    jobs = min(plan.jobs, len(tasks))
    with ProcessPoolExecutor(jobs, context, _open, (plan, factory)) as pool:
        futures = [pool.submit(_run, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise SayfindError(
                "A process of this run was killed, for want of memory perhaps: "
                "go on with --resume and fewer --jobs."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _open(plan: Plan, factory: SearchFactory) -> None:
    global _bench  # noqa: PLW0603
    _bench = Bench.open(plan, factory)


def _run(task: Task) -> CaseRecord:
    assert _bench is not None
    return _bench.run(*task)
