"""What shoppers meant, read off what they did after a spoken search: transcripts nobody wrote.

An edit of the text, a correction that is undone, another reading that is chosen, and asking again
in words that sound alike, all say what the first readings should have been. A click with nothing of
the kind says that they were right. There is no sound in it: only the readings and the text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sayfind.text.normalise import normalise
from sayfind.text.phonetics import Phones, distance, phones
from sayfind.types import Action, FeedbackEvent

__all__ = ["ImplicitConfig", "Transcript", "transcripts"]

Readings = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """An n-best list, what was ``meant``, who said so, by which act, and what they ``chose``."""

    readings: Readings
    meant: str
    session: str
    source: Action
    chose: frozenset[str] = frozenset()

    @property
    def heard(self) -> str:
        """The first reading."""
        return self.readings[0][0]

    @property
    def was_right(self) -> bool:
        """Whether the first reading is what was meant."""
        return normalise(self.heard) == normalise(self.meant)


@dataclass(frozen=True, slots=True)
class ImplicitConfig:
    """When asking again counts as saying the same once more.

    Within ``seconds`` of the first search, in words whose sound differs from one of its readings
    by at most ``distance`` (0 the same, 1 nothing in common), and with a click on the second
    answer: people who found nothing twice tell us nothing.
    """

    seconds: float = 90.0
    distance: float = 0.4

    def __post_init__(self) -> None:
        if self.seconds <= 0 or not 0.0 <= self.distance <= 1.0:
            raise ValueError("seconds is above 0, distance lies in [0, 1]")


def transcripts(
    sessions: Mapping[str, Sequence[FeedbackEvent]], config: ImplicitConfig | None = None
) -> list[Transcript]:
    """What a log says was meant; a session says each thing once, however often it repeats it."""
    config = config or ImplicitConfig()
    found: dict[tuple[str, str, str], Transcript] = {}
    for name, events in sessions.items():
        for each in _of_session(name, events, config):
            found.setdefault((name, each.heard, each.meant), each)
    return list(found.values())


def _of_session(
    name: str, events: Sequence[FeedbackEvent], config: ImplicitConfig
) -> Iterator[Transcript]:
    asked = [event for event in events if event.action is Action.ASKED]
    clicked = defaultdict[str, set[str]](set)
    for event in events:
        if event.action is Action.CLICKED:
            clicked[event.trace_id].add(event.product_id)
    told = {
        event.trace_id: event
        for event in events
        if event.action in (Action.EDITED, Action.UNDONE, Action.REPHRASED) and event.text.strip()
    }
    for place, search in enumerate(asked):
        if not search.readings:
            continue
        said = told.get(search.trace_id)
        if said is not None and _is_same_wish(search, said, config):
            yield Transcript(search.readings, said.text, name, said.action)
        elif (again := _asked_again(search, asked[place + 1 :], clicked, config)) is not None:
            yield Transcript(search.readings, again.text, name, Action.REPHRASED)
        elif search.trace_id in clicked:
            chose = frozenset(clicked[search.trace_id])
            yield Transcript(search.readings, search.text, name, Action.CLICKED, chose)


def _asked_again(
    search: FeedbackEvent,
    later: Sequence[FeedbackEvent],
    clicked: Mapping[str, set[str]],
    config: ImplicitConfig,
) -> FeedbackEvent | None:
    """The last of the searches for the same thing, if it was the one that led to a click."""
    again = None
    for event in later:
        if event.time - search.time > config.seconds or not _is_near(search, event.text, config):
            break
        again = event
        if event.trace_id in clicked:
            return again
    return None


def _is_same_wish(search: FeedbackEvent, said: FeedbackEvent, config: ImplicitConfig) -> bool:
    """An edit is about what was heard; something wholly different is a new wish."""
    return said.action is Action.UNDONE or _is_near(search, said.text, config)


def _is_near(search: FeedbackEvent, text: str, config: ImplicitConfig) -> bool:
    sound = _sound(text)
    return any(distance(_sound(heard), sound) <= config.distance for heard, _ in search.readings)


@lru_cache(maxsize=65_536)
def _sound(text: str) -> Phones:
    """Shoppers ask the same things over and over."""
    return phones(text)
