"""One HTML file that says how good the shop is, where it loses, and lets one listen to it.

Everything is inside: styles, plots, sounds. It asks nothing of any network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from sayfind.errors import StorageError
from sayfind.evaluation.report_cases import case_cards, worst_cases
from sayfind.evaluation.report_plots import (
    Row,
    heat_map,
    interval_plot,
    level_plot,
    reliability_plot,
    time_bars,
)
from sayfind.evaluation.report_table import columns_of, condition_label, figure_text
from sayfind.evaluation.run import Evaluation
from sayfind.evaluation.run_plan import short_noise

__all__ = ["render", "write_report"]

MOST_WORST = 50
NAMES = {
    "ndcg_at_10": "nDCG@10", "typed_ndcg_at_10": "nDCG@10, typed", "mrr": "MRR", "wer": "WER",
    "cer": "CER", "mer": "MER", "heard_wer": "WER as heard", "oracle_wer": "WER, best reading",
    "over_correction": "over-correction", "zero_result_rate": "zero-result rate",
}  # fmt: skip


def write_report(evaluation: Evaluation, command: str, path: Path, *, sound: bool = True) -> None:
    """Write the report of a run; without ``sound`` no recording is in it.

    Raises:
        StorageError: the file cannot be written.
    """
    try:
        path.write_text(render(evaluation, command, sound=sound), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"Cannot write {path}: {error.strerror}.") from error


def render(evaluation: Evaluation, command: str, *, sound: bool = True) -> str:
    """The report as HTML."""
    result = evaluation.result
    style = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
    title = f"sayfind evaluate {result['kind']}"
    sections = [
        _head(result, command, title),
        _conditions(result),
        _ladder(result),
        _slices(result),
        _confusions(result),
        _confidence(result),
        _seconds(result),
        _left_out(result),
        _worst(evaluation, sound=sound),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><main>{''.join(sections)}</main></body></html>\n"
    )


def measure_name(name: str) -> str:
    """A measure as a person reads it."""
    return NAMES.get(name, name.replace("_at_", "@").replace("_", " "))


def _head(result: Mapping[str, Any], command: str, title: str) -> str:
    tiles = "".join(
        f'<div class="tile{" main" if name == result["main"] else ""}">'
        f"<b>{_value(result[name])}</b>{escape(measure_name(name))}<br>"
        f"<span>{_interval(result[name])}</span></div>"
        for name in columns_of(result)
    )
    settings = result["settings"]
    what = settings["recordings"] or settings["qrels"]
    against = settings["feed"] or settings["shop"] or "pocketsphinx's own language model"
    return (
        f"<h1>{escape(title)}</h1>"
        f'<p class="soft">{escape(Path(what).name)} against {escape(Path(against).name)}, '
        f"{result['cases_n']} cases, seed {result['seed']}, revision {escape(result['commit'])}. "
        "Intervals are 95% bootstrap intervals.</p>"
        f'<div class="tiles">{tiles}</div><pre><code>{escape(command)}</code></pre>'
    )


def _conditions(result: Mapping[str, Any]) -> str:
    conditions, main = [*result["conditions"], *result["means"]], result["main"]
    if len(conditions) < 2:
        return ""
    names = columns_of(result)
    head = "".join(f"<th>{escape(measure_name(name))}</th>" for name in names)
    body = "".join(
        f"<tr><td>{escape(condition_label(c))}</td>"
        + "".join(f'<td class="number">{figure_text(c[name])}</td>' for name in names)
        + "</tr>"
        for c in conditions
    )
    curves = _curves(result["conditions"], main)
    plot = ""
    if any(len(curve) > 1 for curve in curves.values()):
        plot = _plot(level_plot(curves, f"{measure_name(main)} by level of noise"))
    table = f'<div class="scroll"><table><tr><th></th>{head}</tr>{body}</table></div>'
    return f"<h2>By condition</h2>{plot}{table}"


def _curves(conditions: Sequence[Mapping[str, Any]], main: str) -> dict[str, list[Row]]:
    """A curve for each noise, from clean (where it was measured) to the loudest."""
    clean = [_row("clean", c[main]) for c in conditions if c["snr"] is None]
    curves: dict[str, list[Row]] = {}
    for condition in conditions:
        if condition["snr"] is not None:
            curve = curves.setdefault(short_noise(condition["noise"]), list(clean))
            curve.append(_row(f"{condition['snr']:g}", condition[main]))
    return {
        name: [*curve[: len(clean)], *sorted(curve[len(clean) :], key=lambda r: -float(r.label))]
        for name, curve in curves.items()
    }


def _ladder(result: Mapping[str, Any]) -> str:
    rungs = result["ladder"]
    if not rungs:
        return ""
    rows = [_row(r["rung"], r, oracle=r["meaning"].startswith("oracle")) for r in rungs]
    costs = [cost for cost in result["costs"] if cost["difference"] is not None]
    meanings = "".join(
        f"<li><b>{escape(r['rung'])}</b>: {escape(r['meaning'])}</li>" for r in rungs
    )
    body = "".join(
        f'<tr><td>{escape(c["stage"])}</td><td class="number">{c["difference"]:+.3f} '
        f'[{c["low"]:+.3f}, {c["high"]:+.3f}]</td><td class="number">{_p(c["p"])}</td></tr>'
        for c in costs
    )
    return (
        "<h2>The oracle ladder: which stage costs what</h2>"
        f"{_finding(costs, measure_name(result['main']))}"
        f"{_plot(interval_plot(rows, 'The oracle ladder'))}<ul>{meanings}</ul>"
        f'<div class="scroll"><table><tr><th>stage</th><th>cost in {measure_name(result["main"])}'
        f"</th><th>p</th></tr>{body}</table></div>"
    )


def _finding(costs: Sequence[Mapping[str, Any]], main: str) -> str:
    worst = max(costs, key=lambda cost: cost["difference"], default=None)
    if worst is None or worst["difference"] <= 0:
        return '<p class="finding">No stage loses anything that an oracle would win.</p>'
    return (
        f'<p class="finding">The weakest stage is <b>{escape(worst["stage"])}</b>: it costs '
        f"{worst['difference']:.3f} of {escape(main)}.</p>"
    )


def _slices(result: Mapping[str, Any]) -> str:
    names = ["retention", result["main"]]
    parts = []
    for key, values in result["slices"].items():
        if key == "condition":  # has a section of its own
            continue
        name = next(n for n in names if any(n in found for found in values.values()))
        rows = [
            _row(value, found[name], note=f"n={found[name]['n']}")
            for value, found in values.items()
            if name in found and found[name]["value"] is not None
        ]
        if rows:
            told = f"{measure_name(name)} by {key}"
            parts.append(f"<h3>{escape(told)}</h3>{_plot(interval_plot(rows, told))}")
    return f"<h2>By slice</h2>{''.join(parts)}" if parts else ""


def _confusions(result: Mapping[str, Any]) -> str:
    pairs = [(said, heard, times) for said, heard, times in result["confusions"]]
    if not pairs:
        return ""
    body = "".join(
        f"<tr><td>{escape(said)}</td><td>{escape(heard)}</td><td>{times}</td></tr>"
        for said, heard, times in pairs[:20]
    )
    table = (
        '<div class="scroll wrap"><table><tr><th>meant</th><th>given</th><th>times</th></tr>'
        f"{body}</table></div>"
    )
    if result["kind"] == "slots":
        return f"<h2>What was taken for what</h2>{table}"
    plot = _plot(heat_map(pairs, "Sounds said, by row, and heard, by column"))
    told = "<p>Rows are sounds that were said, columns what was heard in their place.</p>"
    folded = f"<details><summary>The pairs as a table</summary>{table}</details>"
    return f"<h2>Confusion of sounds</h2>{told}{plot}{folded}"


def _confidence(result: Mapping[str, Any]) -> str:
    told = result["calibration"]
    if not told:
        return ""
    words = (
        f"Expected calibration error {figure_text(told['ece'])}, Brier score "
        f"{figure_text(told['brier'])}, area under risk and coverage "
        f"{figure_text(told['risk_coverage_area'])}. An answer is right by "
        f"{measure_name(told['right'])}; dots on the dashed line are honest, larger dots are "
        "more answers."
    )
    plot = reliability_plot(told["bins"], "Share of right answers by confidence")
    return f"<h2>How far confidence can be believed</h2><p>{words}</p>{_plot(plot)}"


def _seconds(result: Mapping[str, Any]) -> str:
    stages = result["seconds"]
    if not stages:
        return ""
    speed, machine = result["speed"], result["machine"]
    told = (
        f"Bars are medians, whiskers reach to the 95th percentile; {machine['processes']} "
        f"process(es) on {machine['cores']} {escape(machine['machine'])} cores."
    )
    told += (
        f" From the end of a recording to its answer: p95 {figure_text(speed['latency_p95'])} s, "
        f"p99 {figure_text(speed['latency_p99'])} s; at most "
        f"{speed['peak_memory_bytes'] / 2**20:.0f} MiB of memory in one process."
    )
    if "real_time_factor" in speed:
        told += f" Real-time factor {figure_text(speed['real_time_factor'])}."
    return f"<h2>Time</h2><p>{told}</p>{_plot(time_bars(stages, 'Time by stage'))}"


def _left_out(result: Mapping[str, Any]) -> str:
    parts = []
    for key, verb in (("left_out", "left out"), ("failed", "without an answer, counted as wrong")):
        told = result[key]
        if told["count"]:
            reasons = ", ".join(f"{times} {reason}" for reason, times in told["reasons"].items())
            items = "".join(_named(item) for item in told["named"])
            parts.append(
                f"<details><summary>{told['count']} {verb}: {escape(reasons)}</summary>"
                f'<div class="case"><ul>{items}</ul></div></details>'
            )
    body = "".join(parts) or "<p>Nothing: every case of the set counts, and each was answered.</p>"
    return f"<h2>Left out, and not answered</h2>{body}"


def _named(item: Mapping[str, Any]) -> str:
    name = item.get("name") or item.get("id", "")
    rest = " · ".join(str(item[k]) for k in ("condition", "reason", "detail") if item.get(k))
    return f"<li><code>{escape(name)}</code>: {escape(rest)}</li>"


def _worst(evaluation: Evaluation, *, sound: bool) -> str:
    judge = evaluation.bench.judge
    kept = [record for record in evaluation.records if not record.left_out]
    worst = worst_cases(kept, judge, MOST_WORST)
    if not worst:
        return "<h2>The worst cases</h2><p>None: every case is right.</p>"
    spoken_search = any("retention" in record.judgement.counts for record in worst)
    by = (
        f"what speech costs in {measure_name(judge.main)}"
        if spoken_search
        else (measure_name(judge.main))
    )
    told = f"{len(worst)} cases, by {by}, and the surest mistakes first."
    told += " Open one to listen to it." if sound else " The recordings are not in this report."
    cards = case_cards(worst, evaluation.bench, sound=sound)
    return f"<h2>The worst cases</h2><p>{told}</p>{cards}"


def _row(label: str, figure: Mapping[str, Any], note: str = "", *, oracle: bool = False) -> Row:
    return Row(label, figure["value"], figure["low"], figure["high"], note, oracle)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _plot(svg: str) -> str:
    return f'<div class="plot">{svg}</div>'


def _value(figure: Mapping[str, Any]) -> str:
    return "–" if figure["value"] is None else f"{figure['value']:.3f}"


def _interval(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "not defined on this set"
    return f"{figure['low']:.3f} to {figure['high']:.3f}, n={figure['n']}"
