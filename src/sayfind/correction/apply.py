"""Changes put into a text, into an n-best list, and into a "did you mean"."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sayfind.correction.reasons import OFFERED
from sayfind.types import Change, Hypothesis, NBest, Word

__all__ = ["apply", "did_you_mean", "join"]


def apply(text: str, changes: Sequence[Change]) -> str:
    """The text with changes made; they do not overlap."""
    for change in sorted(changes, key=lambda c: -c.start):
        text = text[: change.start] + change.after + text[change.end :]
    return text


def join(n_best: NBest, taken: Sequence[Change]) -> NBest:
    """The n-best with the corrected reading in front of the one it came from."""
    first, share = n_best.hypotheses[0], n_best.probabilities[0]
    text = apply(first.text, taken)
    sure = min(_sureness(change) for change in taken)
    fixed = Hypothesis(text, {**first.scores, "corrector": math.log(sure)}, _words(first, taken))
    scored = [
        (fixed, share * sure),
        (first.with_score("corrector", math.log1p(-sure)), share * (1 - sure)),
    ]
    for hypothesis, probability in zip(
        n_best.hypotheses[1:], n_best.probabilities[1:], strict=True
    ):
        if hypothesis.text == text:  # the recogniser had it too
            scored[0] = (fixed, scored[0][1] + probability)
        else:
            scored.append((hypothesis, probability))
    scored.sort(key=lambda pair: -pair[1])
    return NBest(tuple(h for h, _ in scored), tuple(p for _, p in scored), n_best.language)


def _sureness(change: Change) -> float:
    """Probability given to a change: 0.95 where nothing differs, 0.75 at the limit."""
    limit = change.scores["limit"]
    return 0.95 - 0.2 * min(1.0, change.scores["distance"] / limit if limit else 1.0)


def _words(first: Hypothesis, taken: Sequence[Change]) -> tuple[Word, ...]:
    """Word times of the corrected reading; none if they do not fit the text."""
    places, at = [], 0
    for word in first.words:
        start = first.text.find(word.text, at)
        if start < 0:
            return ()
        at = start + len(word.text)
        places.append((start, at, word))
    words: list[Word] = []
    for start, end, word in places:
        change = next((c for c in taken if c.start < end and start < c.end), None)
        if change is None:
            words.append(word)
        elif start <= change.start:
            words.append(Word(change.after, word.start, word.end, word.confidence))
        else:
            last = words[-1]
            sure = min(last.confidence, word.confidence)
            words[-1] = Word(last.text, last.start, word.end, sure)
    return tuple(words)


def did_you_mean(text: str, changes: Sequence[Change], limit: int = 3) -> tuple[str, ...]:
    """Readings worth offering besides the corrected one, nearest first.

    Each takes one change that was refused for want of evidence (never one that was locked) in
    place of whatever was taken there, and keeps the other changes that were taken.
    """
    taken = [change for change in changes if change.accepted]
    offers: dict[str, float] = {}
    for change in changes:
        if change.accepted or change.reason not in OFFERED:
            continue
        rest = [c for c in taken if c.end <= change.start or change.end <= c.start]
        offers.setdefault(apply(text, [*rest, change]), change.scores.get("distance", 1.0))
    offers.pop(apply(text, taken), None)
    return tuple(sorted(offers, key=lambda offer: offers[offer])[:limit])
