"""Why a product was found, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from sayfind.retrieval.config import FIELDS
from sayfind.retrieval.documents import attribute_words
from sayfind.retrieval.postings import Postings
from sayfind.retrieval.slots import Slot
from sayfind.retrieval.terms import Reading
from sayfind.types import Constraint, Range

__all__ = ["constraint_reason", "describe_range", "term_reasons"]


def term_reasons(
    postings: Postings, said: Sequence[tuple[Reading, Sequence[Slot]]], product: int
) -> list[str]:
    """Where a query's words stand in a product, and which were heard only as another reading."""
    where: dict[str, list[str]] = {}
    others: list[str] = []
    heard = said[0][0].terms if said else ()
    seen: set[str] = set()
    for reading, slots in said:
        for term, slot in zip(reading.terms, slots, strict=True):
            if term in seen:
                continue
            seen.add(term)
            found = ((n, postings.fields_of(n, product)) for n in slot.names)
            number, fields = next(((n, fields) for n, fields in found if fields), (-1, ()))
            if fields and postings.name_of(number) not in where.setdefault(fields[0], []):
                where[fields[0]].append(postings.name_of(number))
                if term not in heard and reading.text not in others:
                    others.append(reading.text)
    reasons = [
        f"{name} {'match' if name == 'attributes' else 'matches'}: {' '.join(where[name])}"
        for name in FIELDS
        if where.get(name)
    ]
    return reasons + [f"heard also as: {reading}" for reading in others]


def constraint_reason(constraint: Constraint, price: float, texts: Sequence[str]) -> str:
    """How a product satisfies a constraint; ``texts`` are its own values that do so."""
    name = attribute_words(constraint.field)
    value = constraint.value
    if constraint.field == "price" and isinstance(value, Range):
        verb = "outside" if constraint.negated else "within"
        return f"price {price:.2f} {verb} {describe_range(value)}"
    wanted = describe_range(value) if isinstance(value, Range) else value
    if constraint.negated:
        return f"{name} is not {wanted}"
    return f"{name} is {', '.join(texts)}" if texts else f"title says {wanted}"


def describe_range(span: Range) -> str:
    """A range in words: ``at most 100``, ``at least 20``, ``20 to 100``."""
    unit = f" {span.unit}" if span.unit else ""
    if span.low is None:
        return "any amount" if span.high is None else f"at most {span.high:g}{unit}"
    if span.high is None:
        return f"at least {span.low:g}{unit}"
    return f"{span.low:g} to {span.high:g}{unit}"
