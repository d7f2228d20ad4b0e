"""Correction of what was heard: more readings, everything known about each, one decision.

Readings of the recogniser, sentences spread over them (``confusion``), and replacements from the
closed set (``replacement``) are judged alike: by the sound where a ``PhraseScorer`` can be asked,
and by the sources of ``sources``. The log-linear model (``rescoring``) makes probabilities of that,
and ``decision`` keeps, changes or asks. Numbers and negations of the first reading stay.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sayfind.correction.confusion import recombined
from sayfind.correction.decision import (
    Decision,
    DecisionConfig,
    Verdict,
    decide,
    differences,
)
from sayfind.correction.locks import lock_signature
from sayfind.correction.reasons import ASKED, LESS_LIKELY
from sayfind.correction.replacement import Replacer
from sayfind.correction.rescoring import LogLinear
from sayfind.correction.sources import Source
from sayfind.stages import PhraseScorer
from sayfind.text.normalise import normalise
from sayfind.types import Audio, Change, Hypothesis, NBest

__all__ = ["SpokenConfig", "SpokenCorrector"]

_SOURCE = "rescoring"
_SLIP = 40.0  # acoustic nats lost by a reading whose sound is wholly another, where none can ask
_HIDDEN = 1e-4
# As JoinedEarsConfig weighs them, by its scale, and the catalogue beside (docs/hearing.md).
_TUNED = LogLinear({"own": 1.0, "first": 1.0, "words": 3.0, "lm": 1.3, "catalogue": 1.0}, 2.8)


@dataclass(frozen=True, slots=True)
class SpokenConfig:
    """What readings are made and how they are judged.

    ``model`` has the weights (tuned on dev pairs, docs/correction.md); ``recombined`` and
    ``replaced`` are how many readings come from the confusion network and from replacement;
    ``kept`` how many go on to the next stage; ``explained`` how many rivals are reported.
    """

    model: LogLinear = field(default_factory=lambda: _TUNED)
    decision: DecisionConfig = field(default_factory=DecisionConfig)
    recombined: int = 8
    replaced: int = 16
    kept: int = 10
    explained: int = 3

    def __post_init__(self) -> None:
        if min(self.recombined, self.replaced) < 0 or min(self.kept, self.explained) < 1:
            raise ValueError("recombined, replaced are not negative; kept, explained at least 1")


class SpokenCorrector:
    """Implements ``stages.Corrector`` for what ``JoinedEars`` heard; else nothing changes."""

    def __init__(
        self,
        sources: Sequence[Source],
        replacer: Replacer | None = None,
        scorer: PhraseScorer | None = None,
        config: SpokenConfig | None = None,
    ) -> None:
        self._sources, self._replacer, self._scorer = tuple(sources), replacer, scorer
        self.config = config or SpokenConfig()

    def correct(self, n_best: NBest, audio: Audio | None) -> tuple[NBest, tuple[Change, ...]]:
        """The readings as judged, and what was changed, asked or left.

        The first reading changes only where that has the least expected loss.
        """
        if not n_best or "own" not in n_best.hypotheses[0].scores:
            return n_best, ()
        judged = self.config.model.order(self.readings(n_best, audio), n_best)
        return self._decided(n_best, judged)

    def readings(self, n_best: NBest, audio: Audio | None) -> list[Hypothesis]:
        """Every reading that is considered, each with all its scores."""
        heard = list(n_best.hypotheses)
        known = {normalise(h.text) for h in heard}
        new: list[Hypothesis] = []
        for text, scores in self._made(n_best):
            form = normalise(text)
            if form not in known:
                known.add(form)
                new.append(Hypothesis(text, {**self._as_first(n_best, text), **scores}))
        return self._scored([*heard, *self._sounded(new, heard[0], audio)])

    def _made(self, n_best: NBest) -> list[tuple[str, dict[str, float]]]:
        made = [
            (text, {"recombined": math.log(share)})
            for text, share in recombined(n_best, self.config.recombined)
        ] if self.config.recombined else []  # fmt: skip
        if self._replacer and self.config.replaced:
            found = self._replacer.replaced(n_best)[: self.config.replaced]
            made += [(r.text, {"distance": r.distance}) for r in found]
        return made

    def _as_first(self, n_best: NBest, text: str) -> dict[str, float]:
        return {"words": float(len(text.split()))} if "words" in n_best.hypotheses[0].scores else {}

    def _sounded(
        self, new: list[Hypothesis], first: Hypothesis, audio: Audio | None
    ) -> list[Hypothesis]:
        """New readings with what the sound says of them; guessed from the distance if need be."""
        heard = first.scores.get("own", 0.0)
        values: list[float | None] = [None] * len(new)
        if self._scorer and audio is not None and new:
            values = self._scorer.score(audio, [h.text for h in new])
            new = [h for h, v in zip(new, values, strict=True) if v is not None]
            values = [v for v in values if v is not None]
        return [
            h.with_score("own", heard - _SLIP * h.scores.get("distance", 0.1) if v is None else v)
            for h, v in zip(new, values, strict=True)
        ]

    def _scored(self, readings: list[Hypothesis]) -> list[Hypothesis]:
        texts = [h.text for h in readings]
        added: dict[str, list[float]] = {}
        for source in self._sources:
            if self.config.model.weights.get(source.name):
                added[source.name] = source.scores(texts)
        return [
            replace(h, scores={**h.scores, **{name: values[i] for name, values in added.items()}})
            for i, h in enumerate(readings)
        ]

    def _decided(self, heard: NBest, judged: NBest) -> tuple[NBest, tuple[Change, ...]]:
        """The first reading or another in its place, and the audit trail."""
        first = heard.hypotheses[0]
        shares = {h.text: p for h, p in zip(judged.hypotheses, judged.probabilities, strict=True)}
        kept = shares.get(first.text, 0.0)
        signature = lock_signature(first.text)
        rivals = [
            (h, shares[h.text])
            for h in judged.hypotheses
            if h.text != first.text
            and shares[h.text] >= _HIDDEN
            and lock_signature(h.text) == signature
        ][: self.config.explained]
        if not rivals:
            return self._joined(first, judged, shares), ()
        verdict = decide(kept, rivals[0][1], self.config.decision)
        change = verdict.decision is Decision.CHANGE
        first = next(h for h in judged.hypotheses if h.text == first.text)
        top = rivals[0][0] if change else first
        told = [
            each
            for number, (rival, share) in enumerate(rivals)
            for each in self._told(first, rival, kept, share, verdict if not number else None)
        ]
        return self._joined(top, judged, shares), tuple(
            sorted(told, key=lambda c: (c.start, c.end, not c.accepted))
        )

    def _told(
        self, first: Hypothesis, rival: Hypothesis, kept: float, share: float,
        verdict: Verdict | None,
    ) -> tuple[Change, ...]:  # fmt: skip
        accepted = verdict is not None and verdict.decision is Decision.CHANGE
        asked = verdict is not None and verdict.decision is Decision.ASK
        gains = {
            f"gain_{name}": weight * (rival.scores.get(name, 0.0) - first.scores.get(name, 0.0))
            for name, weight in self.config.model.weights.items()
            if weight
        }
        scores = {"kept": kept, "rival": share, **(verdict.scores if verdict else {}), **gains}
        if "distance" in rival.scores:
            scores["distance"] = rival.scores["distance"]
        reason = "likelier by all that is known" if accepted else ASKED if asked else LESS_LIKELY
        return differences(first.text, rival.text, accepted, reason, scores, _SOURCE)

    def _joined(self, top: Hypothesis, judged: NBest, shares: dict[str, float]) -> NBest:
        """The judged readings with ``top`` in front, which is then the most probable."""
        rest = [h for h in judged.hypotheses if h.text != top.text][: self.config.kept - 1]
        highest = max([shares.get(top.text, 0.0), *(shares[h.text] for h in rest)])
        values = [highest, *(shares[h.text] for h in rest)]
        whole = next((h for h in judged.hypotheses if h.text == top.text), top)
        total = sum(values)
        return NBest((whole, *rest), tuple(v / total for v in values), judged.language)


def is_spoken(n_best: NBest) -> bool:
    """Whether a recogniser made the list: its scores, or several readings, tell."""
    return bool(n_best.hypotheses[0].scores) or len(n_best.hypotheses) > 1
