"""What is run, and in which order: correction and search go on from what hearing heard."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.correction import correct_heard, correct_made, leave_alone
from benchmarks.peers.hearing import hear_orders, hear_queries
from benchmarks.peers.homophones import homophone_cases, read_lines
from benchmarks.peers.peer import Absence, Material, open_peers
from benchmarks.peers.registry import CORRECTION, HEARING, SEARCH
from benchmarks.peers.rows import OURS, Job, job_rows
from benchmarks.peers.search import SearchCase, find

from sayfind import demo
from sayfind.data.make import make_set
from sayfind.data.queries import read_queries
from sayfind.data.speakings import VoiceSetConfig
from sayfind.evaluation.run import shop_of
from sayfind.evaluation.run_plan import CLEAN, Kind, Plan
from sayfind.evaluation.run_qrels import read_judgements
from sayfind.evaluation.run_record import CaseRecord
from sayfind.pipeline import VoiceSearch
from sayfind.shop import Shop

__all__ = ["Outcome", "PeerPlan", "run_peers"]

JOBS = ("hearing", "correction", "search")  # as the table has them
VOICES = ("flite:slt", "flite:rms")


@dataclass(frozen=True, slots=True)
class PeerPlan:
    """One run of the benchmark.

    ``shop`` stands for ``feed`` where it is compiled already; ``spoken`` is a set with the column
    ``query``, made of ``qrels`` with two voices where none is named; ``orders`` a set with
    ``slots`` over the feed ``menu``, ``chinese`` a table of queries without a fault; each is left
    out by a line where it does not exist. ``every`` takes each Nth clip, ``homophones`` is the
    number of Chinese texts, made ones and others; the last three are model folders.
    """

    feed: Path
    qrels: Path
    shop: Path | None = None
    spoken: Path | None = None
    orders: Path | None = None
    menu: Path | None = None
    chinese: Path | None = None
    noises: tuple[str, ...] = ()
    snrs: tuple[float, ...] = ()
    every: int = 5
    homophones: int = 300
    seed: int = 0
    vosk: Path | None = None
    sherpa: Path | None = None
    whisper: Path | None = None

    def material(self, shop: Shop) -> Material:
        """What peers of a shop are made of."""
        return Material(shop, self.vosk, self.sherpa, self.whisper)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rows of the table, the peers that took no part, and what is left out by set."""

    rows: list[dict[str, Any]]
    absent: list[Absence]
    left_out: dict[str, int]


def run_peers(plan: PeerPlan, out: Path) -> Outcome:
    """Every job of a plan; shop and spoken set are made in ``out`` where none is named.

    Raises:
        SayfindError: something that was named cannot be read.
    """
    _say("the shop")
    shop = Shop.open(plan.shop) if plan.shop else Shop.build(plan.feed, out / "shop")[0]
    spoken = plan.spoken or _speak(plan, out / "spoken")
    absent: list[Absence] = []
    left_out: dict[str, int] = {}
    jobs = _spoken_jobs(plan, shop, spoken, absent, left_out)
    jobs += _chinese_jobs(plan, absent)
    if plan.orders is not None and plan.orders.exists():
        jobs.append(_orders_job(plan, plan.orders, left_out))
    else:
        absent.append(Absence("the coffee orders", f"there is no set at {plan.orders}."))
    jobs.sort(key=lambda job: JOBS.index(job.name))
    rows = [row for job in jobs for row in job_rows(job, plan.seed)]
    return Outcome(rows, list(dict.fromkeys(absent)), left_out)


def _spoken_jobs(
    plan: PeerPlan, shop: Shop, spoken: Path, absent: list[Absence], left_out: dict[str, int]
) -> list[Job]:
    """Hearing the queries, correcting and searching what was heard, and the queries typed."""
    search = VoiceSearch(shop)
    material = plan.material(shop)
    hearers, missing = open_peers(HEARING, material)
    absent += missing
    name = plan.spoken.stem if plan.spoken else "spoken queries, flite slt and rms"
    _say("hearing queries")
    heard, omissions = hear_queries(
        Plan(
            Kind.SEARCH, recordings=spoken, shop=shop.folder, qrels=plan.qrels,
            noises=plan.noises, snrs=plan.snrs, seed=plan.seed, every=plan.every,
        ), search, hearers, name,
    )  # fmt: skip
    left_out[name] = len(omissions)
    ours = [r for r in heard.systems[OURS] if r.noise == CLEAN and not r.left_out]
    return [heard, *_text_jobs(plan, search, material, ours, absent)]


def _text_jobs(
    plan: PeerPlan,
    search: VoiceSearch,
    material: Material,
    ours: Sequence[CaseRecord],
    absent: list[Absence],
) -> list[Job]:
    correctors, missing = open_peers(CORRECTION, material)
    absent += missing
    _say("correcting")
    jobs = [correct_heard(ours, correctors, "what we heard of them")] if ours else []
    _say("indexing for search")
    finders, missing = open_peers(SEARCH, material)
    absent += missing
    ratings = read_judgements(plan.qrels, search.shop.products).ratings
    typed = [SearchCase(query, query, query) for query in ratings]
    texts = [SearchCase(r.id, r.group, _text(r)) for r in ours]
    _say("searching")
    jobs.append(find(typed, ratings, search, finders, "queries typed"))
    if texts:
        jobs.append(find(texts, ratings, search, finders, "queries as we heard them"))
    return jobs


def _chinese_jobs(plan: PeerPlan, absent: list[Absence]) -> list[Job]:
    """Correction of Chinese, by the names of the demo shop."""
    _say("correcting Chinese")
    with tempfile.TemporaryDirectory(prefix="sayfind-peers-") as folder:
        shop, _ = Shop.build(demo.catalog_path(), Path(folder) / "shop")
        peers, missing = open_peers(CORRECTION, plan.material(shop))
        absent += missing
        corrector = VoiceSearch(shop).corrector
        made = homophone_cases(shop, plan.homophones, plan.seed)
        jobs = [correct_made(made, corrector, peers, "Chinese names, made slips")]
        if plan.chinese is not None and plan.chinese.exists():
            texts = read_lines(plan.chinese, plan.homophones)
            jobs.append(leave_alone(texts, corrector, peers, "Chinese queries of other shops"))
        else:
            absent.append(Absence("Chinese queries", f"there is no file at {plan.chinese}."))
        return jobs


def _orders_job(plan: PeerPlan, orders: Path, left_out: dict[str, int]) -> Job:
    _say("hearing orders")
    evaluation = Plan(
        Kind.SLOTS, recordings=orders, feed=plan.menu, noises=plan.noises, snrs=plan.snrs,
        seed=plan.seed, every=plan.every,
    )  # fmt: skip
    with shop_of(evaluation) as ready:
        assert ready.shop is not None
        shop = Shop.open(ready.shop)
        peers, _ = open_peers(HEARING, plan.material(shop))
        job, omissions = hear_orders(ready, VoiceSearch(shop), peers, "coffee orders")
    left_out[job.title] = len(omissions)
    return job


def _speak(plan: PeerPlan, folder: Path) -> Path:
    _say("speaking the queries")
    make_set(read_queries(plan.qrels, qrels=True).queries, folder, VoiceSetConfig(voices=VOICES))
    return folder


def _text(record: CaseRecord) -> str:
    readings: Sequence[Sequence[Any]] = record.detail["corrected"]
    return str(readings[0][0]) if readings else ""


def _say(what: str) -> None:
    print(f"peers: {what}", file=sys.stderr, flush=True)
