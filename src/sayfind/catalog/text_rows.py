"""Rows of CSV, TSV, JSON Lines and JSON array feeds."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator

from sayfind.catalog.options import FeedFormat, RawRow
from sayfind.catalog.source import TOO_LONG, WRAPPED_ARRAY, FeedFile, is_damaged
from sayfind.errors import FeedError

__all__ = ["array_rows", "delimited_header", "delimited_rows", "json_lines"]

_DELIMITERS = ",;\t|"
_QUOTED = re.compile(r'"[^"]*"')
_GAP = re.compile(r"[\s,]*")
_BAD_BYTES = "bad encoding (bytes that are not {})"


def delimited_rows(feed: FeedFile, kind: FeedFormat, limit: int) -> Iterator[RawRow]:
    """Rows of a CSV or TSV; the first one carries the header as its values (name -> name).

    The delimiter of a ``.csv`` is the one its header uses most (comma, semicolon, tab, bar).
    """
    lines = _LineCounter(feed.lines(limit))
    first = next(lines, "")
    delimiter = _delimiter(first, kind)
    reader = csv.reader(lines.again(first), delimiter=delimiter)
    header = _checked_header(reader, first, feed)
    yield RawRow(1, {name: name for name in header if name})
    while True:
        start = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RawRow(start, problem=f"cannot be read as CSV ({error}); check its quotes")
            continue
        if any(cells):
            yield _delimited_row(header, cells, start, feed.encoding)


def _checked_header(reader: Iterator[list[str]], line: str, feed: FeedFile) -> list[str]:
    if is_damaged(line):
        raise FeedError(
            f"The first line of {feed.path} is not in {feed.encoding}; give the feed's encoding."
        )
    try:
        cells = [] if TOO_LONG in line else next(reader, [])
    except csv.Error as error:
        raise FeedError(f"{feed.path} has no readable header line ({error}).") from error
    if not any(cells):
        raise FeedError(f"{feed.path} has no header line with the names of the columns; add one.")
    return delimited_header(cells)


def delimited_header(cells: list[str]) -> list[str]:
    """Column names, trimmed; a repeated name gets a number so that no column is lost."""
    seen: dict[str, int] = {}
    names = []
    for cell in cells:
        name = cell.strip()
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 or not name else f"{name} {seen[name]}")
    return names


def _delimited_row(header: list[str], cells: list[str], line: int, encoding: str) -> RawRow:
    if any(TOO_LONG in cell for cell in cells):
        return RawRow(line, problem="longer than the limit for one row")
    if any(map(is_damaged, cells)):
        return RawRow(line, problem=_BAD_BYTES.format(encoding))
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(header):
        return RawRow(line, problem=f"has {len(cells)} columns, but the header has {len(header)}")
    return RawRow(line, dict(zip(header, cells, strict=True)))


def _delimiter(header: str, kind: FeedFormat) -> str:
    if kind is FeedFormat.TSV:
        return "\t"
    bare = _QUOTED.sub("", header)
    return max(_DELIMITERS, key=lambda d: (bare.count(d), -_DELIMITERS.index(d)))


class _LineCounter:
    """Lines for the CSV reader, which may take several of them for one row."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._pending: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._pending:
            return self._pending.pop()
        self.number, line = next(self._lines)
        return line

    def again(self, line: str) -> _LineCounter:
        """The same lines with one put back at the front."""
        self._pending.append(line)
        return self


def json_lines(feed: FeedFile, limit: int) -> Iterator[RawRow]:
    """Rows of a file with one JSON object on each line; blank lines are skipped."""
    for number, line in feed.lines(limit):
        text = line.strip()
        if not text:
            continue
        if TOO_LONG in line:
            yield RawRow(number, problem="longer than the limit for one row")
        elif is_damaged(text):
            yield RawRow(number, problem=_BAD_BYTES.format(feed.encoding))
        else:
            yield _json_row(number, text)


def _json_row(number: int, text: str) -> RawRow:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return RawRow(number, problem=f"is not valid JSON ({_first_line(error)})")
    return _object_row(number, value)


def _object_row(number: int, value: object) -> RawRow:
    if not isinstance(value, dict):
        return RawRow(number, problem="is not a JSON object with named columns")
    return RawRow(number, value)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def array_rows(feed: FeedFile, limit: int) -> Iterator[RawRow]:
    """Rows of a JSON array of objects, read piece by piece.

    Raises:
        FeedError: the array is cut off or malformed (where the next row starts is then unknown).
    """
    pieces = _Pieces(feed.text_chunks())
    pieces.position = _array_start(pieces.buffer, feed)
    decoder, line = json.JSONDecoder(), 1 + pieces.buffer.count("\n", 0, pieces.position)
    while True:
        line += pieces.skip_gap()
        if pieces.at_end():
            return
        try:
            value, end = decoder.raw_decode(pieces.buffer, pieces.position)
        except (ValueError, RecursionError) as error:
            if len(pieces.buffer) - pieces.position > limit or not pieces.refill():
                raise FeedError(
                    f"{feed.path} is not a complete JSON array (line {line}: "
                    f"{_first_line(error)}); export it again."
                ) from error
            continue
        text = pieces.take(end)
        row = _object_row(line, value)
        yield RawRow(line, problem=_BAD_BYTES.format(feed.encoding)) if is_damaged(text) else row
        line += text.count("\n")


def _array_start(text: str, feed: FeedFile) -> int:
    """Where the first row may begin: after the bracket, which may stand under one name."""
    wrapped = WRAPPED_ARRAY.match(text)
    start = wrapped.end() if wrapped else len(text) - len(text.lstrip())
    if text[start : start + 1] != "[":
        raise FeedError(
            f"{feed.path} is neither a JSON array of products nor one product a line; "
            "export it as one of the two."
        )
    return start + 1


class _Pieces:
    """A window of text over a file; it grows by doubling, so that the work stays linear."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self.buffer = next(chunks, "")
        self.position = 0

    def skip_gap(self) -> int:
        """Move to the next value; the number of lines passed."""
        lines = 0
        while True:
            gap = _GAP.match(self.buffer, self.position)
            end = gap.end() if gap else self.position
            lines += self.buffer.count("\n", self.position, end)
            self.position = end
            if end < len(self.buffer) or not self.refill():
                return lines

    def at_end(self) -> bool:
        """Whether the array is closed here."""
        return self.buffer.startswith("]", self.position)

    def take(self, end: int) -> str:
        """The text up to ``end``, and move there."""
        text, self.position = self.buffer[self.position : end], end
        return text

    def refill(self) -> bool:
        """Drop what is done and read at least as much again as is left; false at the end."""
        rest = self.buffer[self.position :]
        fresh: list[str] = []
        size = 0
        while size <= len(rest) and (piece := next(self._chunks, "")):
            fresh.append(piece)
            size += len(piece)
        self.buffer, self.position = rest + "".join(fresh), 0
        return size > 0
