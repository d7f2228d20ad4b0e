"""Batches prepared on another thread, in an order that a stopped run finds again."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from itertools import count, islice
from typing import Any

__all__ = ["ahead", "in_blocks"]

_END = StopIteration()
_PATIENCE = 0.2  # seconds between two looks at whether anybody still wants batches


class _Belt:
    """A few items between two threads, until nobody wants them."""

    def __init__(self, size: int) -> None:
        self._waiting: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(size)
        self.unwanted = threading.Event()

    def put(self, item: Any, error: BaseException | None = None) -> bool:
        """Whether the item found room before nobody wanted it any more."""
        while not self.unwanted.is_set():
            try:
                self._waiting.put((item, error), timeout=_PATIENCE)
                return True
            except queue.Full:
                continue
        return False

    def fill(self, stream: Iterator[Any]) -> None:
        """Put the stream on the belt, and what ends it."""
        try:
            for item in stream:
                if not self.put(item):
                    return
            self.put(None, _END)
        except BaseException as error:  # handed over, not swallowed
            self.put(None, error)

    def take(self) -> tuple[Any, BaseException | None]:
        """The next item, or what ended the stream."""
        return self._waiting.get()


def ahead(stream: Iterator[Any], size: int = 4) -> Generator[Any, None, None]:
    """The stream, prepared on another thread; what goes wrong there is raised here."""
    belt = _Belt(size)
    thread = threading.Thread(target=belt.fill, args=(stream,), daemon=True)
    thread.start()
    try:
        while True:
            item, error = belt.take()
            if error is _END:
                return
            if error:
                raise error
            yield item
    finally:
        belt.unwanted.set()
        thread.join()  # one that still makes batches while Python ends brings it down


def in_blocks(
    stream: Callable[[int], Iterator[Any]], size: int, seed: int, start: int
) -> Iterator[Any]:
    """Items from the one numbered ``start`` on, ``size`` of each seed's stream.

    A run that was stopped at a multiple of ``size`` finds the very same items again.
    """
    for first in count(start, size):
        yield from islice(stream(seed + first), size)
