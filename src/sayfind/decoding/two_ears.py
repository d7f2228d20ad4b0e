"""Recognisers heard together: every reading of any of them is judged by all judges.

Knows n-best lists and functions that score texts; nothing about recognisers or sound. A judge may
be a recogniser's own list (``listed``), the sound (``second_pass.acoustic_evidence``) or a
language model; the caller says what their scores amount to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from sayfind.types import Hypothesis, NBest

__all__ = ["Judge", "listed", "merge"]

Judge = Callable[[list[str]], Sequence[float]]
"""Texts to log-scores, one for each."""


def listed(n_bests: Sequence[NBest], least: float = -50.0) -> Judge:
    """A judge: the highest log-probability of a text in any of the lists, not under ``least``."""
    shares: dict[str, float] = {}
    for n_best in n_bests:
        for hypothesis, share in zip(n_best.hypotheses, n_best.probabilities, strict=True):
            value = max(least, math.log(max(share, 1e-300)))
            shares[hypothesis.text] = max(value, shares.get(hypothesis.text, least))
    return lambda texts: [shares.get(text, least) for text in texts]


def merge(
    n_bests: Sequence[NBest],
    judges: Mapping[str, Judge],
    total: Callable[[Mapping[str, float]], float],
    temperature: float = 1.0,
    limit: int = 10,
) -> NBest:
    """One list of the ``limit`` best readings; each keeps the words of the first list to time it.

    ``scores`` are those of the judges by name, ``total`` makes one log-score of them, and
    probabilities are the softmax of the totals over ``temperature``. Empty lists make an empty one.
    """
    union: dict[str, Hypothesis] = {}
    for hypothesis in (h for n_best in n_bests for h in n_best.hypotheses):
        known = union.setdefault(hypothesis.text, hypothesis)
        if hypothesis.words and not known.words:
            union[hypothesis.text] = hypothesis
    if not union:
        return NBest()
    columns = [judge(list(union)) for judge in judges.values()]
    scores = [dict(zip(judges, row, strict=True)) for row in zip(*columns, strict=True)]
    judged = [
        (total(each), Hypothesis(text, each, known.words))
        for each, (text, known) in zip(scores, union.items(), strict=True)
    ]
    best = sorted(judged, key=lambda pair: -pair[0])[:limit]
    language = next(n_best.language for n_best in n_bests if n_best)
    return NBest.from_scores([h for _, h in best], [t / temperature for t, _ in best], language)
