"""``sayfind evaluate``: measures a shop on a set of recordings or queries."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from sayfind.errors import ConfigError, StorageError

__all__ = ["add_evaluate"]

EXAMPLES = """examples:
  sayfind evaluate slots orders.tar --feed menu.csv --json
  sayfind evaluate search spoken/ --shop shop --qrels qrels.tsv --noise pink --snr 24,12,6
  sayfind evaluate search --typed --shop shop --qrels qrels.tsv
  sayfind evaluate transcription set.tar --out runs/plain --jobs 2 --resume
  sayfind evaluate entities names.tar --shop shop --noise babble:voices.tar --snr 12
  sayfind evaluate activation noise.tar --shop shop
  sayfind evaluate --compare runs/a/results.json runs/b/results.json
"""
MOST_NAMED = 20
KINDS = {
    "slots": "orders: all slots of the manifest's `slots` right, none invented",
    "search": "products: the hits for the manifest's `query` against judgements",
    "transcription": "words: what was heard against the manifest's `text`",
    "entities": "names: the catalogue entry in the manifest's `text` among readings and hits",
    "activation": "silence: how often noise without speech makes the shop answer",
}


def add_evaluate(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "evaluate",
        help="measure hearing, understanding and finding on a set",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar=("A.json", "B.json"),
        help="what changed from results.json A to B, case by case, and whether chance explains it",
    )
    verb.add_argument("--json", action="store_true", help="JSON on stdout instead of a table")
    verb.set_defaults(run=_evaluate, kind=None)
    kinds = verb.add_subparsers(dest="kind", metavar="KIND")
    for name, what in KINDS.items():
        _add_kind(kinds.add_parser(name, help=what, description=f"Measure {what}."), name)


def _add_kind(kind: argparse.ArgumentParser, name: str) -> None:
    kind.add_argument(
        "recordings", type=Path, nargs="?" if name == "search" else None, metavar="SET",
        help="a tar or folder with manifest.tsv",
    )  # fmt: skip
    kind.add_argument("--shop", type=Path, help="a compiled shop")
    if name == "slots":
        kind.add_argument("--feed", type=Path, help="build a shop of this feed, for this run only")
        kind.add_argument("--queries", type=Path, help="what shoppers asked: one query a line")
        kind.add_argument("--confidence", type=float, default=0.5, help="least, to count as a slot")
    if name == "search":
        kind.add_argument("--qrels", type=Path, help="TSV: query, product_id, rating")
        kind.add_argument("--typed", action="store_true", help="type the judged queries: no SET")
    if name == "entities":
        kind.add_argument(
            "--unbiased", type=Path, metavar="FOLDER",
            help="--out of `evaluate transcription` on SET without a shop: the names that it"
            " misses are the hard ones, and get a recall of their own",
        )  # fmt: skip
    if name == "activation":
        kind.set_defaults(noise=[], snr=None)
    else:
        _add_noise(kind)
    kind.add_argument(
        "--seed",
        type=int,
        default=0,
        help="of the draws of noise and of resampling: same seed, same digits",
    )
    kind.add_argument("--every", type=int, default=1, metavar="N", help="each Nth case only")
    kind.add_argument("--limit", type=int, metavar="N", help="the first N of these only")
    kind.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
    kind.add_argument("--out", type=Path, help="folder for results.json and report.html")
    kind.add_argument("--resume", action="store_true", help="go on with the run in --out")
    kind.add_argument(
        "--no-sound", action="store_true",
        help="a report without recordings, to be given to people who may not have them",
    )  # fmt: skip
    kind.add_argument("--json", action="store_true", help="JSON on stdout instead of a table")


def _add_noise(kind: argparse.ArgumentParser) -> None:
    noise = kind.add_argument_group("noise")
    noise.add_argument(
        "--noise", action="append", default=[], metavar="NOISE",
        help="clean, pink, white, babble, babble:TAR, a sound file or a set of noises; repeatable",
    )  # fmt: skip
    noise.add_argument("--snr", type=_levels, metavar="LIST", help="decibels, e.g. 24,12,6")


def _levels(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(level) for level in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of decibels") from error


def _evaluate(options: argparse.Namespace) -> None:
    if options.compare:
        _compare(options)
        return
    from sayfind.evaluation.report import write_report
    from sayfind.evaluation.report_table import conditions_table
    from sayfind.evaluation.run import evaluate

    if options.kind is None:
        raise ConfigError(
            "Say what to evaluate: slots, search, transcription, entities or activation."
        )
    if options.resume and options.out is None:
        raise ConfigError("--resume goes on with the run in a folder; name it with --out.")
    evaluation = evaluate(_plan(options), options.out, resume=options.resume, quiet=False)
    command = _command(options)
    result = {**evaluation.result, "command": command}
    _say_missing(result)
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        print(conditions_table(result))
    if options.out:
        _write(options.out / "results.json", json.dumps(result, ensure_ascii=False, indent=1))
        write_report(evaluation, command, options.out / "report.html", sound=not options.no_sound)
        print(f"{options.out}/results.json and report.html are written.", file=sys.stderr)


def _compare(options: argparse.Namespace) -> None:
    from sayfind.evaluation.compare import compare_files
    from sayfind.evaluation.report_table import changes_table

    changes = compare_files(*options.compare)
    if options.json:
        print(json.dumps(changes.to_json(), ensure_ascii=False, indent=1))
        return
    for name, before, after in changes.settings:
        print(f"{name}: {before} -> {after}", file=sys.stderr)
    print(changes_table(changes))
    print(f"{changes.cases} cases on both sides, {changes.unpaired} on one side only.")
    for word, names in (("better", changes.better), ("worse", changes.worse)):
        if names:
            print(f"{len(names)} {word}: {'; '.join(names[:MOST_NAMED])}")


def _say_missing(result: dict[str, Any]) -> None:
    """What counts nowhere, and what was not answered, by name on stderr."""
    for key, verb in (("left_out", "left out"), ("failed", "without an answer (counted wrong)")):
        told = result[key]
        if told["count"]:
            reasons = ", ".join(f"{times} {reason}" for reason, times in told["reasons"].items())
            print(f"{told['count']} {verb}: {reasons}", file=sys.stderr)
            for item in told["named"][:MOST_NAMED]:
                name = item.get("name") or item.get("id")
                print(f"  {name}: {item['reason']}", file=sys.stderr)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"Cannot write {path}: {error.strerror}.") from error


def _command(options: argparse.Namespace) -> str:
    """The command line that repeats this run, whoever called it."""
    words = ["sayfind", "evaluate", options.kind]
    words += [str(options.recordings)] if options.recordings else []
    for name in ("shop", "feed", "queries", "qrels", "unbiased", "every", "limit", "jobs", "out"):
        value = getattr(options, name, None)
        if value is not None and (name, value) not in (("jobs", 1), ("every", 1)):
            words += [f"--{name}", str(value)]
    words += ["--typed"] if getattr(options, "typed", False) else []
    for noise in options.noise:
        words += ["--noise", noise]
    if options.snr:
        words += ["--snr", ",".join(f"{level:g}" for level in options.snr)]
    if getattr(options, "confidence", 0.5) != 0.5:
        words += ["--confidence", f"{options.confidence:g}"]
    return shlex.join([*words, "--seed", str(options.seed)])


def _plan(options: argparse.Namespace) -> Any:
    from sayfind.evaluation.run_plan import Kind, Plan

    typed = getattr(options, "typed", False)
    if options.kind == "search" and typed == (options.recordings is not None):
        raise ConfigError("`evaluate search` takes either a SET or --typed.")
    return Plan(
        Kind(options.kind),
        recordings=options.recordings,
        shop=options.shop,
        feed=getattr(options, "feed", None),
        queries=getattr(options, "queries", None),
        qrels=getattr(options, "qrels", None),
        noises=tuple(options.noise),
        snrs=options.snr or (),
        seed=options.seed,
        every=options.every,
        limit=options.limit,
        confidence=getattr(options, "confidence", 0.5),
        unbiased=getattr(options, "unbiased", None),
        jobs=options.jobs,
    )
