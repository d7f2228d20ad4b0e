"""What is remembered of recordings, and for how long."""

from __future__ import annotations

import numpy as np

from sayfind.ears.memory import Memory
from sayfind.types import Audio


def recording(seconds: float = 1.0) -> Audio:
    return Audio(np.zeros(round(16_000 * seconds), np.float32), 16_000)


def test_a_part_is_known_as_the_whole() -> None:
    memory, whole = Memory[str](), recording()
    assert memory.find(whole) is None
    assert memory.keep(whole.window(0.2, 0.7), "heard") == "heard"
    assert memory.find(whole) == memory.find(whole.window(0.5, 1.0)) == "heard"
    assert memory.find(recording()) is None


def test_the_last_value_counts() -> None:
    memory, whole = Memory[int](), recording()
    memory.keep(whole, 1)
    memory.keep(whole, 2)
    assert memory.find(whole) == 2


def test_only_the_latest_recordings_are_known() -> None:
    memory = Memory[int]()
    kept = [recording(0.01) for _ in range(40)]
    for number, audio in enumerate(kept):
        memory.keep(audio, number)
    assert [memory.find(audio) for audio in kept[-16:]] == list(range(24, 40))
    assert memory.find(kept[23]) is None


def test_another_recording_in_the_same_memory_is_not_taken_for_it() -> None:
    memory = Memory[str]()
    for _ in range(50):  # the allocator gives the same place again, sooner or later
        audio = recording(0.01)
        assert memory.find(audio) is None
        memory.keep(audio, "old")
        del audio
