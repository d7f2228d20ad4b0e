"""A feed file as bytes and lines: compression, encoding, and what kind of file it is.

Knows nothing of columns. A line in a wrong encoding is marked, never fatal; a line over the limit
is skipped without being held in memory.
"""

from __future__ import annotations

import codecs
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from sayfind.catalog.options import FeedFormat
from sayfind.errors import FeedError

__all__ = ["TOO_LONG", "WRAPPED_ARRAY", "FeedFile", "is_damaged"]

TOO_LONG = "\ufdd1"
"""Stands for a line over the limit (a code point that no text uses)."""

WRAPPED_ARRAY = re.compile(r'\s*\{\s*"[^"]*"\s*:\s*(?=\[\s*\{)')
"""The start of ``{"products": [{...``: an array under one name."""

_BROKEN = "\ufdd0"
_DAMAGED = re.compile("[\ud800-\udfff\ufdd0\x00]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SUFFIXES = {
    ".csv": FeedFormat.CSV, ".tsv": FeedFormat.TSV, ".tab": FeedFormat.TSV,
    ".jsonl": FeedFormat.JSON_LINES, ".ndjson": FeedFormat.JSON_LINES, ".json": FeedFormat.JSON,
    ".parquet": FeedFormat.PARQUET, ".pq": FeedFormat.PARQUET, ".xml": FeedFormat.XML,
    ".rss": FeedFormat.XML, ".atom": FeedFormat.XML,
}  # fmt: skip
_FOREIGN = (
    (b"PK\x03\x04", "is a zip archive or an Excel workbook; save it as CSV first"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook; save it as CSV first"),
    (b"SQLite format 3\0", "is an SQLite database; name it as sqlite:///FILE with a query"),
    (b"%PDF", "is a PDF; export the products as CSV instead"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd; unpack it, or use gzip"),
    (b"BZh", "is compressed with bzip2; unpack it, or use gzip"),
    (b"\xfd7zXZ\0", "is compressed with xz; unpack it, or use gzip"),
)


def is_damaged(text: str) -> bool:
    """Whether a text holds bytes that were not in the feed's encoding, or a NUL."""
    return (not text.isascii() and _DAMAGED.search(text) is not None) or "\0" in text


@dataclass(slots=True)
class FeedFile:
    """An open feed: ``head`` is its first bytes unpacked, ``size`` its bytes on disk."""

    path: Path
    raw: BinaryIO
    stream: BinaryIO
    size: int
    head: bytes
    encoding: str

    @classmethod
    def open(cls, path: Path, encoding: str) -> FeedFile:
        """Open a feed and look at its beginning.

        Raises:
            FeedError: missing, a folder, empty, unreadable, or another kind of file altogether.
        """
        if path.is_dir():
            raise FeedError(f"{path} is a folder; name the feed file in it.")
        try:
            raw = path.open("rb")
            size = os.fstat(raw.fileno()).st_size
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise FeedError(f"Cannot read the feed {path}: {reason}; check the name.") from error
        feed = cls(path, raw, raw, size, b"", encoding)
        try:
            feed._look()
        except BaseException:
            raw.close()
            raise
        return feed

    def _look(self) -> None:
        if self.raw.read(2) == b"\x1f\x8b":
            self.stream = cast(BinaryIO, gzip.GzipFile(fileobj=self.raw))
        self.raw.seek(0)
        self.head = self.read(8192)
        self._restart()
        if not self.head.strip():
            raise FeedError(f"{self.path} is empty; export the products again.")
        for magic, advice in _FOREIGN:
            if self.head.startswith(magic):
                raise FeedError(f"{self.path} {advice}.")
        for mark, name in _MARKS:
            if self.head.startswith(mark):
                self.encoding = name
                self.read(len(mark))
                self.head = self.head[len(mark) :]
                return

    def _restart(self) -> None:
        self.stream.seek(0)

    def close(self) -> None:
        """Close the file."""
        self.stream.close()
        self.raw.close()

    def read(self, size: int) -> bytes:
        """The next bytes, unpacked.

        Raises:
            FeedError: the file is cut off or damaged.
        """
        try:
            return self.stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(error) from error

    def kind(self, wanted: FeedFormat) -> FeedFormat:
        """The format: as asked for, else by the first bytes, else by the name.

        Raises:
            FeedError: neither text nor Parquet.
        """
        if wanted is not FeedFormat.AUTO:
            return wanted
        if self.head.startswith(b"PAR1"):
            return FeedFormat.PARQUET
        text = self.head.decode(self.encoding, errors="replace")
        controls = sum(not (c.isprintable() or c.isspace()) for c in text)
        if controls * 20 > len(text) or text.count("\ufffd") * 3 > len(text):
            raise FeedError(
                f"{self.path} is not text (or not in {self.encoding}); give a CSV, TSV, JSON, "
                "XML or Parquet feed, or the right encoding."
            )
        name = Path(self.path.name.lower().removesuffix(".gz"))
        guess = _SUFFIXES.get(name.suffix)
        first = text.lstrip()[:1]
        if first in ("[", "{") and guess in (FeedFormat.JSON, FeedFormat.JSON_LINES, None):
            wrapped = guess is not FeedFormat.JSON_LINES and WRAPPED_ARRAY.match(text)
            return FeedFormat.JSON if first == "[" or wrapped else FeedFormat.JSON_LINES
        if first == "<" and guess in (FeedFormat.XML, None):
            return FeedFormat.XML
        return guess or (FeedFormat.TSV if "\t" in text.partition("\n")[0] else FeedFormat.CSV)

    def total(self, done: int) -> int | None:
        """An estimate of the number of rows from the bytes read for ``done`` of them."""
        read = 0 if self.raw.closed else self.raw.tell()
        return max(done, round(done * self.size / read)) if read else None

    def lines(self, limit: int) -> Iterator[tuple[int, str]]:
        """(line number, text with its line end); ``TOO_LONG`` for one of over ``limit`` bytes.

        Raises:
            FeedError: the file is cut off or damaged.
        """
        if self.encoding.startswith("utf-16"):
            yield from self._split_lines("\n", limit)
            return
        if b"\r" in self.head and b"\n" not in self.head:
            yield from self._split_lines("\r", limit)
            return
        number = 0
        while line := self._readline(limit):
            number += 1
            if len(line) >= limit and not line.endswith(b"\n"):
                while (rest := self._readline(limit)) and not rest.endswith(b"\n"):
                    pass
                yield number, TOO_LONG + "\n"
                continue
            yield number, self.decode(line)

    def decode(self, data: bytes) -> str:
        """Text; bytes in another encoding are marked so that ``is_damaged`` finds them."""
        return data.decode(self.encoding, errors="surrogateescape")

    def text_chunks(self, size: int = 65_536) -> Iterator[str]:
        """The whole file in pieces of text without surrogates; bad bytes become one mark."""
        decoder = codecs.getincrementaldecoder(self.encoding)("surrogateescape")
        while data := self.read(size):
            yield _without_surrogates(decoder.decode(data))
        if rest := decoder.decode(b"", final=True):
            yield _without_surrogates(rest)

    def _readline(self, limit: int) -> bytes:
        try:
            return self.stream.readline(limit)
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(error) from error

    def _split_lines(self, end: str, limit: int) -> Iterator[tuple[int, str]]:
        """Lines of a file in wide characters, or with the line ends of old Macintosh programs."""
        rest, number = "", 0
        for chunk in self.text_chunks():
            *whole, rest = (rest + chunk).split(end)
            for line in whole:
                number += 1
                yield number, (line if len(line) < limit else TOO_LONG) + "\n"
            if len(rest) > limit:
                rest = TOO_LONG
        if rest:
            yield number + 1, rest

    def _damaged(self, error: BaseException) -> FeedError:
        return FeedError(
            f"{self.path} is cut off or damaged ({error}); download or export it again."
        )


def _without_surrogates(text: str) -> str:
    return text if text.isascii() else re.sub("[\ud800-\udfff]+", _BROKEN, text)
