"""Rows of a Google Merchant feed: RSS 2.0 with the ``g:`` namespace, or Atom.

Streaming, by the standard library's expat. A document type or an entity declaration is refused
outright: a product feed needs neither, and both are how XML attacks its reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.parsers import expat

from sayfind.catalog.options import RawRow
from sayfind.catalog.source import FeedFile, is_damaged
from sayfind.errors import FeedError

__all__ = ["merchant_rows"]

_MERCHANT = "http://base.google.com/ns/1.0"
_DECLARED = re.compile(r"<\?xml[^>]*encoding\s*=\s*[\"']([\w.\-]+)[\"']")
_ITEMS = frozenset({"item", "entry", "product"})
_SKIPPED = frozenset({"shipping", "tax", "installment", "loyalty_points", "subscription_cost"})
_MAX_DEPTH = 32
_DETAIL = frozenset({"product_detail"})


def merchant_rows(feed: FeedFile, limit: int) -> Iterator[RawRow]:
    """One row for each ``item`` or ``entry``, at the line where it starts.

    Raises:
        FeedError: not well-formed, or it declares a document type or entities.
    """
    declared = _DECLARED.match(feed.head.decode("latin-1"))
    if declared and feed.encoding == "utf-8":
        feed.encoding = _checked_encoding(declared[1], feed)
    reader = _ItemReader(feed, limit)
    for chunk in feed.text_chunks():
        yield from reader.feed(chunk)
    yield from reader.feed("", final=True)


def _checked_encoding(name: str, feed: FeedFile) -> str:
    try:
        "".encode(name)
    except LookupError as error:
        raise FeedError(
            f"{feed.path} declares the unknown encoding {name!r}; give the right one."
        ) from error
    return name


class _ItemReader:
    """Collects the fields of items while expat walks the document."""

    def __init__(self, feed: FeedFile, limit: int) -> None:
        self._path, self._encoding, self._limit = feed.path, feed.encoding, limit
        self._done: list[RawRow] = []
        self._values: dict[str, object] | None = None
        self._stack: list[str] = []
        self._text: list[str] = []
        self._detail: list[str] = []
        self._size = self._line = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse

    def feed(self, chunk: str, *, final: bool = False) -> list[RawRow]:
        """The rows completed by one more piece of the document."""
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            raise FeedError(
                f"{self._path} is not well-formed XML ({error}); export it again."
            ) from error
        done, self._done = self._done, []
        return done

    def _refuse(self, *_: object) -> None:
        raise FeedError(
            f"{self._path} declares a document type or entities, which a product feed must not; "
            "remove the DOCTYPE."
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if self._values is None:
            if local in _ITEMS and space != _MERCHANT:
                self._values, self._size = {}, 0
                self._line = self._parser.CurrentLineNumber
            return
        if len(self._stack) >= _MAX_DEPTH:
            raise FeedError(
                f"{self._path} is nested more deeply than a product feed can be (line "
                f"{self._parser.CurrentLineNumber}); export it again."
            )
        self._stack.append(f"g:{local}" if space == _MERCHANT else local)
        self._text = []
        if local == "link" and attributes.get("href"):
            self._text = [attributes["href"]]

    def _characters(self, text: str) -> None:
        if self._values is None or not self._stack:
            return
        self._size += len(text)
        if self._size <= self._limit:
            self._text.append(text)

    def _end(self, _: str) -> None:
        if self._values is None:
            return
        if not self._stack:
            self._finish()
            return
        name = self._stack.pop()
        text = " ".join("".join(self._text).split())
        self._text = []
        parents = [parent.removeprefix("g:") for parent in self._stack]
        if any(parent in _SKIPPED for parent in parents):
            return
        if parents and parents[0] in _DETAIL:
            self._detail.append(text)
        elif name.removeprefix("g:") in _DETAIL:
            self._finish_detail()
        elif text:
            _add(self._values, ".".join([*self._stack, name]), text)

    def _finish_detail(self) -> None:
        """A product detail is (section, name, value), the section optional."""
        *_, name, value = ["", "", *self._detail]
        self._detail = []
        if self._values is not None and name and value:
            _add(self._values, f"product_detail.{name}", value)

    def _finish(self) -> None:
        values, self._values = self._values or {}, None
        if self._size > self._limit:
            row = RawRow(self._line, problem="longer than the limit for one row")
        elif any(is_damaged(str(value)) for value in values.values()):
            row = RawRow(self._line, problem=f"bad encoding (bytes that are not {self._encoding})")
        else:
            row = RawRow(self._line, _merchant_first(values))
        self._done.append(row)


def _add(values: dict[str, object], name: str, text: str) -> None:
    known = values.get(name)
    if known is None:
        values[name] = text
    elif isinstance(known, list):
        known.append(text)
    else:
        values[name] = [known, text]


def _merchant_first(values: dict[str, object]) -> dict[str, object]:
    """``g:title`` replaces ``title``; the prefix is dropped."""
    plain = {name: value for name, value in values.items() if not name.startswith("g:")}
    return plain | {n.removeprefix("g:"): v for n, v in values.items() if n.startswith("g:")}
