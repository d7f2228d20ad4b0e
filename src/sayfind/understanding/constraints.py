"""From an n-best list to a query: every reading is understood, and they vote.

Readings that wish for the same things are one candidate, and the likeliest candidate wins as a
whole: wishes of different readings are never mixed into a query that nobody spoke. A wish's
confidence is the summed probability of all readings that contain it (times how sure each of them
is of the column).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sayfind.catalog.vocabulary import Vocabulary
from sayfind.types import Constraint, NBest, Query, Range, Sort
from sayfind.understanding.analysis import Analysis, analyse
from sayfind.understanding.intent import IntentReader
from sayfind.understanding.mentions import Catalogue
from sayfind.understanding.reading import Reading

__all__ = ["ConstraintUnderstander", "UnderstandingConfig"]


@dataclass(frozen=True, slots=True)
class UnderstandingConfig:
    """How wishes are read.

    ``min_confidence``: constraints below it are dropped. ``min_share``: the share from which a
    second column is kept for a word of two columns ("orange"). ``max_readings`` and
    ``min_probability``: which hypotheses are looked at (the first always is).
    ``max_characters``: what is longer is cut. ``around``: how far "around 300" reaches to either
    side, as a share.
    """

    min_confidence: float = 0.2
    min_share: float = 0.25
    min_probability: float = 0.01
    max_readings: int = 8
    max_characters: int = 1000
    around: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.min_confidence <= 1 or not 0 <= self.min_share <= 1:
            raise ValueError("min_confidence and min_share are probabilities between 0 and 1")
        if self.max_readings < 1 or self.max_characters < 1:
            raise ValueError("max_readings and max_characters are at least 1")
        if not 0 <= self.around < 1:
            raise ValueError("around is a share from 0 to below 1")


_Key = tuple[str, str | Range, bool]


class ConstraintUnderstander:
    """Implements ``stages.Understander`` over the values of a vocabulary."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        config: UnderstandingConfig | None = None,
        intents: IntentReader | None = None,
    ) -> None:
        """``intents`` tells what is to be done; without it every query is a search."""
        self._catalogue = Catalogue(vocabulary)
        self._config = config or UnderstandingConfig()
        self._intents = intents

    def understand(self, n_best: NBest) -> Query:
        """The query behind an n-best list; an empty list gives an empty query."""
        if not n_best:
            return Query("")
        config = self._config
        probabilities = n_best.probabilities[: config.max_readings]
        limit = max(1, sum(p >= config.min_probability for p in probabilities))
        probabilities = probabilities[:limit]
        texts = [_cut(h.text, config.max_characters) for h in n_best.hypotheses[:limit]]
        known: dict[str, Analysis] = {}
        analyses = []
        for text in texts:
            reading = Reading(text, config.max_characters)
            if reading.text not in known:
                known[reading.text] = analyse(
                    reading, self._catalogue, config.around, config.min_share
                )
            analyses.append(known[reading.text])
        best = analyses[_winner(analyses, probabilities)]
        constraints = _vote(analyses, probabilities, best, config.min_confidence)
        intent = None
        if self._intents is not None:
            intent = self._intents.read(texts, probabilities, constraints, best.details)
        return Query(
            text=texts[0],
            terms=analyses[0].terms,
            constraints=constraints,
            sort=best.sort,
            alternatives=tuple(zip(texts, probabilities, strict=True)),
            intent=intent,
            notes=best.notes,
        )


def _cut(text: str, most: int) -> str:
    """At most so many characters, ending at a space where there is one nearby."""
    if len(text) <= most:
        return text
    end = text.rfind(" ", most - 40, most)
    return text[: end if end > 0 else most]


def _keys(analysis: Analysis) -> dict[_Key, Constraint]:
    """The wishes of a reading, the first of each kind."""
    return {(c.field, c.value, c.negated): c for c in reversed(analysis.constraints)}


def _winner(analyses: Sequence[Analysis], probabilities: Sequence[float]) -> int:
    """The first reading that wishes for the likeliest set of wishes in the likeliest order."""
    together: dict[tuple[frozenset[_Key], Sort], float] = defaultdict(float)
    asked = [(frozenset(_keys(analysis)), analysis.sort) for analysis in analyses]
    for wishes, probability in zip(asked, probabilities, strict=True):
        together[wishes] += probability
    return asked.index(max(together, key=lambda wishes: together[wishes]))


def _vote(
    analyses: Sequence[Analysis], probabilities: Sequence[float], best: Analysis, least: float
) -> tuple[Constraint, ...]:
    """The wishes of the best reading, each with its share of all readings."""
    total = sum(probabilities) or 1.0
    confidence: dict[_Key, float] = defaultdict(float)
    example: dict[_Key, Constraint] = {}
    for analysis, probability in zip(analyses, probabilities, strict=True):
        wishes = _keys(analysis)
        for key in reversed(wishes):
            confidence[key] += wishes[key].confidence * probability / total
            example.setdefault(key, wishes[key])
    winner = _keys(best)
    return tuple(
        replace(constraint, confidence=min(1.0, round(confidence[key], 4)))
        for key, constraint in example.items()
        if key in winner and confidence[key] >= least
    )
