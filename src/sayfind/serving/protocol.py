"""What goes over the wire: frozen dataclasses that mirror a Trace, and how one becomes them.

Milliseconds here, seconds everywhere else. Numbers that JSON has no word for (infinite or missing
scores) are null. ``openapi.py`` describes these classes; a test holds both against real answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Protocol

from sayfind.catalog.product import Product
from sayfind.types import (
    Audio,
    Change,
    Clarification,
    Constraint,
    Context,
    Hit,
    Intent,
    NBest,
    Query,
    Range,
    Trace,
    View,
)

__all__ = [
    "Catalogue",
    "ErasedResponse",
    "ErrorBody",
    "ErrorResponse",
    "ExamplesResponse",
    "HealthResponse",
    "KeptResponse",
    "ProductBody",
    "SearchResponse",
    "Searcher",
    "ShopResponse",
    "product_body",
    "search_response",
    "to_json",
]

MAX_ON_WIRE = 10  # readings of an n-best list: enough to see why, without the tail


class Catalogue(Protocol):
    """What the server asks of a shop."""

    @property
    def name(self) -> str: ...

    @property
    def num_products(self) -> int: ...

    @property
    def examples(self) -> tuple[str, ...]: ...

    def product(self, product_id: str, /) -> Product:
        """The product with an id; ``KeyError`` where there is none."""
        ...


class Searcher(Protocol):
    """What the server asks of a pipeline: ``sayfind.pipeline.VoiceSearch`` by shape."""

    @property
    def shop(self) -> Catalogue: ...

    def hear(self, audio: Audio, context: Context = ...) -> Trace: ...

    def type(self, text: str, context: Context = ..., *, literal: bool = ...) -> Trace:
        """Search for typed words; ``literal`` ones are never corrected."""
        ...


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


def product_body(product: Product) -> ProductBody:
    """A product as the page shows it."""
    return ProductBody(
        id=product.id,
        title=product.title,
        titles=product.titles,
        brand=product.brand,
        brands=(product.brand, *product.translations.get("brand", ())) if product.brand else (),
        category=product.category,
        description=product.description,
        price=_finite(product.price),
        currency=product.currency,
        image=_web_address(product.image),
        url=_web_address(product.url),
        attributes={name: tuple(values) for name, values in product.attributes.items()},
    )


def search_response(trace: Trace, shop: Catalogue, before: Mapping[str, float]) -> SearchResponse:
    """A trace for the wire; ``before`` are seconds spent ahead of the pipeline, by stage."""
    result = trace.result
    return SearchResponse(
        id=trace.id,
        text=trace.query.text or trace.corrected.text,
        language=str(trace.heard.language),
        heard=_readings(trace.heard),
        corrected=_readings(trace.corrected),
        changes=tuple(_change(change) for change in trace.changes),
        query=_query(trace.query),
        hits=tuple(_hit(hit, shop) for hit in result.hits),
        total=result.total,
        facets=tuple(_facet(name, counts) for name, counts in result.facets.items()),
        relaxed=_constraints(result.relaxed),
        did_you_mean=trace.did_you_mean,
        notes=trace.notes,
        rules=trace.rules,
        clarify=_clarification(trace.clarify),
        state=StateBody(_view(trace.state.now), tuple(map(_view, trace.state.past))),
        speech=tuple(SpanBody(_ms(start), _ms(end)) for start, end in trace.speech),
        timings=tuple(
            StageBody(stage, _ms(seconds)) for stage, seconds in {**before, **trace.seconds}.items()
        ),
    )


def _readings(n_best: NBest) -> tuple[ReadingBody, ...]:
    pairs = list(zip(n_best.hypotheses, n_best.probabilities, strict=True))[:MAX_ON_WIRE]
    return tuple(
        ReadingBody(
            hypothesis.text,
            probability,
            _scores(hypothesis.scores),
            tuple(
                WordBody(w.text, _ms(w.start), _ms(w.end), w.confidence) for w in hypothesis.words
            ),
        )
        for hypothesis, probability in pairs
    )


def _change(change: Change) -> ChangeBody:
    return ChangeBody(
        before=change.before,
        after=change.after,
        start=change.start,
        end=change.end,
        accepted=change.accepted,
        reason=change.reason,
        source=change.source,
        scores=_scores(change.scores),
    )


def _query(query: Query) -> QueryBody:
    return QueryBody(
        text=query.text,
        terms=query.terms,
        constraints=_constraints(query.constraints),
        sort=str(query.sort),
        alternatives=tuple(AlternativeBody(text, share) for text, share in query.alternatives),
        intent=_intent(query.intent),
    )


def _intent(intent: Intent | None) -> IntentBody | None:
    if intent is None:
        return None
    slots = tuple(SlotBody(name, _value(value)) for name, value in intent.slots)
    return IntentBody(intent.name, slots, intent.confidence)


def _clarification(asked: Clarification | None) -> ClarificationBody | None:
    if asked is None:
        return None
    return ClarificationBody(asked.question, tuple(ChoiceBody(*each) for each in asked.choices))


def _view(view: View) -> ViewBody:
    return ViewBody(
        view.words, _constraints(view.constraints), str(view.sort), view.focus, view.shown
    )


def _constraints(constraints: Sequence[Constraint]) -> tuple[ConstraintBody, ...]:
    return tuple(
        ConstraintBody(
            field=c.field,
            value=_value(c.value),
            negated=c.negated,
            confidence=c.confidence,
            text=c.text,
        )
        for c in constraints
    )


def _hit(hit: Hit, shop: Catalogue) -> HitBody:
    return HitBody(product_body(shop.product(hit.product_id)), _finite(hit.score), hit.reasons)


def _value(value: str | Range) -> str | RangeBody:
    if isinstance(value, str):
        return value
    return RangeBody(_finite(value.low), _finite(value.high), value.unit)


def _facet(name: str, counts: Mapping[str | Range, int]) -> FacetBody:
    def place(item: tuple[str | Range, int]) -> tuple[float, str]:
        value, count = item
        return (-count, value) if isinstance(value, str) else (value.low or 0.0, "")

    ordered = sorted(counts.items(), key=place)
    return FacetBody(name, tuple(FacetValueBody(_value(value), count) for value, count in ordered))


def _scores(scores: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _finite(value) for name, value in scores.items()}


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)


def _web_address(address: str) -> str:
    # A feed is written by others: javascript: and data: addresses stay out of the page.
    return address if address.startswith(("https://", "http://", "/")) else ""
