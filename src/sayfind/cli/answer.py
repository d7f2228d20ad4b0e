"""A trace as lines that a person reads, down a terminal of a hundred columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from sayfind.catalog.product import Product
from sayfind.shop import Shop
from sayfind.types import Constraint, NBest, Range, Trace

__all__ = ["audit_trail", "lines_of"]

_MOST_READINGS = 5
_TITLE_COLUMNS = 66


def lines_of(trace: Trace, shop: Shop, *, whole: bool) -> list[str]:
    """What was heard, understood and found; ``whole`` adds readings, refusals, reasons, times."""
    lines = [*_heard(trace, whole), *_understood(trace), *_found(trace, shop, whole)]
    return [*lines, *_times(trace)] if whole else lines


def audit_trail(trace: Trace) -> list[str]:
    """Every decision of correction: taken or left, by whom, why, and the evidence in numbers.

    ``loss_keep``, ``loss_change`` and ``loss_ask`` are expected losses, of which the least was
    chosen; ``gain_NAME`` is what a source says for the change (above 0) or against it, in nats.
    """
    lines = [] if trace.changes else [_row("explained", "nothing was in doubt")]
    for change in trace.changes:
        verb = "changed" if change.accepted else "left"
        by = f" [{change.source}]" if change.source else ""
        lines.append(_row(verb, f"{change.before} -> {change.after}: {change.reason}{by}"))
        told = [f"{name} {value:.3g}" for name, value in change.scores.items()]
        lines += [_row("", "  " + ", ".join(told[i : i + 5])) for i in range(0, len(told), 5)]
        lines += [_row("", f"  {change.detail}")] if change.detail else []
    return lines


def _row(name: str, text: str) -> str:
    return f"{name:<11}{text}"


def _heard(trace: Trace, whole: bool) -> Iterator[str]:
    yield _row("heard", trace.heard.text or "(nothing)")
    if whole:
        yield from _readings(trace.heard)
    if trace.corrected.text != trace.heard.text:
        yield _row("corrected", trace.corrected.text)
    for change in trace.changes:
        if whole or change.accepted:
            verb = "changed" if change.accepted else "left"
            yield _row(verb, f"{change.before} -> {change.after}: {change.reason}")


def _readings(n_best: NBest) -> Iterator[str]:
    pairs = zip(n_best.hypotheses, n_best.probabilities, strict=True)
    for rank, (reading, share) in enumerate(pairs):
        if rank < _MOST_READINGS:
            yield _row("" if rank else "readings", f"{share:6.1%}  {reading.text}")
    rest = len(n_best.hypotheses) - _MOST_READINGS
    if rest > 0:
        yield _row("", f"        and {rest} more")


def _understood(trace: Trace) -> Iterator[str]:
    for rank, wish in enumerate(trace.query.constraints):
        sure = f"  ({wish.confidence:.0%})" if wish.confidence < 0.995 else ""
        yield _row("" if rank else "wishes", f"{wish.field}: {_value(wish)}{sure}")
    if trace.query.sort != "relevance":
        yield _row("sorted", f"by {trace.query.sort.replace('_', ' ')}")
    for offer in trace.did_you_mean:
        yield _row("perhaps", offer)
    for wish in trace.result.relaxed:
        yield _row("let go", f"{wish.field}: {_value(wish)} (nothing has it all)")
    for note in trace.notes:
        yield _row("note", note)


def _value(wish: Constraint) -> str:
    value = wish.value
    if isinstance(value, Range):
        unit = f" {value.unit}" if value.unit else ""
        low = "" if value.low is None else f"from {value.low:g}{unit}"
        high = "" if value.high is None else f"up to {value.high:g}{unit}"
        return " ".join(part for part in ("not" if wish.negated else "", low, high) if part)
    return f"not {value}" if wish.negated else value


def _found(trace: Trace, shop: Shop, whole: bool) -> Iterator[str]:
    shown, total = len(trace.hits), trace.result.total
    yield _row("found", f"{total} products" + (f", the first {shown}:" if shown < total else ""))
    for rank, hit in enumerate(trace.hits, 1):
        product = shop.product(hit.product_id)
        yield f"{rank:>4}  {_fit(product.title, _TITLE_COLUMNS)}  {_price(product):>16}"
        if whole and hit.reasons:
            yield f"      {'; '.join(hit.reasons)}"


def _price(product: Product) -> str:
    return "" if product.price is None else f"{product.price:,.2f} {product.currency}".rstrip()


def _fit(text: str, columns: int) -> str:
    """Text cut or filled to a number of terminal columns; a Chinese character takes two."""
    kept, width = "", 0
    for character in text:
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width > columns:
            return _fit(kept[:-1], columns - 1) + "…"
        kept += character
    return kept + " " * (columns - width)


def _times(trace: Trace) -> Iterator[str]:
    total = sum(trace.seconds.values())
    yield _row("time", f"{1000 * total:.0f} ms in all")
    longest = max(trace.seconds.values(), default=0.0) or 1.0
    for stage, seconds in trace.seconds.items():
        bar = "#" * round(30 * seconds / longest)
        yield _row("", f"{stage:<11}{1000 * seconds:8.1f} ms  {bar}".rstrip())
