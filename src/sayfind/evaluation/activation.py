"""How often a machine that should stay silent does not: false activations on non-speech.

An activation is a stretch that was taken for speech, or a result that was given. Rates are events
over time, clips resampled whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from numpy.typing import ArrayLike

from sayfind.evaluation.figure import Figure, column, ratio_figure, share_figure

__all__ = ["HALF_HOUR", "HOUR", "activated_share", "false_activation_rate"]

HOUR = 3600.0  # seconds
HALF_HOUR = 1800.0

_NONE_SEEN = -math.log(0.025)  # Poisson: the rate at which nothing is seen one time in forty


def false_activation_rate(
    counts: ArrayLike, seconds: ArrayLike, period: float = HOUR, seed: int = 0
) -> Figure:
    """Activations per ``period`` of sound; ``counts`` and ``seconds`` hold one value for each clip.

    Where none was seen, the upper limit is the exact Poisson one (3.69 over the time listened):
    silence in ten minutes does not prove silence in an hour.
    """
    figure = ratio_figure(counts, column(seconds) / period, seed)
    if figure.value != 0:
        return figure
    return Figure(0.0, 0.0, _NONE_SEEN * period / float(column(seconds).sum()), figure.n)


def activated_share(counts: Sequence[int], seed: int = 0) -> Figure:
    """Share of clips with at least one activation."""
    return share_figure([count > 0 for count in counts], seed)
