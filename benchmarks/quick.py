"""The quality of the present chain: one table, one JSON and one report for each row.

Every row is one `sayfind evaluate` that can be run by itself: its command is in the table's JSON.
The quick benchmark takes a third of the coffee orders; ``--full`` takes all, more noises and more
voices, and leaves its reports and their JSON in docs/results/. Results go to ``--out``, the table
into docs/results.md between its markers. A run that was cut off goes on with ``--resume``;
``--every 20`` is a small share, to see that it works, and touches nothing in docs/.

    python benchmarks/quick.py [--full] [--jobs 2] [--resume] [--every 20]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayfind.evaluation.report import measure_name
from sayfind.evaluation.report_table import condition_label, figure_text
from sayfind.evaluation.run import commit

ROOT = Path(__file__).parents[1]
DATA = Path("..") / "shared" / "data"
ORDERS = (
    "slots",
    str(DATA / "speech" / "barista-dev.tar"),
    "--feed",
    "benchmarks/barista/menu.csv",
)
BABBLE = f"babble:{DATA / 'speech' / 'librispeech-sample.tar'}"
NOISES = str(DATA / "noise" / "noise.tar")
KITCHEN = f"{NOISES}:doing_the_dishes,running_tap"
QRELS = str(DATA / "catalog" / "icecat" / "qrels-dev.tsv")
FEED = str(DATA / "catalog" / "icecat" / "products.jsonl.gz")
VOICES = ("flite:slt", "flite:rms", "flite:awb", "flite:kal16", "espeak:en-us", "espeak:en-gb")
PAGE = ROOT / "docs" / "results.md"
REPORTS = ROOT / "docs" / "results"
MOST_BYTES = 1_000_000  # of a report that is committed
BEGIN, END = "<!-- {name}: begin -->", "<!-- {name}: end -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One evaluation: what it is about, and the words after ``sayfind evaluate``."""

    title: str
    name: str
    words: tuple[str, ...]


def quick_rows(shop: Path, spoken: Path) -> list[Row]:
    """What ``make bench`` measures."""
    search = ("--shop", str(shop), "--qrels", QRELS)
    noises = ("--noise", "clean", "--noise", "pink", "--noise", BABBLE, "--snr", "12")
    return [
        Row("coffee orders, every third", "orders", (*ORDERS, "--every", "3", *noises)),
        Row("Icecat dev queries, typed", "typed", ("search", "--typed", *search)),
        Row("Icecat dev queries, flite slt and rms", "spoken", ("search", str(spoken), *search)),
    ]


def full_rows(shop: Path, spoken: Path) -> list[Row]:
    """What ``make bench-full`` measures; recordings of people are not given away with reports."""
    search = ("--shop", str(shop), "--qrels", QRELS)
    noises = flags("--noise", ("clean", "pink", BABBLE, KITCHEN))
    levels = ("--snr", "24,12,6")
    return [
        Row("coffee orders, all", "orders", (*ORDERS, *noises, *levels, "--no-sound")),
        Row("Icecat dev queries, typed", "typed", ("search", "--typed", *search)),
        Row(
            "Icecat dev queries, six voices",
            "spoken",
            (
                "search",
                str(spoken),
                *search,
                *flags("--noise", ("clean", "pink", BABBLE)),
                "--snr",
                "10",
            ),
        ),
        Row(
            "44 minutes of noise",
            "activation",
            ("activation", NOISES, "--shop", str(shop), "--no-sound"),
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--full", action="store_true", help="everything: about 25 minutes on two idle cores"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=Path("runs/out"))
    parser.add_argument("--resume", action="store_true", help="go on with a run that was cut off")
    parser.add_argument("--every", type=int, metavar="N", help="each Nth case only: a trial")
    options = parser.parse_args()
    os.chdir(ROOT)
    if not DATA.is_dir():
        sys.exit("The benchmark needs the measurement data in ../shared/data.")
    name = "bench-full" if options.full else "bench"
    out = options.out / (name if options.every is None else f"{name}-trial")
    start = time.perf_counter()
    shop, spoken = prepare(out, VOICES if options.full else VOICES[:2], resume=options.resume)
    rows = (full_rows if options.full else quick_rows)(shop, spoken)
    extra = ["--resume"] if options.resume else []
    extra += [] if options.every is None else ["--every", str(options.every)]
    results = [measure(row, out / row.name, options.jobs, extra) for row in rows]
    minutes = (time.perf_counter() - start) / 60
    text = page_section(rows, results, name, minutes, options.jobs)
    print(text)
    summary = [summarise(row, result) for row, result in zip(rows, results, strict=True)]
    (out / "results.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    if options.every is None:
        write_section(PAGE, name, text)
        if options.full:
            publish(out, rows, REPORTS)


def prepare(out: Path, voices: Sequence[str], *, resume: bool) -> tuple[Path, Path]:
    """The shop and the spoken queries; what a run that goes on has is left as it is."""
    shop, spoken = out / "icecat-shop", out / "icecat-spoken"
    if not (resume and (shop / "shop.json").exists()):
        sayfind("index", FEED, "-o", str(shop))
    if not (resume and (spoken / "manifest.tsv").exists()):
        sayfind("voice", QRELS, "--qrels", "-o", str(spoken), *flags("--voice", voices))
    return shop, spoken


def publish(out: Path, rows: Sequence[Row], folder: Path) -> None:
    """Copy the reports and the figures to where they are committed."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(out / "results.json", folder / "results.json")
    for row in rows:
        report = out / row.name / "report.html"
        if report.stat().st_size > MOST_BYTES:
            sys.exit(f"{report} is over {MOST_BYTES} bytes: too large to be committed.")
        shutil.copyfile(report, folder / f"{row.name}.html")


def flags(name: str, values: Sequence[str]) -> list[str]:
    """The same flag before each value."""
    return [word for value in values for word in (name, value)]


def sayfind(*words: str) -> None:
    """Run one verb; its complaints end the benchmark."""
    command = [sys.executable, "-m", "sayfind.cli.main", *words]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"sayfind {' '.join(words)} ended with {done.returncode}.")


def measure(row: Row, out: Path, jobs: int, extra: Sequence[str] = ()) -> dict[str, Any]:
    """The result of a row, with its report beside it; ``extra`` words replace the row's own."""
    sayfind("evaluate", *row.words, "--jobs", str(jobs), "--out", str(out), *extra)
    result: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return result


def summarise(row: Row, result: Mapping[str, Any]) -> dict[str, Any]:
    """A row's figures without its cases."""
    return {"title": row.title, **{k: v for k, v in result.items() if k != "cases"}}


def page_section(
    rows: Sequence[Row], results: Sequence[Mapping[str, Any]], name: str, minutes: float, jobs: int
) -> str:
    """The Markdown of a benchmark: every condition, then what each stage costs."""
    lines = [
        f"`make {name}` at revision {commit()}: {minutes:.0f} minutes, {jobs} processes.",
        "",
        "| set | condition | measure | value and 95% interval | limit | clips | p50 / p95, ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for row, result in zip(rows, results, strict=True):
        lines += table_rows(row, result)
    lines += ["", "| set | stage | what it costs | p |", "|---|---|---|---|"]
    for row, result in zip(rows, results, strict=True):
        lines += cost_rows(row, result)
    for row, result in zip(rows, results, strict=True):
        lines += left_out_lines(row, result)
    return "\n".join(lines)


def table_rows(row: Row, result: Mapping[str, Any]) -> list[str]:
    """A line for each condition, mean and leading measure."""
    total = result["seconds"]["total"]
    speed = f"{1e3 * total['p50']:.0f} / {1e3 * total['p95']:.0f}"
    names = [name for name in (result["main"], "retention") if name in result]
    lines = []
    for condition in [*result["conditions"], *result["means"]]:
        for name in names:
            figure = condition[name]
            known = {BABBLE: "babble", KITCHEN: "kitchen"}
            noise = known.get(condition["noise"], condition["noise"])
            label = condition_label({**condition, "noise": noise})
            label = "keyboard" if result["settings"]["recordings"] is None else label
            lines.append(
                f"| {row.title} | {label} | {measure_name(name)} | {figure_text(figure)} "
                f"| {limit(name, condition, result):.3f} | {figure['n']} | {speed} |"
            )
    return lines


def limit(name: str, condition: Mapping[str, Any], result: Mapping[str, Any]) -> float:
    """What no chain could exceed on these cases (docs/evaluation.md, "Limits").

    Spoken queries are limited by the same queries typed, typed ones by the best order of the
    judged products, orders by what is understood of their text where the set has one; noise has
    nothing to answer.
    """
    if result.get("lower_is_better"):
        return 0.0
    if "typed_ndcg_at_10" in condition and name == "ndcg_at_10":
        return float(condition["typed_ndcg_at_10"]["value"])
    rungs = {rung["rung"]: rung["value"] for rung in result["ladder"]}
    rung = {"ndcg_at_10": "best ranking", "acceptance": "true text"}.get(name, "")
    return float(rungs.get(rung, 1.0))


def cost_rows(row: Row, result: Mapping[str, Any]) -> list[str]:
    """A line for each stage, the weakest in bold."""
    costs = result["costs"]
    worst = max((cost["difference"] for cost in costs), default=0.0)
    told = {cost["stage"]: "< 0.001" if cost["p"] < 0.001 else f"{cost['p']:.3f}" for cost in costs}
    lines = []
    for cost in costs:
        stage = f"**{cost['stage']}**" if cost["difference"] == worst > 0 else cost["stage"]
        lines.append(
            f"| {row.title} | {stage} | {cost['difference']:+.3f} "
            f"[{cost['low']:+.2f}, {cost['high']:+.2f}] | {told[cost['stage']]} |"
        )
    return lines


def left_out_lines(row: Row, result: Mapping[str, Any]) -> list[str]:
    """What counts nowhere, and what was not answered."""
    lines = []
    for key, words in (("left_out", "left out"), ("failed", "without an answer, counted wrong")):
        told = result[key]
        if told["count"]:
            reasons = ", ".join(f"{times} {reason}" for reason, times in told["reasons"].items())
            lines += ["", f"{row.title}: {told['count']} {words} ({reasons})."]
    return lines


def write_section(page: Path, name: str, text: str) -> None:
    """Put a text between the markers of its name, at the end of the page if it has none."""
    begin, end = BEGIN.format(name=name), END.format(name=name)
    old = page.read_text(encoding="utf-8") if page.exists() else "# Results\n"
    if begin not in old:
        old += f"\n{begin}\n{end}\n"
    head, _, rest = old.partition(begin)
    _, _, tail = rest.partition(end)
    page.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
