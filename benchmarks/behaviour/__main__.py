"""The learning loop in simulation: what a log teaches, what popularity does, what bots can do.

    python -m benchmarks.behaviour --sessions 20000 --seed 1

Needs what ``python -m benchmarks.behaviour.hearings`` made. Prints one table and writes one JSON.
The figures of speech are over voices that no shopper of the log had.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.behaviour.hearings import HELD_OUT_VOICES, LOG_VOICES, demo_shop
from benchmarks.behaviour.shoppers import (
    Shop,
    Wish,
    bots,
    exposure,
    gini,
    success,
    visit,
    wishes,
)

from sayfind import VoiceSearch
from sayfind.evaluation.run import commit
from sayfind.feedback.log import SqliteEventLog
from sayfind.feedback.trust import TrustConfig, robust_counts, sessions
from sayfind.learning.nightly import LearningReport, learn_nightly
from sayfind.learnt import Learnt
from sayfind.types import FeedbackEvent

_START = 1_700_000_000.0


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("runs/out/behaviour"))
    parser.add_argument("--sessions", type=int, default=20_000)
    parser.add_argument("--bots", type=int, default=2_000, help="sessions that poison the log")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.perf_counter()
    results = run(options)
    results |= {"commit": commit(), "seconds": round(time.perf_counter() - started, 1)}
    path = options.home / "learning.json"
    path.write_text(json.dumps(results, indent=2), encoding="utf-8")
    width = max(map(len, results))
    print("\n".join(f"{name:<{width}}  {value}" for name, value in results.items()))


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The figures, by name."""
    lines = (options.home / "hearings.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    shop = demo_shop(options.home / "shop")
    plain = Shop(VoiceSearch(shop, Learnt()))
    heard = wishes(rows, LOG_VOICES, plain, options.seed)
    judged = wishes(rows, HELD_OUT_VOICES, plain, options.seed)
    # A quarter of the queries never comes up in the log: what is learnt of others must serve them.
    texts = sorted({wish.text for wish in heard})
    unseen = set(random.Random(options.seed).sample(texts, len(texts) // 4))
    logged = [wish for wish in heard if wish.text not in unseen]
    events = _log(logged, plain, options.sessions, options.seed)
    report, learnt = _learn(events, plain)
    taught = Shop(VoiceSearch(shop, learnt))
    results = {"sessions": options.sessions, "seed": options.seed, **_night(report)}
    for name, part in (
        ("seen", [wish for wish in judged if wish.text not in unseen]),
        ("unseen", [wish for wish in judged if wish.text in unseen]),
    ):
        results |= _gap(name, part, plain, taught)
    results |= _gap("seen (the log's voices)", logged, plain, taught)
    return results | _popularity(judged, plain, taught) | _poison(logged, events, plain, options)


def _log(found: list[Wish], shop: Shop, count: int, seed: int) -> list[FeedbackEvent]:
    generator = random.Random(seed)
    events: list[FeedbackEvent] = []
    for number in range(count):
        events += visit(f"s{number}", found, shop, _START + 10.0 * number, generator)
    return events


def _learn(events: list[FeedbackEvent], shop: Shop) -> tuple[LearningReport, Learnt]:
    """One night, through a real log on disk; what was installed."""
    with tempfile.TemporaryDirectory() as folder:
        log = SqliteEventLog(Path(folder) / "events.sqlite")
        log.append(events)
        last = max(event.time for event in events)
        report = learn_nightly(log, shop.search, Path(folder), last)
        log.close()
        return report, Learnt.current(Path(folder))


def _night(report: LearningReport) -> dict[str, Any]:
    return {
        "events": report.num_events,
        "transcripts": report.num_transcripts,
        "rules": report.num_rules,
        "refusal": report.refusal or "none: installed",
        "held-out retention": f"{report.before.retention:.4f} -> {report.after.retention:.4f}",
        "held-out over-correction": f"{report.before.over_correction:.4f} -> "
        f"{report.after.over_correction:.4f}",
        "held-out clicks (IPS-weighted MRR)": f"{report.before.clicks:.4f} -> "
        f"{report.after.clicks:.4f}",
    }


def _gap(name: str, found: list[Wish], plain: Shop, taught: Shop) -> dict[str, Any]:
    """Speech success before, after and with the true words; the share of the gap that is closed."""
    before, after = success(found, plain), success(found, taught)
    oracle = success(found, plain, oracle=True)
    closed = (after - before) / (oracle - before) if oracle > before else 0.0
    return {
        f"{name} queries: before, after, oracle": f"{before:.4f}, {after:.4f}, {oracle:.4f}",
        f"{name} queries: share of the gap closed": round(closed, 4),
    }


def _popularity(found: list[Wish], plain: Shop, taught: Shop) -> dict[str, Any]:
    """How unequally attention is shared, and what the ten most wanted products have of it."""
    results: dict[str, Any] = {}
    for name, shop in (("before", plain), ("after", taught)):
        seen = exposure(found, shop)
        top = sum(sorted(seen.values(), reverse=True)[:10]) / sum(seen.values())
        results[f"attention {name}: gini, share of the first ten"] = (
            f"{gini(list(seen.values())):.4f}, {top:.4f}"
        )
    return results


def _poison(
    found: list[Wish], events: list[FeedbackEvent], plain: Shop, options: argparse.Namespace
) -> dict[str, Any]:
    """Bots click one product that hardly anybody wants; how far it and the shop are moved."""
    honest = robust_counts(sessions(events))
    shown = {product for wish in found for product in plain.answer(wish.hearings[0])[1]}
    product = min(sorted(shown), key=lambda name: honest.get(name, 0.0))
    poison = bots(options.bots, product, found, plain, _START)
    after = robust_counts(sessions([*events, *poison]))
    naive = sum(3 for _ in range(options.bots)) + honest.get(product, 0.0)
    report, learnt = _learn([*events, *poison], plain)
    poisoned = Shop(VoiceSearch(plain.search.shop, learnt))
    ranks = []
    for wish in found:
        pages = [shop.answer(wish.hearings[0])[1] for shop in (plain, poisoned)]
        if all(product in page for page in pages):
            ranks.append(pages[0].index(product) - pages[1].index(product))
    return {
        "bots": options.bots,
        "poisoned product's count: honest, poisoned, bound, naive": (
            f"{honest.get(product, 0.0):g}, {after.get(product, 0.0):g}, "
            f"{TrustConfig().bound(honest.get(product, 0.0)):g}, {naive:g}"
        ),
        "most places it rose": max(ranks, default=0),
        "others' counts changed": sum(
            after.get(name, 0.0) != value for name, value in honest.items() if name != product
        ),
        "poisoned night": report.refusal or "installed",
        "speech success, poisoned": round(success(found, poisoned), 4),
    }


if __name__ == "__main__":
    main()
