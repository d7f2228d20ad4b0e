"""What a finished search says: an n-best list with separate scores, word times and confidences.

Knows the records of a search and ``types``; adds nothing to the scores but the temperature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from sayfind.decoding.beam import Beams, Search
from sayfind.types import Hypothesis, NBest, Word

__all__ = ["later", "n_best", "with_word_confidences"]


def n_best(
    search: Search,
    beams: Beams,
    words: Sequence[str],
    frame_shift: float,
    join: Callable[[Sequence[str]], str] = " ".join,
) -> NBest:
    """The readings of a search that has seen its last frame; empty where silence is likeliest."""
    config = search.config
    found = search.finish(beams)
    histories = np.array([history for history, _, _ in found], dtype=np.int64)
    lm, bias, rest = search.histories.finished(histories)
    totals = rest + np.array([acoustic for _, acoustic, _ in found])
    order = np.argsort(-totals, kind="stable")
    hypotheses: list[Hypothesis] = []
    kept: list[float] = []
    for i in order.tolist():
        history, acoustic, record = found[i]
        text = join(search.histories.text(history))
        if not text:
            if not hypotheses:
                return NBest()
            continue
        scores = {"acoustic": float(acoustic), "lm": float(lm[i]), "bias": float(bias[i])}
        hypotheses.append(Hypothesis(text, scores, _words(search, record, words, frame_shift)))
        kept.append(float(totals[i]) / config.temperature)
        if len(kept) == config.num_hypotheses:
            break
    return with_word_confidences(NBest.from_scores(hypotheses, kept))


def _words(
    search: Search, record: int, names: Sequence[str], frame_shift: float
) -> tuple[Word, ...]:
    words = []
    while record >= 0:
        record, word, start, end = search.records[record]
        words.append(Word(names[word], start * frame_shift, end * frame_shift))
    return tuple(reversed(words))


def with_word_confidences(readings: NBest) -> NBest:
    """The same list, each word's confidence the share of the readings that hold it there."""

    def confidence(word: Word) -> float:
        share = sum(
            probability
            for other, probability in zip(readings.hypotheses, readings.probabilities, strict=True)
            if any(
                w.text == word.text and w.start < word.end and word.start < w.end
                for w in other.words
            )
        )
        return min(1.0, share)

    hypotheses = tuple(
        replace(h, words=tuple(replace(w, confidence=confidence(w)) for w in h.words))
        for h in readings.hypotheses
    )
    return replace(readings, hypotheses=hypotheses)


def later(n_best: NBest, seconds: float) -> NBest:
    """The same readings, every word so many seconds later."""

    def moved(word: Word) -> Word:
        return replace(word, start=word.start + seconds, end=word.end + seconds)

    hypotheses = tuple(replace(h, words=tuple(map(moved, h.words))) for h in n_best.hypotheses)
    return replace(n_best, hypotheses=hypotheses)
