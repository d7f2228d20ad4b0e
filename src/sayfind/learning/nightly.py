"""A night's learning: from most of the log, judged by the rest, installed if it is no worse.

A fifth of the sessions, the same ones every night, teaches nothing: it judges what the others
taught against what is installed. What is installed is exactly what was judged.
"""

from __future__ import annotations

import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sayfind.correction.locks import lock_signature
from sayfind.feedback.clicks import ClickConfig, Impression, PositionModel, impressions
from sayfind.feedback.implicit import ImplicitConfig, Transcript, transcripts
from sayfind.feedback.log import EventLog
from sayfind.feedback.rewriter import RewriterConfig, learn_rules
from sayfind.feedback.trust import TrustConfig, believed, robust_counts, sessions
from sayfind.learnt import Learnt, install
from sayfind.pipeline import VoiceSearch
from sayfind.recommendation.behaviour import BehaviourConfig, learn_behaviour, tastes
from sayfind.recommendation.factorise import FactorConfig, factorise
from sayfind.stages import Corrector, Retriever
from sayfind.text.normalise import normalise
from sayfind.types import FeedbackEvent, Hypothesis, NBest, Query

__all__ = ["Judgement", "LearningConfig", "LearningReport", "judge", "learn", "learn_nightly"]

Sessions = Mapping[str, Sequence[FeedbackEvent]]


@dataclass(frozen=True, slots=True)
class LearningConfig:
    """How a night goes.

    One session in ``held_out`` judges. At least ``least_judged`` spoken searches must, at most
    ``most_judged`` do (drawn with ``seed``). ``factors`` is the length of the vectors of taste, 0
    for none (more needs the extra ``recommend``). A question's answers are learnt from
    ``least_lists`` lists on. The rest are the settings of the parts.
    """

    held_out: int = 5
    least_judged: int = 20
    most_judged: int = 1000
    factors: int = 0
    least_lists: int = 5
    seed: int = 0
    trust: TrustConfig = field(default_factory=TrustConfig)
    implicit: ImplicitConfig = field(default_factory=ImplicitConfig)
    rewriter: RewriterConfig = field(default_factory=RewriterConfig)
    clicks: ClickConfig = field(default_factory=ClickConfig)
    behaviour: BehaviourConfig = field(default_factory=BehaviourConfig)

    def __post_init__(self) -> None:
        if self.held_out < 2 or self.least_judged < 1 or self.most_judged < self.least_judged:
            raise ValueError("held_out is 2 or more, least_judged from 1 up to most_judged")
        if self.factors < 0 or self.least_lists < 1:
            raise ValueError("factors is 0 or more, least_lists 1 or more")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What held-out sessions say of a generation.

    ``retention`` is the mean share of the ten products that the meant text finds which the
    corrected readings find too. ``over_correction`` is the share of rightly heard searches whose
    text was changed so that what was chosen is found lower (see ``_over_corrected``).
    ``clicks`` is the mean reciprocal rank of what was clicked, each click weighted by how rarely
    its place is looked at.
    """

    retention: float
    over_correction: float
    clicks: float
    num_searches: int

    def is_no_worse_than(self, other: Judgement) -> str:
        """Empty if it is not, else what is worse."""
        if self.retention < other.retention:
            return f"retention would fall from {other.retention:.4f} to {self.retention:.4f}"
        if self.over_correction > other.over_correction:
            before, after = other.over_correction, self.over_correction
            return f"over-correction would rise from {before:.4f} to {after:.4f}"
        if self.clicks < other.clicks:
            return f"clicked products would fall from {other.clicks:.4f} to {self.clicks:.4f}"
        return ""


@dataclass(frozen=True, slots=True)
class LearningReport:
    """What a night came to; ``refusal`` says why nothing was installed, and is empty if it was.

    ``generation`` is the one in use afterwards.
    """

    num_events: int
    num_sessions: int
    num_believed: int
    num_transcripts: int
    num_rules: int
    before: Judgement
    after: Judgement
    refusal: str
    generation: int


def learn_nightly(
    log: EventLog,
    search: VoiceSearch,
    home: Path,
    now: float,
    config: LearningConfig | None = None,
    *,
    dry_run: bool = False,
) -> LearningReport:
    """Learn from a log, and install what was learnt if it is no worse; ``now`` as in events.

    ``search`` must be a shop that has learnt nothing (``VoiceSearch(shop, learnt=Learnt())``).

    Raises:
        MissingExtraError: vectors of taste were asked for, and ``implicit`` is not installed.
    """
    config = config or LearningConfig()
    events = [event for _, event in log.read()]
    found = sessions(events)
    teaching = {name: each for name, each in found.items() if not _judges(name, config)}
    judging = {name: each for name, each in found.items() if _judges(name, config)}
    installed, learnt = Learnt.current(home), learn(teaching, now, config)
    before = judge(installed, judging, search, config)
    after = judge(learnt, judging, search, config)
    refusal = after.is_no_worse_than(before)
    if after.num_searches < config.least_judged:
        refusal = (
            f"only {after.num_searches} held-out spoken searches can judge, "
            f"and {config.least_judged} are needed"
        )
    if dry_run:
        refusal = refusal or "this was a dry run"
    return LearningReport(
        num_events=len(events),
        num_sessions=len(found),
        num_believed=len(_believed(found, config)),
        num_transcripts=len(transcripts(_believed(teaching, config), config.implicit)),
        num_rules=len(learnt.rules.meant),
        before=before,
        after=after,
        refusal=refusal,
        generation=installed.number if refusal else install(home, learnt).number,
    )


def learn(found: Sessions, now: float, config: LearningConfig | None = None) -> Learnt:
    """Everything that some sessions teach; those not believed have a bounded vote, and no more."""
    config = config or LearningConfig()
    trusted = _believed(found, config)
    liked = tastes(trusted, now, config.behaviour)
    factors = None
    if config.factors and liked:
        factors = factorise(liked, FactorConfig(factors=config.factors, seed=config.seed))
    behaviour = learn_behaviour(
        liked, robust_counts(found, config.trust), _answers(trusted, config), factors,
        config.behaviour,
    )  # fmt: skip
    return Learnt(
        rules=learn_rules(transcripts(trusted, config.implicit), config.rewriter),
        behaviour=behaviour,
    )


def _believed(found: Sessions, config: LearningConfig) -> Sessions:
    return {name: each for name, each in found.items() if believed(each, config.trust)}


def _answers(found: Sessions, config: LearningConfig) -> dict[str, dict[str, float]]:
    """How much each product attracts whoever asks something, its place in the list taken out."""
    lists = [
        Impression(shown.products, shown.clicked, normalise(shown.query), shown.weight)
        for each in found.values()
        for shown in impressions(each)
    ]
    counts = defaultdict[str, int](int)
    for shown in lists:
        counts[shown.query] += 1
    known = [s for s in lists if s.query and counts[s.query] >= config.least_lists]
    answers = defaultdict[str, dict[str, float]](dict)
    for (query, product), value in PositionModel.fit(known, config.clicks).attraction.items():
        answers[query][product] = round(value, 5)
    return dict(answers)


def judge(
    learnt: Learnt, found: Sessions, search: VoiceSearch, config: LearningConfig | None = None
) -> Judgement:
    """How a generation would have served some sessions, through the shop's own stages."""
    config = config or LearningConfig()
    found = _believed(found, config)
    cases = transcripts(found, config.implicit)
    if len(cases) > config.most_judged:
        cases = random.Random(config.seed).sample(cases, config.most_judged)
    corrector = learnt.corrector(search.corrector, lock_signature)
    plain = _Finder(search, search.retriever)
    retained = [
        _overlap(plain.find(_corrected(case, corrector)), plain.find(NBest.from_text(case.meant)))
        for case in cases
    ]
    return Judgement(
        retention=_mean(retained),
        over_correction=_mean(_over_corrected(cases, corrector, plain)),
        clicks=_clicks(found, _Finder(search, learnt.retriever(search.retriever)), config),
        num_searches=len(cases),
    )


def _over_corrected(
    cases: Sequence[Transcript], corrector: Corrector, finder: _Finder
) -> list[bool]:
    """Of each rightly heard case: whether its text was changed to the harm of what was chosen.

    Cases heard alike are judged together. They were rightly heard if most of their sessions say so;
    a click proves what was wanted and not how it was said, so that a change is no harm if what most
    of them chose is found as high as before. Where nobody chose anything (a correction that was
    taken back), any change is.
    """
    alike = defaultdict[str, list[Transcript]](list)
    for case in cases:
        alike[normalise(case.heard)].append(case)
    harmed = []
    for group in alike.values():
        right = [case for case in group if case.was_right]
        if 2 * len(right) <= len(group):
            continue
        chosen = Counter(product for case in right for product in sorted(case.chose))
        favourite = chosen.most_common(1)[0][0] if chosen else ""
        for case in right:
            corrected = _corrected(case, corrector)
            worse = _rank(favourite, finder.find(corrected)) > _rank(
                favourite, finder.find(_heard(case))
            )
            harmed.append(corrected.text != case.heard and (worse or not favourite))
    return harmed


def _clicks(found: Sessions, finder: _Finder, config: LearningConfig) -> float:
    """Mean reciprocal rank of clicked products; a click in a rarely seen place says more."""
    lists = [shown for each in found.values() for shown in impressions(each) if shown.query]
    model = PositionModel.fit(lists, config.clicks)
    if len(lists) > config.most_judged:
        lists = random.Random(config.seed).sample(lists, config.most_judged)
    total = weights = 0.0
    for shown in lists:
        order = finder.find(NBest.from_text(shown.query))
        for rank, product in enumerate(shown.products):
            if product in shown.clicked:
                place = min(rank, len(model.examination) - 1)
                weight = min(10.0, 1.0 / max(1e-6, model.examination[place]))
                weights += weight
                total += weight / (order.index(product) + 1) if product in order else 0.0
    return total / weights if weights else 0.0


class _Finder:
    """The products that readings find, each list asked for once."""

    def __init__(self, search: VoiceSearch, retriever: Retriever) -> None:
        self._search, self._retriever = search, retriever
        self._found: dict[tuple[tuple[str, float], ...], tuple[str, ...]] = {}

    def find(self, n_best: NBest) -> tuple[str, ...]:
        """At most ten product ids."""
        key = tuple(zip((h.text for h in n_best.hypotheses), n_best.probabilities, strict=True))
        if key not in self._found:
            query: Query = self._search.understander.understand(n_best)
            hits = self._retriever.search(query, 10).hits
            self._found[key] = tuple(hit.product_id for hit in hits)
        return self._found[key]


def _rank(product: str, found: Sequence[str]) -> int:
    return found.index(product) if product in found else len(found)


def _corrected(case: Transcript, corrector: Corrector) -> NBest:
    return corrector.correct(_heard(case), None)[0]


def _heard(case: Transcript) -> NBest:
    """A case's readings; they were heard and not typed, so they carry an acoustic score."""
    readings = tuple(Hypothesis(text, {"acoustic": 0.0}) for text, _ in case.readings)
    total = sum(share for _, share in case.readings) or 1.0
    return NBest(readings, tuple(share / total for _, share in case.readings))


def _overlap(found: Sequence[str], wanted: Sequence[str]) -> float:
    return len(set(found) & set(wanted)) / len(wanted) if wanted else float(not found)


def _mean(values: Sequence[float | bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _judges(session: str, config: LearningConfig) -> bool:
    return zlib.crc32(session.encode()) % config.held_out == 0
