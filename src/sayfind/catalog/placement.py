"""Where the values of an attribute column stand in a request: read off the column itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from sayfind.catalog.cross_script import CrossScript
from sayfind.catalog.entries import Entry
from sayfind.catalog.forms import column_words
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.text.normalise import normalise

__all__ = ["ColumnManner", "Place", "column_manners"]

_AMOUNT = re.compile(
    r"(?:an?|some|any|no|lots?|plenty|little|more|less|without|with)\s+\w+.*|.+\s+of\s+.+"
)
_NOUN_COLUMNS = frozenset({"type", "kind", "style"})
_PLAIN_COLUMNS = frozenset(
    [
     "color", "colour", "colors", "colours", "size", "sizes", "material", "materials", "fabric",
     "flavor", "flavour", "gender", "style", "pattern", "finish", "capacity", "storage",
     "memory",
    ]
)  # fmt: skip


class Place(Enum):
    """Where the values of a column stand in a request."""

    BEFORE = "before"
    WITH = "with"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class ColumnManner:
    """How one attribute column is spoken of: where, and how likely without a choice."""

    place: Place
    likelihood: float
    entries: Mapping[str, Entry]
    is_colour: bool
    is_size: bool
    names_things: bool


def column_manners(vocabulary: Vocabulary) -> dict[str, ColumnManner]:
    """How each attribute column of the vocabulary is spoken of."""
    return {
        field: _column(field, vocabulary.entries_of(field), vocabulary.num_products)
        for field in vocabulary.fields
        if field not in ("brand", "category")
    }


def _column(field: str, entries: Sequence[Entry], num_products: int) -> ColumnManner:
    name = set(column_words(field).split())
    amounts = sum(1 for entry in entries if _AMOUNT.fullmatch(normalise(entry.value)))
    numbers = sum(1 for entry in entries if entry.is_named)
    is_truth = [entry.value for entry in entries] == ["yes"]
    if is_truth or amounts * 4 >= len(entries):
        place = Place.WITH
    elif numbers * 2 > len(entries):
        place = Place.NAMED
    else:
        place = Place.BEFORE
    likelihood = 0.25 if name & _PLAIN_COLUMNS else 0.02 if place is Place.NAMED else 0.05
    filled = sum(entry.count for entry in entries) / max(1, num_products)
    if filled > 0.5 and place is not Place.NAMED:
        likelihood = max(likelihood, 0.2)
    return ColumnManner(
        place,
        likelihood,
        {normalise(entry.value): entry for entry in entries},
        bool(name & {"color", "colour", "colors", "colours"}),
        bool(name & {"size", "sizes"}),
        bool(name & _NOUN_COLUMNS) and place is Place.BEFORE and _are_things(entries),
    )


def _are_things(entries: Sequence[Entry]) -> bool:
    """Whether a third of a column's cells name something that shops sell."""
    nouns = CrossScript.load("words")
    known = sum(entry.count for entry in entries if nouns.known(entry.forms[:1]))
    return known * 3 >= sum(entry.count for entry in entries)
