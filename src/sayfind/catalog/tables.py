"""Rows of Parquet files and SQL queries: the only place that knows pyarrow and SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sayfind.catalog.options import RawRow
from sayfind.errors import FeedError, require

__all__ = ["parquet_rows", "parquet_total", "sql_rows"]


def parquet_total(path: Path) -> int:
    """The number of rows, from the file's footer.

    Raises:
        FeedError: not a readable Parquet file.
    """
    return int(_parquet(path).metadata.num_rows)


def parquet_rows(path: Path) -> Iterator[RawRow]:
    """Rows of a Parquet file, batch by batch; ``line`` is the row number.

    Raises:
        FeedError: not a readable Parquet file.
    """
    arrow = require("pyarrow", "feeds")
    file = _parquet(path)
    number = 0
    try:
        for batch in file.iter_batches(batch_size=1024):
            for values in batch.to_pylist():
                number += 1
                yield RawRow(number, {k: v for k, v in values.items() if v is not None})
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    finally:
        file.close()


def _parquet(path: Path) -> Any:
    arrow = require("pyarrow", "feeds")
    parquet = require("pyarrow.parquet", "feeds")
    try:
        return parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: BaseException) -> FeedError:
    reason = str(error).partition("\n")[0]
    return FeedError(f"{path} is not a readable Parquet file ({reason}); export it again.")


def sql_rows(url: str, query: str) -> Iterator[RawRow]:
    """Rows of one SELECT, streamed; ``line`` is the row number.

    Raises:
        FeedError: no query, a wrong URL, or an error of the database.
        MissingExtraError: SQLAlchemy (or the database's driver) is not installed.
    """
    alchemy = require("sqlalchemy", "feeds")
    if not query.strip():
        raise FeedError("A database needs a query, such as SELECT * FROM products.")
    shown = url.partition("://")[0]
    try:
        address = alchemy.engine.make_url(url)
        _check_sqlite(address)
        engine = alchemy.create_engine(address)
        shown = address.render_as_string(hide_password=True)
        yield from _selected(alchemy, engine, query)
    except ImportError as error:
        raise FeedError(f"{shown} needs the database driver {error.name}; install it.") from error
    except alchemy.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise FeedError(
            f"The database {shown} refused: {reason}; check the URL and the query."
        ) from error


def _selected(alchemy: Any, engine: Any, query: str) -> Iterator[RawRow]:
    try:
        with engine.connect().execution_options(stream_results=True) as connection:
            if connection.dialect.name == "sqlite":
                connection.connection.driver_connection.text_factory = _lenient
            result = connection.execute(alchemy.text(query))
            if not result.returns_rows:
                raise FeedError("The query returns no rows; give a SELECT.")
            for number, values in enumerate(result.mappings(), start=1):
                yield RawRow(number, {k: v for k, v in values.items() if v is not None})
    finally:
        engine.dispose()


def _lenient(data: bytes) -> str:
    """Text out of SQLite; a wrong byte is marked and costs its row, not the query."""
    return data.decode("utf-8", errors="surrogateescape")


def _check_sqlite(address: Any) -> None:
    """SQLite would create a missing file and then find no table in it."""
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return
    if not address.database.startswith("file:") and not Path(address.database).is_file():
        raise FeedError(f"There is no database file {address.database}; check the name.")
