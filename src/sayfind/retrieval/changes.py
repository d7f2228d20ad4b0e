"""An index with some products taken away and others added, without building it again.

Everything is copied once, in time about linear in its size: what is being searched stays as it is,
and the new arrays take its place. The result finds what an index built afresh would, but that
lengths are normalised by the averages of the first build.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sayfind.retrieval.contents import Contents
from sayfind.retrieval.packed import PackedForms, PackedTexts
from sayfind.retrieval.postings import Postings
from sayfind.retrieval.values import ValueTable

__all__ = ["changed_contents", "changed_postings", "changed_values"]

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]
Column = NDArray[np.float64]
Item = TypeVar("Item")


class _Rows(NamedTuple):
    """Products by row (a term's, a value's), ascending in each; the first column holds them."""

    starts: Integers
    columns: tuple[NDArray[Any], ...]

    def owners(self) -> Integers:
        """The row of every entry."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def moved(self, places: Integers) -> tuple[Integers, tuple[NDArray[Any], ...]]:
        """The entries by their rows' new places, and those places."""
        rows = places[self.owners()]
        order = np.argsort(rows, kind="stable")
        return rows[order], tuple(column[order] for column in self.columns)


def _joined(old: _Rows, kept: Mask, new: _Rows, places: Integers, count: int) -> _Rows:
    """The kept products of ``old`` by its rows, then those of ``new`` at the rows' ``places``."""
    number = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    alive = kept[old.columns[0]]
    sizes = np.bincount(old.owners()[alive], minlength=count)
    rows, (products, *others) = new.moved(places)
    first = (number[old.columns[0][alive]], *(column[alive] for column in old.columns[1:]))
    second = (products + np.int32(kept.sum()), *others)
    at = np.cumsum(sizes)[rows]
    columns = tuple(np.insert(a, at, b) for a, b in zip(first, second, strict=True))
    return _Rows(_starts(sizes + np.bincount(rows, minlength=count)), columns)


def _starts(sizes: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _chosen(items: Sequence[Item], held: Mask) -> list[Item]:
    return [item for item, holds in zip(items, held.tolist(), strict=True) if holds]


def changed_contents(old: Contents, kept: Mask, new: Contents) -> Contents:
    """An index's contents less the products not ``kept``, ``(num_products,)``, then ``new``'s."""

    def both(first: Column, second: Column) -> Column:
        return np.concatenate([first[kept], second])

    return Contents(
        product_ids=PackedTexts([*_chosen(old.product_ids, kept), *new.product_ids]),
        postings=changed_postings(old.postings, kept, new.postings),
        values=changed_values(old.values, kept, new.values),
        prices=both(old.prices, new.prices),
        popularity=both(old.popularity, new.popularity),
        sort_keys={name: both(keys, new.sort_keys[name]) for name, keys in old.sort_keys.items()},
    )


def changed_postings(old: Postings, kept: Mask, new: Postings) -> Postings:
    """The postings of the kept products, and after them those of ``new``.

    ``kept`` is ``(num_products,)``. A term that no product holds any longer is gone.
    """
    terms = dict(old.terms)
    places = np.array([terms.setdefault(term, len(terms)) for term in new.terms], dtype=np.int64)
    before = _Rows(old.starts, (old.products, old.values, old.fields))
    after = _Rows(new.starts, (new.products, new.values, new.fields))
    rows = _joined(before, kept, after, places, len(terms))
    held = np.diff(rows.starts) > 0
    if not held.all():
        terms = {term: number for number, term in enumerate(_chosen(list(terms), held))}
    number = np.append(np.cumsum(held) - 1, -1)  # the last for -1, the end of a title
    lengths = np.diff(old.title_starts, append=len(old.titles))
    titles = [old.titles[np.repeat(kept, lengths)], np.append(places, -1)[new.titles]]
    sizes = [lengths[kept], np.diff(new.title_starts, append=len(new.titles))]
    products, values, fields = rows.columns
    return Postings(
        terms=terms,
        starts=rows.starts[np.append(True, held)],
        products=products,
        values=values,
        fields=fields,
        titles=number[np.concatenate(titles)].astype(np.int32),
        title_starts=_starts(np.concatenate(sizes))[:-1],
        averages=old.averages,
    )


def changed_values(old: ValueTable, kept: Mask, new: ValueTable) -> ValueTable:
    """The values of the kept products and of those of ``new``, which come after them.

    A value that no product has any longer is gone.
    """
    texts, forms = list(old.texts), list(old.forms)
    fields = tuple(dict.fromkeys((*old.fields, *new.fields)))
    rank = {field: number for number, field in enumerate(fields)}
    field_of = np.repeat(np.arange(len(old.fields)), np.diff(old.field_starts)).tolist()
    places = []
    for number, field in enumerate(new.fields):
        for value in new.of_field(number):
            place = old.place(field, new.forms[value][0])
            if place is None:
                place = len(texts)
                texts.append(new.texts[value])
                forms.append(new.forms[value])
                field_of.append(rank[field])
            forms[place] = tuple(dict.fromkeys((*forms[place], *new.forms[value])))
            places.append(place)
    before, after = _Rows(old.starts, (old.products,)), _Rows(new.starts, (new.products,))
    rows = _joined(before, kept, after, np.array(places, dtype=np.int64), len(texts))
    order = np.argsort(field_of, kind="stable")
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order))
    held = np.diff(rows.starts)[order] > 0
    _, (products,) = rows.moved(inverse)
    chosen = order[held].tolist()
    per_field = np.bincount(np.array(field_of, dtype=np.int64)[chosen], minlength=len(fields))
    return ValueTable(
        fields=fields,
        texts=PackedTexts(texts[i] for i in chosen),
        forms=PackedForms(forms[i] for i in chosen),
        field_starts=_starts(per_field),
        starts=_starts(np.diff(rows.starts)[chosen]),
        products=products,
    )
