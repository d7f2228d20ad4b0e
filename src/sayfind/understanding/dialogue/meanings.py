"""What a query may mean besides: one word of two columns, or another reading that was heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from sayfind.stages import Understander
from sayfind.text.normalise import has_han
from sayfind.types import Constraint, NBest, Query
from sayfind.understanding.fields import ROLES, field_words, role_of

__all__ = ["meanings"]


def meanings(
    query: Query, understander: Understander, least: float
) -> list[tuple[str, float, Query]]:
    """(what to say for it, its probability, the query), the present one first.

    Nothing where the others together are no likelier than ``least``: no loss can be higher.
    """
    found = list(_of_columns(query)) or list(_of_readings(query, understander))
    rest = sum(probability for _, probability, _ in found[1:])
    whole = sum(probability for _, probability, _ in found)
    return found if whole and rest / whole > least else []


def _of_columns(query: Query) -> Iterator[tuple[str, float, Query]]:
    """Each column that one stretch of words may be about: "orange" the colour or the brand."""
    by_text: dict[str, list[Constraint]] = defaultdict(list)
    for wish in query.constraints:
        if wish.text and not wish.negated and isinstance(wish.value, str):
            by_text[wish.text].append(wish)
    for wishes in by_text.values():
        if len({wish.field for wish in wishes}) > 1:
            for wish in sorted(wishes, key=lambda w: -w.confidence):
                others = tuple(c for c in query.constraints if c not in wishes)
                sure = replace(wish, confidence=1.0)
                yield _named(wish), wish.confidence, replace(query, constraints=(*others, sure))
            return


def _of_readings(query: Query, understander: Understander) -> Iterator[tuple[str, float, Query]]:
    """Other readings of the sound that wish for something else."""
    known = {_wishes(query)}
    if len(query.alternatives) < 2:
        return
    yield query.text, query.alternatives[0][1], query
    for text, probability in query.alternatives[1:3]:
        other = understander.understand(NBest.from_text(text))
        if _wishes(other) not in known and other.constraints:
            known.add(_wishes(other))
            yield text, probability, other


def _wishes(query: Query) -> frozenset[tuple[object, ...]]:
    return frozenset((c.field, c.value, c.negated) for c in query.constraints)


def _named(wish: Constraint) -> str:
    """The wish so that it can be said without doubt: "brand Apple", 品牌 苹果."""
    if has_han(wish.text):
        names = ROLES.get(role_of(wish.field), ())
        name = next((n for n in names if has_han(n)), field_words(wish.field))
        return f"{name} {wish.text}"
    return f"{field_words(wish.field)} {wish.value}"
