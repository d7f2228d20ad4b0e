"""A product feed in, clean products out.

CSV, TSV, JSON Lines, JSON arrays (each also as ``.gz``), Google Merchant XML, Parquet, and SQL by
SQLAlchemy URL. Rows stream; a bad one is reported with its line and reason and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from sayfind.catalog.cells import RowError, flatten
from sayfind.catalog.columns import ColumnMap
from sayfind.catalog.merchant import merchant_rows
from sayfind.catalog.options import (
    FeedFormat,
    LoadOptions,
    LoadReport,
    Progress,
    RawRow,
    Rejection,
)
from sayfind.catalog.product import Product
from sayfind.catalog.rows import RowReader
from sayfind.catalog.source import FeedFile
from sayfind.catalog.tables import parquet_rows, parquet_total, sql_rows
from sayfind.catalog.text_rows import array_rows, delimited_rows, json_lines
from sayfind.errors import FeedError

__all__ = ["FeedFormat", "LoadOptions", "LoadReport", "Rejection", "load_products"]

_PEEKED_ROWS = 200
_PROGRESS_ROWS = 250
_DELIMITED = (FeedFormat.CSV, FeedFormat.TSV)


@dataclass(slots=True)
class _Stream:
    """Rows and what is known about them before they are read."""

    name: str
    rows: Iterator[RawRow]
    total: Callable[[int], int | None]
    close: Callable[[], None]
    has_header: bool = False


def load_products(
    source: str | Path,
    options: LoadOptions = LoadOptions(),  # noqa: B008  (frozen)
    on_progress: Progress | None = None,
) -> LoadReport:
    """The products of a feed file, or of a database named by its SQLAlchemy URL.

    ``on_progress(rows, total)`` is called every few hundred rows and once at the end.

    Raises:
        FeedError: the feed as a whole cannot be used (missing, empty, binary, no id column, not
            one good row), or, if ``options.strict``, its first bad row.
        MissingExtraError: Parquet or SQL without their packages.
    """
    stream = _open(source, options)
    try:
        columns, rows = _columns(stream, options)
        report = _read(stream, columns, rows, options, on_progress)
    finally:
        stream.close()
    if not report.num_rows:
        raise FeedError(f"{stream.name} has no products in it; export them again.")
    if not report.products:
        first = report.rejected[0]
        raise FeedError(
            f"None of the {report.num_rows:,} rows of {stream.name} can be used; the first "
            f"problem is on line {first.line}: {first.reason}."
        )
    return report


def _open(source: str | Path, options: LoadOptions) -> _Stream:
    text = str(source)
    if "://" in text and not isinstance(source, Path):
        if text.partition("://")[0].lower() in ("http", "https", "ftp", "s3", "gs"):
            raise FeedError(f"{text} is on the web; download it first and name the file.")
        rows = sql_rows(text, options.query)
        return _Stream("the query's result", rows, lambda _: None, _nothing)
    path = Path(source)
    if options.format is FeedFormat.SQL:
        raise FeedError(f"{path} is no database URL; write it like sqlite:///shop.db.")
    feed = FeedFile.open(path, options.encoding)
    try:
        kind = feed.kind(options.format)
        if kind is FeedFormat.PARQUET:
            feed.close()
            num_rows = parquet_total(path)
            return _Stream(text, parquet_rows(path), lambda _: num_rows, _nothing)
    except BaseException:
        feed.close()
        raise
    rows = _text_rows(feed, kind, options.max_row)
    return _Stream(text, rows, feed.total, feed.close, kind in _DELIMITED)


def _nothing() -> None:
    """There is nothing to close."""


def _text_rows(feed: FeedFile, kind: FeedFormat, limit: int) -> Iterator[RawRow]:
    if kind in _DELIMITED:
        return delimited_rows(feed, kind, limit)
    if kind is FeedFormat.JSON_LINES:
        return json_lines(feed, limit)
    if kind is FeedFormat.JSON:
        return array_rows(feed, limit)
    return merchant_rows(feed, limit)


def _columns(stream: _Stream, options: LoadOptions) -> tuple[ColumnMap, Iterator[RawRow]]:
    """The columns' roles, from the header or the first rows, and all the rows again."""
    peeked = list(islice(stream.rows, 1 if stream.has_header else _PEEKED_ROWS))
    names = dict.fromkeys(path for row in peeked for path in _paths(row))
    columns = ColumnMap(names, options.columns, options.attributes, options.ignore)
    if names:
        _check_columns(stream.name, columns, list(names), options)
    return columns, stream.rows if stream.has_header else chain(peeked, stream.rows)


def _paths(row: RawRow) -> list[str]:
    """A row's columns, nested ones laid flat; none where the row will be left out for its depth."""
    try:
        return [path for name, value in row.values.items() for path, _ in flatten(name, value)]
    except RowError:
        return []


def _check_columns(name: str, columns: ColumnMap, names: list[str], options: LoadOptions) -> None:
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    if "title" not in columns.chosen and not columns.has_translated_title:
        raise FeedError(
            f"{name} has no column for the title; map one with columns (it has: {shown})."
        )
    if "id" not in columns.chosen and not options.row_numbers_as_ids:
        raise FeedError(
            f"{name} has no column for the id; map one with columns, or number the rows with "
            f"row_numbers_as_ids (it has: {shown})."
        )


def _read(
    stream: _Stream,
    columns: ColumnMap,
    rows: Iterator[RawRow],
    options: LoadOptions,
    on_progress: Progress | None,
) -> LoadReport:
    reader = RowReader(columns, options)
    products: list[Product] = []
    rejected: list[Rejection] = []
    done = 0
    for done, row in enumerate(rows, start=1):
        try:
            products.append(reader.product(row, done))
        except RowError as error:
            if options.strict:
                raise FeedError(f"{stream.name}, line {row.line}: {error}.") from error
            rejected.append(Rejection(row.line, str(error)))
        if on_progress and done % _PROGRESS_ROWS == 0:
            on_progress(done, stream.total(done))
    if on_progress:
        on_progress(done, done)
    return LoadReport(products, rejected, done, columns.chosen)
