"""What a stage must be able to do: one or two methods each.

A room's implementations satisfy these by shape; nothing inherits from them. The pipeline knows
only these names, so that replacing one stage changes nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sayfind.types import (
    Audio,
    Change,
    Context,
    Hit,
    NBest,
    Posteriors,
    Query,
    SearchResult,
    Session,
)

__all__ = [
    "AcousticModel",
    "Corrector",
    "Encoder",
    "LanguageModel",
    "PhraseScorer",
    "Recognizer",
    "Recommender",
    "Retriever",
    "StreamingRecognizer",
    "Understander",
    "VoiceActivityDetector",
]


@runtime_checkable
class VoiceActivityDetector(Protocol):
    """Finds where somebody speaks."""

    def speech(self, audio: Audio) -> tuple[tuple[float, float], ...]:
        """(start, end) of each stretch of speech in seconds, in order, not overlapping."""
        ...


@runtime_checkable
class AcousticModel(Protocol):
    """Tells sounds apart: sound in, posteriors over phones (or other tokens) out."""

    def posteriors(self, audio: Audio) -> Posteriors:
        """Log-probabilities of every token in every frame; no frames where there is no sound."""
        ...


@runtime_checkable
class Recognizer(Protocol):
    """Hears: sound in, readings out."""

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The readings of one utterance; empty where nothing was said."""
        ...


@runtime_checkable
class PhraseScorer(Protocol):
    """Judges given phrases by the sound."""

    def score(self, audio: Audio, phrases: Sequence[str]) -> list[float | None]:
        """Acoustic log-likelihood of each phrase as the whole utterance.

        ``None`` where a phrase cannot be aligned with the sound at all. Values are comparable
        between phrases of one call, not between recordings.
        """
        ...


@runtime_checkable
class Corrector(Protocol):
    """Repairs readings from a closed set, or leaves them."""

    def correct(self, n_best: NBest, audio: Audio | None) -> tuple[NBest, tuple[Change, ...]]:
        """New readings, and every change that was made or considered and refused.

        ``audio`` is ``None`` for typed text.
        """
        ...


@runtime_checkable
class Understander(Protocol):
    """Reads wishes out of readings."""

    def understand(self, n_best: NBest) -> Query:
        """The query behind an n-best list (not only behind its first line)."""
        ...


@runtime_checkable
class Retriever(Protocol):
    """Finds products."""

    def search(self, query: Query, k: int) -> SearchResult:
        """At most ``k`` hits in order, with counts and facets over all that match."""
        ...


@runtime_checkable
class Recommender(Protocol):
    """Suggests products unasked."""

    def suggest(self, session: Session, k: int) -> tuple[Hit, ...]:
        """At most ``k`` products, best first, with a reason each.

        Nothing that the session holds already; where ``session.personal`` is false, the same for
        everybody.
        """
        ...


@runtime_checkable
class Encoder(Protocol):
    """Turns texts into vectors that are near where the texts mean the same."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A vector of unit length for each text, ``(num_texts, width)``."""
        ...


State = TypeVar("State")


@runtime_checkable
class StreamingRecognizer(Protocol[State]):
    """Hears while somebody speaks; the state is a value, so that one serves many at a time.

    However the sound is cut, the readings are those of the whole.
    """

    def start(self) -> State:
        """State before the first sample."""
        ...

    def step(self, state: State, audio: Audio) -> State:
        """State after some more sound, of any length; the one that was given stays as it was."""
        ...

    def finish(self, state: State) -> NBest:
        """The readings of all that was heard; empty where nothing was said."""
        ...


@runtime_checkable
class LanguageModel(Protocol[State]):
    """Scores a sentence token by token; the state is a value."""

    def start(self) -> State:
        """State at the beginning of a sentence."""
        ...

    def score(self, state: State, token: str) -> tuple[float, State]:
        """Natural-log probability of a token after a state, and the state after it."""
        ...
