"""What changed in a shop after it was built: a log that only grows, beside what was compiled.

Every process that has the shop open follows the log; whoever appends holds its lock for that long.
A change is acknowledged when it is on the disk. The log ends with the next build of the shop,
which has it all compiled: a build takes the feed for the truth.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any

from sayfind.catalog.product import Product
from sayfind.errors import InputError, ShopError, StorageError

__all__ = ["FILE", "Changes", "UpdateLog", "difference", "product_of", "row_of"]

FILE = "updates.jsonl"
_PATIENCE = 5.0  # seconds that a writer waits for another
_TEXTS = ("title", "brand", "description", "currency", "url", "image")


@dataclass(frozen=True, slots=True)
class Changes:
    """Products put in (in place of those with their ids), and ids taken out; no id is in both."""

    put: tuple[Product, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.put or self.removed)

    def then(self, later: Changes) -> Changes:
        """Both in one; of two changes to a product the later one counts."""
        put = {product.id: product for product in (*self.put, *later.put)}
        removed = dict.fromkeys((*self.removed, *later.removed))
        for name in later.removed:
            put.pop(name, None)
        for product in later.put:
            removed.pop(product.id, None)
        return Changes(tuple(put.values()), tuple(removed))

    def applied(self, products: Mapping[str, Product]) -> dict[str, Product]:
        """A catalogue after the changes."""
        gone = {*self.removed, *(product.id for product in self.put)}
        kept = {name: product for name, product in products.items() if name not in gone}
        return kept | {product.id: product for product in self.put}


def difference(
    before: Mapping[str, Product], after: Sequence[Product], *, whole: bool = True
) -> Changes:
    """What makes one catalogue of another; not ``whole``: what is not in ``after`` stays."""
    put = tuple(product for product in after if before.get(product.id) != product)
    named = {product.id for product in after}
    return Changes(put, tuple(name for name in before if whole and name not in named))


class UpdateLog:
    """The log in a shop's folder: a line for each change, with its checksum before it."""

    def __init__(self, shop: Path) -> None:
        self.path = shop / FILE
        self._whole = 0  # how far we know that it is whole

    def built(self) -> int:
        """What tells a shop from one that was built later in its place; 0 where there is none."""
        about = self.path.with_name("shop.json")
        return about.stat().st_mtime_ns if about.is_file() else 0

    def read(self, start: int = 0) -> tuple[Changes, int]:
        """All changes from a place in the log on, and the place after them.

        A last line that is not whole is none: it was never acknowledged.

        Raises:
            ShopError: the log cannot be read, or is damaged before its end.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                return _read(file, start)
        except FileNotFoundError:
            return Changes(), 0
        except OSError as error:
            raise ShopError(f"Cannot read {self.path}: {error.strerror}.") from error

    def append(self, changes: Changes) -> int:
        """Write changes to the disk, whole or not at all as readers see it; the place after them.

        Raises:
            ShopError: another process writes, and does not come to an end.
            StorageError: the disk is full or may not be written.
        """
        try:
            new = not self.path.exists()
            with self.path.open("a+b") as file, _locked(file, self.path):
                file.seek(self._whole)
                _, end = _read(file, self._whole)
                file.truncate(end)  # of a writer who was stopped half way
                file.seek(end)
                file.write(_line(changes))
                file.flush()
                os.fsync(file.fileno())
                if new:
                    _sync_folder(self.path.parent)
                self._whole = file.tell()
                return self._whole
        except OSError as error:
            raise StorageError(f"Cannot write {self.path}: {error.strerror}.") from error


def _line(changes: Changes) -> bytes:
    body = {"put": [row_of(product) for product in changes.put], "removed": list(changes.removed)}
    data = json.dumps(body, ensure_ascii=False).encode()
    return b"%08x " % zlib.crc32(data) + data + b"\n"


def _read(file: IO[bytes], start: int) -> tuple[Changes, int]:
    changes, end = Changes(), start
    for line in file:
        checksum, _, data = line.rstrip(b"\n").partition(b" ")
        if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(data):
            if file.read(1):
                raise ShopError(f"The updates at byte {end} are damaged; build the shop again.")
            break
        body = json.loads(data)
        changes = changes.then(Changes(tuple(map(product_of, body["put"])), tuple(body["removed"])))
        end += len(line)
    return changes, end


@contextmanager
def _locked(file: IO[bytes], path: Path) -> Iterator[None]:
    """Hold a file's lock, which the system lets go of with the process."""
    patience = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if time.monotonic() > patience:
                raise ShopError(
                    f"Another process is changing {path.parent}; wait until it is done, or stop it."
                ) from error
            time.sleep(0.01)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _sync_folder(folder: Path) -> None:
    """See to it that a new file's name is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def row_of(product: Product) -> dict[str, Any]:
    """A product as plain values."""
    return {f.name: getattr(product, f.name) for f in fields(product)}


def product_of(values: Mapping[str, Any]) -> Product:
    """A product of plain values, as ``row_of`` gives them; all but id and title may be missing.

    Raises:
        InputError: a value is missing, unknown, or not what it should be.
    """
    known = {f.name for f in fields(Product)}
    if unknown := sorted(set(values) - known):
        raise InputError(f"A product has no {unknown[0]!r}; it has {', '.join(sorted(known))}.")
    row = {name: value for name, value in values.items() if value is not None}
    for name in ("id", *_TEXTS):
        if not isinstance(row.get(name, ""), str):
            raise InputError(f"The {name} of a product is a text, not {row[name]!r}.")
    if not row.get("id") or not row.get("title", "").strip():
        raise InputError("A product has an id and a title.")
    for name in ("price", "popularity"):
        if name in row:
            row[name] = _amount(name, row[name])
    row["category"] = _texts("category", row.get("category", ()))
    for name in ("attributes", "translations"):
        table = row.get(name, {})
        if not isinstance(table, Mapping):
            raise InputError(f"The {name} of a product map names to lists of texts.")
        row[name] = {key: _texts(name, items) for key, items in table.items()}
    return Product(**row)


def _amount(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise InputError(f"The {name} of a product is a number from 0 on, not {value!r}.")
    return float(value)


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Collection):
        raise InputError(f"The {name} of a product is made of lists of texts, not {value!r}.")
    if not all(isinstance(item, str) for item in value):
        raise InputError(f"The {name} of a product is made of lists of texts, not {value!r}.")
    return tuple(value)
