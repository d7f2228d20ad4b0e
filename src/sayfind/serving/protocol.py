"""What goes over the wire: frozen dataclasses, one for each JSON object of an answer.

Milliseconds here, seconds everywhere else. Numbers that JSON has no word for (infinite or missing
scores) are null. ``answers`` makes them of a Trace; ``openapi.py`` describes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

__all__ = [
    "BatchResponse",
    "ErasedResponse",
    "ErrorBody",
    "ErrorResponse",
    "ExamplesResponse",
    "HealthResponse",
    "KeptResponse",
    "ProductBody",
    "ProductsResponse",
    "SearchResponse",
    "ShopResponse",
    "SuggestResponse",
    "SuggestionBody",
    "TranscribeResponse",
    "to_json",
]


@dataclass(frozen=True, slots=True)
class WordBody:
    """One word of a reading; ``confidence`` in [0, 1]."""

    text: str
    start_ms: float
    end_ms: float
    confidence: float


@dataclass(frozen=True, slots=True)
class ReadingBody:
    """One reading of the utterance; ``scores`` are natural logarithms by knowledge source."""

    text: str
    probability: float
    scores: Mapping[str, float | None]
    words: tuple[WordBody, ...]


@dataclass(frozen=True, slots=True)
class ChangeBody:
    """One correction, made or refused.

    ``start`` and ``end`` count Unicode characters in the first heard reading.
    """

    before: str
    after: str
    start: int
    end: int
    accepted: bool
    reason: str
    source: str
    scores: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class RangeBody:
    """A closed interval; null leaves a side open. ``unit`` is a currency or unit symbol."""

    low: float | None
    high: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class ConstraintBody:
    """A wish on one field: a catalogue value, or a range."""

    field: str
    value: str | RangeBody
    negated: bool
    confidence: float
    text: str


@dataclass(frozen=True, slots=True)
class AlternativeBody:
    """A reading that the search took into account."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class SlotBody:
    """One value that an intent was given."""

    name: str
    value: str | RangeBody


@dataclass(frozen=True, slots=True)
class IntentBody:
    """What is to be done with what is found; ``confidence`` in [0, 1]."""

    name: str
    slots: tuple[SlotBody, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class QueryBody:
    """What the shopper meant; ``intent`` is null for a plain search."""

    text: str
    terms: str
    constraints: tuple[ConstraintBody, ...]
    sort: str
    alternatives: tuple[AlternativeBody, ...]
    intent: IntentBody | None


@dataclass(frozen=True, slots=True)
class ChoiceBody:
    """One meaning: ``text`` is what to search for, ``evidence`` what speaks for it."""

    text: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ClarificationBody:
    """A question back."""

    question: str
    choices: tuple[ChoiceBody, ...]


@dataclass(frozen=True, slots=True)
class ViewBody:
    """What a conversation asks for at one time; ``focus`` is the id of the product spoken of."""

    words: str
    constraints: tuple[ConstraintBody, ...]
    sort: str
    focus: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StateBody:
    """A conversation: send it back as ``state`` to go on with it. ``past`` is oldest first."""

    now: ViewBody
    past: tuple[ViewBody, ...]


@dataclass(frozen=True, slots=True)
class ProductBody:
    """What a product card needs. ``titles`` and ``brands`` hold every script, shown one first."""

    id: str
    title: str
    titles: tuple[str, ...]
    brand: str
    brands: tuple[str, ...]
    category: tuple[str, ...]
    description: str
    price: float | None
    currency: str
    image: str
    url: str
    attributes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class HitBody:
    """One found product; ``reasons`` say in plain words why it is there."""

    product: ProductBody
    score: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FacetValueBody:
    """How many of all matching products have a value, or one within a range."""

    value: str | RangeBody
    count: int


@dataclass(frozen=True, slots=True)
class FacetBody:
    """One field over all matching products: values most frequent first, ranges ascending."""

    field: str
    values: tuple[FacetValueBody, ...]


@dataclass(frozen=True, slots=True)
class StageBody:
    """The time that one stage took."""

    stage: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class SpanBody:
    """A stretch in which somebody spoke."""

    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """Everything one search saw and decided."""

    id: str
    text: str
    language: str
    heard: tuple[ReadingBody, ...]
    corrected: tuple[ReadingBody, ...]
    changes: tuple[ChangeBody, ...]
    query: QueryBody
    hits: tuple[HitBody, ...]
    total: int
    facets: tuple[FacetBody, ...]
    relaxed: tuple[ConstraintBody, ...]
    did_you_mean: tuple[str, ...]
    notes: tuple[str, ...]
    rules: tuple[str, ...]
    clarify: ClarificationBody | None
    state: StateBody
    speech: tuple[SpanBody, ...]
    timings: tuple[StageBody, ...]


@dataclass(frozen=True, slots=True)
class TranscribeResponse:
    """What was said, by the whole chain: ``text`` is the corrected reading."""

    id: str
    text: str
    language: str
    heard: tuple[ReadingBody, ...]
    corrected: tuple[ReadingBody, ...]
    changes: tuple[ChangeBody, ...]
    notes: tuple[str, ...]
    speech: tuple[SpanBody, ...]
    timings: tuple[StageBody, ...]


@dataclass(frozen=True, slots=True)
class SuggestionBody:
    """Something that may be meant; ``kind`` is ``query``, ``product``, or the field of a value."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class SuggestResponse:
    """Completions, likeliest first, of ``spelling``: what was typed, or what it was taken for."""

    typed: str
    spelling: str
    suggestions: tuple[SuggestionBody, ...]


@dataclass(frozen=True, slots=True)
class BatchResponse:
    """The answers in the order of the searches; one that failed says why in its place."""

    answers: tuple[SearchResponse | ErrorResponse, ...]


@dataclass(frozen=True, slots=True)
class ProductsResponse:
    """The products that were asked for, in that order, without those that there are not."""

    products: tuple[ProductBody, ...]


@dataclass(frozen=True, slots=True)
class ShopResponse:
    """The shop behind this server, and what it takes in; ``feedback``: whether it learns."""

    name: str
    num_products: int
    max_seconds: float
    max_upload_bytes: int
    max_text_length: int
    max_hits: int
    feedback: bool


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """How many events of a shopper are safe now."""

    kept: int


@dataclass(frozen=True, slots=True)
class ErasedResponse:
    """How many events of a shopper are gone."""

    erased: int


@dataclass(frozen=True, slots=True)
class ExamplesResponse:
    """Queries worth trying in this shop."""

    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HealthResponse:
    """``alive`` or ``ready``."""

    status: str


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """``type`` is the name of the error's class, ``message`` one sentence that says what to do."""

    type: str
    message: str
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """Every answer that is not a success."""

    error: ErrorBody


def to_json(body: object) -> dict[str, Any]:
    """A wire dataclass as plain values that JSON can carry."""
    assert is_dataclass(body) and not isinstance(body, type)
    return asdict(body)
