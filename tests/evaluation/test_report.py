"""The report: one file, whole in itself, that shows and plays what went wrong."""

from __future__ import annotations

import base64
import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import av
import numpy as np
import pytest

from sayfind import Audio
from sayfind.evaluation.report import render, write_report
from sayfind.evaluation.report_cases import worst_cases
from sayfind.evaluation.report_plots import Row, interval_plot, level_plot
from sayfind.evaluation.report_sound import data_url
from sayfind.evaluation.report_table import conditions_table, figure_text
from sayfind.evaluation.run import Evaluation, evaluate
from sayfind.evaluation.run_plan import Kind, Plan

VOID = {"meta", "line", "circle", "rect", "polyline", "br"}


class Balanced(HTMLParser):
    """Fails where a tag is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def slots_run(recorded: Path, small_feed: Path) -> Evaluation:
    noises = ("clean", "pink", "white")
    return evaluate(Plan(Kind.SLOTS, recorded, feed=small_feed, noises=noises, snrs=(12.0, 6.0)))


@pytest.fixture(scope="module")
def page(slots_run: Evaluation) -> str:
    return render(slots_run, "sayfind evaluate slots <SET> --feed FEED")


def test_the_page_is_well_formed_and_whole_in_itself(page: str) -> None:
    parser = Balanced()
    parser.feed(page.removeprefix("<!doctype html>"))
    assert parser.open == [] and "svg" in parser.seen and "audio" in parser.seen
    assert not re.search(r'(?:src|href)="(?!data:)', page) and "http" not in page
    assert "&lt;SET&gt;" in page and "<SET>" not in page


def test_the_page_says_what_a_reader_needs(page: str, slots_run: Evaluation) -> None:
    assert f"{slots_run.result['acceptance']['value']:.3f}" in page
    for text in ("oracle ladder", "By condition", "pink 6 dB", "The worst cases", "The weakest"):
        assert text in page
    text = re.sub("<[^>]+>", "", page)
    assert "missing" in text and "nike running shoes" in text


def test_every_worst_case_can_be_played(page: str, slots_run: Evaluation) -> None:
    urls = re.findall(r'<audio [^>]*src="data:audio/ogg;base64,([^"]+)"', page)
    worst = worst_cases(slots_run.records, slots_run.bench.judge)
    assert len(urls) == len(worst) > 0
    for url, record in zip(urls, worst, strict=True):
        with av.open(io.BytesIO(base64.b64decode(url))) as container:
            frames = [frame.samples / frame.sample_rate for frame in container.decode(audio=0)]
        assert sum(frames) == pytest.approx(record.audio, abs=0.1)


def test_the_surest_mistakes_come_first(slots_run: Evaluation) -> None:
    worst = worst_cases(slots_run.records, slots_run.bench.judge)
    assert all(record.judgement.measures["acceptance"] == 0.0 for record in worst)
    sure = [record.confidence for record in worst]
    assert sure == sorted(sure, reverse=True)
    assert len(worst_cases(slots_run.records, slots_run.bench.judge, 2)) == 2


def test_a_typed_run_has_no_sound(typed_run: Evaluation, tmp_path: Path) -> None:
    write_report(typed_run, "sayfind evaluate search --typed", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<audio" not in page and "best ranking" in page


def test_recordings_can_be_kept_out_of_a_report(slots_run: Evaluation) -> None:
    page = render(slots_run, "x", sound=False)
    assert "<audio" not in page and "data:audio" not in page and "not in this report" in page


def test_hostile_names_stay_text(recorded: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(recorded, tmp_path / "set"))
    (folder / "manifest.tsv").write_text(
        "id\tpath\ttext\tspeaker\n<script>alert(1)</script>\tsony-headphones.flac\t"
        "<img src=x onerror=alert(1)>\t<b>&\n",
        encoding="utf-8",
    )
    page = render(evaluate(Plan(Kind.TRANSCRIPTION, folder)), "x")
    assert "<script" not in page and "<img" not in page and "&lt;img src=x" in page


def test_a_sound_keeps_its_length_and_loudness() -> None:
    time = np.arange(16_000) / 16_000
    tone = Audio((0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32), 16_000)
    data = base64.b64decode(data_url(tone).partition(",")[2])
    assert len(data) < 6_000
    with av.open(io.BytesIO(data)) as container:
        parts = [frame.to_ndarray().ravel() for frame in container.decode(audio=0)]
    loudness = np.sqrt(np.square(np.concatenate(parts)[4_000:12_000]).mean())
    assert loudness == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_plots_place_values_on_a_round_axis() -> None:
    svg = interval_plot([Row("a & b", 0.5, 0.4, 0.6), Row("c", 1.0, 0.9, 1.0)], "t")
    centres = [float(x) for x in re.findall(r'<circle[^>]*cx="([\d.]+)"', svg)]
    ticks = [float(x) for x in re.findall(r'class="tick" x="([\d.]+)"', svg)]
    labels = [float(x) for x in re.findall(r'middle">([\d.]+)<', svg)]
    assert labels == sorted(labels) and labels[0] <= 0.4 and labels[-1] >= 1.0
    scale = (ticks[-1] - ticks[0]) / (labels[-1] - labels[0])
    assert centres[1] - centres[0] == pytest.approx(0.5 * scale, abs=0.3)
    assert "a &amp; b" in svg


def test_levels_run_from_clean_to_the_loudest() -> None:
    curve = [Row("clean", 0.9, 0.8, 1.0), Row("24", 0.8, 0.7, 0.9), Row("6", 0.3, 0.2, 0.4)]
    svg = level_plot({"pink": curve}, "t")
    assert re.findall(r'middle">([^<]+)<', svg) == ["clean", "24 dB", "6 dB"]
    (points,) = re.findall(r'points="([^"]+)"', svg)
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert heights == sorted(heights)


def test_one_value_alone_has_an_axis() -> None:
    assert interval_plot([Row("a", 0.0, 0.0, 0.0)], "t").count("<circle") == 1


def test_the_table_has_a_row_for_each_condition_and_mean(slots_run: Evaluation) -> None:
    lines = conditions_table(slots_run.result).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        "clean", "pink 12 dB", "pink 6 dB", "white 12 dB", "white 6 dB",
        "pink, mean of 2 levels", "white, mean of 2 levels", "mean of all conditions",
    ]  # fmt: skip
    assert figure_text({"value": None, "low": None, "high": None, "n": 3}) == "–"
