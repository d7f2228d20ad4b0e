"""Other programs on the same work in the same run: one table, one JSON.

Every row is over the cases that ours was measured on. Needs the `peers` extra; a peer that is not
installed, or that needs a model nobody named, is told and takes no part.

    python -m benchmarks.peers [--every 3] [--vosk-model FOLDER] [--page]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.peers.plan import PeerPlan, run_peers
from benchmarks.peers.rows import markdown
from benchmarks.quick import write_section

import sayfind
from sayfind.errors import SayfindError
from sayfind.evaluation.run import commit

ROOT = Path(__file__).parents[2]
DATA = Path("..") / "shared" / "data"
PAGE = ROOT / "docs" / "peers.md"


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments name; the exit code is the error's."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(words)
    start = time.perf_counter()
    try:
        outcome = run_peers(_plan(options), options.out)
    except SayfindError as error:
        print(f"peers: {error}", file=sys.stderr)
        return error.exit_code
    minutes = (time.perf_counter() - start) / 60
    command = shlex.join(["python", "-m", "benchmarks.peers", *words])
    table = markdown(outcome.rows, outcome.absent)
    text = _section(command, minutes, table, outcome.left_out)
    print(text)
    if options.page:
        write_section(PAGE, "peers", text)
    result = {
        "command": command,
        "commit": commit(),
        "version": sayfind.__version__,
        "seed": options.seed,
        "minutes": round(minutes, 2),
        "machine": {"cores": os.cpu_count(), "machine": platform.machine()},
        **asdict(outcome),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, ensure_ascii=False, indent=1)
    (options.out / "peers.json").write_text(text + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.peers", description=__doc__)
    icecat = DATA / "catalog" / "icecat"
    add = parser.add_argument
    add("--feed", type=Path, default=icecat / "products.jsonl.gz", help="what the shop is built of")
    add("--shop", type=Path, help="a compiled shop of that feed, instead of building one")
    add("--qrels", type=Path, default=icecat / "qrels-dev.tsv", help="query, product_id, rating")
    add("--spoken", type=Path, help="a set with the column `query`; two flite voices unless named")
    add("--orders", type=Path, default=DATA / "speech" / "barista-dev.tar", help="set with `slots`")
    add("--menu", type=Path, default=Path("benchmarks/barista/menu.csv"), help="feed of the orders")
    add("--noise", action="append", default=[], help="as of `sayfind evaluate`; repeatable")
    add("--snr", type=_levels, default=(), metavar="LIST", help="decibels, e.g. 24,12,6")
    add(
        "--every",
        type=int,
        default=5,
        metavar="N",
        help="each Nth clip only; odd, for the voices alternate",
    )
    add(
        "--chinese",
        type=Path,
        default=DATA / "text" / "zh-ecom-queries-train.tsv.gz",
        metavar="FILE",
        help="gzipped table of Chinese queries that are right as they are",
    )
    add("--homophones", type=int, default=300, metavar="N", help="made Chinese texts to correct")
    add("--seed", type=int, default=0)
    add("--vosk-model", type=Path, metavar="FOLDER")
    add("--sherpa-model", type=Path, metavar="FOLDER")
    add("--whisper-model", type=Path, metavar="FOLDER")
    add("--out", type=Path, default=Path("runs/out/peers"), help="folder for peers.json")
    add("--page", action="store_true", help="write the table into docs/peers.md")
    return parser


def _levels(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(level) for level in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of decibels") from error


def _plan(options: argparse.Namespace) -> PeerPlan:
    names = (
        "feed",
        "shop",
        "qrels",
        "spoken",
        "orders",
        "menu",
        "chinese",
        "every",
        "homophones",
        "seed",
    )
    models = {name: getattr(options, f"{name}_model") for name in ("vosk", "sherpa", "whisper")}
    return PeerPlan(
        **{name: getattr(options, name) for name in names},
        **models,
        noises=tuple(options.noise),
        snrs=options.snr,
    )


def _section(command: str, minutes: float, table: str, left_out: dict[str, Any]) -> str:
    told = [f"{title}: {count} left out." for title, count in left_out.items() if count]
    head = f"`{command}` at revision {commit()}: {minutes:.0f} minutes on {os.cpu_count()} cores."
    return "\n\n".join([head, table, *told])


if __name__ == "__main__":
    sys.exit(main())
