"""A model that learns from the query log while the shop is open.

Queries count less the older they are; the model made of them is mixed into the shop's own, more the
more there are. What was learnt is one number per query, and can be saved and gone on from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sayfind.lm.backoff import NGram
from sayfind.lm.mixture import interpolate
from sayfind.lm.ngram import Smoothing, estimate

__all__ = ["QueryLogConfig", "QueryLogModel"]


@dataclass(frozen=True, slots=True)
class QueryLogConfig:
    """How fast a shop's model follows its shoppers.

    ``half_life`` is the seconds after which a query counts half; ``trust`` the number of queries
    that count as much as the shop's own model; ``most_share`` the most that the log may count;
    ``order`` that of its n-grams; what weighs less than ``forget`` is dropped.
    """

    half_life: float = 14 * 86_400.0
    trust: float = 500.0
    most_share: float = 0.8
    order: int = 3
    forget: float = 0.01

    def __post_init__(self) -> None:
        if min(self.half_life, self.trust, self.forget) <= 0 or not 0 < self.most_share < 1:
            raise ValueError(
                "half_life, trust and forget are positive, most_share is between 0 and 1"
            )


class QueryLogModel:
    """The shop's own model and what was asked since; ``model()`` is both as one n-gram model."""

    def __init__(
        self, base: NGram, config: QueryLogConfig | None = None,
        weights: Mapping[str, float] | None = None, now: float = 0.0,
    ) -> None:  # fmt: skip
        """Start from a base model; ``weights`` are queries as ``weights`` gave them at ``now``."""
        self.base, self.config = base, config or QueryLogConfig()
        self._weights = dict(weights or {})
        self._now = now
        self._made: NGram | None = None

    @property
    def weights(self) -> dict[str, float]:
        """What each query counts at the time of the last observation."""
        return dict(self._weights)

    def observe(self, queries: Iterable[str], now: float) -> None:
        """Take in what was asked at a time in seconds; earlier times than the last are as late."""
        passed = max(0.0, now - self._now)
        self._now = max(self._now, now)
        fade = math.exp2(-passed / self.config.half_life)
        kept = {q: w * fade for q, w in self._weights.items() if w * fade >= self.config.forget}
        for query in queries:
            words = query.split()
            if words:
                text = " ".join(words)
                kept[text] = kept.get(text, 0.0) + 1.0
        self._weights, self._made = kept, None

    def model(self) -> NGram:
        """The mixture as it stands; made anew only after an observation.

        A word outside the base model's vocabulary is learnt from the log.
        """
        if self._made is None:
            self._made = self._mixed()
        return self._made

    def _mixed(self) -> NGram:
        total = sum(self._weights.values())
        if total == 0:
            return self.base
        asked = [(text.split(), weight) for text, weight in self._weights.items()]
        log = estimate(
            asked, self.config.order, open_vocabulary=self.base.is_open,
            smoothing=Smoothing.WITTEN_BELL,
        )  # fmt: skip
        share = min(self.config.most_share, total / (total + self.config.trust))
        return interpolate([self.base, log], [1.0 - share, share])
