"""Reads tab-separated tables with a header line, as strings."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from sayfind.errors import InputError

__all__ = ["Table", "read_table"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by column name; a cell that a short row lacks is empty.

    What a long row has too much of is under the empty name.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, str]]


def read_table(data: bytes, name: str) -> Table:
    """A table from the bytes of a TSV file; ``name`` is what errors call it.

    Raises:
        InputError: no header, a column named twice, not UTF-8, or not TSV.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text.") from error
    lines = csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True)
    try:
        columns = tuple(cell.strip() for cell in next(lines, []))
        _check(columns, name)
        rows = [_row(columns, cells) for cells in lines if cells]
    except csv.Error as error:
        raise InputError(f"{name}, line {lines.line_num}: {error}.") from error
    return Table(columns, rows)


def _check(columns: tuple[str, ...], name: str) -> None:
    if not any(columns):
        raise InputError(f"{name} is empty; its first line names the columns.")
    twice = [column for column in columns if columns.count(column) > 1]
    if twice:
        raise InputError(f"{name} names the column {twice[0]!r} twice.")


def _row(columns: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    row = dict(zip(columns, cells, strict=False))
    row |= dict.fromkeys(columns[len(cells) :], "")
    if len(cells) > len(columns):
        row[""] = "\t".join(cells[len(columns) :])
    return row
