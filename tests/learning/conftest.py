"""A small shop, and a log of shoppers who keep being misheard in the same way."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from sayfind import Shop
from sayfind.types import Action, FeedbackEvent

FEED = """id\ttitle\tbrand\tcategory\tprice\tcurrency
1\tNike Pegasus running shoes\tNike\tShoes\t119\tUSD
2\tNike Revolution running shoes\tNike\tShoes\t59\tUSD
3\tAdidas Samba shoes\tAdidas\tShoes\t100\tUSD
4\tSony noise cancelling headphones\tSony\tHeadphones\t349\tUSD
5\tBose noise cancelling headphones\tBose\tHeadphones\t299\tUSD
"""
MISHEARD = {"pegasus": "peg a source", "samba": "some bar"}
WELL_HEARD = {"sony": "4", "bose": "5"}
WRONGED = {"sony": "sunny shoe", "bose": "bow shoes"}
TARGETS = {"pegasus": "1", "samba": "3"}


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    home = tmp_path_factory.mktemp("learning")
    (home / "feed.tsv").write_text(FEED, encoding="utf-8")
    return Shop.build(home / "feed.tsv", home / "shop")[0]


def night(count: int, wrong: Callable[[str], bool] = lambda _: False) -> list[FeedbackEvent]:
    """``count`` sessions: two misheard words that are edited, and two that are right.

    Those for whom ``wrong`` is true edit what was heard rightly into something else.
    """
    generator = random.Random(0)
    events: list[FeedbackEvent] = []
    for number in range(count):
        session, time = f"shopper-{number}", 1000.0 * number
        meant = generator.choice(sorted(MISHEARD))
        events += _ask(session, f"{session}-a", time, MISHEARD[meant], ("5",))
        events += _did(session, f"{session}-a", time + 5, Action.EDITED, text=meant)
        events += _ask(session, f"{session}-b", time + 9, meant, (TARGETS[meant], "2"), typed=True)
        events += _did(session, f"{session}-b", time + 15, Action.CLICKED, TARGETS[meant])
        heard = generator.choice(sorted(WELL_HEARD))
        found = WELL_HEARD[heard]
        events += _ask(session, f"{session}-c", time + 60, heard, (found, "9"))
        if wrong(session):
            text = WRONGED[heard]
            events += _did(session, f"{session}-c", time + 64, Action.EDITED, text=text)
        events += _did(session, f"{session}-c", time + 70, Action.CLICKED, found)
    return events


def _ask(
    session: str, trace: str, time: float, text: str, page: tuple[str, ...], typed: bool = False
) -> list[FeedbackEvent]:
    readings = () if typed else ((text, 0.9), ("something else", 0.1))
    asked = FeedbackEvent(
        trace, Action.ASKED, session=session, time=time, text=text, readings=readings
    )
    shown = [
        FeedbackEvent(trace, Action.SHOWN, product, rank, 1.0, session, time)
        for rank, product in enumerate(page, 1)
    ]
    return [asked, *shown]


def _did(
    session: str, trace: str, time: float, action: Action, product: str = "", text: str = ""
) -> list[FeedbackEvent]:
    rank = 1 if product else 0
    return [FeedbackEvent(trace, action, product, rank, 1.0, session, time, text)]
