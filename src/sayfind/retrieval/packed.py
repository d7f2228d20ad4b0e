"""Many short texts in one piece of memory: a Python string of ten letters takes sixty bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np

__all__ = ["PackedForms", "PackedTexts"]

_BETWEEN = "\x1f"  # what no normalised text holds


class PackedTexts(Sequence[str]):
    """A sequence of texts; each is made when it is asked for."""

    def __init__(self, texts: Iterable[str]) -> None:
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        self._data = b"".join(encoded)
        self._ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        at = range(len(self))[place]
        piece = self._data[self._ends[at] : self._ends[at + 1]]
        return piece.decode("utf-8", "surrogatepass")


class PackedForms(Sequence[tuple[str, ...]]):
    """A sequence of the forms of something, one or more of each; made when they are asked for."""

    def __init__(self, forms: Iterable[Iterable[str]]) -> None:
        self._joined = PackedTexts(_BETWEEN.join(each) for each in forms)

    def __len__(self) -> int:
        return len(self._joined)

    @overload
    def __getitem__(self, place: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[str, ...]]: ...
    def __getitem__(self, place: int | slice) -> tuple[str, ...] | list[tuple[str, ...]]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        return tuple(self._joined[place].split(_BETWEEN))
