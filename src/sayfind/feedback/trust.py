"""Counting what shoppers did so that neither one busy person nor a crowd of bots decides.

A session is believed if it behaves as a shopper does: it did something with several products, found
by several questions, no faster than a hand can. What the others did counts only in proportion to
what the believed ones did with the same product: a product that nobody believed ever wanted gains
at most ``allowance``, however many bots click on it. Bots that imitate whole shoppers get through,
at the price of as many votes for other products.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sayfind.types import Action, FeedbackEvent

__all__ = ["TrustConfig", "believed", "robust_counts", "sessions"]

_WORTH = {Action.CLICKED: "click", Action.ADDED: "basket", Action.BOUGHT: "purchase"}


@dataclass(frozen=True, slots=True)
class TrustConfig:
    """What counts how much.

    A session's vote for a product is the highest of ``click``, ``basket`` and ``purchase`` that it
    earned, however often. A session is believed with at least ``least_products`` products from
    ``least_questions`` searches, at most ``most_share`` of its acts on one product, and at most
    ``most_per_minute`` acts a minute. Votes of the others count up to ``allowance`` plus ``ratio``
    times the believed ones of that product. Sessions of at most ``few_acts`` acts are judged by
    their products and searches alone.
    """

    click: float = 1.0
    basket: float = 2.0
    purchase: float = 3.0
    least_products: int = 2
    least_questions: int = 2
    most_share: float = 0.8
    most_per_minute: float = 30.0
    few_acts: int = 4
    allowance: float = 3.0
    ratio: float = 0.25

    def __post_init__(self) -> None:
        if min(self.click, self.basket, self.purchase, self.allowance, self.ratio) < 0:
            raise ValueError("votes, allowance and ratio are 0 or more")
        if not 0 < self.most_share <= 1 or self.most_per_minute <= 0:
            raise ValueError("most_share lies in (0, 1], most_per_minute is above 0")

    def bound(self, trusted: float) -> float:
        """The most that a product can count whose believed votes sum to ``trusted``."""
        return trusted + self.allowance + self.ratio * trusted

    def worth(self, action: Action) -> float:
        """The vote that an act is worth; 0 for what is no vote."""
        name = _WORTH.get(action)
        return float(getattr(self, name)) if name else 0.0


def sessions(events: Iterable[FeedbackEvent]) -> dict[str, list[FeedbackEvent]]:
    """The events of each session in order of time; those without a session are one together."""
    found = defaultdict[str, list[FeedbackEvent]](list)
    for event in events:
        found[event.session].append(event)
    return {name: sorted(each, key=lambda e: e.time) for name, each in found.items()}


def believed(events: Sequence[FeedbackEvent], config: TrustConfig) -> bool:
    """Whether one session's events look like a shopper's."""
    acts = _acts(events, config)
    products = Counter(event.product_id for event in acts)
    questions = {event.trace_id for event in acts}
    if len(products) < config.least_products or len(questions) < config.least_questions:
        return False
    if not events[0].session:
        return False
    if len(acts) > config.few_acts and products.most_common(1)[0][1] > config.most_share * len(
        acts
    ):
        return False
    minutes = (acts[-1].time - acts[0].time) / 60.0
    return len(acts) <= config.few_acts or len(acts) <= config.most_per_minute * max(minutes, 0.1)


@dataclass
class _Votes:
    trusted: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    others: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


def robust_counts(
    events: Mapping[str, Sequence[FeedbackEvent]], config: TrustConfig | None = None
) -> dict[str, float]:
    """How much each product is wanted, by session name to its events (see ``sessions``)."""
    config = config or TrustConfig()
    votes = _Votes()
    for session in events.values():
        if not session:
            continue
        side = votes.trusted if believed(session, config) else votes.others
        best: dict[str, float] = {}
        for event in _acts(session, config):
            worth = config.worth(event.action)
            best[event.product_id] = max(worth, best.get(event.product_id, 0.0))
        for product, worth in best.items():
            side[product] += worth
    counts = {}
    for product in {*votes.trusted, *votes.others}:
        trusted = votes.trusted[product]
        counts[product] = min(trusted + votes.others[product], config.bound(trusted))
    return counts


def _acts(events: Sequence[FeedbackEvent], config: TrustConfig) -> list[FeedbackEvent]:
    """Votes for products that were shown under the same trace: what was not shown was not found."""
    shown = {(e.trace_id, e.product_id) for e in events if e.action is Action.SHOWN}
    return [
        event
        for event in events
        if config.worth(event.action) and (event.trace_id, event.product_id) in shown
    ]
