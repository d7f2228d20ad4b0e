"""Facts about brands, categories and things, kept as a plain file and looked up in memory.

A line of the file is ``subject <tab> relation <tab> object [<tab> weight]``, # begins a comment. A
node is written ``kind:name``: ``brand:Nike``, ``category:Shoes``, ``thing:iPhone 15``,
``product:SF-0001``; the object of ``also`` is any text, that of ``costs`` is ``low..high``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from sayfind.errors import InputError
from sayfind.text.normalise import normalise

__all__ = ["Fact", "Graph", "Relation", "name_of", "read_facts"]


class Relation(StrEnum):
    """How two nodes hang together, read from the subject to the object."""

    ALSO = "also"
    """Is also called: a synonym, an abbreviation, the name in another script."""
    IS_A = "is_a"
    """A category within a broader one."""
    SELLS = "sells"
    """A brand has products in a category; the weight is how many."""
    COSTS = "costs"
    """Most of its products cost from low to high."""
    PART_OF = "part_of"
    """Belongs to a thing, as a strap to a watch."""
    FITS = "fits"
    """Works with a thing, as a case with a telephone."""
    INSTEAD = "instead"
    """May be offered where there is nothing of it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the file."""

    subject: str
    relation: Relation
    object: str
    weight: float = 1.0

    def __str__(self) -> str:
        weight = "" if self.weight == 1.0 else f"\t{self.weight:g}"
        return f"{self.subject}\t{self.relation}\t{self.object}{weight}"


def name_of(node: str) -> str:
    """A node without its kind: ``brand:Nike`` -> ``Nike``."""
    return node.partition(":")[2]


class Graph:
    """Facts, each once: of two that differ only in weight, the later."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._facts = {(f.subject, f.relation, f.object): f for f in facts}
        self._from: dict[tuple[str, Relation], dict[str, float]] = defaultdict(dict)
        self._to: dict[tuple[str, Relation], dict[str, float]] = defaultdict(dict)
        for fact in self._facts.values():
            self._from[fact.subject, fact.relation][fact.object] = fact.weight
            self._to[fact.object, fact.relation][fact.subject] = fact.weight

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graph) and self._facts == other._facts

    __hash__ = None  # type: ignore[assignment]

    def objects(self, subject: str, relation: Relation) -> dict[str, float]:
        """Object -> weight of one subject's facts."""
        return self._from.get((subject, relation), {})

    def subjects(self, relation: Relation, object: str) -> dict[str, float]:
        """Subject -> weight of the facts about one object."""
        return self._to.get((object, relation), {})

    def below(self, node: str) -> tuple[str, ...]:
        """Everything within a category, nearest first; a circle ends where it began."""
        found, waiting = dict[str, None](), [node]
        while waiting:
            for child in self.subjects(Relation.IS_A, waiting.pop(0)):
                if child not in found and child != node:
                    found[child] = None
                    waiting.append(child)
        return tuple(found)

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Normalised name or alias -> the nodes it may mean; products go by their facts only."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for fact in self:
            for node in (fact.subject, fact.object):
                kind, colon, name = node.partition(":")
                if colon and kind in _NAMED:
                    found[normalise(name)][node] = None
            if fact.relation is Relation.ALSO:
                found[normalise(fact.object)][fact.subject] = None
        return {name: tuple(nodes) for name, nodes in found.items() if name}

    def to_text(self) -> str:
        """The facts as the plain file, in order."""
        return "".join(f"{fact}\n" for fact in sorted(self, key=str))


_NAMED = frozenset({"brand", "category", "thing"})


def read_facts(path: Path) -> list[Fact]:
    """The facts of a plain file (or of Turtle, where it ends in ``.ttl``).

    Raises:
        InputError: it cannot be read; the sentence names the line.
    """
    if path.suffix == ".ttl":
        from sayfind.understanding.knowledge.rdf import facts_of_turtle

        return facts_of_turtle(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the knowledge in {path}; give a UTF-8 file.") from error
    return [
        _fact(line, f"{path}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]


def _fact(line: str, where: str) -> Fact:
    cells = [cell.strip() for cell in line.split("\t")]
    known = ", ".join(Relation)
    if len(cells) not in (3, 4) or not all(cells[:3]) or cells[1] not in tuple(Relation):
        raise InputError(
            f"{where}: write subject, relation and object with tabs between; relations are {known}."
        )
    if ":" not in cells[0]:
        raise InputError(f"{where}: write the subject as kind:name, such as brand:{cells[0]}.")
    try:
        return Fact(cells[0], Relation(cells[1]), cells[2], float(cells[3]) if cells[3:] else 1.0)
    except ValueError as error:
        raise InputError(f"{where}: the weight {cells[3]!r} is no number.") from error
