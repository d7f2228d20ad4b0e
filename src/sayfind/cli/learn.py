"""``sayfind learn``: a night's learning from what shoppers did."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sayfind.feedback.log import EventLog
    from sayfind.learning.nightly import LearningConfig, LearningReport

__all__ = ["add_learn"]

_EXAMPLES = """examples:
  sayfind learn --shop shop
  sayfind learn --shop shop --dry-run --json
  sayfind learn --shop shop --log postgresql://shop@db/shop --set factors=32
  sayfind learn --shop shop --undo
"""


def add_learn(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "learn",
        help="learn from what shoppers did",
        description="Learn from the events that `sayfind serve --feedback` kept. What was learnt "
        "is installed only if held-out sessions are served no worse by it; else it says why not.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("--shop", type=Path, default=Path("shop"), help="what `sayfind index` made")
    verb.add_argument(
        "--log", default="", help="a log's file or postgresql:// address, if not the shop's own"
    )
    verb.add_argument("--dry-run", action="store_true", help="judge, but install nothing")
    verb.add_argument(
        "--undo", action="store_true", help="go back to what was learnt before, and learn nothing"
    )
    verb.add_argument("--forget", metavar="SESSION", help="erase what one session did, and no more")
    verb.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="a setting of LearningConfig (docs/config.md); may be repeated",
    )  # fmt: skip
    verb.add_argument("--json", action="store_true", help="the report as JSON")
    verb.set_defaults(run=_learn)


def _learn(options: argparse.Namespace) -> None:
    from sayfind.config import from_mapping, override
    from sayfind.learning.nightly import LearningConfig
    from sayfind.learnt import behaviour_home, undo

    config = from_mapping(LearningConfig, override({}, options.settings))
    if options.undo:
        number = undo(behaviour_home(options.shop))
        print(f"Undone: {_named(number)} is in use again.")
        return
    log = open_log(options.log, options.shop)
    try:
        if options.forget is not None:
            print(f"{log.forget(options.forget)} events erased.")
        else:
            _tell(_night(options, log, config), as_json=options.json)
    finally:
        log.close()


def open_log(address: str, shop: Path) -> EventLog:
    """The log at an address; a shop's own if it is empty.

    Raises:
        StorageError: it cannot be opened.
        MissingExtraError: it is on a server, and the extra ``postgres`` is not installed.
    """
    from sayfind.feedback.log import SqliteEventLog
    from sayfind.feedback.postgres import PostgresEventLog
    from sayfind.learnt import behaviour_home

    if address.startswith(("postgresql://", "postgres://")):
        return PostgresEventLog(address)
    return SqliteEventLog(Path(address) if address else behaviour_home(shop) / "events.sqlite")


def _night(options: argparse.Namespace, log: EventLog, config: LearningConfig) -> LearningReport:
    from sayfind.learning.nightly import learn_nightly
    from sayfind.learnt import Learnt, behaviour_home
    from sayfind.pipeline import VoiceSearch
    from sayfind.shop import Shop

    search, home = VoiceSearch(Shop.open(options.shop), Learnt()), behaviour_home(options.shop)
    return learn_nightly(log, search, home, time.time(), config, dry_run=options.dry_run)


def _tell(report: LearningReport, *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print(json.dumps(asdict(report), indent=2))
        return
    print(
        f"{report.num_events} events of {report.num_sessions} sessions "
        f"({report.num_believed} believed), {report.num_transcripts} transcripts, "
        f"{report.num_rules} rules"
    )
    for name, judgement in (("before", report.before), ("after", report.after)):
        print(
            f"{name:<8}retention {judgement.retention:.4f}  "
            f"over-correction {judgement.over_correction:.4f}  clicks {judgement.clicks:.4f}  "
            f"({judgement.num_searches} held-out searches)"
        )
    if report.refusal:
        print(f"Not installed: {report.refusal}; {_named(report.generation)} stays in use.")
    else:
        print(f"Installed as generation {report.generation}; `sayfind learn --undo` goes back.")


def _named(number: int) -> str:
    return f"generation {number}" if number else "the shop as it was built"
