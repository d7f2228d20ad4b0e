"""Whether an order was understood: every slot right, and none invented.

A slot is a (field, value) pair, values compared in normalised form. What counts as understood is
every wish of a query at or above a confidence floor; what the shopper does *not* want is no wish.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sayfind.evaluation.figure import Figure, ratio_figure, share_figure
from sayfind.text.normalise import normalise
from sayfind.types import Constraint, Query, Range

__all__ = [
    "FLOOR",
    "SlotCase",
    "SlotScore",
    "acceptance",
    "expected_slots",
    "slot_score",
    "slot_scores",
    "wishes",
]

Slots = frozenset[tuple[str, str]]

FLOOR = 0.5  # the confidence from which a wish counts


@dataclass(frozen=True, slots=True)
class SlotCase:
    """What was asked for and what was understood."""

    expected: Slots
    given: Slots

    @property
    def is_accepted(self) -> bool:
        """All right, none missing, none invented."""
        return self.expected == self.given

    def of_field(self, name: str) -> SlotCase:
        """The same for one field only."""
        return SlotCase(_of_field(self.expected, name), _of_field(self.given, name))


@dataclass(frozen=True, slots=True)
class SlotScore:
    """``precision``: share of the given slots that are right; ``recall``: of the expected ones."""

    precision: Figure
    recall: Figure


def wishes(query: Query, floor: float = FLOOR, fields: Collection[str] | None = None) -> Slots:
    """The slots that a query fills, of the named fields or of all."""
    return frozenset(
        (each.field, _value(each))
        for each in query.constraints
        if not each.negated
        and each.confidence >= floor
        and (fields is None or each.field in fields)
    )


def expected_slots(slots: Mapping[str, str]) -> Slots:
    """The slots of a manifest's ``{field: value}``."""
    return frozenset((field, normalise(value)) for field, value in slots.items())


def acceptance(cases: Sequence[SlotCase], seed: int = 0) -> Figure:
    """Share of orders that were understood without a flaw."""
    return share_figure([case.is_accepted for case in cases], seed)


def slot_score(cases: Sequence[SlotCase], seed: int = 0) -> SlotScore:
    """Precision and recall over all slots of all cases together."""
    right = [len(case.expected & case.given) for case in cases]
    return SlotScore(
        precision=ratio_figure(right, [len(case.given) for case in cases], seed),
        recall=ratio_figure(right, [len(case.expected) for case in cases], seed),
    )


def slot_scores(cases: Sequence[SlotCase], seed: int = 0) -> dict[str, SlotScore]:
    """Precision and recall of each field that was expected or given somewhere, by name."""
    names = {field for case in cases for field, _ in case.expected | case.given}
    return {
        name: slot_score([case.of_field(name) for case in cases], seed) for name in sorted(names)
    }


def _of_field(slots: Iterable[tuple[str, str]], name: str) -> Slots:
    return frozenset(slot for slot in slots if slot[0] == name)


def _value(constraint: Constraint) -> str:
    value = constraint.value
    if not isinstance(value, Range):
        return normalise(value)
    low, high = ("" if bound is None else f"{bound:g}" for bound in (value.low, value.high))
    amount = low if low == high else f"{low}..{high}"
    return normalise(f"{amount} {value.unit}")
