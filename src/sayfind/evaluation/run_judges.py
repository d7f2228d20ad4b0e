"""Opens the judge of a kind of evaluation."""

from __future__ import annotations

from sayfind.evaluation.run_activation import ActivationJudge
from sayfind.evaluation.run_entities import EntitiesJudge
from sayfind.evaluation.run_judge import Judge
from sayfind.evaluation.run_plan import Condition, Kind, Plan
from sayfind.evaluation.run_qrels import read_judgements
from sayfind.evaluation.run_record import Omission
from sayfind.evaluation.run_search import SearchJudge
from sayfind.evaluation.run_slots import SlotsJudge
from sayfind.evaluation.run_store import read_records
from sayfind.evaluation.run_transcription import TranscriptionJudge
from sayfind.pipeline import VoiceSearch

__all__ = ["open_judge"]


def open_judge(plan: Plan, search: VoiceSearch | None) -> tuple[Judge, tuple[Omission, ...]]:
    """The judge of a plan, and the judgements that cannot be used.

    ``search`` is absent only for transcription without a shop.

    Raises:
        InputError: the judgements, or the unbiased readings, cannot be read.
    """
    if plan.kind is Kind.TRANSCRIPTION:
        return TranscriptionJudge(), ()
    if plan.kind is Kind.ACTIVATION:
        return ActivationJudge(), ()
    assert search is not None
    if plan.kind is Kind.SLOTS:
        return SlotsJudge(search.understander, plan.confidence), ()
    if plan.kind is Kind.ENTITIES:
        return EntitiesJudge(search, _unbiased(plan)), ()
    assert plan.qrels is not None
    judgements = read_judgements(plan.qrels, search.shop.products)
    return SearchJudge(search, judgements.ratings), judgements.left_out


def _unbiased(plan: Plan) -> dict[tuple[str, Condition], str]:
    """What another run (of transcription without a shop, say) read of the same clips."""
    if plan.unbiased is None:
        return {}
    return {r.key: r.judgement.given for r in read_records(plan.unbiased / "cases.jsonl")}
