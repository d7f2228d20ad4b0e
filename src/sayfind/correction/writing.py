"""From what was said to how it is written, reading by reading.

Recognisers spell ("d v d", "r t x twenty sixty"), while titles and typed queries do not; so every
reading is written out (``text.written``) before anything is corrected, understood or searched.
Readings that are written alike become one.
"""

from __future__ import annotations

from dataclasses import replace

from sayfind.text.written import written_form
from sayfind.types import Hypothesis, NBest

__all__ = ["as_written"]


def as_written(n_best: NBest) -> NBest:
    """The readings in writing, those of one writing joined; words and their times stay as said.

    A joined reading keeps the scores of its likeliest member and the probability of all.
    """
    members: dict[str, Hypothesis] = {}
    shares: dict[str, float] = {}
    for hypothesis, share in zip(n_best.hypotheses, n_best.probabilities, strict=True):
        text = written_form(hypothesis.text) or hypothesis.text
        members.setdefault(text, replace(hypothesis, text=text))
        shares[text] = shares.get(text, 0.0) + share
    order = sorted(shares, key=lambda text: -shares[text])
    return replace(
        n_best,
        hypotheses=tuple(members[text] for text in order),
        probabilities=tuple(shares[text] for text in order),
    )
