"""The hearing job: every system hears the same clips; our understanding and search judge them all.

Ours is the whole chain. A peer's text is understood and searched as if it had been typed, without
correction, so that what differs is the hearing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.peers.peer import HearingPeer
from benchmarks.peers.rows import OURS, Job

from sayfind.evaluation.run_bench import Bench, Ears
from sayfind.evaluation.run_plan import Kind, Plan
from sayfind.evaluation.run_record import CaseRecord, Omission
from sayfind.evaluation.run_summary import figures
from sayfind.pipeline import Stopwatch, VoiceSearch
from sayfind.types import Audio, Context, Trace

__all__ = ["PeerEars", "hear_orders", "hear_queries"]


class PeerEars:
    """A peer's hearing with our understanding and search behind it."""

    def __init__(self, peer: HearingPeer, search: VoiceSearch) -> None:
        self._peer = peer
        self._search = search

    def hear(self, audio: Audio, context: Context | None = None) -> Trace:
        """What comes of the peer's text, searched literally."""
        watch = Stopwatch()
        text = self._peer.hear(audio)
        watch.lap("hear")
        trace = self._search.type(text, context, literal=True)
        return replace(trace, seconds={**watch.seconds, **trace.seconds})


def hear_queries(
    plan: Plan, search: VoiceSearch, peers: Mapping[str, HearingPeer], title: str
) -> tuple[Job, list[Omission]]:
    """Spoken queries with judgements: nDCG@10 of what is found, and word errors.

    The limit of the one is the same queries typed, of the other no error.
    """
    systems, omissions = _run(plan, search, peers)
    typed = figures(systems[OURS], plan.seed)["typed_ndcg_at_10"].value
    limits = {"ndcg_at_10": typed, "wer": 0.0}
    return Job("hearing", title, ("ndcg_at_10", "wer"), systems, limits), omissions


def hear_orders(
    plan: Plan, search: VoiceSearch, peers: Mapping[str, HearingPeer], title: str
) -> tuple[Job, list[Omission]]:
    """Spoken orders with slots: the share in which all are right and none is invented."""
    systems, omissions = _run(plan, search, peers)
    return Job("hearing", title, ("acceptance",), systems, {"acceptance": 1.0}), omissions


def _run(
    plan: Plan, search: VoiceSearch, peers: Mapping[str, HearingPeer]
) -> tuple[dict[str, list[CaseRecord]], list[Omission]]:
    assert plan.kind in (Kind.SEARCH, Kind.SLOTS)
    bench = Bench.open(plan, lambda _: search)
    identities, omissions = bench.cases_and_omissions()
    ears: dict[str, Ears] = {OURS: search}
    ears.update({name: PeerEars(peer, search) for name, peer in peers.items()})
    systems = {
        name: [
            replace(bench, ears=each).run(identity, condition)
            for condition in plan.conditions
            for identity in identities
        ]
        for name, each in ears.items()
    }
    return systems, omissions
