"""What is counted, how Prometheus reads it, and what the status page shows of it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from sayfind.audio.file import to_wav_bytes
from sayfind.serving.metrics import BOUNDS, COUNTERS, GAUGES, TIMES, Observations
from sayfind.serving.status import bars, lines, shares, status_page
from sayfind.serving.telemetry import TelemetryConfig
from sayfind.types import Audio, Clarification, Context, NBest, SearchResult

from .conftest import trace_of

TRACE = trace_of("shoes", Context())
STAGES = {"wait": 0.001, "open": 0.02, "vad": 0.01, "hear": 0.3, "find": 0.002}
DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "sayfind.json"


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_figures_of_real_requests(start: Callable[..., Any]) -> None:
    client = start()
    client.ask(text="shoes")
    client.ask(text="")
    sound = {"Content-Type": "audio/wav"}
    client("POST", "/v1/search", to_wav_bytes(Audio(np.zeros(1600, np.float32), 16_000)), sound)
    client("POST", "/v1/search", b"no sound", sound)
    client("GET", "/nowhere")
    client("BREW", "/v1/search")
    reply = client("GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    found = samples(reply.body.decode())

    def value(name: str, **labels: str) -> float:
        return found[name, frozenset(labels.items())]

    assert value("sayfind_requests_total", endpoint="search", method="POST", status="200") == 2
    assert value("sayfind_requests_total", endpoint="search", method="POST", status="415") == 1
    assert value("sayfind_errors_total", type="MediaTypeError") == 1
    assert value("sayfind_errors_total", type="InputError") == 1
    assert value("sayfind_errors_total", type="NotFoundError") == 1
    assert value("sayfind_recordings_total", outcome="opened") == 1
    assert value("sayfind_recordings_total", outcome="refused") == 1
    assert value("sayfind_searches_total", mode="typed", result="relaxed") == 2
    assert value("sayfind_stage_seconds_count", stage="recognise") == 2
    assert value("sayfind_stage_seconds_sum", stage="recognise") == pytest.approx(0.0842)
    assert value("sayfind_queue") == 0
    assert any(name == "process_resident_memory_bytes" for name, _ in found)
    methods = {dict(labels).get("method") for _, labels in found}
    assert "BREW" not in methods


def test_what_a_search_says_of_itself() -> None:
    observed = Observations()
    nothing = replace(TRACE, result=SearchResult(), changes=(), heard=NBest())
    observed.searched(TRACE, STAGES, spoken=True)
    observed.searched(nothing, STAGES, spoken=True)
    declined = (replace(TRACE.changes[0], accepted=False),)
    asked = replace(TRACE, changes=declined, clarify=Clarification("Which?", (("a", "b"),)))
    observed.searched(asked, STAGES, spoken=False)
    counts = observed.figures.counts
    assert counts("sayfind_activations") == {("speech",): 1, ("nobody",): 1}
    assert counts("sayfind_corrections") == {
        ("changed",): 1, ("nothing to do",): 1, ("abstained",): 1,
    }  # fmt: skip
    assert counts("sayfind_searches")["spoken", "nothing"] == 1
    assert counts("sayfind_questions_back") == {(): 1}
    now = observed.minutes()[-1]
    assert (now.searches, now.spoken, now.empty) == (3, 2, 1)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 100), max_size=50))
def test_a_histogram_loses_nothing(times: list[float]) -> None:
    observed = Observations()
    for seconds in times:
        observed.figures.time("sayfind_search_seconds", seconds, "typed")
    for histogram in observed.figures.times("sayfind_search_seconds").values():
        buckets = histogram.buckets()
        assert buckets[-1] == ("+Inf", len(times))
        for bound, (_, count) in zip(BOUNDS, buckets, strict=False):
            assert count == sum(seconds <= bound for seconds in times)
        assert histogram.total == pytest.approx(sum(times))


def test_an_hour_is_kept_and_no_more() -> None:
    now = [3_600_000.0]
    observed = Observations(clock=lambda: now[0])
    for _ in range(500):
        observed.searched(TRACE, STAGES, spoken=False)
    assert len(observed.minutes()[-1].seconds) == 200
    now[0] += 59 * 60
    observed.failed("AudioError")
    minutes = observed.minutes()
    assert (minutes[0].searches, minutes[-1].errors) == (500, 1)
    now[0] += 60
    observed.failed("AudioError")
    assert sum(minute.searches for minute in observed.minutes()) == 0
    assert len(observed._minutes) == 2


def svgs(page: str) -> list[ET.Element]:
    return [ET.fromstring(text) for text in re.findall(r"<svg.*?</svg>", page, re.S)]


def test_the_status_page_draws_what_happened() -> None:
    observed = Observations(queue=lambda: (7, True))
    empty = status_page(observed)
    assert "7 (full)" in empty
    observed.searched(TRACE, STAGES, spoken=True)
    page = status_page(observed)
    searches, times, errors, stages = svgs(page)
    assert len(searches.findall("rect")) == 1
    assert len(times.findall("circle")) == 2
    assert errors.findall("rect") == []
    assert [text.text for text in stages.findall("text")][::2] == list(STAGES)
    assert "<script" not in page
    assert "style=" not in page


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1e6), max_size=60), st.dictionaries(st.sampled_from("abc"),
       st.floats(0, 1e6)))  # fmt: skip
def test_plots_stay_within_themselves(values: list[float], stages: dict[str, float]) -> None:
    drawn = ET.fromstring(bars(values, values))
    for rect in drawn.findall("rect"):
        x, y, width, height = (float(rect.attrib[k]) for k in ("x", "y", "width", "height"))
        assert x >= 0
        assert x + width <= 600.1
        assert y >= -0.1
        assert y + height <= 122.1
    ET.fromstring(lines([values, [None, *values]]))
    for rect in ET.fromstring(shares(stages)).findall("rect"):
        assert float(rect.attrib["x"]) + float(rect.attrib["width"]) <= 600


def test_the_page_over_a_server(start: Callable[..., Any]) -> None:
    client = start()
    client.ask(text="shoes")
    reply = client("GET", "/status")
    assert reply.headers["content-type"].startswith("text/html")
    assert b"<svg" in reply.body
    style = client("GET", "/status/style.css")
    assert style.headers["content-type"].startswith("text/css")
    off = start(telemetry=TelemetryConfig(status=False))
    assert off("GET", "/metrics").status == 404


def test_the_dashboard_asks_for_figures_that_exist() -> None:
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    ours = {f"{name}_total" for name in COUNTERS} | set(GAUGES)
    ours |= {f"{name}_{end}" for name in TIMES for end in ("bucket", "sum", "count")}
    used = {name for expression in asked for name in re.findall(r"sayfind_\w+", expression)}
    assert len(asked) >= 8
    assert used <= ours
    assert {f"{name}_total" for name in COUNTERS} <= used
