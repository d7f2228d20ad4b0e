"""Two recognisers heard together: every reading of either is judged by one scorer.

Knows n-best lists and a function that scores texts by the sound; nothing about the recognisers.
Each list gives its log-probabilities (a reading it does not hold gets its floor), the scorer gives
acoustic evidence on a common scale, and their weighted sum orders the union.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sayfind.types import Hypothesis, NBest

__all__ = ["EarWeights", "Scorer", "merge"]

Scorer = Callable[[list[str]], list[float]]
"""Texts to log-likelihoods relative to a common best path, as ``acoustic_evidence`` gives them."""


@dataclass(frozen=True, slots=True)
class EarWeights:
    """What counts how much.

    ``lists`` weighs the log-probabilities of each list in turn (1 for those not named),
    ``evidence`` the scorer's log-likelihoods. ``floor`` is the log-probability of a reading in a
    list that does not hold it. ``temperature`` flattens the joined posteriors.
    """

    lists: tuple[float, ...] = (1.0, 1.0)
    evidence: float = 0.3
    floor: float = -6.0
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if self.temperature <= 0 or self.floor > 0:
            raise ValueError("temperature is positive and floor is a log-probability")


def merge(
    n_bests: Sequence[NBest], scorer: Scorer, weights: EarWeights | None = None, limit: int = 10
) -> NBest:
    """One n-best list from several; a reading keeps the words of the first list that timed it.

    ``scores`` gains ``evidence`` (the scorer's) and ``ear0``, ``ear1``, ... (log-probability in
    each list). Two empty lists make an empty one.
    """
    weights = weights or EarWeights()
    union: dict[str, Hypothesis] = {}
    for n_best in n_bests:
        for hypothesis in n_best.hypotheses:
            known = union.setdefault(hypothesis.text, hypothesis)
            if hypothesis.words and not known.words:
                union[hypothesis.text] = hypothesis
    texts = list(union)
    evidence = scorer(texts) if texts else []
    shares = [_log_shares(n_best, weights.floor) for n_best in n_bests]
    hypotheses, totals = [], []
    for text, value in zip(texts, evidence, strict=True):
        hypothesis = union[text].with_score("evidence", value)
        total = weights.evidence * value
        for number, share in enumerate(shares):
            log_share = share.get(text, weights.floor)
            hypothesis = hypothesis.with_score(f"ear{number}", log_share)
            total += (weights.lists[number] if number < len(weights.lists) else 1.0) * log_share
        hypotheses.append(hypothesis)
        totals.append(total / weights.temperature)
    best = sorted(range(len(totals)), key=lambda i: -totals[i])[:limit]
    language = next((n.language for n in n_bests if n), NBest().language)
    return NBest.from_scores([hypotheses[i] for i in best], [totals[i] for i in best], language)


def _log_shares(n_best: NBest, floor: float) -> dict[str, float]:
    pairs = zip(n_best.hypotheses, n_best.probabilities, strict=True)
    return {h.text: max(floor, math.log(max(p, 1e-300))) for h, p in pairs}
