"""Retrieve, then judge by the sound: names of the catalogue scored on the first pass's posteriors.

Knows posteriors, an index of names and n-best lists; nothing about audio or products. A name is
judged by the stretch that it explains best: what it loses there against the unconstrained best
path, and ``gain`` for each phone that it explains and the free path would have had to guess. All
candidates are scored so; where they lie is looked up for the few that are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sayfind.decoding.ctc_score import (
    best_path,
    forward_scores,
    spot,
    stretch_scores,
    token_numbers,
)
from sayfind.decoding.greedy import greedy
from sayfind.decoding.phone_retrieval import PhoneRetrieval
from sayfind.decoding.priors import with_less_blank
from sayfind.text.phonetics import readings
from sayfind.types import Hypothesis, NBest, Posteriors, Word

__all__ = ["Judged", "SecondPass", "SecondPassConfig", "acoustic_evidence"]

_IMPOSSIBLE = -1e4


@dataclass(frozen=True, slots=True)
class SecondPassConfig:
    """How names are judged and joined.

    ``num_candidates`` rows are scored exactly, ``kept`` names handed on. ``blank_bias`` is taken
    off the blank's log-odds before names are judged (``priors``); ``gain`` is the log-likelihood
    a name earns for each phone it explains. No name being there scores ``none``
    above the logarithm of the list's length (in a longer list something fits by chance);
    ``temperature`` turns scores into confidences. When joining, ``weight`` scales the
    acoustic evidence against the first pass, and a name enters at ``prior`` if its confidence is
    at least ``least_confidence``.
    """

    num_candidates: int = 300
    kept: int = 5
    blank_bias: float = 1.0
    gain: float = 3.0
    none: float = 2.0
    temperature: float = 2.0
    weight: float = 0.5
    prior: float = -2.0
    least_confidence: float = 0.05

    def __post_init__(self) -> None:
        if self.num_candidates < 1 or self.kept < 1 or self.temperature <= 0:
            raise ValueError("num_candidates and kept are at least 1, temperature is positive")


@dataclass(frozen=True, slots=True)
class Judged:
    """A name in the sound: ``start`` and ``end`` in seconds, ``confidence`` in [0, 1].

    ``relative`` is the log-likelihood against the best path over the stretch, at most 0;
    ``per_frame`` the same by frame; ``score`` what names are ordered by.
    """

    text: str
    start: float
    end: float
    relative: float
    per_frame: float
    score: float
    confidence: float


class SecondPass:
    """Names judged by the sound; one object serves any number of threads."""

    def __init__(self, index: PhoneRetrieval, config: SecondPassConfig | None = None) -> None:
        self.index = index
        self.config = config or SecondPassConfig()

    def judge(self, posteriors: Posteriors) -> tuple[Judged, ...]:
        """The names that the sound supports best, in order, each once."""
        config = self.config
        rows = self.index.candidates(posteriors, config.num_candidates).tolist()
        sounds = [self.index.sound(row) for row in rows]
        posteriors = with_less_blank(posteriors, config.blank_bias)
        heard = np.zeros(len(posteriors.log_probs))
        for phone in greedy(posteriors):
            heard[phone.start] += 1.0
        scores = stretch_scores(posteriors, sounds, config.gain * heard) + config.gain * heard.sum()
        best: dict[str, int] = {}
        for i in np.lexsort((rows, -scores)).tolist():
            if np.isfinite(scores[i]):
                best.setdefault(self.index.name(rows[i]), i)
        kept = list(best.items())[: config.kept]
        found = spot(posteriors, [sounds[i] for _, i in kept])
        shares = self._confidences(scores[list(best.values())])
        return tuple(
            Judged(
                text,
                float(start) * posteriors.frame_shift,
                float(end) * posteriors.frame_shift,
                float(relative),
                float(relative / max(1, end - start)),
                float(scores[i]),
                share,
            )
            for (text, i), share, relative, start, end in zip(kept, shares, *found, strict=False)
        )

    def _confidences(
        self, scores: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    ) -> list[float]:
        none = self.config.none + np.log(len(self.index))
        logits = np.append(scores, none) / self.config.temperature
        weights = np.exp(logits - logits.max())
        return [float(share) for share in (weights / weights.sum())[:-1]]

    def join(self, posteriors: Posteriors, readings_heard: NBest) -> NBest:
        """The n-best with names put where they were heard, all readings judged by the sound.

        Every reading gets ``acoustic``: its log-likelihood on these posteriors against the best
        path, per frame. A list without names in the sound keeps its readings.
        """
        old = list(zip(readings_heard.hypotheses, readings_heard.probabilities, strict=True))
        known = {h.text for h, _ in old}
        top = readings_heard.hypotheses[0] if old else Hypothesis("")
        base = np.log(max(readings_heard.confidence, 1e-12)) if old else 0.0
        totals = [float(np.log(max(p, 1e-12))) for _, p in old]
        hypotheses = [h for h, _ in old]
        for name in self.judge(posteriors):
            new = _with_name(top, name)
            if name.confidence >= self.config.least_confidence and new.text not in known:
                known.add(new.text)
                hypotheses.append(new)
                totals.append(float(base) + self.config.prior)
        evidence = acoustic_evidence(posteriors, [h.text for h in hypotheses])
        totals = [t + self.config.weight * e for t, e in zip(totals, evidence, strict=True)]
        frames = max(1, len(posteriors.log_probs))
        judged = [
            h.with_score("acoustic", e / frames) for h, e in zip(hypotheses, evidence, strict=True)
        ]
        return NBest.from_scores(judged, totals, readings_heard.language)


def acoustic_evidence(posteriors: Posteriors, texts: list[str], variants: int = 4) -> list[float]:
    """Log-likelihood of each text, in its best pronunciation, against the best path; at most ~0.

    A text that cannot be said with the tokens, or not in the time, gets a very low value.
    """
    sounds, owner = [], []
    for number, text in enumerate(texts):
        for reading in readings(text, variants):
            columns = token_numbers(reading, posteriors.tokens)
            if columns:
                sounds.append(columns)
                owner.append(number)
    result = np.full(len(texts), _IMPOSSIBLE)
    if sounds:
        scores = forward_scores(posteriors, sounds) - best_path(posteriors)
        np.maximum.at(result, np.array(owner), scores)
    return [float(value) for value in result]


def _with_name(reading: Hypothesis, name: Judged) -> Hypothesis:
    """The reading with a name in place of the words whose middle lies where it was heard."""

    def inside(word: Word) -> bool:
        return name.start <= (word.start + word.end) / 2 <= name.end

    new = Word(name.text, name.start, name.end, name.confidence)
    before = [w for w in reading.words if not inside(w) and w.start < name.start]
    after = [w for w in reading.words if not inside(w) and w.start >= name.start]
    words = (*before, new, *after)
    return replace(reading, text=" ".join(w.text for w in words), words=words)
