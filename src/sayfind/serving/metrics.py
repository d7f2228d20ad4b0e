"""What the server counts and times, for Prometheus and for its own status page.

Figures are kept here, once; ``PrometheusPage`` and ``status`` only read them. No label holds
anything that a shopper said, and none grows with traffic.
"""

from __future__ import annotations

import random
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from sayfind.errors import require
from sayfind.types import Trace

__all__ = ["COUNTERS", "GAUGES", "TIMES", "Figures", "Minute", "Observations", "PrometheusPage"]

Labels = tuple[str, ...]

COUNTERS: Mapping[str, tuple[str, Labels]] = {
    "sayfind_requests": ("Requests answered.", ("endpoint", "method", "status")),
    "sayfind_errors": ("Answers that were an error, by its name.", ("type",)),
    "sayfind_searches": ("Searches, by how they were put and what came of them.",
                         ("mode", "result")),
    "sayfind_activations": ("Recordings in which somebody spoke, and in which nobody did.",
                            ("result",)),
    "sayfind_corrections": ("Readings corrected, those where correction abstained, and the rest.",
                            ("outcome",)),
    "sayfind_questions_back": ("Searches that were answered by a question too.", ()),
    "sayfind_recordings": ("Recordings by how opening them ended.", ("outcome",)),
}  # fmt: skip
TIMES: Mapping[str, tuple[str, Labels]] = {
    "sayfind_request_seconds": ("Time from request to answer.", ("endpoint",)),
    "sayfind_search_seconds": ("Time of a search, waiting included.", ("mode",)),
    "sayfind_stage_seconds": ("Time of each stage of a search.", ("stage",)),
}
GAUGES: Mapping[str, str] = {
    "sayfind_queue": "Searches under way or waiting now.",
    "sayfind_queue_full": "1 while the next search would be sent away.",
}
BOUNDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 5.0, 10.0)
_MINUTES = 60
_KEPT = 200  # times of one minute that its quantiles are taken from, chosen at random


@dataclass
class Histogram:
    """Times by upper bound in seconds; the last count is of those above every bound."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def buckets(self) -> list[tuple[str, float]]:
        """(upper bound, number of times up to it), as Prometheus wants them."""
        bounds = [*map(str, BOUNDS), "+Inf"]
        return list(zip(bounds, map(float, accumulate(self.counts)), strict=True))

    @property
    def mean(self) -> float:
        """Seconds; 0 where there was none."""
        return self.total / max(1, sum(self.counts))


class Figures:
    """Counters and histograms by name and labels. Threads may share it."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, Labels], float] = defaultdict(float)
        self._times: dict[tuple[str, Labels], Histogram] = defaultdict(Histogram)
        self._lock = threading.Lock()

    def count(self, name: str, *labels: str) -> None:
        """One more."""
        assert len(labels) == len(COUNTERS[name][1])
        with self._lock:
            self._counts[name, labels] += 1

    def time(self, name: str, seconds: float, *labels: str) -> None:
        """One more time."""
        assert len(labels) == len(TIMES[name][1])
        with self._lock:
            histogram = self._times[name, labels]
            histogram.counts[bisect_left(BOUNDS, seconds)] += 1
            histogram.total += seconds

    def counts(self, name: str) -> dict[Labels, float]:
        """A counter's values by labels."""
        with self._lock:
            return {labels: n for (each, labels), n in self._counts.items() if each == name}

    def times(self, name: str) -> dict[Labels, Histogram]:
        """A histogram by labels."""
        with self._lock:
            return {
                labels: Histogram(list(h.counts), h.total)
                for (each, labels), h in self._times.items()
                if each == name
            }


@dataclass
class Minute:
    """What happened within one minute; ``seconds`` are a sample of its searches' times."""

    searches: int = 0
    spoken: int = 0
    empty: int = 0
    errors: int = 0
    seconds: list[float] = field(default_factory=list)


class Observations:
    """What the server saw, in the words of the house.

    ``queue`` gives the searches inside and whether the line is full; ``clock`` seconds since 1970.
    """

    def __init__(
        self,
        queue: Callable[[], tuple[int, bool]] = lambda: (0, False),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.figures = Figures()
        self.queue = queue
        self._clock = clock
        self._minutes: dict[int, Minute] = {}
        self._random = random.Random(0)
        self._lock = threading.Lock()

    def answered(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self.figures.count("sayfind_requests", endpoint, method, str(status))
        self.figures.time("sayfind_request_seconds", seconds, endpoint)

    def failed(self, kind: str) -> None:
        """An answer was an error; ``kind`` is its class's name."""
        self.figures.count("sayfind_errors", kind)
        with self._lock:
            self._minute().errors += 1

    def opened(self, how: str) -> None:
        """How opening a recording ended."""
        self.figures.count("sayfind_recordings", how)

    def searched(self, trace: Trace, seconds: Mapping[str, float], *, spoken: bool) -> None:
        """A search was made; ``seconds`` by stage, those before the pipeline included."""
        mode, total = "spoken" if spoken else "typed", sum(seconds.values())
        found = "found" if trace.result.total else "nothing"
        result = "relaxed" if trace.result.total and trace.result.relaxed else found
        self.figures.count("sayfind_searches", mode, result)
        self.figures.time("sayfind_search_seconds", total, mode)
        for stage, each in seconds.items():
            self.figures.time("sayfind_stage_seconds", each, stage)
        if spoken:
            said = "speech" if trace.heard else "nobody"
            self.figures.count("sayfind_activations", said)
        self.figures.count("sayfind_corrections", _correction(trace))
        if trace.clarify is not None:
            self.figures.count("sayfind_questions_back")
        with self._lock:
            self._note(total, spoken=spoken, empty=not trace.result.total)

    def minutes(self) -> list[Minute]:
        """The last hour, oldest first."""
        with self._lock:
            now = int(self._clock() // 60)
            return [self._minutes.get(now - ago, Minute()) for ago in range(_MINUTES - 1, -1, -1)]

    def _note(self, seconds: float, *, spoken: bool, empty: bool) -> None:
        minute = self._minute()
        minute.searches += 1
        minute.spoken += spoken
        minute.empty += empty
        if len(minute.seconds) < _KEPT:
            minute.seconds.append(seconds)
        elif (place := self._random.randrange(minute.searches)) < _KEPT:
            minute.seconds[place] = seconds

    def _minute(self) -> Minute:
        now = int(self._clock() // 60)
        if now not in self._minutes:
            for past in [each for each in self._minutes if each <= now - _MINUTES]:
                del self._minutes[past]
            self._minutes[now] = Minute()
        return self._minutes[now]


def _correction(trace: Trace) -> str:
    if any(change.accepted for change in trace.changes):
        return "changed"
    return "abstained" if trace.changes else "nothing to do"


class PrometheusPage:
    """The text that ``GET /metrics`` gives, in Prometheus's exposition format."""

    def __init__(self, observed: Observations) -> None:
        """Read from ``observed`` whenever asked.

        Raises:
            MissingExtraError: prometheus-client is not installed.
        """
        self._families: Any = require("prometheus_client.core", extra="observe")
        self._client: Any = require("prometheus_client", extra="observe")
        self._registry = self._client.CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        self._client.ProcessCollector(registry=self._registry)
        self._observed = observed

    @property
    def media_type(self) -> str:
        """The content type of the text."""
        return str(self._client.CONTENT_TYPE_LATEST)

    def text(self) -> bytes:
        """All figures as they are now."""
        return bytes(self._client.generate_latest(self._registry))

    def describe(self) -> list[Any]:
        """Nothing ahead of time: Prometheus's registry asks."""
        return []

    def collect(self) -> Iterator[Any]:
        """The families of figures."""
        figures = self._observed.figures
        for name, (what, labels) in COUNTERS.items():
            counter = self._families.CounterMetricFamily(name, what, labels=labels)
            for values, count in figures.counts(name).items():
                counter.add_metric(values, count)
            yield counter
        for name, (what, labels) in TIMES.items():
            times = self._families.HistogramMetricFamily(name, what, labels=labels)
            for values, histogram in figures.times(name).items():
                times.add_metric(values, histogram.buckets(), histogram.total)
            yield times
        for (name, what), value in zip(GAUGES.items(), self._observed.queue(), strict=True):
            yield self._families.GaugeMetricFamily(name, what, value=float(value))
