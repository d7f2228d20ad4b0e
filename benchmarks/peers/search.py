"""The search job: the same texts, cut into the same terms, to every index."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.peers.peer import SearchPeer
from benchmarks.peers.rows import OURS, Job

from sayfind.evaluation.ranking import Ratings, ndcg, recall, relevant
from sayfind.evaluation.run_plan import CLEAN
from sayfind.evaluation.run_record import CaseRecord, Judgement
from sayfind.pipeline import VoiceSearch
from sayfind.types import Context

__all__ = ["SearchCase", "find"]

DEPTH = 10
MEASURES = ("ndcg_at_10", "recall_at_10")


@dataclass(frozen=True, slots=True)
class SearchCase:
    """A judged ``query``, and the ``text`` to search for: the query, or what was heard of it."""

    id: str
    query: str
    text: str


def find(
    cases: Sequence[SearchCase],
    ratings: Mapping[str, Ratings],
    search: VoiceSearch,
    peers: Mapping[str, SearchPeer],
    title: str,
) -> Job:
    """nDCG@10 and recall of every search; ours with its understanding of wishes, uncorrected.

    The limit is the judged products in the order of their ratings.
    """
    context = Context(num_hits=DEPTH)

    def ours(text: str) -> list[str]:
        return [hit.product_id for hit in search.type(text, context, literal=True).hits]

    finders: dict[str, Callable[[str], list[str]]] = {OURS: ours}
    for name, peer in peers.items():
        finders[name] = lambda text, peer=peer: peer.find(text, DEPTH)  # type: ignore[misc]
    systems = {
        name: [_record(case, ratings[case.query], each) for case in cases]
        for name, each in finders.items()
    }
    judged = [ratings[case.query] for case in cases]
    best = sum(bool(relevant(each)) for each in judged) / max(1, len(judged))
    reach = sum(_reach(each) for each in judged) / max(1, len(judged))
    limits = {"ndcg_at_10": best, "recall_at_10": reach}
    return Job("search", title, MEASURES, systems, limits)


def _record(case: SearchCase, ratings: Ratings, finder: Callable[[str], list[str]]) -> CaseRecord:
    start = time.perf_counter()
    found = finder(case.text)
    seconds = time.perf_counter() - start
    measures = {
        "ndcg_at_10": ndcg(found, ratings, DEPTH),
        "recall_at_10": recall(found, ratings, DEPTH),
    }
    return CaseRecord(
        case.id, case.query, CLEAN, None, Judgement(measures), seconds={"find": seconds}
    )


def _reach(ratings: Ratings) -> float:
    """The recall of the best ten."""
    wanted = len(relevant(ratings))
    return min(DEPTH, wanted) / wanted if wanted else 0.0
