"""The likeliest token of every frame, repeats and blanks taken out.

Knows posteriors only; what every other decoder is measured against.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sayfind.types import Posteriors

__all__ = ["Heard", "greedy"]


@dataclass(frozen=True, slots=True)
class Heard:
    """One token of the best path: frames ``start`` up to ``end``, mean log-probability there."""

    token: str
    start: int
    end: int
    log_prob: float


def greedy(posteriors: Posteriors) -> tuple[Heard, ...]:
    """The tokens of the best path, blank left out.

    Source: Graves et al., "Connectionist Temporal Classification", 2006, best path decoding.
    """
    if not len(posteriors.log_probs):
        return ()
    best = posteriors.log_probs.argmax(axis=1)
    bounds = np.flatnonzero(np.concatenate([[True], best[1:] != best[:-1], [True]]))
    values = posteriors.log_probs.max(axis=1)
    return tuple(
        Heard(posteriors.tokens[best[a]], a, b, float(values[a:b].mean()))
        for a, b in pairwise(bounds.tolist())
        if best[a]
    )
