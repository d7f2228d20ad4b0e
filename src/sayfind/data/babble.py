"""Many people talking at once, made of the clips of a set.

Each of the talkers is another speaker where speakers are known, and other clips where they are
not; never the case that the babble is laid under, nor its speaker (unless the set has no other).
A talker's clips follow one another as they are, pauses included, from a random place in the
first; all talk equally loud.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.augment import squeeze_pauses
from sayfind.audio.level import SILENCE, active_level, rms_level, set_level
from sayfind.data.case import Case
from sayfind.data.sets import SpokenSet
from sayfind.errors import InputError
from sayfind.types import Audio, FloatArray

__all__ = ["NUM_TALKERS", "talkers"]

NUM_TALKERS = 6
_LEVEL = -26.0
_MOST_CLIPS = 200  # of one talker, for a set of very short or silent clips

Generator = np.random.Generator
Item = TypeVar("Item")


def talkers(
    clips: SpokenSet, case_id: str, num_samples: int, rng: Generator, *, squeezed: bool
) -> Audio:
    """Six people talking, ``(num_samples,)`` at 16 kHz, at -26 dBFS.

    ``squeezed`` cuts every pause to 0.1 s.

    Raises:
        InputError: the set has no other clip with sound.
    """
    others = _others(clips, case_id)
    total = np.zeros(num_samples, np.float32)
    for queue in _queues(others, rng):
        total += _talk(queue, num_samples, rng, squeezed)
    level = rms_level(Audio(total, RATE))
    if level <= SILENCE:
        raise InputError(f"{clips.path}: its clips are silent, so nobody can be heard talking.")
    return Audio(total * np.float32(10 ** ((_LEVEL - level) / 20)), RATE)


def _others(clips: SpokenSet, case_id: str) -> list[Case]:
    speaker = next((case.speaker for case in clips.cases if case.id == case_id), "")
    others = [case for case in clips.cases if case.id != case_id]
    if not others:
        raise InputError(f"{clips.path}: babble under {case_id} needs other clips than that one.")
    return [case for case in others if not speaker or case.speaker != speaker] or others


def _queues(others: list[Case], rng: Generator) -> Iterator[Iterator[Case]]:
    """For each talker the clips to say, endlessly; no clip twice while there are others."""
    voices: dict[str, list[Case]] = {}
    for case in others:
        voices.setdefault(case.speaker, []).append(case)
    unknown = voices.pop("", [])
    shared = _shuffled(unknown, rng) if unknown else None
    own = {name: _shuffled(cases, rng) for name, cases in voices.items()}
    # Each nameless clip stands for a voice of its own when voices are drawn.
    names = [*own, *([""] * len(unknown))]
    order = _shuffled(names, rng)
    for _ in range(NUM_TALKERS):
        name = next(order)
        yield own[name] if name or shared is None else shared


def _shuffled(items: list[Item], rng: Generator) -> Iterator[Item]:
    while True:
        for number in rng.permutation(len(items)).tolist():
            yield items[number]


def _talk(queue: Iterator[Case], num_samples: int, rng: Generator, squeezed: bool) -> FloatArray:
    first = _said(next(queue), squeezed)
    start = int(rng.integers(max(1, len(first))))
    parts, length = [first], len(first)
    while length < start + num_samples and len(parts) < _MOST_CLIPS:
        parts.append(_said(next(queue), squeezed))
        length += len(parts[-1])
    talk: FloatArray = np.concatenate(parts)
    if not len(talk):
        return np.zeros(num_samples, np.float32)
    return talk.take(np.arange(start, start + num_samples), mode="wrap")


def _said(case: Case, squeezed: bool) -> FloatArray:
    """One clip at the common level; a silent one says nothing."""
    audio = case.kept_audio()
    if active_level(audio) <= SILENCE:
        return np.zeros(0, np.float32)
    audio = squeeze_pauses(audio) if squeezed else audio
    return set_level(audio, _LEVEL).samples
