"""What an answer costs: time after the end of speech, time for each second of sound, memory."""

from __future__ import annotations

import sys

from numpy.typing import ArrayLike

from sayfind.evaluation.figure import Figure, quantile_figure, ratio_figure

__all__ = ["PERCENTILES", "latency", "peak_memory", "real_time_factor"]

PERCENTILES = (50, 95, 99)


def latency(seconds: ArrayLike, seed: int = 0) -> dict[str, Figure]:
    """``p50``, ``p95`` and ``p99`` of the seconds that cases took.

    A high percentile of few cases is little more than the largest of them: its interval says so.
    """
    return {f"p{each}": quantile_figure(seconds, each / 100, seed) for each in PERCENTILES}


def real_time_factor(processing: ArrayLike, sound: ArrayLike, seed: int = 0) -> Figure:
    """Seconds of work over seconds of sound, all cases together; below 1 keeps up with speech."""
    return ratio_figure(processing, sound, seed)


def peak_memory() -> int:
    """The most bytes that this process, or one that it has waited for, held at once (Unix only)."""
    import resource

    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return peak if sys.platform == "darwin" else peak * 1024
