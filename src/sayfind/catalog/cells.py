"""A raw row's cells sorted by what they are for, nested JSON laid flat."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from sayfind.catalog.columns import ColumnMap
from sayfind.catalog.source import is_damaged

__all__ = ["Cells", "RowError", "cell_text", "first_of", "flatten"]

_MAX_DEPTH = 16
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31}\d{0,2});")
_NAME_KEYS = ("name", "attribute_name", "key", "label")
_VALUE_KEYS = ("value", "attribute_value", "values", "val")


class RowError(ValueError):
    """Why a row is left out; never leaves this package."""


class Cells:
    """A row's cells by what they are for."""

    def __init__(self, columns: ColumnMap, values: Mapping[str, object]) -> None:
        self._columns = columns
        self._fields: dict[str, list[tuple[int, str, object]]] = {}
        self.attributes: list[tuple[str, object]] = []
        self.translations: list[tuple[str, object]] = []
        self.translated: dict[str, list[tuple[str, object]]] = {}
        for name, value in values.items():
            if isinstance(value, dict | list):
                for path, item in flatten(name, value):
                    self._place(path, item)
            elif value is not None and value != "":
                self._place(name, value)
        self._keep_leftovers()

    def _place(self, column: str, value: object) -> None:
        role = self._columns.role(column)
        if role.field == "ignore":
            return
        if role.field == "attribute":
            (self.translations if role.language else self.attributes).append((role.name, value))
        elif role.language:
            self.translated.setdefault(role.field, []).append((role.language, value))
        else:
            self._fields.setdefault(role.field, []).append((role.order, column, value))

    def _keep_leftovers(self) -> None:
        """The less preferred of two brands, categories or prices become attributes."""
        for field in ("brand", "category", "price"):
            cells = self._fields.get(field, ())
            if len(cells) < 2:
                continue
            for _, column, value in sorted(cells, key=lambda cell: cell[0])[1:]:
                name = self._columns.leftover_name(column, field)
                if name:
                    self.attributes.append((name, value))

    def candidates(self, field: str) -> list[object]:
        """The cells of a field that are not empty, the preferred column first."""
        cells = self._fields.get(field, ())
        if len(cells) > 1:
            cells = sorted(cells, key=lambda cell: cell[0])
        return [value for _, _, value in cells if cell_text(first_of(value))]

    def in_order(self, field: str) -> list[object]:
        """The cells of a field that has several columns, in the order of their levels."""
        return self.candidates(field)

    def text(self, field: str) -> str:
        """The preferred cell of a field as text, or empty."""
        candidates = self.candidates(field)
        return cell_text(first_of(candidates[0])) if candidates else ""


def flatten(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, object]]:
    """(column, value or list of plain values) of a nested JSON value.

    A list of {name, value} pairs gives one column for each name; other lists of objects are
    merged column by column.

    >>> list(flatten("size", {"eu": 42, "fits": ["wide", "slim"]}))
    [('size.eu', 42), ('size.fits', ['wide', 'slim'])]

    Raises:
        RowError: nested more than 16 levels deep.
    """
    if depth > _MAX_DEPTH:
        raise RowError(f"nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        pair = _named_pair(value)
        if pair:
            yield from flatten(f"attributes.{pair[0]}", pair[1], depth + 1)
            return
        for key, item in value.items():
            yield from flatten(f"{name}.{key}", item, depth + 1)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for item in value:
            yield from flatten(name, item, depth + 1)
    elif value is not None and value != "":
        yield name, value


def _named_pair(value: dict[str, Any]) -> tuple[str, Any] | None:
    name = next((value[k] for k in _NAME_KEYS if isinstance(value.get(k), str)), None)
    content = next((value[k] for k in _VALUE_KEYS if k in value), None)
    return (name, content) if name and content is not None else None


def first_of(value: object) -> object:
    return (value[0] if value else "") if isinstance(value, list | tuple) else value


def cell_text(value: object) -> str:
    """A cell as text on one line, HTML's ``&amp;`` and the like written out.

    A whole number loses the ``.0`` that JSON may give it.

    Raises:
        RowError: half a character, or a NUL.
    """
    if isinstance(value, str):
        if is_damaged(value):
            raise RowError("bad encoding (broken characters)")
        if "&" in value:
            value = _ENTITY.sub(lambda entity: unescape(entity[0]), value)
        return " ".join(value.split())
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, bytes):
        try:
            return " ".join(value.decode("utf-8").split())
        except UnicodeDecodeError as error:
            raise RowError("bad encoding (bytes that are not utf-8)") from error
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
