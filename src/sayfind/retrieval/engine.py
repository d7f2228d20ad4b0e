"""One query language for every engine that can keep a shop's products.

An engine adds up weights of terms, filters and counts; it knows nothing of language. What a query
asks of it (``EngineQuery``) and what it keeps of a product (``Document``) are the same everywhere,
so that scores are ours and equal, whichever engine works them out. ``sayfind.retrieval.searching``
makes queries of what shoppers say; ``sayfind.testing.EngineSuite`` is what every engine passes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import product as combinations
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from sayfind.catalog.product import Product
from sayfind.text.normalise import normalise
from sayfind.types import Range

__all__ = [
    "Clauses",
    "Condition",
    "Engine",
    "EngineConfig",
    "EngineKind",
    "EngineQuery",
    "Family",
    "Found",
    "best",
    "key",
    "marks",
    "parted",
    "point_id",
]

MAX_BOOSTS = 4
_NAMESPACE = UUID("6f0c8a54-3c6e-4c0e-9d5e-0a3c5a1f9b11")


class Family(StrEnum):
    """What a product's weight for a term says.

    ``VALUE``: how well the product says it, in (0, 1]. ``PRESENT``: 1, it says it. ``NAMED``: 1,
    its title, brand or category do. ``GOES_WITH``: 1, its title says it, but only of what the
    product goes with (``retrieval.accessories``). ``SOUND``: 1, a piece of the sound of its title.
    """

    VALUE = "value"
    PRESENT = "present"
    NAMED = "named"
    GOES_WITH = "goes_with"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds for a product that has one of some values of a field, or a number within a range.

    ``any_of`` are normalised forms; ``title`` are terms all of which the title of a product must
    have that lacks the field. ``within`` is for ``price``. ``negated``: holds for all others.
    """

    field: str
    any_of: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    within: Range | None = None
    negated: bool = False


Clauses = tuple[tuple[Condition, ...], ...]
"""Conditions of which, in each clause, at least one must hold."""


@dataclass(frozen=True, slots=True)
class EngineQuery:
    """What an engine is asked: the ``k`` products with the highest score above nought.

    The score is the sum of ``terms``' weights times the product's in ``family``, plus the same of
    ``sounds`` in ``SOUND``; with ``dense``, a vector of unit length, it is the cosine; where
    nothing is asked it is 1 for all that ``must`` admits. Each boost that holds multiplies it by
    1 plus its gain; there are at most four. ``among`` restricts the ids. Without ``numbers`` those
    of what is found are left out.
    """

    terms: Mapping[str, float] = field(default_factory=dict)
    family: Family = Family.VALUE
    sounds: Mapping[str, float] = field(default_factory=dict)
    dense: NDArray[np.float32] | None = None
    must: Clauses = ()
    boosts: tuple[tuple[Condition, float], ...] = ()
    among: frozenset[str] | None = None
    k: int = 10
    numbers: bool = True

    def __post_init__(self) -> None:
        if len(self.boosts) > MAX_BOOSTS or self.k < 1:
            raise ValueError("an engine query has at most four boosts and asks for a product")
        if self.dense is not None and (self.terms or self.sounds):
            raise ValueError("an engine query asks by terms and sounds, or by a vector")


class Found(NamedTuple):
    """One product of an engine; ``numbers`` are its price, popularity and the like, if known."""

    id: str
    score: float
    numbers: Mapping[str, float]


@runtime_checkable
class Engine(Protocol):
    """Keeps products and finds them."""

    def upsert(self, products: Sequence[Product]) -> None:
        """Put products in, in place of those with their ids; found when it returns."""
        ...

    def delete(self, ids: Collection[str]) -> None:
        """Take products out; an id that is not there is no error."""
        ...

    def search(self, queries: Sequence[EngineQuery]) -> list[tuple[Found, ...]]:
        """What each query finds, best first, equal scores by id."""
        ...

    def count(self, must: Clauses = ()) -> int:
        """How many products the clauses admit."""
        ...

    def facets(
        self, fields: Sequence[str], must: Clauses = (), among: Collection[str] | None = None
    ) -> dict[str, dict[str, int]]:
        """{field: {value as the feed writes it: products}}, the commonest first.

        Of the fields that the shop's index counts (``LexicalIndex.facet_fields``).
        """
        ...

    def snapshot(self, folder: Path) -> None:
        """Write all of it into a new folder, from which the same engine can be opened."""
        ...

    def close(self) -> None:
        """Let go of files and connections; nothing is lost."""
        ...


class EngineKind(StrEnum):
    """Which engine keeps a shop's products."""

    ARRAYS = "arrays"
    QDRANT = "qdrant"
    QDRANT_EDGE = "qdrant_edge"


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Which engine a shop is searched by.

    ``kind`` is ``arrays`` (ours, in memory, as the shop was built), ``qdrant`` or ``qdrant_edge``.
    ``url`` is the server's address for ``qdrant``; empty takes ``SAYFIND_ENGINE_URL``, and without
    that a folder in the shop. ``collection`` is its name there. ``depth`` is how many products are
    looked at closely: totals and facets count no more.
    """

    kind: EngineKind = EngineKind.ARRAYS
    url: str = ""
    collection: str = "sayfind"
    depth: int = 1000

    def __post_init__(self) -> None:
        if self.depth < 1 or not self.collection:
            raise ValueError("depth is at least 1, and collection has a name")


@lru_cache(maxsize=1 << 20)
def key(family: Family, term: str) -> int:
    """The number of a term in a sparse vector: a 32-bit hash, so that no dictionary is shared.

    Two of 100,000 terms share one with probability 0.7; a product found by it says nothing else.
    """
    text = f"{family}:{term}".encode()
    return int.from_bytes(blake2b(text, digest_size=4).digest(), "big")


def point_id(product_id: str) -> str:
    """A product's id as the UUID that engines want."""
    return str(uuid5(_NAMESPACE, product_id))


def marks(fields: Mapping[str, Sequence[Sequence[str]]], title: Sequence[str]) -> list[str]:
    """What a product is filtered by: ``field=form``, ``field=`` and ``=term of the title``."""
    found: dict[str, None] = {}
    for name, values in fields.items():
        plain = normalise(name)
        found[f"{plain}="] = None
        found.update((f"{plain}={form}", None) for forms in values for form in forms)
    found.update((f"={term}", None) for term in title)
    return list(found)


def best(found: Sequence[Found], k: int) -> tuple[Found, ...]:
    """The ``k`` best, each product once; scores that differ by rounding alone go by id."""
    once = {each.id: each for each in found}
    return tuple(sorted(once.values(), key=lambda f: (-round(f.score, 4), f.id))[:k])


def parted(query: EngineQuery) -> Iterator[tuple[EngineQuery, float]]:
    """The same query without boosts: one part for each way they can hold, and its factor.

    No product is in two parts, so that the best of all parts are exactly the best.
    """
    for held in combinations((True, False), repeat=len(query.boosts)):
        clauses, factor = list(query.must), 1.0
        for (condition, gain), holds in zip(query.boosts, held, strict=True):
            other = replace(condition, negated=condition.negated == holds)
            clauses.append((other,))
            factor *= 1.0 + gain * holds
        yield replace(query, must=tuple(clauses), boosts=()), factor
