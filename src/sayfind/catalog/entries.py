"""The entries of a vocabulary: each value of a field with the ways in which it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sayfind.catalog.closed_sets import NUMBER, ValueCounts, VocabularyConfig
from sayfind.catalog.cross_script import TABLES, CrossScript
from sayfind.catalog.forms import brand_forms, column_words, noun_forms, parts, value_forms
from sayfind.text.normalise import normalise

__all__ = ["Entry", "field_entries"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of one field, spelled as most of its products spell it.

    ``field`` is ``brand``, ``category`` or an attribute column. ``forms`` are normalised, the
    value itself first, and in every script that is known. ``count`` products have it. A truth
    (``value`` is ``yes``) is asked for by the name of its column.
    """

    field: str
    value: str
    forms: tuple[str, ...]
    count: int

    @property
    def is_named(self) -> bool:
        """Whether it is a bare number, asked for by the name of its column ("size 42")."""
        return NUMBER.fullmatch(self.value) is not None and self.field not in ("brand", "category")


def field_entries(
    field: str, values: Counter[str], counts: ValueCounts, config: VocabularyConfig
) -> list[Entry]:
    """Entries for a field's values, the most frequent first."""
    return _FieldForms(field, counts, config).entries(values)


class _FieldForms:
    """Finds the forms of one field's values."""

    def __init__(self, name: str, counts: ValueCounts, config: VocabularyConfig) -> None:
        self._field, self._translations, self._config = name, counts.translations, config
        self._words = column_words(name)
        self._is_brand = bool(_BRAND_WORDS & set(self._words.split()))
        self._names_things = name == "category"

    def entries(self, values: Counter[str]) -> list[Entry]:
        """Entries for the values; spellings that differ only in case become one."""
        groups: dict[str, list[str]] = {}
        for value in sorted(values, key=lambda v: (-values[v], v)):
            groups.setdefault(normalise(value), []).append(value)
        groups.pop("", None)
        table = self._table({form: sum(values[s] for s in g) for form, g in groups.items()})
        found = []
        for spellings in groups.values():
            own = self._own_forms(spellings)
            extra = [s for form in own for s in table.synonyms(form) if _may_add(s, groups)]
            forms = tuple(dict.fromkeys([*own, *extra]))[: self._config.max_forms]
            if forms:
                count = sum(values[s] for s in spellings)
                found.append(Entry(self._field, spellings[0], forms, count))
        return sorted(found, key=lambda entry: -entry.count)

    def _own_forms(self, spellings: list[str]) -> list[str]:
        """Forms of a value and of the shop's own translations of it."""
        value = spellings[0]
        if self._field not in ("brand", "category"):
            if value == "yes":
                return self._truth_forms()
            if NUMBER.fullmatch(normalise(value)):
                named = self._words.count(" ") < 3
                return [normalise(f"{self._words} {value}")] if named else []
        forms = self._spelled(value)
        for spelling in spellings:
            translations = self._translations.get((self._field, spelling), Counter())
            for other, _ in translations.most_common(4):
                forms += self._spelled(other)
        return forms

    def _truth_forms(self) -> list[str]:
        """What a column that is only true or not is called; "colour" alone says nothing."""
        if self._words.count(" ") > 4 or any(self._words in words for words in _HINTS.values()):
            return []
        return list(value_forms(self._words))

    def _spelled(self, value: str) -> list[str]:
        if self._is_brand:
            return list(brand_forms(value))
        if not self._names_things:
            return list(value_forms(value))
        named = [part for part in parts(value) if part in _tables("words")]
        return [*noun_forms(value), *(form for part in named for form in noun_forms(part))]

    def _table(self, counts: Mapping[str, int]) -> CrossScript:
        """The translation tables that fit the field: those that know enough of its values."""
        if self._field == "brand":
            return CrossScript({})
        if self._field == "category":
            return _tables("words", "attributes")
        words = set(self._words.split())
        fitting = [name for name in TABLES if _fits(_tables(name), counts)]
        self._names_things = "words" in fitting
        fitting = [name for name in TABLES if _HINTS[name] & words] or fitting
        return _tables(*fitting) if fitting else CrossScript({})


def _fits(table: CrossScript, counts: Mapping[str, int]) -> bool:
    """Whether a table knows a third of a column's cells, and not by one homonym alone."""
    known = [form for form in counts if form in table]
    cells = sum(counts[form] for form in known)
    enough = len(known) * 7 >= len(counts) and (len(known) > 1 or len(counts) < 3)
    return enough and cells * 3 >= sum(counts.values())


def _may_add(form: str, own: Mapping[str, object]) -> bool:
    """Not another value's own name, and not a bare letter."""
    return form not in own and not (len(form) == 1 and form.isascii())


_BRAND_WORDS = frozenset({"brand", "manufacturer", "vendor", "supplier", "maker"})
_HINTS: Mapping[str, frozenset[str]] = {
    "colours": frozenset({"color", "colour", "colors", "colours", "颜色"}),
    "materials": frozenset({"material", "materials", "fabric", "材质", "面料"}),
    "sizes": frozenset({"size", "sizes", "尺码", "规格"}),
    "attributes": frozenset({"gender", "sex", "season", "audience", "性别", "季节"}),
    "words": frozenset({"type", "kind", "style", "类型"}),
}


@cache
def _tables(*names: str) -> CrossScript:
    return CrossScript.load(*names)
