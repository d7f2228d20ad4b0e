"""What every recogniser that hears in pieces must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from sayfind.stages import StreamingRecognizer
from sayfind.testing.checks import check_n_best, silence, speech, together
from sayfind.types import Audio, NBest

__all__ = ["StreamingRecognizerSuite"]


class StreamingRecognizerSuite(ABC):
    """Tests of ``StreamingRecognizer``; ``utterance`` may be replaced by one in its language."""

    @abstractmethod
    def recognizer(self) -> StreamingRecognizer[Any]:
        """The recogniser under test."""

    def utterance(self) -> Audio:
        """Something that it can hear: "sony noise cancelling headphones"."""
        return speech()

    def heard(self, cuts: Sequence[int]) -> NBest:
        """The readings of the utterance, cut at these samples."""
        audio, recognizer = self.utterance(), self.recognizer()
        state = recognizer.start()
        for piece in np.split(audio.samples, cuts):
            state = recognizer.step(state, Audio(piece, audio.rate))
        return recognizer.finish(state)

    def test_it_is_a_streaming_recognizer(self) -> None:
        assert isinstance(self.recognizer(), StreamingRecognizer)

    def test_speech_gives_readings(self) -> None:
        heard = self.heard([])
        assert heard, "somebody spoke, and it heard nothing"
        check_n_best(heard, self.utterance().seconds)

    def test_pieces_give_the_readings_of_the_whole(self) -> None:
        whole, length = self.heard([]), len(self.utterance().samples)
        odd = np.sort(np.random.default_rng(0).integers(0, length, 9)).tolist()
        for cuts in (range(4_000, length, 4_000), [1, 1, 2, length - 1], odd):
            pieces = self.heard(list(cuts))
            assert pieces.text == whole.text, f"cut at {list(cuts)} it is heard otherwise"
            assert np.allclose(pieces.probabilities, whole.probabilities, atol=1e-3)

    def test_a_state_may_be_gone_on_from_twice(self) -> None:
        audio, recognizer = self.utterance(), self.recognizer()
        half = len(audio.samples) // 2
        state = recognizer.step(recognizer.start(), Audio(audio.samples[:half], audio.rate))
        recognizer.finish(recognizer.step(state, silence(1.0)))
        rest = Audio(audio.samples[half:], audio.rate)
        assert recognizer.finish(recognizer.step(state, rest)).text == self.heard([]).text

    def test_no_sound_gives_no_reading(self) -> None:
        recognizer = self.recognizer()
        assert not recognizer.finish(recognizer.start())
        assert not recognizer.finish(recognizer.step(recognizer.start(), silence(0.0)))

    def test_threads_do_not_disturb_one_another(self) -> None:
        alone = self.heard([])
        assert [n_best.text for n_best in together(lambda: self.heard([]), 3)] == [alone.text] * 3
