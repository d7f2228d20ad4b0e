"""Plots as inline SVG. Colours are the page's own variables, so that light and dark both work.

Knows values and labels, not what they measure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Row", "heat_map", "interval_plot", "level_plot", "reliability_plot", "time_bars"]

AXIS, VALUE = 460.0, 190.0  # widths in pixels
ROW = 26.0
CHARACTER = 7.3  # width of an average one at the page's 13 pixels
LONGEST = 30  # characters of a label
CLEAN = "clean"
COLOURS = 6  # the page has --series-0 to --series-5


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled value with its interval; ``note`` goes behind the label, ``oracle`` is hollow."""

    label: str
    value: float
    low: float
    high: float
    note: str = ""
    oracle: bool = False


def interval_plot(rows: Sequence[Row], title: str, *, from_zero: bool = False) -> str:
    """Dots with whiskers, one row each, on one axis."""
    low = 0.0 if from_zero else min(row.low for row in rows)
    ticks = _ticks(min(low, 0.0) if from_zero else low, max(row.high for row in rows))
    height = ROW * len(rows) + 34
    margin = _margin([f"{row.label} {row.note}" for row in rows])
    parts = [_axis(ticks, height - 28, margin)]
    for number, row in enumerate(rows):
        y = 8 + ROW * number + ROW / 2
        x, left, right = (margin + _place(v, ticks) for v in (row.value, row.low, row.high))
        shape = "hollow" if row.oracle else "dot"
        note = f'<tspan class="note" dx="6">{escape(row.note)}</tspan>' if row.note else ""
        parts.append(
            f'<text x="{margin - 12:g}" y="{y + 4:g}" text-anchor="end">'
            f"{_cut(row.label)}{note}</text>"
            f'<line class="whisker" x1="{left:.1f}" x2="{right:.1f}" y1="{y:g}" y2="{y:g}"/>'
            f'<circle class="{shape}" cx="{x:.1f}" cy="{y:g}" r="5"/>'
            f'<text class="value" x="{margin + AXIS + 18:g}" y="{y + 4:g}">{row.value:.3f}'
            f'<tspan class="note" dx="6">{row.low:.3f} – {row.high:.3f}</tspan></text>'
        )
    return _svg(margin + AXIS + VALUE, height, title, parts)


def level_plot(curves: Mapping[str, Sequence[Row]], title: str) -> str:
    """A curve for each noise over its levels; a row's label is decibels, or ``clean``."""
    rows = [row for curve in curves.values() for row in curve]
    levels = sorted({row.label for row in rows}, key=_quietness)
    ticks = _ticks(min(0.0, *(row.low for row in rows)), max(row.high for row in rows))
    left, top, width, height = 46.0, 12.0, 470.0, 210.0

    def across(level: str) -> float:
        return left + width * (levels.index(level) + 0.5) / len(levels)

    def down(value: float) -> float:
        return top + height * (1 - (value - ticks[0]) / (ticks[-1] - ticks[0]))

    parts = [
        f'<line class="grid" x1="{left}" x2="{left + width}" y1="{down(t):.1f}" '
        f'y2="{down(t):.1f}"/><text class="tick" x="{left - 8}" y="{down(t) + 4:.1f}" '
        f'text-anchor="end">{_number(t)}</text>'
        for t in ticks
    ]
    parts += [
        f'<text class="tick" x="{across(level):.1f}" y="{top + height + 18}" '
        f'text-anchor="middle">{level}{"" if level == CLEAN else " dB"}</text>'
        for level in levels
    ]
    for number, (name, curve) in enumerate(curves.items()):
        shift = 7 * (number - (len(curves) - 1) / 2)  # whiskers of one level stand side by side
        points = [(across(row.label) + shift, down(row.value), row) for row in curve]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
        marks = "".join(
            f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{down(row.low):.1f}" '
            f'y2="{down(row.high):.1f}"/><circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
            for x, y, row in points
        )
        y = top + 14 + 22 * number
        legend = (
            f'<circle class="dot" cx="{left + width + 22}" cy="{y}" r="5"/>'
            f'<text x="{left + width + 34}" y="{y + 4}">{_cut(name)}</text>'
        )
        parts.append(
            f'<g class="series-{number % COLOURS}"><polyline points="{path}"/>{marks}{legend}</g>'
        )
    legend_width = 50 + CHARACTER * min(LONGEST, max(map(len, curves)))
    return _svg(left + width + legend_width, top + height + 28, title, parts)


def heat_map(counts: Sequence[tuple[str, str, int]], title: str, most: int = 18) -> str:
    """How often each row's token was taken for each column's; the most confused ones only."""
    weight: dict[str, int] = {}
    for said, heard, times in counts:
        weight[said] = weight.get(said, 0) + times
        weight[heard] = weight.get(heard, 0) + times
    names = sorted(sorted(weight, key=lambda name: (-weight[name], name))[:most])
    places = {name: number for number, name in enumerate(names)}
    top, cell = 44.0, 26.0
    largest = max(times for _, _, times in counts)
    parts = [
        f'<text class="tick" x="{top - 8}" y="{top + cell * i + 17}" text-anchor="end">'
        f"{escape(name)}</text>"
        f'<text class="tick" x="{top + cell * i + cell / 2}" y="{top - 8}" text-anchor="middle">'
        f"{escape(name)}</text>"
        f'<rect class="cell self" x="{top + cell * i}" y="{top + cell * i}" width="{cell - 2}" '
        f'height="{cell - 2}"/>'
        for name, i in places.items()
    ]
    for said, heard, times in counts:
        if said in places and heard in places:
            x, y = top + cell * places[heard], top + cell * places[said]
            share = math.sqrt(times / largest)
            ink = "on" if share > 0.6 else ""
            parts.append(
                f'<rect class="cell" x="{x}" y="{y}" width="{cell - 2}" height="{cell - 2}" '
                f'fill-opacity="{0.12 + 0.88 * share:.2f}"/>'
                f'<text class="count {ink}" x="{x + cell / 2 - 1}" y="{y + 16}" '
                f'text-anchor="middle">{times}</text>'
            )
    size = top + cell * len(names) + 4
    return _svg(max(size, 300.0), size, title, parts)


def reliability_plot(bins: Sequence[Mapping[str, float]], title: str) -> str:
    """Share of right answers against confidence; dots on the line are honest, area is number."""
    left, size = 46.0, 230.0
    largest = max(bin_["n"] for bin_ in bins)

    def point(x: float, y: float) -> tuple[float, float]:
        return left + size * x, 12 + size * (1 - y)

    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = point(tick, tick)
        parts.append(
            f'<line class="grid" x1="{left}" x2="{left + size}" y1="{y}" y2="{y}"/>'
            f'<text class="tick" x="{left - 8}" y="{y + 4}" text-anchor="end">{tick:g}</text>'
            f'<text class="tick" x="{x}" y="{size + 30}" text-anchor="middle">{tick:g}</text>'
        )
    (x1, y1), (x2, y2) = point(0, 0), point(1, 1)
    parts.append(f'<line class="ideal" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>')
    for bin_ in bins:
        x, y = point(bin_["confidence"], bin_["accuracy"])
        radius = 3 + 9 * math.sqrt(bin_["n"] / largest)
        parts.append(
            f'<circle class="bubble" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
            f"<title>{bin_['n']:g} answers at confidence {bin_['confidence']:.2f}: "
            f"{bin_['accuracy']:.2f} right</title></circle>"
        )
    parts.append(f'<text class="note" x="{left + size + 16}" y="24">right</text>')
    parts.append(f'<text class="note" x="{left + size + 16}" y="{size + 12}">confidence</text>')
    return _svg(left + size + 110, size + 40, title, parts)


def time_bars(stages: Mapping[str, Mapping[str, float]], title: str) -> str:
    """Milliseconds of each stage: a bar to the median, a whisker to the 95th percentile."""
    largest = max(stage["p95"] for stage in stages.values()) or 1e-3
    margin = _margin(list(stages))
    parts = []
    for number, (name, stage) in enumerate(stages.items()):
        y = 4 + ROW * number
        median, late = (margin + AXIS * stage[q] / largest for q in ("p50", "p95"))
        parts.append(
            f'<text x="{margin - 12:g}" y="{y + 17}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="bar" x="{margin}" y="{y + 5}" width="{median - margin:.1f}" '
            f'height="16" rx="2"/>'
            f'<line class="whisker" x1="{median:.1f}" x2="{late:.1f}" y1="{y + 13}" y2="{y + 13}"/>'
            f'<text class="value" x="{margin + AXIS + 18:g}" y="{y + 17}">'
            f"{1e3 * stage['p50']:.0f} ms"
            f'<tspan class="note" dx="6">p95 {1e3 * stage["p95"]:.0f} ms</tspan></text>'
        )
    return _svg(margin + AXIS + VALUE, ROW * len(stages) + 8, title, parts)


def _axis(ticks: Sequence[float], height: float, margin: float) -> str:
    places = [(t, margin + _place(t, ticks)) for t in ticks]
    return "".join(
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height}"/>'
        f'<text class="tick" x="{x:.1f}" y="{height + 16}" text-anchor="middle">{_number(t)}</text>'
        for t, x in places
    )


def _margin(labels: Sequence[str]) -> float:
    """Room for the longest label, left of an axis."""
    longest = max(len(label) for label in labels)
    return max(130.0, 24 + CHARACTER * min(LONGEST + 6, longest))


def _quietness(level: str) -> float:
    """Clean first, then levels from the highest."""
    return -math.inf if level == CLEAN else -float(level)


def _place(value: float, ticks: Sequence[float]) -> float:
    return AXIS * (value - ticks[0]) / (ticks[-1] - ticks[0])


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers around a range, four to eight of them."""
    span = max(high - low, 1e-3)
    step = 10.0 ** math.floor(math.log10(span))
    step = next(step * f for f in (0.1, 0.2, 0.5, 1.0, 2.0) if span / (step * f) <= 6)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * number for number in range(first, max(last, first + 1) + 1)]


def _number(value: float) -> str:
    text = f"{value:.3f}"
    return text.rstrip("0").rstrip(".") if len(text) > 4 and text.endswith("0") else text


def _cut(label: str, most: int = LONGEST) -> str:
    return escape(label if len(label) <= most else label[: most - 1] + "…")


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )
