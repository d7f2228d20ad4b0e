"""Reads the text queries that are to be given voices."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sayfind.data.case import LeftOut, Reason
from sayfind.data.table import Table, read_table
from sayfind.errors import InputError
from sayfind.text.normalise import has_han
from sayfind.types import Language

__all__ = ["Queries", "TextQuery", "read_queries"]

_MOST_BYTES = 200_000_000
_MOST_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class TextQuery:
    """One query as somebody typed it."""

    id: str
    text: str

    @property
    def language(self) -> Language:
        """Mandarin where there is a Chinese character, else English."""
        return Language.MANDARIN if has_han(self.text) else Language.ENGLISH


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries in the file's order, and what of the file is none."""

    queries: tuple[TextQuery, ...]
    left_out: tuple[LeftOut, ...]


def read_queries(path: Path, *, qrels: bool = False) -> Queries:
    """The queries of a text file (one on each line), or of a table with a ``query`` column.

    A table is tab-separated with a header; an ``id`` column names its queries, else they are
    ``q0001`` and so on. Of relevance judgements (``qrels``: columns ``query`` and ``product_id``)
    each query is taken once.

    Raises:
        InputError: unreadable, without the columns, or without a single query.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read the queries in {path}: {error.strerror}.") from error
    if len(data) > _MOST_BYTES:
        raise InputError(f"{path} is larger than {_MOST_BYTES / 1e6:g} MB.")
    named = _table(data, path, qrels) if qrels or _is_table(path, data) else _lines(data, path)
    found = _sorted_out(named)
    if not found.queries:
        raise InputError(f"{path} has no query in it.")
    return found


def _is_table(path: Path, data: bytes) -> bool:
    header = data.partition(b"\n")[0].removeprefix(b"\xef\xbb\xbf").strip().split(b"\t")
    return path.suffix.lower() == ".tsv" or (len(header) > 1 and b"query" in header)


def _table(data: bytes, path: Path, qrels: bool) -> list[tuple[str, str]]:
    table = read_table(data, str(path))
    for column in ("query", "product_id") if qrels else ("query",):
        if column not in table.columns:
            raise InputError(f"{path} has no column {column!r}.")
    if qrels:
        texts = dict.fromkeys(row["query"].strip() for row in table.rows)
        return [("", text) for text in texts]
    return [(row.get("id", "").strip(), row["query"].strip()) for row in _whole(table)]


def _whole(table: Table) -> list[dict[str, str]]:
    return [row for row in table.rows if any(row.values())]


def _lines(data: bytes, path: Path) -> list[tuple[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text.") from error
    return [("", line.strip()) for line in text.split("\n") if line.strip()]


def _sorted_out(named: list[tuple[str, str]]) -> Queries:
    queries: dict[str, TextQuery] = {}
    left_out: list[LeftOut] = []
    for number, (name, text) in enumerate(named, 1):
        identity = name or f"q{number:04d}"
        if not text:
            left_out.append(LeftOut(identity, Reason.EMPTY_REFERENCE, "the query is empty"))
        elif identity in queries:
            left_out.append(LeftOut(identity, Reason.DUPLICATE_ID, "an earlier row has this id"))
        elif len(text) > _MOST_CHARACTERS:
            detail = f"{len(text)} characters; at most {_MOST_CHARACTERS}"
            left_out.append(LeftOut(identity, Reason.TOO_LONG, detail))
        else:
            queries[identity] = TextQuery(identity, text)
    return Queries(tuple(queries.values()), tuple(left_out))
