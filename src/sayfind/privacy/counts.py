"""How often things were asked, without showing that any one person asked them.

Differentially private histograms (Dwork et al. 2006): each session is counted at most a few times,
noise is added to every count, and what few asked is left out, because that it was asked at all
would already tell of somebody (Korolova et al. 2009). The noise is the two-sided geometric
distribution (Ghosh et al. 2009): whole numbers, so that no floating-point digits leak
(Mironov 2012).
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["PrivateCountConfig", "private_counts", "threshold"]


@dataclass(frozen=True, slots=True)
class PrivateCountConfig:
    """How private the counts are: (``epsilon``, ``delta``) for everything one session did.

    ``per_session`` is how many different things of one session are counted. A smaller ``epsilon``
    hides more and is less exact.
    """

    epsilon: float = 1.0
    delta: float = 1e-6
    per_session: int = 2

    def __post_init__(self) -> None:
        if not self.epsilon > 0 or not 0 < self.delta < 1 or self.per_session < 1:
            raise ValueError("epsilon is above 0, delta in (0, 1), per_session 1 or more")


def private_counts(
    said: Iterable[tuple[str, str]],
    chance: random.Random,
    config: PrivateCountConfig | None = None,
) -> list[tuple[str, int]]:
    """(thing, noisy number of sessions), most frequent first, of (session, thing) pairs.

    Showing it twice costs twice the privacy: show the same table again, not a new one.
    ``chance`` is ``random.SystemRandom()`` but in tests.
    """
    config = config or PrivateCountConfig()
    by_session: dict[str, set[str]] = defaultdict(set)
    for session, thing in said:
        by_session[session].add(thing)
    counts: Counter[str] = Counter()
    for things in by_session.values():
        # Which ones are counted must not depend on what others asked.
        counts.update(chance.sample(sorted(things), min(len(things), config.per_session)))
    least = threshold(config)
    noisy = {thing: count + _noise(chance, config) for thing, count in counts.items()}
    kept = [(thing, count) for thing, count in noisy.items() if count >= least]
    return sorted(kept, key=lambda pair: (-pair[1], pair[0]))


def threshold(config: PrivateCountConfig) -> int:
    """The least noisy count that is shown.

    A thing asked by one session alone passes it with a probability of at most
    ``delta / per_session``, so that all of one session's together do with at most ``delta``.
    """
    shrink = math.exp(-config.epsilon / config.per_session)
    # P(noise >= t) = shrink^t / (1 + shrink) for whole t >= 1.
    needed = math.log(config.delta / config.per_session * (1 + shrink)) / math.log(shrink)
    return 1 + max(1, math.ceil(needed))


def _noise(chance: random.Random, config: PrivateCountConfig) -> int:
    """A whole number n with a probability proportional to exp(-|n| epsilon / per_session)."""
    rate = config.epsilon / config.per_session
    return _geometric(chance, rate) - _geometric(chance, rate)


def _geometric(chance: random.Random, rate: float) -> int:
    """0, 1, 2 ... with a probability proportional to exp(-rate n)."""
    return math.floor(math.log(1.0 - chance.random()) / -rate)
