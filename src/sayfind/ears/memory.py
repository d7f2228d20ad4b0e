"""What was made of a recording a moment ago, so that the next stage need not make it again."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from sayfind.types import Audio

__all__ = ["Memory"]

T = TypeVar("T")
_REMEMBERED = 16  # recordings, of as many requests that are being answered at once


class Memory(Generic[T]):
    """Recordings and what was made of them last; threads may share it.

    Parts of one recording are that recording. It is known as long as its samples are in memory.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[weakref.ref[NDArray[np.float32]], T]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, audio: Audio, value: T) -> T:
        """Remember a value for a recording; gives it back."""
        owner = _owner(audio)
        with self._lock:
            self._known[id(owner)] = weakref.ref(owner), value
            self._known.move_to_end(id(owner))
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return value

    def find(self, audio: Audio) -> T | None:
        """What was kept last for the recording that a sound is part of."""
        owner = _owner(audio)
        with self._lock:
            known = self._known.get(id(owner))
        return known[1] if known and known[0]() is owner else None


def _owner(audio: Audio) -> NDArray[np.float32]:
    """The array whose memory a sound lies in: parts of one recording share it."""
    samples: NDArray[np.float32] = audio.samples
    while isinstance(samples.base, np.ndarray):
        samples = samples.base
    return samples
