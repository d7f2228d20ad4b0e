"""Two hearings of one sound: the recording as it is, and the voice that is near.

Where it is noisy a network turns down what is far (``audio.enhance``), and our own ears listen to
that as well. It takes away some of the speech too, so neither replaces the other: each has readings
that the other has not, and a reading is judged by both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayfind.audio.enhance import Enhancer
from sayfind.audio.level import loudness_range
from sayfind.decoding.second_pass import acoustic_evidence
from sayfind.ears.memory import Memory
from sayfind.types import Audio, Posteriors

__all__ = ["NearVoice", "evidence"]


class NearVoice:
    """Gives the near voice of noisy recordings; remembers it for who asks next.

    It is noisy where loud and quiet frames are less than ``noisy_under`` decibels apart.
    """

    def __init__(self, noisy_under: float = 40.0, enhancer: Enhancer | None = None) -> None:
        """Listen with the bundled network, or another.

        Raises:
            ModelError: the network cannot be opened.
        """
        self.noisy_under = noisy_under
        self._enhancer = enhancer or Enhancer()
        self._memory = Memory[Audio | None]()

    def is_noisy(self, audio: Audio) -> bool:
        """Whether there is something behind the voice; not in digital silence."""
        return loudness_range(audio) < self.noisy_under and bool(audio.samples.any())

    def of(self, audio: Audio) -> Audio | None:
        """The near voice of a 16 kHz recording, as long as that; ``None`` where it is quiet."""
        near = self._enhancer.separate(audio).audio if self.is_noisy(audio) else None
        return self._memory.keep(audio, near)

    def again(self, audio: Audio) -> Audio | None:
        """What ``of`` gave last for the recording that a sound is part of."""
        return self._memory.find(audio)


def evidence(hearings: Sequence[Posteriors], texts: list[str], near_share: float) -> list[float]:
    """Log-likelihood of each text against the best path, at most about 0.

    The first hearing is of the recording; the second, if there is one, of the near voice, and
    counts for ``near_share`` of the whole.
    """
    values = [np.array(acoustic_evidence(each, texts)) for each in hearings[:2]]
    if len(values) == 1:
        return [float(value) for value in values[0]]
    return [float(value) for value in (1 - near_share) * values[0] + near_share * values[1]]
