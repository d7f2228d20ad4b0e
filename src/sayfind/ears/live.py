"""Follows somebody who is speaking: the words so far, and whether that was all.

The words come from our own ears alone, which hear everything so far anew each time at about a
fiftieth of real time; what consecutive hearings agree on is kept (Liu et al. 2020, local
agreement). That was all once it has been quiet for a while: a short one after words that may end a
query, a longer one after words that want more ("shoes under"), as the shop's language model says.
The state is a value: it knows of the sound what is still needed, and nobody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sayfind.audio.vad import FRAME_SECONDS, SileroVad, VadState
from sayfind.ears.bilingual import BilingualEars, join_mandarin
from sayfind.ears.own import OwnEars
from sayfind.lm.backoff import END
from sayfind.types import Audio, Context, Word

__all__ = ["Agreement", "LiveConfig", "LiveEars", "LiveState"]


@dataclass(frozen=True, slots=True)
class LiveConfig:
    """When to listen anew, and when it was all; times in seconds.

    ``every`` is the least new sound between two hearings, and ``share`` the least in proportion to
    what was heard before, which bounds their cost for long speech; ``agreeing`` hearings in a row
    make a word stable. The utterance ends after ``quiet`` behind words whose end has a
    log-probability of ``end_log_prob`` or more, and after ``patience`` behind others.
    ``least_speech`` is what has to be said at all.
    """

    every: float = 0.3
    share: float = 0.15
    agreeing: int = 3
    quiet: float = 0.5
    patience: float = 1.2
    end_log_prob: float = -3.2
    least_speech: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.quiet <= self.patience or self.every <= 0 or self.share < 0:
            raise ValueError("0 < quiet <= patience, every is positive and share not negative")
        if self.agreeing < 1:
            raise ValueError("agreeing is at least 1")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was heard last, and how much of it will stay: ``stable`` words at its beginning.

    ``times`` says of each word how many readings in a row had it, and all before it.
    """

    words: tuple[Word, ...] = ()
    times: tuple[int, ...] = ()
    stable: int = 0

    def heard(self, reading: Sequence[Word], enough: int) -> Agreement:
        """After one more reading of the same sound, which may have grown meanwhile.

        What ``enough`` readings agreed on is stable: it stays whatever later ones say of it, and
        what they say of later sound follows it.
        """
        kept = self.words[: self.stable]
        until = kept[-1].end if kept else 0.0
        words = (*kept, *(word for word in reading if (word.start + word.end) / 2 > until))
        times, agree = [], True
        for place, word in enumerate(words):
            agree = agree and place < len(self.words) and self.words[place].text == word.text
            times.append(self.times[place] + 1 if agree else 1)
        sure = next((at for at, count in enumerate(times) if count < enough), len(times))
        return Agreement(words, tuple(times), max(self.stable, sure))

    @property
    def text(self) -> str:
        """The words in a row."""
        return _joined(self.words)

    @property
    def stable_text(self) -> str:
        """What of ``text`` will stay; it begins with this."""
        return _joined(self.words[: self.stable])


@dataclass(frozen=True, slots=True)
class LiveState:
    """One utterance, half said; times in seconds since its sound began."""

    vad: VadState
    began: float | None = None  # of the first stretch of speech
    said: float = 0.0  # seconds of finished stretches
    ended: float = 0.0  # of the last finished stretch
    heard: float = 0.0  # how far the last hearing went
    words: Agreement = field(default_factory=Agreement)
    may_end: bool = False

    @property
    def seconds(self) -> float:
        """How much sound was followed."""
        return self.vad.hysteresis.num_frames * FRAME_SECONDS

    @property
    def quiet(self) -> float:
        """Seconds since somebody spoke; none before anybody did, and while somebody does."""
        if self.vad.speaking:
            return self.vad.silence
        return self.seconds - self.ended if self.said else 0.0


class LiveEars:
    """Follows utterances; safe to share between threads, since nothing is remembered here."""

    def __init__(
        self, ears: BilingualEars, vad: SileroVad | None = None, config: LiveConfig | None = None
    ) -> None:
        self.ears, self.vad, self.config = ears, vad or SileroVad(), config or LiveConfig()

    def start(self) -> LiveState:
        """Before the first sample."""
        return LiveState(self.vad.start())

    def step(self, state: LiveState, chunk: Audio) -> LiveState:
        """After some more 16 kHz sound of any length; costs 1/500 of its duration."""
        vad, spans = self.vad.step(state.vad, chunk)
        said = state.said + sum(end - start for start, end in spans)
        ended = spans[-1][1] if spans else state.ended
        began = state.began
        if began is None and vad.hysteresis.start is not None:
            began = vad.hysteresis.start * FRAME_SECONDS
        if not said and not vad.speaking:
            began = None  # that was too short to be speech
        if began is None and spans:
            began = spans[0][0]
        return replace(state, vad=vad, said=said, ended=ended, began=began)

    def due(self, state: LiveState) -> bool:
        """Whether it is time for ``hear``: for new words, or to judge whether they were all."""
        if state.began is None:
            return False
        if not state.vad.speaking:
            return state.heard < state.ended
        length = max(0.0, state.heard - state.began)
        new = state.seconds - max(state.heard, state.began)
        return new >= max(self.config.every, self.config.share * length)

    def hear(self, state: LiveState, audio: Audio, context: Context) -> LiveState:
        """After hearing ``audio``, all the 16 kHz sound of ``state``, anew.

        Raises:
            LanguageError: the shop has no word that can be said.
        """
        if state.began is None:
            return state
        speech = ((state.began, audio.seconds),)
        ears, n_best = self.ears.glance(audio, replace(context, speech=speech))
        best = n_best.hypotheses[0].words if n_best else ()
        words = state.words.heard(best, self.config.agreeing)
        return replace(
            state, words=words, heard=state.seconds, may_end=self._may_end(ears, words.words)
        )

    def ended(self, state: LiveState) -> bool:
        """Whether what was said is over."""
        if state.said < self.config.least_speech:
            return False
        known = state.heard >= state.ended and state.may_end
        return state.quiet >= (self.config.quiet if known else self.config.patience)

    def nearly_ended(self, state: LiveState) -> bool:
        """Whether it is worth answering ahead: nobody speaks, and the words may be all."""
        over = not state.vad.speaking and state.said >= self.config.least_speech
        return over and state.heard >= state.ended and state.may_end

    def _may_end(self, ears: OwnEars | None, words: Sequence[Word]) -> bool:
        if ears is None or ears.model is None or not words:
            return False
        model_state = ears.model.start()
        for word in words:
            _, model_state = ears.model.score(model_state, word.text)
        return ears.model.score(model_state, END)[0] >= self.config.end_log_prob


def _joined(words: Sequence[Word]) -> str:
    return join_mandarin([word.text for word in words])
