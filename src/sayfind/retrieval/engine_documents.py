"""What an engine elsewhere keeps of a product: one sparse vector, marks to filter by, numbers.

Made by the very arrays that our own engine searches, so that every weight is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sayfind.catalog.product import Product
from sayfind.retrieval.engine import Family, key, marks
from sayfind.retrieval.engine_arrays import numbers_of
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.retrieval.slots import NAMES
from sayfind.retrieval.sounds import runs, title_words

if TYPE_CHECKING:
    from sayfind.catalog.vocabulary import Vocabulary

__all__ = ["Document", "documents"]


@dataclass(frozen=True, slots=True)
class Document:
    """A product for an engine.

    ``weights`` holds all families by ``key``; ``marks`` is what conditions look for, ``choices``
    the ``field=value`` pairs that are counted: of ``LexicalIndex.facet_fields`` alone, since an
    engine takes long to count among many that differ.
    """

    id: str
    title: str
    weights: Mapping[int, float]
    marks: Sequence[str]
    choices: Sequence[str]
    numbers: Mapping[str, float]


def documents(
    index: LexicalIndex, products: Sequence[Product], vocabulary: Vocabulary | None = None
) -> Iterator[Document]:
    """Products as ``index`` would hold them.

    Raises:
        ShopError: an older sayfind built the index.
    """
    part, counted = index.part(products, vocabulary), set(index.facet_fields)
    weights, values = _weights(part), _values(part)
    titles = [title_words(part.contents, place) for place in range(len(products))]
    for place, product in enumerate(products):
        texts = values[place]
        yield Document(
            product.id,
            product.title,
            weights[place] | {key(Family.SOUND, run): 1.0 for run in runs(titles[place])},
            marks({name: [f for _, f in each] for name, each in texts.items()}, titles[place]),
            [f"{name}={t}" for name, each in texts.items() if name in counted for t, _ in each],
            numbers_of(part, place),
        )


def _weights(part: LexicalIndex) -> list[dict[int, float]]:
    """The weights of each product, of all families but sound."""
    found: list[dict[int, float]] = [{} for _ in range(len(part))]
    postings = part.postings
    for term, number in postings.terms.items():
        span = postings.of(number)
        keys = {family: key(family, term) for family in Family}
        rows = zip(
            postings.products[span].tolist(),
            postings.values[span].tolist(),
            ((postings.fields[span] & NAMES) > 0).tolist(),
            strict=True,
        )
        for place, value, named in rows:
            found[place][keys[Family.VALUE]] = value
            found[place][keys[Family.PRESENT]] = 1.0
            if named:
                found[place][keys[Family.NAMED]] = 1.0
        for place in part.goes_with(number).tolist():
            found[place][keys[Family.GOES_WITH]] = 1.0
    return found


def _values(part: LexicalIndex) -> list[dict[str, list[tuple[str, Sequence[str]]]]]:
    """The values of each product by field: as written, and the forms each goes by."""
    found: list[dict[str, list[tuple[str, Sequence[str]]]]] = [{} for _ in range(len(part))]
    table = part.contents.values
    for number, field in enumerate(table.fields):
        for value in table.of_field(number):
            span = np.arange(table.starts[value], table.starts[value + 1])
            for place in table.products[span].tolist():
                each = found[place].setdefault(field, [])
                each.append((table.texts[value], table.forms[value]))
    return found
