"""English <-> Chinese for the plain words of commerce: colours, materials, sizes, what shops sell.

General knowledge in five small tables (``data/*.tsv``), so that a feed in one script can be asked
for in the other. A shop's own translations come first; these only fill the gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sayfind.catalog.inflection import singular_phrase
from sayfind.text.normalise import normalise

__all__ = ["TABLES", "CrossScript"]

TABLES = ("colours", "materials", "sizes", "attributes", "words")


@dataclass(frozen=True, slots=True)
class CrossScript:
    """One or more tables: each form leads to its row, ``(English forms, Chinese forms)``."""

    rows: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]

    @classmethod
    def load(cls, *names: str) -> CrossScript:
        """The named tables as one; a word in two of them ("coffee") leads to both rows."""
        rows: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        for name in names or TABLES:
            for english, chinese in _table(name):
                for form in (*english, *chinese):
                    known = rows.get(form, ((), ()))
                    rows[form] = (_union(known[0], english), _union(known[1], chinese))
        return cls(rows)

    def __contains__(self, form: str) -> bool:
        return self._row(form) is not None

    def synonyms(self, form: str) -> tuple[str, ...]:
        """Every other form of a normalised word, its own script first; empty if unknown.

        >>> CrossScript.load("colours").synonyms("grey")
        ('gray', '灰色', '灰')
        """
        row = self._row(form)
        return tuple(f for forms in row for f in forms if f != form) if row else ()

    def english(self, form: str) -> tuple[str, ...]:
        """The English forms of a normalised word, the usual one first; empty if unknown."""
        row = self._row(form)
        return row[0] if row else ()

    def chinese(self, form: str) -> tuple[str, ...]:
        """The Chinese forms of a normalised word, the usual one first; empty if unknown."""
        row = self._row(form)
        return row[1] if row else ()

    def known(self, forms: Iterable[str]) -> int:
        """How many of the forms are in the tables."""
        return sum(form in self for form in forms)

    def _row(self, form: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        return self.rows.get(form) or self.rows.get(singular_phrase(form))


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(first + second)) if first else second


@cache
def _table(name: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    text = (files("sayfind.catalog") / "data" / f"{name}.tsv").read_text(encoding="utf-8")
    rows = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            english, chinese = line.split("\t")
            rows.append((_forms(english), _forms(chinese)))
    return tuple(rows)


def _forms(cell: str) -> tuple[str, ...]:
    return tuple(normalise(form) for form in cell.split("|"))
