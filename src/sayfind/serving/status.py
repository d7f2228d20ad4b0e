"""The status page: the last hour in four plots and a few numbers, without any script.

Drawn on the server as inline SVG; reloads itself. Everything on it is a number or one of our own
words: no text of a shopper can get in.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from sayfind.serving.metrics import Figures, Minute, Observations

__all__ = ["STYLE", "bars", "lines", "status_page"]

STYLE = Path(__file__).parent / "status.css"

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 600, 140, 44, 18


def status_page(observed: Observations) -> str:
    """The page as HTML."""
    minutes, figures = observed.minutes(), observed.figures
    inside, full = observed.queue()
    stages = {
        labels[0]: 1000 * times.mean
        for labels, times in figures.times("sayfind_stage_seconds").items()
    }
    tiles = {
        "searches": f"{sum(m.searches for m in minutes):,}",
        "spoken": _share(sum(m.spoken for m in minutes), sum(m.searches for m in minutes)),
        "found nothing": _share(sum(m.empty for m in minutes), sum(m.searches for m in minutes)),
        "nobody spoke": _part(figures, "sayfind_activations", "nobody"),
        "correction abstained": _part(figures, "sayfind_corrections", "abstained"),
        "errors": f"{sum(m.errors for m in minutes):,}",
        "in line now": f"{inside} (full)" if full else str(inside),
        "decoders killed": f"{figures.counts('sayfind_recordings').get(('killed',), 0):.0f}",
    }
    cards = "".join(
        f"<div><b>{value}</b><span>{name}</span></div>" for name, value in tiles.items()
    )
    middles, slow = _quantile(minutes, 0.5), _quantile(minutes, 0.95)
    return _PAGE.format(
        cards=cards,
        searches=bars([m.searches for m in minutes], [m.empty for m in minutes]),
        times=lines([middles, slow], unit="ms"),
        errors=bars([m.errors for m in minutes]),
        stages=shares(stages),
    )


def bars(values: Sequence[float], parts: Sequence[float] = ()) -> str:
    """One bar a minute, oldest left; ``parts`` are drawn within them."""
    top = max([1.0, *values])
    step = (_WIDTH - _LEFT) / max(1, len(values))
    drawn = []
    for kind, row in (("bar", values), ("part", parts)):
        for place, value in enumerate(row):
            if value:
                height = value / top * (_HEIGHT - _BOTTOM)
                drawn.append(
                    f'<rect class="{kind}" x="{_LEFT + place * step:.1f}" width="{step - 1:.1f}" '
                    f'y="{_HEIGHT - _BOTTOM - height:.1f}" height="{height:.1f}"/>'
                )
    return _svg("".join(drawn), f"{top:.0f}")


def lines(rows: Sequence[Sequence[float | None]], unit: str = "") -> str:
    """One line a row, a point a minute; ``None`` is a gap."""
    known = [value for row in rows for value in row if value is not None]
    top = max([1.0, *known])
    drawn = []
    for number, row in enumerate(rows):
        step = (_WIDTH - _LEFT) / max(1, len(row))
        points = [
            (_LEFT + (place + 0.5) * step, (_HEIGHT - _BOTTOM) * (1 - value / top))
            for place, value in enumerate(row)
            if value is not None
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        drawn.append(f'<polyline class="line{number}" points="{path}"/>')
        drawn += [
            f'<circle class="dot{number}" cx="{x:.1f}" cy="{y:.1f}" r="2"/>' for x, y in points
        ]
    return _svg("".join(drawn), f"{top:.0f} {unit}".strip())


def shares(milliseconds: dict[str, float]) -> str:
    """One bar a stage, its mean beside it."""
    top = max([1.0, *milliseconds.values()])
    rows = [
        f'<text x="0" y="{22 * place + 15}">{stage}</text>'
        f'<rect class="bar" x="100" y="{22 * place + 4}" height="14" '
        f'width="{max(1.0, value / top * (_WIDTH - 180)):.1f}"/>'
        f'<text x="{108 + value / top * (_WIDTH - 180):.1f}" y="{22 * place + 15}">'
        f"{value:.1f} ms</text>"
        for place, (stage, value) in enumerate(milliseconds.items())
    ]
    height = 22 * max(1, len(rows))
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img">{"".join(rows)}</svg>'


def _svg(drawn: str, top: str) -> str:
    floor = _HEIGHT - _BOTTOM
    axis = f'<line x1="{_LEFT}" y1="{floor}" x2="{_WIDTH}" y2="{floor}"/>'
    texts = (
        f'<text x="{_LEFT - 6}" y="10" text-anchor="end">{top}</text>'
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">an hour ago</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT - 4}" text-anchor="end">now</text>'
    )
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{axis}{drawn}{texts}</svg>'


def _quantile(minutes: Sequence[Minute], share: float) -> list[float | None]:
    """Milliseconds below which a share of a minute's searches took."""
    return [
        1000 * statistics.quantiles([*m.seconds, m.seconds[-1]], n=100)[round(100 * share) - 1]
        if m.seconds
        else None
        for m in minutes
    ]


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "none"


def _part(figures: Figures, name: str, label: str) -> str:
    counts = figures.counts(name)
    return _share(counts.get((label,), 0), sum(counts.values()))


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="15">
<title>sayfind: status</title><link rel="stylesheet" href="/status/style.css">
</head>
<body>
<h1>sayfind <small>the last hour; shares of speech and correction, and stages, since the
start</small></h1>
<section class="tiles">{cards}</section>
<section><h2>Searches a minute <small>orange: found nothing</small></h2>{searches}</section>
<section><h2>Time to answer <small>median and 95th percentile</small></h2>{times}</section>
<section><h2>Errors a minute</h2>{errors}</section>
<section><h2>Mean time of each stage</h2>{stages}</section>
</body>
</html>
"""
