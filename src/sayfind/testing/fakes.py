"""The smallest stages that keep every promise: stand-ins while you test a stage of your own.

Each passes its suite. They know the few things that they are given and nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sayfind.types import (
    Audio,
    Change,
    Constraint,
    Context,
    Hit,
    Hypothesis,
    NBest,
    Query,
    SearchResult,
    Session,
)

__all__ = [
    "FakeCorrector",
    "FakeLanguageModel",
    "FakeRecognizer",
    "FakeRecommender",
    "FakeRetriever",
    "FakeUnderstander",
    "FakeVoiceActivityDetector",
]


@dataclass(frozen=True)
class FakeVoiceActivityDetector:
    """Takes whatever is louder than ``threshold`` for speech, from its first sample to its last."""

    threshold: float = 0.01

    def speech(self, audio: Audio) -> tuple[tuple[float, float], ...]:
        loud = [i for i, x in enumerate(audio.samples.tolist()) if abs(x) > self.threshold]
        return ((loud[0] / audio.rate, (loud[-1] + 1) / audio.rate),) if loud else ()


@dataclass(frozen=True)
class FakeRecognizer:
    """Hears ``texts`` in every sound that is not silent, the first most probably."""

    texts: Sequence[str]

    def recognize(self, audio: Audio, context: Context) -> NBest:  # noqa: ARG002
        if not audio.samples.any():
            return NBest()
        readings = [Hypothesis(text, {"acoustic": -float(i)}) for i, text in enumerate(self.texts)]
        return NBest.from_scores(readings, [-float(i) for i in range(len(readings))])


@dataclass(frozen=True)
class FakeCorrector:
    """Replaces whole words of the first reading, from ``replacements``."""

    replacements: Mapping[str, str]

    def correct(self, n_best: NBest, audio: Audio | None) -> tuple[NBest, tuple[Change, ...]]:  # noqa: ARG002
        text = n_best.text
        changes = tuple(
            Change(m[0], self.replacements[m[0]], m.start(), m.end(), True, "in the list")
            for m in re.finditer(r"\w+", text)
            if m[0] in self.replacements
        )
        if not changes:
            return n_best, ()
        for change in reversed(changes):
            text = text[: change.start] + change.after + text[change.end :]
        rest = n_best.hypotheses[1:]
        return NBest((Hypothesis(text), *rest), n_best.probabilities, n_best.language), changes


@dataclass(frozen=True)
class FakeUnderstander:
    """Finds the constraint of each known word."""

    wishes: Mapping[str, Constraint]

    def understand(self, n_best: NBest) -> Query:
        words = n_best.text.split()
        found = tuple(self.wishes[word] for word in words if word in self.wishes)
        rest = " ".join(word for word in words if word not in self.wishes)
        pairs = zip(n_best.hypotheses, n_best.probabilities, strict=True)
        alternatives = tuple((reading.text, share) for reading, share in pairs)
        return Query(n_best.text, rest, found, alternatives=alternatives)


@dataclass(frozen=True)
class FakeRetriever:
    """Finds the products (id to title) that share words with the query, most words first."""

    titles: Mapping[str, str]

    def search(self, query: Query, k: int) -> SearchResult:
        words = set(query.text.lower().split())
        shared = {
            name: len(words & set(title.lower().split())) for name, title in self.titles.items()
        }
        found = sorted((name for name in shared if shared[name]), key=lambda name: -shared[name])
        hits = tuple(Hit(name, float(shared[name]), ("shares a word",)) for name in found)
        return SearchResult(hits[:k], len(hits))


@dataclass(frozen=True)
class FakeRecommender:
    """Suggests ``products`` in their order, whoever it is for."""

    products: Sequence[str]

    def suggest(self, session: Session, k: int) -> tuple[Hit, ...]:
        held = {*session.viewed, *session.bought} if session.personal else set()
        left = [name for name in self.products if name not in held]
        return tuple(Hit(name, -float(i), ("in the list",)) for i, name in enumerate(left[:k]))


@dataclass(frozen=True)
class FakeLanguageModel:
    """Every word is as likely as any other; the state is how many came before."""

    words: frozenset[str] = field(default_factory=frozenset)

    def start(self) -> int:
        return 0

    def score(self, state: int, token: str) -> tuple[float, int]:  # noqa: ARG002
        return -math.log(len(self.words) + 1), state + 1
