"""What every voice activity detector must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import pairwise

import numpy as np

from sayfind.stages import VoiceActivityDetector
from sayfind.testing.checks import silence, speech, together
from sayfind.types import Audio

__all__ = ["VoiceActivityDetectorSuite"]


class VoiceActivityDetectorSuite(ABC):
    """Tests of ``VoiceActivityDetector``; ``detector`` gives a fresh one."""

    @abstractmethod
    def detector(self) -> VoiceActivityDetector:
        """The detector under test."""

    def test_it_is_a_detector(self) -> None:
        assert isinstance(self.detector(), VoiceActivityDetector)

    def test_nobody_speaks_in_silence(self) -> None:
        detector = self.detector()
        for seconds in (0.0, 0.01, 1.0, 3.0):
            assert detector.speech(silence(seconds)) == (), f"{seconds} s of silence"

    def test_somebody_speaks_in_speech(self) -> None:
        audio = speech()
        spans = self.detector().speech(audio)
        heard = sum(end - start for start, end in spans)
        assert heard > 0.3 * audio.seconds, f"only {heard:.2f} of {audio.seconds:.2f} s are speech"

    def test_stretches_are_in_order_and_within_the_sound(self) -> None:
        audio = Audio(np.tile(speech().samples, 2), 16_000)
        spans = self.detector().speech(audio)
        assert all(0.0 <= start < end <= audio.seconds + 0.05 for start, end in spans), spans
        assert all(a[1] <= b[0] for a, b in pairwise(spans)), f"they do not overlap: {spans}"

    def test_silence_before_speech_shifts_it(self) -> None:
        audio, detector = speech(), self.detector()
        later = Audio(np.concatenate([silence(1.0).samples, audio.samples]), 16_000)
        spans, after = detector.speech(audio), detector.speech(later)
        assert spans and after, "somebody spoke, and it found nobody"
        first, shifted = spans[0][0], after[0][0]
        assert abs(shifted - first - 1.0) < 0.35, f"began at {first:.2f} s, then {shifted:.2f} s"

    def test_the_same_sound_gives_the_same_answer_and_stays_as_it_was(self) -> None:
        audio, detector = speech(), self.detector()
        before = audio.samples.copy()
        answers = [detector.speech(audio), *together(lambda: detector.speech(audio))]
        assert all(answer == answers[0] for answer in answers), "threads disturb one another"
        assert np.array_equal(audio.samples, before), "the samples were changed"
