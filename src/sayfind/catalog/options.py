"""How a feed is read, and what came of it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sayfind.catalog.product import Product

__all__ = ["FeedFormat", "LoadOptions", "LoadReport", "Progress", "RawRow", "Rejection"]

Progress = Callable[[int, int | None], None]
"""Called with the rows done and the (for text files estimated) total, or ``None``."""


class FeedFormat(StrEnum):
    """What a feed is written in; ``AUTO`` looks at the name and the first bytes."""

    AUTO = "auto"
    CSV = "csv"
    TSV = "tsv"
    JSON_LINES = "jsonl"
    JSON = "json"
    PARQUET = "parquet"
    XML = "xml"
    SQL = "sql"


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a feed is read.

    ``format`` overrules what the file's name and first bytes say. ``columns`` maps our field
    (``id``, ``title``, ``brand``, ``category``, ``price``, ...; also ``title_zh`` and the like, or
    a new attribute name) to the feed's column. ``attributes`` names the attribute columns to keep
    (``None`` keeps all), ``ignore`` columns to leave out.
    ``encoding`` is any Python codec (``gb18030``, ``latin-1``); a byte-order mark overrules it.
    ``query`` is the SELECT for a database source. ``strict`` stops at the first bad row.
    ``price_in_cents`` and ``decimal_comma`` say how prices are written; ``currency`` is the one
    to assume where the feed names none. ``row_numbers_as_ids`` is for a feed without an id column.
    ``separators`` divide several values in one cell. ``max_title`` is in characters, ``max_row``
    in bytes; anything longer is rejected.
    """

    format: FeedFormat = FeedFormat.AUTO
    encoding: str = "utf-8"
    columns: dict[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    query: str = ""
    strict: bool = False
    price_in_cents: bool = False
    decimal_comma: bool = False
    currency: str = ""
    row_numbers_as_ids: bool = False
    separators: tuple[str, ...] = ("|", "; ")
    max_title: int = 10_000
    max_row: int = 4_000_000

    def __post_init__(self) -> None:
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise ValueError(f"encoding {self.encoding!r} is unknown; try utf-8") from error
        if self.max_title < 1 or self.max_row < 1000:
            raise ValueError("max_title is at least 1 character and max_row at least 1000 bytes")
        if not all(self.separators):
            raise ValueError("separators are not empty")


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record before its columns are understood, or what made it unreadable (``problem``)."""

    line: int
    values: Mapping[str, object] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was left out. ``line`` counts from 1 (rows, for Parquet and SQL)."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a feed gave. ``columns`` maps our fields to the feed's columns they came from."""

    products: list[Product]
    rejected: list[Rejection]
    num_rows: int
    columns: Mapping[str, str] = field(default_factory=dict)
