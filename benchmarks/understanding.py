"""The written suite through the chain: how exactly it is understood typed and spoken, how fast.

The shop of tests/understanding/conftest.py is compiled from a feed that is made up of its values,
in both languages. Each case counts where the wishes and the order are exactly those of the table.
``typed`` is the true text in that shop, ``spoken`` what a synthetic voice says, heard, corrected
and understood from the n-best list; ``any reading`` is the best that one of the readings would
have given. Of the cases in its language a voice says every n-th, from the given one on. Times are
of the understanding alone, on one core.

    python -m benchmarks.understanding --voices flite:slt,espeak:cmn --every 8 --first 3
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import math
import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sayfind import Shop, VoiceSearch
from sayfind.data.voices import Voice
from sayfind.text.normalise import has_han
from sayfind.text.spoken import spoken_forms
from sayfind.types import Language, NBest, Query
from sayfind.understanding import ConstraintUnderstander
from sayfind.understanding.intent import IntentReader

SUITE = Path(__file__).parents[1] / "tests" / "understanding"
Case = tuple[str, str, str]
Cell = tuple[str, str]
MEASURED = ("typed", "first reading", "any reading", "spoken")
_YEAR, _DIGITS = re.compile(r"\d{4}(?=年)"), str.maketrans("0123456789", "零一二三四五六七八九")
_RANGE = re.compile(r"(?<=\d)\s?-\s?(?=[$\d])")


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


def make_feed(values: dict[str, tuple[int, list[str]]], path: Path, num: int = 1200) -> None:
    """Products that carry the shop's values half as often as it says; the price is any."""
    rng = random.Random(1)
    columns = {name: _column(count // 2, written, num, rng) for name, (count, written) in
               values.items()}  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = ["title", *values]
        writer.writerow(["id", "price", *(f"{n}{zh}" for n in names for zh in ("", "_zh"))])
        for i in range(num):
            row = {name: column[i] for name, column in columns.items()}
            title = [row["color"], row["brand"], row["category"]]
            row["title"] = (" ".join(filter(None, (t[0] for t in title))),
                            "".join(t[1] for t in title))  # fmt: skip
            writer.writerow([i, 5 + rng.randrange(2000), *(c for n in names for c in row[n])])


def _column(count: int, written: Sequence[str], num: int, rng: random.Random) -> list[Cell]:
    """The cells of a column, each value ``count`` times: its English form and a Chinese one."""
    forms = [value.split("|") for value in written]
    cells = [(each[0], rng.choice([form for form in each if has_han(form)] or [""]))
             for each in forms for _ in range(count)]  # fmt: skip
    cells += [("", "")] * (num - len(cells))
    rng.shuffle(cells)
    return cells


def said(text: str) -> str:
    """A case as a voice is to say it: numbers, units and signs in words."""
    text = _RANGE.sub(" 到 " if has_han(text) else " to ", text)
    text = _YEAR.sub(lambda year: year[0].translate(_DIGITS), text)
    return text if has_han(text) else spoken_forms(text, 1)[0]


def cases_of(suite: Sequence[Case], voice: Voice) -> list[Case]:
    """The cases with wishes that a voice can say."""
    mandarin = voice.language is Language.MANDARIN
    return [c for c in suite if c[1] and has_han(c[0]) == mandarin]


def exact(query: Query, case: Case, shop: Any) -> bool:
    """Whether wishes (in any order) and order are those of the table."""
    found = sorted(shop._described(each) for each in query.constraints)
    wanted = sorted(part for part in case[1].split("; ") if part)
    return found == wanted and query.sort.value.replace("relevance", "-") == case[2]


def interval(share: float, num: int) -> float:
    """Half the 95% interval of a share (normal approximation)."""
    return 1.96 * math.sqrt(max(share * (1 - share), 1e-9) / max(num, 1))


def spoken_figures(
    chosen: Sequence[Case], voice: Voice, search: VoiceSearch, shop: Any
) -> dict[str, Any]:
    """The spoken cases: typed, first reading, any reading and the whole n-best."""
    counts = dict.fromkeys(MEASURED, 0)
    wrong = []
    understand = search.understander.understand
    for case in chosen:
        trace = search.hear(voice.say(said(case[0])))
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
            blame = "".join(name[0] if right[name] else "-" for name in MEASURED)
            wrong.append({"said": case[0], "heard": trace.corrected.text, **right})
            print(f"  {blame} {case[0]!r} heard as {trace.corrected.text!r}", flush=True)
    return {"cases": len(chosen), **{n: c / len(chosen) for n, c in counts.items()}, "wrong": wrong}


def spoken(
    args: argparse.Namespace, suite: Sequence[Case], shop: Any
) -> Iterator[tuple[Voice, dict[str, Any]]]:
    """The figures of each voice over the suite's shop."""
    if not args.every:
        return
    with tempfile.TemporaryDirectory() as folder:
        make_feed(shop.SHOP, Path(folder) / "feed.csv")
        search = VoiceSearch(Shop.build(Path(folder) / "feed.csv", Path(folder) / "shop")[0])
        for voice in map(Voice.parse, args.voices.split(",")):
            chosen = cases_of(suite, voice)[args.first :: args.every]
            yield voice, spoken_figures(chosen, voice, search, shop)


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
    parser.add_argument("--voices", default="flite:slt,espeak:cmn")
    parser.add_argument("--every", type=int, default=8, help="speak every n-th (0: none)")
    parser.add_argument("--first", type=int, default=0, help="the first that is spoken")
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
    for voice, found in spoken(args, suite, shop):
        figures[str(voice)] = found
        for name in MEASURED:
            half = interval(found[name], found["cases"])
            print(f"{voice!s} {name:<15} {found[name]:.4f} +- {half:.4f} of {found['cases']}")
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
