"""What one reading says: constraints, order, and the words that are left for text search.

Everything found (values, price ranges, counts, sort wishes) competes for the tokens; the set
that covers most in the fewest pieces wins, so that "between 100 and 200" is no size 100 and
"brown sugar" no sugar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sayfind.types import Constraint, Range, Sort
from sayfind.understanding.carriers import Carriers, find_carriers
from sayfind.understanding.contradictions import between_ranges, between_sorts, of_values
from sayfind.understanding.matcher import choose
from sayfind.understanding.measures import base_quantity
from sayfind.understanding.mentions import Catalogue, Mention
from sayfind.understanding.negation import Scope, Value, find_cues, scope_of
from sayfind.understanding.price import RangeWish, find_ranges
from sayfind.understanding.quantity import QuantityWish, find_quantities
from sayfind.understanding.ratings import find_ratings
from sayfind.understanding.reading import Reading, Span, Token
from sayfind.understanding.selection import Selection, one_per_field, shares
from sayfind.understanding.situation import Detail, find_details
from sayfind.understanding.sort import SortWish, find_sorts
from sayfind.understanding.terms import remaining_terms

__all__ = ["Analysis", "analyse"]

_LEADING_COUNT = 20  # "two lattes" counts; "501 jeans" does not
_SURE = 0.6

Found = Mention | RangeWish | QuantityWish | SortWish | Detail


@dataclass(frozen=True, slots=True)
class Analysis:
    """The wishes of one reading; ``terms`` is what is left for text search.

    ``details`` are (name, value) of the situation and of ranges that no column answers; ``notes``
    name wishes that exclude one another.
    """

    constraints: tuple[Constraint, ...] = ()
    sort: Sort = Sort.RELEVANCE
    terms: str = ""
    details: tuple[tuple[str, str | Range], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something found at tokens ``first`` to ``last``, competing for them."""

    first: int
    last: int
    found: Found
    weight: float


def analyse(reading: Reading, catalogue: Catalogue, around: float, min_share: float) -> Analysis:
    """Everything one reading says."""
    carriers = find_carriers(reading.text)
    details = find_details(reading)
    chosen = _choose(reading, catalogue, carriers, around, details)
    mentions = [found for found in chosen if isinstance(found, Mention)]
    others = [found for found in chosen if not isinstance(found, Mention)]
    scopes = _scopes(reading, mentions, others)
    negated = {i for scope in scopes for i in scope.values}
    counts = [found for found in others if isinstance(found, QuantityWish)]
    counts += _leading_count(reading, mentions, others, carriers)
    spans = [Span(f.start, f.end) for f in (*others, *counts)] + [s.span for s in scopes]
    spans += [cue for mention in mentions for cue in mention.cues]
    known = [*spans, *carriers.spans]
    wanted = shares(reading, mentions, negated, known, min_share)
    selection = one_per_field(reading, wanted)
    spans += selection.overruled
    kept = [
        mention
        for i, mention in enumerate(mentions)
        if i not in negated and all(span.start != mention.start for span in selection.overruled)
    ]
    ranges = _merged(reading, [f for f in others if isinstance(f, RangeWish)], catalogue)
    sorts = [f for f in others if isinstance(f, SortWish)]
    details = [d for d in details if d in others or not d.covers]
    return Analysis(
        _placed(reading, selection, ranges, counts),
        _sort(sorts, [c for _, c in selection.constraints]),
        remaining_terms(reading, kept, spans, carriers),
        (*((d.name, d.value) for d in details),
         *((name, r.kept.range) for name, r in ranges.items() if r.detail)),
        (*(note for r in ranges.values() for note in r.notes),
         *of_values(wanted), *between_sorts(reading.text, sorts)),
    )  # fmt: skip


def _placed(
    reading: Reading,
    selection: Selection,
    ranges: Mapping[str, _Ranges],
    counts: Sequence[QuantityWish],
) -> tuple[Constraint, ...]:
    """All constraints in the order in which they were said."""
    placed = [*selection.constraints, *_counts(reading, counts)]
    for name, each in ranges.items():
        wish = each.kept
        if not each.detail:
            text = reading.text[wish.start : wish.end]
            constraint = Constraint(name, wish.range, wish.confidence, False, text)
            placed.append((wish.start, constraint))
    return tuple(constraint for _, constraint in sorted(placed, key=lambda pair: pair[0]))


def _choose(
    reading: Reading,
    catalogue: Catalogue,
    carriers: Carriers,
    around: float,
    details: Sequence[Detail],
) -> list[Found]:
    found: list[tuple[Found, float]] = [
        (mention, 3.0 - 0.1 * min(mention.cost, 10))
        for mention in catalogue.mentions(reading)
        if not mention.weak
        and not carriers.swallows(
            reading.tokens[mention.first].text,
            Span(mention.start, mention.end),
            mention.last - mention.first,
        )
    ]
    found += [
        (wish, 2.0)
        for wish in find_ranges(reading, around)
        if wish.money or _field_for(wish.range.unit, reading, catalogue)
    ]
    found += [(wish, 2.1) for wish in find_ratings(reading)]
    found += [(wish, 1.0) for wish in find_sorts(reading.text)]
    found += [(wish, 0.0) for wish in find_quantities(reading)]
    found += [(detail, 1.5) for detail in details if detail.covers]
    candidates = [
        candidate for item, priority in found if (candidate := _candidate(reading, item, priority))
    ]
    return [c.found for c in choose(candidates, len(reading.tokens), lambda c: c.weight)]


def _candidate(reading: Reading, item: Found, priority: float) -> _Candidate | None:
    """What was found with its weight; a detail claims its core, so that a value may have it."""
    span = Span(*item.core) if isinstance(item, Detail) else Span(item.start, item.end)
    tokens = reading.tokens_of(span)
    if not tokens:
        return None
    covered = sum(map(_width, reading.tokens[tokens.start : tokens.stop]))
    fit = item.fit if isinstance(item, Mention) else 1.0
    return _Candidate(tokens.start, tokens.stop, item, 10 * covered * fit + priority - 4)


def _width(token: Token) -> int:
    return 1 if token.han else 2


def _scopes(reading: Reading, mentions: Sequence[Mention], others: Sequence[Found]) -> list[Scope]:
    """What is negated; a cue inside a value or another wish ("no more than") is none."""
    found = [*mentions, *others]
    values = [Value(m.start, m.end, m.fields, m.roles) for m in mentions]
    scopes = []
    for cue in find_cues(reading):
        if any(f.start < cue.end and cue.start < f.end for f in found):
            continue
        blocked = [f.start for f in others if f.start >= cue.end]
        scope = scope_of(cue, reading, values, min(blocked, default=len(reading.text)))
        if scope is not None:
            scopes.append(scope)
    return scopes


def _field_for(unit: str, reading: Reading, catalogue: Catalogue) -> str | None:
    """The column whose values are measured in such a unit; one that is named in speech first."""
    columns = catalogue.measures.get(base_quantity(1.0, unit)[0])
    if not columns:
        return None
    named = {name for cue in catalogue.cues(reading) for name in cue.fields} & set(columns)
    return max(named or columns, key=lambda name: (columns[name], name))


def _column(wish: RangeWish, reading: Reading, catalogue: Catalogue) -> str | None:
    """What a range is about; ``None`` where the catalogue has no such column."""
    if wish.role:
        return next((name for name, role in catalogue.roles.items() if role == wish.role), None)
    return "price" if wish.money else _field_for(wish.range.unit, reading, catalogue)


@dataclass(frozen=True, slots=True)
class _Ranges:
    """The range wished for one column; ``detail``: no column answers it."""

    kept: RangeWish
    detail: bool
    notes: tuple[str, ...] = ()


def _merged(
    reading: Reading, wishes: Sequence[RangeWish], catalogue: Catalogue
) -> dict[str, _Ranges]:
    """One price range, and one range for each measured column, with what excludes it."""
    merged: dict[str, _Ranges] = {}
    for wish in wishes:
        column = _column(wish, reading, catalogue)
        name = column or wish.role
        if not name:
            continue
        before = merged.get(name)
        kept, notes = wish, tuple[str, ...]()
        if before is not None:
            notes = (*before.notes, *between_ranges(reading.text, before.kept, wish))
            kept = _merge(before.kept, wish)
        merged[name] = _Ranges(kept, column is None, notes)
    return merged


def _merge(kept: RangeWish, later: RangeWish) -> RangeWish:
    """One range of "over 100 ... under 200"; where two exclude each other the later counts."""
    if later.confidence < kept.confidence - 0.2:
        return kept
    a, b = kept.range, later.range
    if a.unit and b.unit and a.unit != b.unit:
        return later
    low, high = (a.low, b.high) if a.high is None else (b.low, a.high)
    opposite = (a.low is None) != (a.high is None) and (b.low, b.high) == (
        (None, high) if a.high is None else (low, None)
    )
    if not opposite or low is None or high is None or low > high:
        return later
    both = Range(low, high, b.unit or a.unit)
    return RangeWish(kept.start, later.end, both, later.money, later.confidence)


def _leading_count(
    reading: Reading, mentions: Sequence[Mention], others: Sequence[Found], carriers: Carriers
) -> list[QuantityWish]:
    """A small number that opens the wish and stands right before a value: "two lattes"."""
    for number in reading.numbers:
        after = next((m for m in mentions if m.start >= number.end), None)
        if (
            after is None
            or not reading.text[number.end : after.start].isspace()
            or number.value not in range(1, _LEADING_COUNT + 1)
            or reading.text[carriers.prefix.end : number.start].strip()
            or any(f.start < number.end and number.start < f.end for f in (*mentions, *others))
        ):
            continue
        return [QuantityWish(number.start, number.end, number.value)]
    return []


def _counts(reading: Reading, wishes: Sequence[QuantityWish]) -> Iterator[tuple[int, Constraint]]:
    for wish in wishes[:1]:
        if wish.count > 1:
            text = reading.text[wish.start : wish.end].strip()
            count = Range(wish.count, wish.count, wish.unit)
            yield wish.start, Constraint("quantity", count, 1.0, False, text)


def _sort(wishes: Sequence[SortWish], values: Sequence[Constraint]) -> Sort:
    """The order asked for; "cheap" orders only what a value already narrows down."""
    strong = [wish.sort for wish in wishes if not wish.mild]
    if strong:
        return strong[-1]
    narrowed = any(not c.negated and c.confidence >= _SURE for c in values)
    return wishes[-1].sort if wishes and narrowed else Sort.RELEVANCE
