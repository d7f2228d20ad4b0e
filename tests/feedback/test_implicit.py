from __future__ import annotations

from typing import Any

import pytest

from sayfind.feedback.implicit import ImplicitConfig, Transcript, transcripts
from sayfind.types import Action, FeedbackEvent

HEARD = (("a six running shoes", 0.8), ("asics running shoes", 0.2))


def asked(trace: str, text: str, time: float = 0.0, readings: Any = ()) -> FeedbackEvent:
    return FeedbackEvent(trace, Action.ASKED, session="s", time=time, text=text, readings=readings)


def did(trace: str, action: Action, time: float = 1.0, text: str = "") -> FeedbackEvent:
    return FeedbackEvent(trace, action, "p", 1, session="s", time=time, text=text)


def meant(*events: FeedbackEvent) -> list[tuple[str, Action]]:
    found = transcripts({"s": sorted(events, key=lambda e: e.time)})
    return [(each.meant, each.source) for each in found]


SPOKEN = asked("t1", "a six running shoes", readings=HEARD)


@pytest.mark.parametrize("action", [Action.EDITED, Action.REPHRASED])
def test_an_edit_says_what_was_meant(action: Action) -> None:
    edit = did("t1", action, text="asics running shoes")
    assert meant(SPOKEN, edit) == [("asics running shoes", action)]


def test_an_edit_wins_over_a_click_on_the_same_answer() -> None:
    edit = did("t1", Action.EDITED, text="asics running shoes")
    assert meant(SPOKEN, did("t1", Action.CLICKED), edit)[0][1] is Action.EDITED


def test_an_undone_correction_says_that_it_was_wrong() -> None:
    search = asked("t1", "asics", readings=(("a six", 1.0),))
    assert meant(search, did("t1", Action.UNDONE, text="a six")) == [("a six", Action.UNDONE)]


def test_a_click_says_that_it_was_right() -> None:
    assert meant(SPOKEN, did("t1", Action.CLICKED)) == [("a six running shoes", Action.CLICKED)]


def test_asking_again_counts_if_it_sounds_alike_and_helped() -> None:
    again = asked("t2", "asics running shoes", 10.0)
    click = did("t2", Action.CLICKED, 12.0)
    assert meant(SPOKEN, again, click) == [("asics running shoes", Action.REPHRASED)]
    assert meant(SPOKEN, again) == [], "nobody knows whether that was it"


@pytest.mark.parametrize(
    "again",
    [asked("t2", "coffee machine with grinder", 10.0), asked("t2", "asics running shoes", 900.0)],
)
def test_a_new_wish_says_nothing_of_the_old_one(again: FeedbackEvent) -> None:
    assert meant(SPOKEN, again, did("t2", Action.CLICKED, again.time + 1)) == []


def test_an_edit_into_something_else_says_nothing() -> None:
    assert meant(SPOKEN, did("t1", Action.EDITED, text="coffee machine with grinder")) == []


def test_typed_searches_are_no_transcripts() -> None:
    assert meant(asked("t1", "asics"), did("t1", Action.CLICKED)) == []


def test_a_session_says_each_thing_once() -> None:
    events = []
    for i in range(5):
        events += [asked(f"t{i}", "x", i, HEARD), did(f"t{i}", Action.CLICKED, i + 0.5)]
    assert len(transcripts({"s": events})) == 1


def test_right_is_right_in_any_case() -> None:
    assert Transcript((("Asics", 1.0),), "asics", "s", Action.CLICKED).was_right
    assert not Transcript(HEARD, "asics running shoes", "s", Action.EDITED).was_right
    for wrong in ({"seconds": 0.0}, {"distance": 1.5}):
        with pytest.raises(ValueError):
            ImplicitConfig(**wrong)
