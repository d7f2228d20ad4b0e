"""Shoppers of a simulation: what they want, what is heard of it, where they look, when they re-ask.

The chain after the recogniser is the real one; what the recogniser heard is taken from real n-best
lists (``hearings``). A shopper wants one product of those that the true words find, the higher ones
more often. They look at place r with probability ``1 / r ** 0.7`` (position bias), click what they
want if they see it, and now and then another one. Who did not find it asks again: half choose
to correct the text, the others type it anew, and a few give up.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sayfind.pipeline import VoiceSearch
from sayfind.types import Action, FeedbackEvent, Hypothesis, NBest

PAGE = 10
_TARGETS = 3  # the product that is wanted is one of the first three that the true words find


@dataclass(frozen=True)
class Wish:
    """What is said and what is wanted; ``hearings`` are the n-best lists of several voices."""

    text: str
    target: str
    hearings: tuple[NBest, ...]
    weight: float


@dataclass
class Shop:
    """The chain after the recogniser, every question answered once."""

    search: VoiceSearch
    _cache: dict[object, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def answer(self, heard: NBest, *, typed: bool = False) -> tuple[str, tuple[str, ...]]:
        """The text after correction, and the ids of the first page."""
        readings = zip((h.text for h in heard.hypotheses), heard.probabilities, strict=True)
        key = (typed, tuple(readings))
        if key not in self._cache:
            found = heard if typed else self.search.corrector.correct(heard, None)[0]
            query = self.search.understander.understand(found)
            hits = self.search.retriever.search(query, PAGE).hits
            self._cache[key] = (found.text, tuple(hit.product_id for hit in hits))
        return self._cache[key]


def wishes(
    rows: Sequence[Mapping[str, object]], voices: Sequence[str], shop: Shop, seed: int
) -> list[Wish]:
    """One wish for each query and each product that its true words find first."""
    by_text: dict[str, list[NBest]] = {}
    for row in rows:
        if row["voice"] in voices and row["readings"]:
            readings: list[tuple[str, float]] = row["readings"]  # type: ignore[assignment]
            hypotheses = tuple(Hypothesis(text, {"acoustic": 0.0}) for text, _ in readings)
            n_best = NBest(hypotheses, tuple(share for _, share in readings))
            by_text.setdefault(str(row["text"]), []).append(n_best)
    order = sorted(by_text)
    random.Random(seed).shuffle(order)
    found = []
    for rank, text in enumerate(order):
        _, products = shop.answer(NBest.from_text(text), typed=True)
        for place, product in enumerate(products[:_TARGETS]):
            weight = 1.0 / (1 + rank) ** 0.5 / (1 + place)
            found.append(Wish(text, product, tuple(by_text[text]), weight))
    return found


def success(found: Sequence[Wish], shop: Shop, *, oracle: bool = False) -> float:
    """How often the wanted product is on the first page at the first asking, over all hearings."""
    total = weights = 0.0
    for wish in found:
        for heard in wish.hearings:
            _, page = shop.answer(NBest.from_text(wish.text) if oracle else heard, typed=oracle)
            total += wish.weight * (wish.target in page)
            weights += wish.weight
    return total / weights


def exposure(found: Sequence[Wish], shop: Shop) -> dict[str, float]:
    """The attention that each product gets, by its places, over all wishes and hearings."""
    seen: dict[str, float] = {}
    for wish in found:
        for heard in wish.hearings:
            for rank, product in enumerate(shop.answer(heard)[1], 1):
                seen[product] = seen.get(product, 0.0) + wish.weight / rank**0.7
    return seen


def gini(values: Sequence[float]) -> float:
    """How unequally something is shared: 0 if all have the same, towards 1 if one has all."""
    ordered = sorted(values)
    total = sum(ordered)
    weighted = sum(rank * value for rank, value in enumerate(ordered, 1))
    count = len(ordered)
    return 2 * weighted / (count * total) - (count + 1) / count if total else 0.0


def visit(
    name: str, found: Sequence[Wish], shop: Shop, time: float, generator: random.Random
) -> list[FeedbackEvent]:
    """What one shopper does in a session of one to four wishes."""
    events: list[FeedbackEvent] = []
    weights = [wish.weight for wish in found]
    for number, wish in enumerate(generator.choices(found, weights, k=generator.randint(1, 4))):
        clock = time + 120.0 * number
        events += _one_wish(f"{name}-{number}", name, wish, (shop, clock, generator))
    return events


def _one_wish(
    trace: str, session: str, wish: Wish, world: tuple[Shop, float, random.Random]
) -> list[FeedbackEvent]:
    shop, clock, generator = world
    heard = generator.choice(wish.hearings)
    text, page = shop.answer(heard)
    readings = tuple(zip((h.text for h in heard.hypotheses), heard.probabilities, strict=True))
    asked = FeedbackEvent(
        trace, Action.ASKED, session=session, time=clock, text=text, readings=readings
    )
    events = [asked, *_look(trace, session, page, wish.target, clock, generator)]
    clicked = any(e.action is Action.CLICKED and e.product_id == wish.target for e in events)
    if clicked or generator.random() < 0.2:
        return events
    again = f"{trace}b"
    if generator.random() < 0.5:
        events.append(
            FeedbackEvent(trace, Action.EDITED, session=session, time=clock + 8.0, text=wish.text)
        )
    _, page = shop.answer(NBest.from_text(wish.text), typed=True)
    events.append(
        FeedbackEvent(again, Action.ASKED, session=session, time=clock + 15.0, text=wish.text)
    )
    return [*events, *_look(again, session, page, wish.target, clock + 15.0, generator)]


def _look(
    trace: str,
    session: str,
    page: Sequence[str],
    target: str,
    clock: float,
    generator: random.Random,
) -> list[FeedbackEvent]:
    """The page as it was shown, and the clicks on it."""
    events = []
    for rank, product in enumerate(page, 1):
        events.append(FeedbackEvent(trace, Action.SHOWN, product, rank, 1.0, session, clock))
        if generator.random() >= 1.0 / rank**0.7:
            continue
        if product == target or generator.random() < 0.03:
            events.append(
                FeedbackEvent(
                    trace, Action.CLICKED, product, rank, 1.0, session, clock + 2.0 + rank
                )
            )
            if product == target and generator.random() < 0.3:
                events.append(
                    FeedbackEvent(trace, Action.BOUGHT, product, rank, 1.0, session, clock + 30.0)
                )
    return events


def bots(count: int, product: str, found: Sequence[Wish], shop: Shop, time: float) -> list[
    FeedbackEvent
]:  # fmt: skip
    """Sessions that ask whatever shows a product, and click on it and nothing else."""
    generator = random.Random(99)
    showing = [wish for wish in found if product in shop.answer(wish.hearings[0])[1]]
    events: list[FeedbackEvent] = []
    for number in range(count):
        session = f"bot-{number}"
        for turn in range(3):
            wish, trace = generator.choice(showing), f"{session}-{turn}"
            text, page = shop.answer(wish.hearings[0])
            clock = time + 60.0 * turn
            events.append(
                FeedbackEvent(trace, Action.ASKED, session=session, time=clock, text=text)
            )
            events += [
                FeedbackEvent(trace, Action.SHOWN, each, rank, 1.0, session, clock)
                for rank, each in enumerate(page, 1)
            ]
            rank = page.index(product) + 1
            events.append(
                FeedbackEvent(trace, Action.CLICKED, product, rank, 1.0, session, clock + 5.0)
            )
    return events
