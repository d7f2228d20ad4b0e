from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.feedback.trust import TrustConfig, believed, robust_counts, sessions
from sayfind.types import Action, FeedbackEvent


def visit(
    session: str, *products: str, act: Action = Action.CLICKED, gap: float = 20.0
) -> list[FeedbackEvent]:
    """One search for each product, which is shown and acted on."""
    events = []
    for place, product in enumerate(products):
        trace, time = f"{session}-{place}", gap * place
        events += [
            FeedbackEvent(trace, Action.SHOWN, product, 1, session=session, time=time),
            FeedbackEvent(trace, act, product, 1, session=session, time=time + 1),
        ]
    return events


def counts(events: list[FeedbackEvent]) -> dict[str, float]:
    return robust_counts(sessions(events))


def test_a_shopper_is_believed_and_a_bot_is_not() -> None:
    config = TrustConfig()
    assert believed(visit("ann", "a", "b"), config)
    assert not believed(visit("bot", *"a" * 20), config), "one product only"
    assert not believed(visit("bot", *"aaaaaaaaaaaab"), config), "nearly one product only"
    assert not believed(visit("bot", *"abcdefghij", gap=0.0), config), "faster than a hand"
    assert not believed(visit("", "a", "b"), config), "nobody in particular"
    assert not believed([], config)


def test_a_session_has_one_vote_a_product() -> None:
    often = visit("ann", "a", "a", "a", "b")
    assert counts(often) == counts(visit("ann", "a", "b"))


def test_what_was_never_shown_was_never_found() -> None:
    events = [event for event in visit("ann", "a", "b") if event.action is Action.CLICKED]
    assert counts(events) == {}


def test_a_purchase_says_more_than_a_click() -> None:
    assert counts(visit("ann", "a", "b", act=Action.BOUGHT))["a"] == 3.0


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 12), st.integers(0, 200), st.integers(1, 30))
def test_bots_move_a_product_by_no_more_than_the_bound(
    shoppers: int, bots: int, clicks: int
) -> None:
    honest = [e for i in range(shoppers) for e in visit(f"s{i}", "a", "b")]
    poison = [e for i in range(bots) for e in visit(f"bot{i}", *"a" * clicks)]
    before, after = counts(honest), counts(honest + poison)
    assert after.get("b", 0.0) == before.get("b", 0.0)
    assert after.get("a", 0.0) <= TrustConfig().bound(before.get("a", 0.0))


def test_settings_that_make_no_sense() -> None:
    for wrong in ({"click": -1.0}, {"most_share": 0.0}, {"most_per_minute": 0.0}):
        with pytest.raises(ValueError):
            TrustConfig(**wrong)
