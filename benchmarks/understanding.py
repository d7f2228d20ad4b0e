"""The written suite through the chain: how exactly it is understood typed and spoken, how fast.

The shop of tests/understanding/conftest.py is compiled from a feed that is made up of its values.
Each case counts where the wishes and the order are exactly those of the table. ``typed`` is the
true text in that shop, ``spoken`` what a synthetic voice says, heard, corrected and understood
from the n-best list; ``any reading`` is the best that one of the readings would have given. Every
n-th English case is spoken. Times are of the understanding alone, on one core.

    python -m benchmarks.understanding --voice flite:slt --every 8 --out runs/understanding.json
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import math
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sayfind import Shop, VoiceSearch
from sayfind.data.voices import Voice
from sayfind.types import NBest, Query
from sayfind.understanding import ConstraintUnderstander
from sayfind.understanding.intent import IntentReader

SUITE = Path(__file__).parents[1] / "tests" / "understanding"
Case = tuple[str, str, str]


def table() -> Any:
    """The module that has the shop and writes down what was understood."""
    spec = importlib.util.spec_from_file_location("understanding_shop", SUITE / "conftest.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases() -> Iterator[Case]:
    """(text, wishes, order) of both tables."""
    for name in ("cases.tsv", "situations.tsv"):
        for line in (SUITE / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                text, wishes, sort, *_ = (cell.strip() for cell in line.split("\t"))
                yield text, wishes, sort


def make_feed(values: dict[str, tuple[int, list[str]]], path: Path, num: int = 600) -> None:
    """Products that carry the shop's values; the price is any."""
    rng = random.Random(1)
    names = {name: [v.split("|")[0] for v in written] for name, (_, written) in values.items()}
    filled = {name: min(1.0, count / 60) for name, (count, _) in values.items()}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "price", *names])
        for i in range(num):
            row = {n: v[i % len(v)] if rng.random() < filled[n] or i < len(v) else ""
                   for n, v in names.items()}  # fmt: skip
            title = " ".join(filter(None, (row["color"], row["brand"], row["category"])))
            writer.writerow([i, title, 5 + rng.randrange(2000), *row.values()])


def exact(query: Query, case: Case, shop: Any) -> bool:
    """Whether wishes (in any order) and order are those of the table."""
    found = sorted(shop._described(each) for each in query.constraints)
    wanted = sorted(part for part in case[1].split("; ") if part)
    return found == wanted and query.sort.value.replace("relevance", "-") == case[2]


def interval(share: float, num: int) -> float:
    """Half the 95% interval of a share (normal approximation)."""
    return 1.96 * math.sqrt(max(share * (1 - share), 1e-9) / max(num, 1))


def spoken_figures(chosen: Sequence[Case], voice: Voice, shop: Any) -> dict[str, Any]:
    """The spoken cases: typed, first reading, any reading and the whole n-best."""
    counts = dict.fromkeys(("typed", "first reading", "any reading", "spoken"), 0)
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        make_feed(shop.SHOP, Path(folder) / "feed.csv")
        compiled, _ = Shop.build(Path(folder) / "feed.csv", Path(folder) / "shop")
        search = VoiceSearch(compiled)
        understand = search.understander.understand
        for case in chosen:
            trace = search.hear(voice.say(case[0]))
            readings = [NBest.from_text(h.text) for h in trace.corrected.hypotheses]
            right = {
                "typed": exact(understand(NBest.from_text(case[0])), case, shop),
                "first reading": bool(readings) and exact(understand(readings[0]), case, shop),
                "any reading": any(exact(understand(each), case, shop) for each in readings),
                "spoken": exact(understand(trace.corrected), case, shop),
            }
            for name, is_right in right.items():
                counts[name] += is_right
            if not right["spoken"]:
                wrong.append({"said": case[0], "heard": trace.corrected.text, **right})
                print(f"  {case[0]!r} heard as {trace.corrected.text!r}", flush=True)
    return {**{name: count / len(chosen) for name, count in counts.items()}, "wrong": wrong}


def milliseconds(understander: ConstraintUnderstander, texts: Sequence[str]) -> dict[str, float]:
    """Processor time of one query: median and 95th percentile."""
    times = []
    for text in texts:
        start = time.process_time()
        understander.understand(NBest.from_text(text))
        times.append(1000 * (time.process_time() - start))
    times.sort()
    return {"median": times[len(times) // 2], "p95": times[int(0.95 * len(times))]}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", default="flite:slt")
    parser.add_argument("--every", type=int, default=8, help="speak every n-th (0: none)")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    shop, suite = table(), list(cases())
    understander = ConstraintUnderstander(shop._shop(), intents=IntentReader())
    right = sum(exact(understander.understand(NBest.from_text(c[0])), c, shop) for c in suite)
    share = right / len(suite)
    figures: dict[str, Any] = {"cases": len(suite), "exact": share}
    print(f"exact           {share:.4f} +- {interval(share, len(suite)):.4f} of {len(suite)}")
    figures["milliseconds"] = milliseconds(understander, [c[0] for c in suite])
    print("understanding   " + ", ".join(f"{k} {v:.2f} ms" for k, v in
                                         figures["milliseconds"].items()))  # fmt: skip
    english = [c for c in suite if c[0].isascii() and any(x.isalpha() for x in c[0]) and c[1]]
    chosen = english[:: args.every] if args.every else []
    if chosen:
        figures["spoken"] = spoken_figures(chosen, Voice.parse(args.voice), shop)
        for name in ("typed", "first reading", "any reading", "spoken"):
            value = figures["spoken"][name]
            print(f"{name:<15} {value:.4f} +- {interval(value, len(chosen)):.4f} of {len(chosen)}")
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
