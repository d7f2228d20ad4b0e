"""What is on the screen as mild wishes: the page's category, and the tags of its picture.

They raise what fits them and filter nothing; whatever the shopper says about the same field counts
instead. (References to what is shown, "the second one", are ``dialogue``'s business.)
"""

from __future__ import annotations

from dataclasses import replace

from sayfind.catalog.vocabulary import Vocabulary
from sayfind.text.normalise import normalise
from sayfind.types import Constraint, Query, Screen

__all__ = ["with_screen"]

_MILD = 0.4


def with_screen(query: Query, screen: Screen, vocabulary: Vocabulary) -> Query:
    """The query with mild wishes for what is seen, as far as the catalogue knows it."""
    if not (screen.category or screen.tags) or not (query.terms or query.constraints):
        return query
    said = {c.field for c in query.constraints}
    seen = {normalise(text) for text in (screen.category, *screen.tags) if text}
    mild = {
        (entry.field, entry.value): Constraint(entry.field, entry.value, _MILD)
        for entry in vocabulary.entries
        if entry.field not in said and seen & set(entry.forms)
    }
    return replace(query, constraints=(*query.constraints, *mild.values()))
