"""What every endpoint shares: the shop that is open now, the line, and how a search is answered.

A shop can be exchanged while it is searched (``swap``): each request keeps the one that it began
with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sayfind.audio.file import AudioLimits, load_audio
from sayfind.ears import BilingualEars, LiveEars
from sayfind.serving.admission import Admission, Turn
from sayfind.serving.answers import Searcher, search_response
from sayfind.serving.feedback import Feedback
from sayfind.serving.intake import Ask
from sayfind.serving.limits import ServingConfig
from sayfind.serving.pictures import open_picture
from sayfind.serving.protocol import to_json
from sayfind.serving.suggest import Suggester, asked_often
from sayfind.types import Audio, Context, Trace

__all__ = ["Opened", "Service"]

Loader = Callable[[bytes, AudioLimits, str | None], Audio]


@dataclass(frozen=True)
class Opened:
    """A shop ready to be searched: at ease or in a hurry, and while somebody speaks.

    ``live`` is ``None`` where the ears cannot follow speech: an utterance then ends when the client
    says so.
    """

    search: Searcher
    hurried: Searcher
    live: LiveEars | None
    suggester: Suggester

    @classmethod
    def of(cls, search: Searcher, asked: Mapping[str, int]) -> Opened:
        """Everything a server wants of a pipeline; what it does not have is done without.

        ``asked`` is what several shoppers asked, and how many of them.
        """
        ears = getattr(search, "recognizer", None)
        hurry: Callable[[], Searcher] = getattr(search, "hurried", lambda: search)
        live = LiveEars(ears) if isinstance(ears, BilingualEars) else None
        return cls(search, hurry(), live, Suggester.of(search.shop, asked))


class Service:
    """One shop behind a line.

    ``load`` opens recordings, ``searched`` is told of each search and the seconds spent before it.
    """

    def __init__(
        self,
        search: Searcher,
        config: ServingConfig,
        feedback: Feedback,
        load: Loader = load_audio,
        searched: Callable[[Trace, Mapping[str, float]], None] = lambda _, __: None,
    ) -> None:
        self.config, self.feedback, self.load, self._searched = config, feedback, load, searched
        self.opened = Opened.of(search, asked_often(feedback.log))
        self.admission = Admission(config)
        self.limits = AudioLimits(config.max_seconds, config.max_upload_bytes)

    def swap(self, search: Searcher) -> None:
        """Exchange the shop; what is under way ends with the one it began with."""
        self.opened = Opened.of(search, asked_often(self.feedback.log))

    def trace(self, opened: Opened, ask: Ask, turn: Turn) -> tuple[Trace, dict[str, float]]:
        """What a search saw and decided, and the seconds spent before it by stage.

        Raises:
            SayfindError: whatever is wrong with it.
        """
        search = opened.hurried if turn.hurried else opened.search
        before, context = {"wait": turn.waited}, ask.context
        if ask.image is not None:
            screen = replace(context.screen, photo=open_picture(ask.image))
            context = replace(context, screen=screen)
        if ask.audio is None:
            return search.type(ask.text, context, literal=ask.literal), before
        started = time.perf_counter()
        audio = self.load(ask.audio, self.limits, ask.media_type)
        before["open"] = time.perf_counter() - started
        return search.hear(audio, context), before

    def hear(
        self,
        opened: Opened,
        audio: Audio,
        context: Context,
        trace_id: str,
        *,
        hurried: bool = False,
    ) -> Trace:
        """The trace of sound that is open already, under an id that was given out before."""
        search = opened.hurried if hurried else opened.search
        return replace(search.hear(audio, context), id=trace_id)

    def told(
        self,
        opened: Opened,
        trace: Trace,
        before: Mapping[str, float],
        headers: Mapping[str, str],
    ) -> dict[str, Any]:
        """A trace for the wire, counted, and noted in the log if its shopper agreed.

        It is also put into words here, in the thread: a long list of hits takes its time too.
        """
        self.feedback.asked(trace, headers)
        self._searched(trace, before)
        return to_json(search_response(trace, opened.search.shop, before))
