"""One process's view of an evaluation: set, shop and noise opened, cases run one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sayfind.acoustic.sphinx import SphinxRecognizer
from sayfind.audio.vad import SileroVad
from sayfind.data.noise import NoiseSource, add_noise
from sayfind.data.sets import Case, LeftOut, SpokenSet, open_noises
from sayfind.errors import AudioError, InputError, LanguageError, ModelError
from sayfind.evaluation.run_judge import Judge, Subject
from sayfind.evaluation.run_judges import open_judge
from sayfind.evaluation.run_plan import CLEAN, Condition, Kind, Plan
from sayfind.evaluation.run_record import CaseRecord, Omission, trace_detail
from sayfind.evaluation.run_search import SearchJudge
from sayfind.evaluation.run_slices import length_slice, slices_of
from sayfind.pipeline import Stopwatch, VoiceSearch
from sayfind.shop import Shop
from sayfind.types import Audio, Context, NBest, Query, SearchResult, Trace

__all__ = ["Bench", "Ears", "PlainEars", "SearchFactory"]

SearchFactory = Callable[[Shop], VoiceSearch]
NOTHING = Trace("", NBest(), NBest(), (), Query(""), SearchResult(), {})


class Ears(Protocol):
    """What an evaluation asks of a pipeline."""

    def hear(self, audio: Audio, context: Context = ...) -> Trace:
        """Everything that comes of one recording."""
        ...


class PlainEars:
    """pocketsphinx with the dictionary and language model it ships with: what no shop knows."""

    def __init__(self) -> None:
        import pocketsphinx

        package: Any = pocketsphinx  # its functions carry no types
        model = Path(package.get_model_path()) / "en-us"
        if not model.is_dir():
            raise ModelError("pocketsphinx came without its English model; reinstall it.")
        dictionary, lm = model / "cmudict-en-us.dict", model / "en-us.lm.bin"
        self._vad = SileroVad()
        self._recognizer = SphinxRecognizer(dictionary, lm)

    def hear(self, audio: Audio, context: Context | None = None) -> Trace:
        """What is heard, neither corrected nor understood."""
        watch = Stopwatch()
        speech = self._vad.speech(audio)
        watch.lap("vad")
        heard = NBest()
        if speech:
            spoken = audio.window(max(0.0, speech[0][0] - 0.2), speech[-1][1] + 0.2)
            heard = self._recognizer.recognize(spoken, context or Context())
        watch.lap("hear")
        query = Query(heard.text)
        return Trace("", heard, heard, (), query, SearchResult(), watch.seconds, speech)


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that running a case needs; made once in each process."""

    plan: Plan
    cases: Mapping[str, Case]
    judge: Judge
    ears: Ears
    noises: Mapping[str, NoiseSource]
    omissions: tuple[Omission, ...] = ()

    @classmethod
    def open(cls, plan: Plan, factory: SearchFactory = VoiceSearch) -> Bench:
        """Open what the plan names.

        Raises:
            InputError: the set, the judgements or a noise cannot be read.
            ShopError: the shop cannot.
        """
        search = factory(Shop.open(plan.shop)) if plan.shop is not None else None
        judge, omissions = open_judge(plan, search)
        spoken = open_set(plan)
        cases = {case.id: case for case in spoken.cases} if spoken else {}
        names = {condition.noise for condition in plan.conditions} - {CLEAN}
        noises = {name: NoiseSource.open(name, spoken) for name in sorted(names)}
        omitted = tuple(_omission(entry) for entry in (spoken.left_out if spoken else ()))
        ears = search if search is not None else PlainEars()
        return cls(plan, cases, judge, ears, noises, (*omitted, *omissions))

    def cases_and_omissions(self) -> tuple[list[str], list[Omission]]:
        """The ids of the cases to run, in the set's order, and what is left out by name."""
        if self.plan.recordings is None:
            assert isinstance(self.judge, SearchJudge)
            return self._sample(self.judge.queries), list(self.omissions)
        kept, omissions = [], list(self.omissions)
        for case in self.cases.values():
            problem = self.judge.problem(case)
            if problem:
                omissions.append(Omission(case.id, problem, (case.query or case.text)[:200]))
            else:
                kept.append(case.id)
        return self._sample(kept), omissions

    def _sample(self, identities: Sequence[str]) -> list[str]:
        return list(identities[:: self.plan.every])[: self.plan.limit]

    def sound(self, identity: str, condition: Condition) -> Audio:
        """A clip as it was heard under a condition.

        Raises:
            InputError: the clip cannot be decoded.
        """
        audio = self.cases[identity].audio()
        if condition.snr is None:
            return audio
        source = self.noises[condition.noise]
        return add_noise(audio, source, condition.snr, self.plan.seed, identity)

    def run(self, identity: str, condition: Condition) -> CaseRecord:
        """One case under one condition, heard and judged."""
        if self.plan.recordings is None:
            return self._run_typed(identity, condition)
        case = self.cases[identity]
        slices, group = slices_of(case), self._group(case)
        trace, failure, seconds = NOTHING, "", 0.0
        try:
            audio = self.sound(identity, condition)
            seconds = audio.seconds
            trace = self.ears.hear(audio)
        except self._failures as error:
            failure = f"{type(error).__name__}: {error}"
        except InputError as error:
            reason = str(LeftOut.because(identity, error).reason)
            return CaseRecord(identity, group, condition.noise, condition.snr, left_out=reason)
        subject = Subject.of(case, condition, trace, bool(failure), seconds)
        judgement = self.judge.judge(subject)
        return CaseRecord(
            identity,
            group,
            condition.noise,
            condition.snr,
            judgement,
            {**slices, **judgement.slices},
            trace_detail(trace),
            trace.seconds,
            seconds,
            trace.corrected.confidence if judgement.confidence is None else judgement.confidence,
            failure,
        )

    @property
    def _failures(self) -> tuple[type[InputError], ...]:
        """What counts as a wrong answer; damaged sound tells nothing of false activations."""
        refused = (LanguageError,)
        return refused if self.plan.kind is Kind.ACTIVATION else (AudioError, *refused)

    def _group(self, case: Case) -> str:
        path = case.row["path"]  # of all pieces of a long noise
        names = {Kind.SEARCH: case.query, Kind.ENTITIES: case.text, Kind.ACTIVATION: path}
        return names.get(self.plan.kind, case.id)

    def _run_typed(self, query: str, condition: Condition) -> CaseRecord:
        assert isinstance(self.judge, SearchJudge)
        trace = self.judge.typed(query)
        return CaseRecord(
            query,
            query,
            condition.noise,
            condition.snr,
            self.judge.judge_typed(query),
            {"words": length_slice(query)},
            trace_detail(trace),
            trace.seconds,
        )


def open_set(plan: Plan) -> SpokenSet | None:
    """The set with the columns that the kind needs; ``None`` for typed queries."""
    if plan.recordings is None:
        return None
    if plan.kind is Kind.ACTIVATION:
        return open_noises(plan.recordings)
    column = {Kind.SLOTS: "slots", Kind.SEARCH: "query"}.get(plan.kind, "text")
    return SpokenSet.open(plan.recordings, ("path", column))


def _omission(entry: LeftOut) -> Omission:
    return Omission(entry.id, str(entry.reason), entry.detail)
