"""What every recogniser must do."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from sayfind.stages import Recognizer
from sayfind.testing.checks import check_n_best, silence, speech, together
from sayfind.types import Audio, Context

__all__ = ["RecognizerSuite"]


class RecognizerSuite(ABC):
    """Tests of ``Recognizer``; ``utterance`` may be replaced by one in its own language."""

    @abstractmethod
    def recognizer(self) -> Recognizer:
        """The recogniser under test."""

    def utterance(self) -> Audio:
        """Something that it can hear: "sony noise cancelling headphones"."""
        return speech()

    def test_it_is_a_recognizer(self) -> None:
        assert isinstance(self.recognizer(), Recognizer)

    def test_speech_gives_readings(self) -> None:
        audio = self.utterance()
        heard = self.recognizer().recognize(audio, Context())
        assert heard, "somebody spoke, and it heard nothing"
        check_n_best(heard, audio.seconds)

    def test_no_sound_gives_no_reading(self) -> None:
        recognizer = self.recognizer()
        for audio in (silence(0.0), silence(0.01)):
            assert not recognizer.recognize(audio, Context()), f"{audio.seconds} s of nothing"

    def test_any_sound_gives_a_list(self) -> None:
        recognizer = self.recognizer()
        noise = np.random.default_rng(0).normal(0, 0.1, 16_000).clip(-1, 1).astype(np.float32)
        loud = np.ones(16_000, dtype=np.float32)
        for samples in (noise, loud, silence(1.0).samples):
            check_n_best(recognizer.recognize(Audio(samples, 16_000), Context()), 1.0)

    def test_one_utterance_does_not_colour_the_next(self) -> None:
        audio, recognizer = self.utterance(), self.recognizer()
        first = recognizer.recognize(audio, Context())
        recognizer.recognize(silence(0.5), Context())
        assert recognizer.recognize(audio, Context()) == first

    def test_threads_do_not_disturb_one_another(self) -> None:
        audio, recognizer = self.utterance(), self.recognizer()
        alone = recognizer.recognize(audio, Context())
        heard = together(lambda: recognizer.recognize(audio, Context()), 3)
        assert [n_best.text for n_best in heard] == [alone.text] * 3

    def test_the_samples_stay_as_they_were(self) -> None:
        audio = self.utterance()
        before = audio.samples.copy()
        self.recognizer().recognize(audio, Context())
        assert np.array_equal(audio.samples, before)
