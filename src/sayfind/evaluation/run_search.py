"""Judges search: how well the hits answer the query, spoken and typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sayfind.data.sets import Case
from sayfind.evaluation.correction import CorrectionCase
from sayfind.evaluation.ranking import Ratings, ndcg, recall, reciprocal_rank, relevant
from sayfind.evaluation.run_judge import Cost, Rung, Subject, readings_of
from sayfind.evaluation.run_record import Judgement
from sayfind.evaluation.run_transcription import (
    correction_counts,
    fair_errors,
    sound_confusions,
)
from sayfind.pipeline import VoiceSearch
from sayfind.types import NBest, Trace

__all__ = ["SearchJudge"]

DEPTH = 10


class SearchJudge:
    """Compares hits with judgements of the query that was spoken or typed.

    ``retention`` is the measure with speech over the measure with the same text typed.
    """

    main = "ndcg_at_10"
    lower_is_better = False
    yes_no = "sentence_accuracy"
    ladder: Sequence[Rung] = (
        Rung("first reading", "the recogniser's first reading alone, uncorrected"),
        Rung("chain", "the whole chain"),
        Rung("best reading", "oracle: the reading of the n-best list nearest to the query"),
        Rung("true text", "oracle: the query typed"),
        Rung("best ranking", "oracle: the judged products in the order of their ratings"),
    )

    costs: Sequence[Cost] = (
        Cost("choosing among the readings", "chain", "best reading"),
        Cost("hearing: no reading would do", "best reading", "true text"),
        Cost("understanding and finding the true text", "true text", "best ranking"),
    )

    def __init__(self, search: VoiceSearch, ratings: Mapping[str, Ratings]) -> None:
        self._search = search
        self._ratings = ratings
        self._typed: dict[str, Trace] = {}

    def problem(self, case: Case) -> str:
        """A query that nobody judged has no right answer."""
        return "" if case.query in self._ratings else "query without judgements"

    @property
    def queries(self) -> tuple[str, ...]:
        """Every judged query, in the order of the judgements."""
        return tuple(self._ratings)

    def typed(self, query: str) -> Trace:
        """What typing a query gives."""
        if query not in self._typed:
            self._typed[query] = self._search.type(query)
        return self._typed[query]

    def judge_typed(self, query: str) -> Judgement:
        """The numbers of a typed query."""
        trace = self.typed(query)
        ratings = self._ratings[query]
        values = _measures(_found(trace), ratings)
        return Judgement(
            measures=values,
            rungs={
                "true text": (values["ndcg_at_10"], 1.0),
                "best ranking": (float(bool(relevant(ratings))), 1.0),
            },
            expected=query,
            given=self._titles(trace),
        )

    def judge(self, subject: Subject) -> Judgement:
        """Ranking measures, their share of the typed ones, and word errors of the query."""
        query, trace = subject.query, subject.trace
        ratings = self._ratings[query]
        values = _measures(_found(trace), ratings)
        typed = _measures(_found(self.typed(query)), ratings)
        first, final = (fair_errors(query, n.text) for n in (trace.heard, trace.corrected))
        case = CorrectionCase(query, trace.heard.text, trace.corrected.text)
        return Judgement(
            measures={
                **values,
                "typed_ndcg_at_10": typed["ndcg_at_10"],
                "sentence_accuracy": float(not final.errors),
            },
            counts={
                "retention": (values["ndcg_at_10"], typed["ndcg_at_10"]),
                "wer": (float(final.errors), float(final.reference_length)),
                **correction_counts(case, first, final),
            },
            rungs=self._rungs(subject, values["ndcg_at_10"], typed["ndcg_at_10"]),
            expected=query,
            given=f"{trace.corrected.text or '(nothing)'} → {self._titles(trace)}",
            confusions=sound_confusions(query, trace.corrected.text),
        )

    def _rungs(
        self, subject: Subject, spoken: float, typed: float
    ) -> dict[str, tuple[float, float]]:
        trace, query = subject.trace, subject.query
        readings = readings_of(trace.heard, trace.corrected)
        nearest = min(readings, key=lambda r: fair_errors(query, r).errors, default="")
        values = {
            "first reading": self._gain(trace.heard.text, query),
            "chain": spoken,
            "best reading": self._gain(nearest, query),
            "true text": typed,
            "best ranking": float(bool(relevant(self._ratings[query]))),
        }
        return {name: (value, 1.0) for name, value in values.items()}

    def _gain(self, text: str, query: str) -> float:
        """The nDCG of searching for one reading, uncorrected."""
        if not text:
            return 0.0
        meant = self._search.understander.understand(NBest.from_text(text))
        hits = self._search.retriever.search(meant, DEPTH).hits
        return ndcg([hit.product_id for hit in hits], self._ratings[query], DEPTH)

    def _titles(self, trace: Trace) -> str:
        titles = [self._search.shop.product(hit.product_id).title for hit in trace.hits[:3]]
        return "; ".join(title[:60] for title in titles) or "(no product)"


def _found(trace: Trace) -> list[str]:
    return [hit.product_id for hit in trace.hits]


def _measures(found: Sequence[str], ratings: Ratings) -> dict[str, float]:
    return {
        "ndcg_at_10": ndcg(found, ratings, DEPTH),
        "mrr": reciprocal_rank(found, ratings),
        "recall_at_10": recall(found, ratings, DEPTH),
        "zero_result_rate": float(not found),
    }
