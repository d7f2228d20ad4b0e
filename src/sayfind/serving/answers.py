"""From a Trace to what goes over the wire; a test holds both against real answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from sayfind.catalog.product import Product
from sayfind.serving.protocol import (
    AlternativeBody,
    ChangeBody,
    ChoiceBody,
    ClarificationBody,
    ConstraintBody,
    FacetBody,
    FacetValueBody,
    HitBody,
    IntentBody,
    ProductBody,
    QueryBody,
    RangeBody,
    ReadingBody,
    SearchResponse,
    SlotBody,
    SpanBody,
    StageBody,
    StateBody,
    TranscribeResponse,
    ViewBody,
    WordBody,
)
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

__all__ = ["Catalogue", "Searcher", "product_body", "search_response", "transcribe_response"]

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
        timings=_timings(trace, before),
    )


def transcribe_response(trace: Trace, before: Mapping[str, float]) -> TranscribeResponse:
    """What was said, of a trace."""
    return TranscribeResponse(
        id=trace.id,
        text=trace.query.text or trace.corrected.text,
        language=str(trace.heard.language),
        heard=_readings(trace.heard),
        corrected=_readings(trace.corrected),
        changes=tuple(_change(change) for change in trace.changes),
        notes=trace.notes,
        speech=tuple(SpanBody(_ms(start), _ms(end)) for start, end in trace.speech),
        timings=_timings(trace, before),
    )


def _timings(trace: Trace, before: Mapping[str, float]) -> tuple[StageBody, ...]:
    seconds = {**before, **trace.seconds}
    return tuple(StageBody(stage, _ms(value)) for stage, value in seconds.items())


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
