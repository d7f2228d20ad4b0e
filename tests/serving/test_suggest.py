from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.serving.suggest import ASKED, PRODUCT, Phrase, Suggester, asked_often
from sayfind.types import Action, FeedbackEvent

PHRASES = [
    Phrase("Nike", "brand", 30.0),
    Phrase("Nikon", "brand", 10.0),
    Phrase("running shoes", "category", 20.0),
    Phrase("black", "color", 9.0),
    Phrase("Nike Pegasus 41", PRODUCT, 1.0),
    Phrase("索尼耳机", ASKED, 60.0),
    Phrase("nike running shoes under 100", ASKED, 80.0),
]


@pytest.fixture(scope="module")
def suggester() -> Suggester:
    return Suggester(PHRASES)


def texts(suggester: Suggester, typed: str, k: int = 8) -> list[str]:
    return [phrase.text for phrase in suggester.suggest(typed, k)[1]]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("ni", "nike running shoes under 100"),
        ("NIKE  p", "Nike Pegasus 41"),
        ("shoes", "nike running shoes under 100"),
        ("run", "running shoes"),
        ("耳", "索尼耳机"),
        ("nike bl", "nike black"),
    ],
)
def test_what_is_begun_is_completed(suggester: Suggester, typed: str, first: str) -> None:
    assert texts(suggester, typed)[0] == first


def test_what_is_misspelt_is_spelt(suggester: Suggester) -> None:
    spelling, found = suggester.suggest("runing shoos")
    assert spelling == "running shoes"
    assert found[0].text == "running shoes"
    assert suggester.suggest("xqzzy") == ("xqzzy", ())
    assert suggester.suggest("  ") == ("", ())


@given(typed=st.text("nike runsho索 ", max_size=8), k=st.integers(1, 9))
def test_completions_hold_what_was_typed(typed: str, k: int) -> None:
    suggester = Suggester(PHRASES)
    spelling, found = suggester.suggest(typed, k)
    assert len(found) <= k
    assert all(spelling.split()[-1] in phrase.text.casefold() for phrase in found)
    assert len({phrase.text for phrase in found}) == len(found)


class Log:
    """Events as a log gives them."""

    def __init__(self, events: Sequence[FeedbackEvent]) -> None:
        self._events = events

    def read(self, after: int = 0) -> Iterator[tuple[int, FeedbackEvent]]:
        return ((number, event) for number, event in enumerate(self._events, 1))


def test_only_what_several_shoppers_asked_is_told_to_others() -> None:
    def asked(text: str, session: str) -> FeedbackEvent:
        return FeedbackEvent("t", Action.ASKED, session=session, text=text)

    events = [asked("Red shoes", who) for who in ("ann", "ben", "cat")]
    events += [asked("my secret wish", "ann")] * 5
    events += [FeedbackEvent("t", Action.CLICKED, session=who, text="x") for who in "abcd"]
    log: Any = Log(events)
    assert asked_often(log) == {"red shoes": 3}
    assert asked_often(None) == {}
