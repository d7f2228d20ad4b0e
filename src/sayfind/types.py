"""The values that flow between stages.

Knows numpy and the standard library, nothing else; every room may import it. All values are
frozen: a stage answers with a new value and never edits the one it was given. Times are seconds,
scores are natural logarithms unless a docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Action",
    "Audio",
    "Change",
    "Clarification",
    "Constraint",
    "Context",
    "DialogueState",
    "FeedbackEvent",
    "Hit",
    "Hypothesis",
    "Intent",
    "Language",
    "NBest",
    "Posteriors",
    "Query",
    "Range",
    "Screen",
    "SearchResult",
    "Session",
    "Sort",
    "Trace",
    "View",
    "Word",
]

FloatArray = NDArray[np.float32]


class Language(StrEnum):
    """What a shopper speaks or types; ``AUTO`` lets the sound or the script decide."""

    AUTO = "auto"
    ENGLISH = "en"
    MANDARIN = "zh"


class Sort(StrEnum):
    """The order a shopper asked for."""

    RELEVANCE = "relevance"
    PRICE_ASCENDING = "price_ascending"
    PRICE_DESCENDING = "price_descending"
    POPULARITY = "popularity"
    NEWEST = "newest"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono sound: ``samples`` is float32 ``(num_samples,)`` in [-1, 1], ``rate`` is in hertz."""

    samples: FloatArray
    rate: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError("Audio.samples is one-dimensional float32; load_audio() settles both")
        if self.rate <= 0:
            raise ValueError("Audio.rate is a positive number of samples per second")

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.samples) / self.rate

    def window(self, start: float, end: float) -> Audio:
        """The part between two times in seconds, clipped to what is there."""
        first, last = max(0, round(start * self.rate)), max(0, round(end * self.rate))
        return Audio(self.samples[first:last], self.rate)


@dataclass(frozen=True, slots=True)
class Posteriors:
    """What an acoustic model says: the one boundary between any such model and any decoder.

    ``log_probs`` is float32 ``(num_frames, num_tokens)``, rows log-normalised; ``frame_shift`` is
    in seconds; ``tokens`` names the columns. Token 0 is the blank of CTC.
    """

    log_probs: FloatArray
    frame_shift: float
    tokens: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.log_probs.ndim != 2 or self.log_probs.shape[1] != len(self.tokens):
            raise ValueError("Posteriors.log_probs is (num_frames, num_tokens)")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a hypothesis: ``start`` and ``end`` in seconds, ``confidence`` in [0, 1]."""

    text: str
    start: float
    end: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of an utterance, with each knowledge source's log-score under its own name.

    ``scores`` holds for example ``acoustic``, ``lm``, ``bias``, ``corrector``: re-weighting,
    ablation and learning need no second recognition.
    """

    text: str
    scores: Mapping[str, float] = field(default_factory=dict)
    words: tuple[Word, ...] = ()

    def with_score(self, name: str, value: float) -> Hypothesis:
        """The same reading with one more (or a replaced) score."""
        return replace(self, scores={**self.scores, name: value})


@dataclass(frozen=True, slots=True)
class NBest:
    """Readings in descending order of probability.

    ``probabilities`` sum to one (to rounding) where there is a hypothesis; an empty list means
    that nothing was said.
    """

    hypotheses: tuple[Hypothesis, ...] = ()
    probabilities: tuple[float, ...] = ()
    language: Language = Language.AUTO

    def __post_init__(self) -> None:
        if len(self.hypotheses) != len(self.probabilities):
            raise ValueError("NBest needs one probability for each hypothesis")

    def __bool__(self) -> bool:
        return bool(self.hypotheses)

    @property
    def text(self) -> str:
        """The most probable reading, or the empty string."""
        return self.hypotheses[0].text if self.hypotheses else ""

    @property
    def confidence(self) -> float:
        """Probability of the first reading; 0 where nothing was said."""
        return self.probabilities[0] if self.probabilities else 0.0

    @classmethod
    def from_text(cls, text: str, language: Language = Language.AUTO) -> NBest:
        """What a keyboard gives: one reading, certain."""
        return cls((Hypothesis(text),), (1.0,), language) if text.strip() else cls()

    @classmethod
    def from_scores(
        cls,
        hypotheses: list[Hypothesis],
        totals: list[float],
        language: Language = Language.AUTO,
    ) -> NBest:
        """Order readings by total log-score; probabilities are the softmax of the totals."""
        order = sorted(range(len(totals)), key=lambda i: -totals[i])
        if not order:
            return cls(language=language)
        logits = np.array([totals[i] for i in order], dtype=np.float64)
        weights = np.exp(logits - logits[0])
        shares = weights / weights.sum()
        return cls(tuple(hypotheses[i] for i in order), tuple(float(p) for p in shares), language)


@dataclass(frozen=True, slots=True)
class Change:
    """One decision of a corrector, taken or not: the audit trail.

    ``start`` and ``end`` are character offsets of ``before`` in the uncorrected first reading.
    ``detail`` is what else an auditor may want, such as the prompt that a language model was given.
    """

    before: str
    after: str
    start: int
    end: int
    accepted: bool
    reason: str
    scores: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """A closed interval; ``None`` leaves a side open. ``unit`` is a currency or unit symbol."""

    low: float | None = None
    high: float | None = None
    unit: str = ""

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | float):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A wish on one field: ``value`` is a catalogue value, or a ``Range`` for numbers.

    ``field`` is ``brand``, ``category``, ``price``, ``quantity`` or the name of an attribute
    column. ``text`` holds the shopper's own words for it. ``confidence`` is in [0, 1].
    """

    field: str
    value: str | Range
    confidence: float = 1.0
    negated: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be done: ``search``, or what an intent grammar names (``turn_on``).

    ``slots`` are (name, value) pairs, such as ``("level", Range(20, 20, "%"))``; ``confidence``
    is in [0, 1].
    """

    name: str
    slots: tuple[tuple[str, str | Range], ...] = ()
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """What the shopper meant.

    ``text`` is the best reading; ``terms`` what is left of it for free-text search once price,
    sort and negated words are taken out. ``alternatives`` are the (text, probability) readings,
    first one included, that retrieval fuses. ``intent`` is what is to be done with what is found;
    ``None`` is a search. ``notes`` explain wishes that exclude one another.
    """

    text: str
    terms: str = ""
    constraints: tuple[Constraint, ...] = ()
    sort: Sort = Sort.RELEVANCE
    alternatives: tuple[tuple[str, float], ...] = ()
    intent: Intent | None = None
    notes: tuple[str, ...] = ()

    def first(self, name: str) -> Constraint | None:
        """The first constraint on a field that is not negated."""
        return next((c for c in self.constraints if c.field == name and not c.negated), None)


@dataclass(frozen=True, slots=True)
class Hit:
    """One found product; ``reasons`` say in plain words why it is there."""

    product_id: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits in order, the ``total`` that matched, counts by facet value, and wishes let go.

    ``facets`` maps a field to ``{value: count}`` over all matching products; numbers are counted
    by ranges. ``relaxed`` names the constraints that had to be dropped to find anything at all.
    """

    hits: tuple[Hit, ...] = ()
    total: int = 0
    facets: Mapping[str, Mapping[str | Range, int]] = field(default_factory=dict)
    relaxed: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What a conversation asks for at one time.

    ``words`` is the free text, ``focus`` the id of the product that is spoken of (``the second
    one``), ``shown`` the ids that were answered, best first.
    """

    words: str = ""
    constraints: tuple[Constraint, ...] = ()
    sort: Sort = Sort.RELEVANCE
    focus: str = ""
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DialogueState:
    """A conversation as a value that the client may hold; ``past`` is oldest first."""

    now: View = View()
    past: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True)
class Clarification:
    """One question back; each choice is (what to say for it, the evidence for it)."""

    question: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """What the shopper sees: products in order, the page's category, and an image's tags.

    ``photo`` is a picture that belongs to the query: uint8 ``(height, width, 3)``, red first.
    """

    products: tuple[str, ...] = ()
    category: str = ""
    tags: tuple[str, ...] = ()
    photo: NDArray[np.uint8] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Context:
    """What a session knows when an utterance starts.

    ``removed`` are wishes that the shopper took back, ``added`` those chosen by hand; ``speech``
    tells a recogniser the (start, end) seconds of its sound in which somebody speaks, if known.
    ``state`` is the conversation so far (the ``state`` of the last trace), ``None`` starts one;
    ``screen`` is what the shopper sees.
    """

    language: Language = Language.AUTO
    num_hits: int = 20
    removed: tuple[Constraint, ...] = ()
    added: tuple[Constraint, ...] = ()
    speech: tuple[tuple[float, float], ...] = ()
    state: DialogueState | None = None
    screen: Screen = Screen()


class Action(StrEnum):
    """What a shopper did; ``ASKED`` is a search, which the server itself writes down."""

    ASKED = "asked"
    SHOWN = "shown"
    CLICKED = "clicked"
    ADDED = "added"
    BOUGHT = "bought"
    REPHRASED = "rephrased"
    EDITED = "edited"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class FeedbackEvent:
    """One thing that a shopper did with one answer; there is never any sound in it.

    ``rank`` counts from 1 (0: no place in a list). ``propensity`` is the probability with which
    the product stood at that rank, ``time`` seconds since 1970. ``text`` is what was asked, or
    what the shopper made of it (rephrased, edited, undone). ``readings`` are the (text,
    probability) pairs heard in a spoken search, and empty for a typed one.
    """

    trace_id: str
    action: Action
    product_id: str = ""
    rank: int = 0
    propensity: float = 1.0
    session: str = ""
    time: float = 0.0
    text: str = ""
    readings: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if self.rank < 0 or not 0.0 < self.propensity <= 1.0 or not self.trace_id:
            raise ValueError("an event has a trace, a rank of 0 or more, a propensity in (0, 1]")


@dataclass(frozen=True, slots=True)
class Session:
    """What a recommender may know of a shopper.

    ``viewed`` and ``bought`` are product ids, oldest first; ``personal`` is false when the person
    said that they want no suggestions made from what they do: nothing may then be made of it.
    """

    viewed: tuple[str, ...] = ()
    bought: tuple[str, ...] = ()
    personal: bool = True


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything one search saw and decided.

    ``speech`` lists the (start, end) seconds in which somebody spoke; ``seconds`` the time each
    stage took; ``did_you_mean`` other readings worth offering; ``notes`` what a person should
    know, such as a stage that could not act (wishes let go are in ``result.relaxed``). ``state``
    is the conversation after this search, ``rules`` the inferences made, ``clarify`` a question
    back, where guessing would cost more than asking.
    """

    id: str
    heard: NBest
    corrected: NBest
    changes: tuple[Change, ...]
    query: Query
    result: SearchResult
    seconds: Mapping[str, float]
    speech: tuple[tuple[float, float], ...] = ()
    did_you_mean: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    state: DialogueState = DialogueState()
    rules: tuple[str, ...] = ()
    clarify: Clarification | None = None

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The found products, best first."""
        return self.result.hits
