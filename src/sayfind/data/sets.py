"""Opens sets of recordings: a tar or a folder with a ``manifest.tsv`` that names the files.

In a tar the manifest is ``NAME/manifest.tsv`` and its paths are relative to ``NAME/``; in a folder
it is ``manifest.tsv``. The first line names the columns. Nothing is dropped in silence: a row that
cannot be used is in ``SpokenSet.left_out`` with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sayfind.audio.file import AudioLimits
from sayfind.data.case import Case, LeftOut, Reason
from sayfind.data.places import Places, open_places
from sayfind.data.table import read_table
from sayfind.errors import InputError

__all__ = ["Case", "LeftOut", "Reason", "SpokenSet", "open_noises"]

_MANIFEST = "manifest.tsv"
_MOST_MANIFEST_BYTES = 200_000_000
_PIECE = 30.0  # seconds: longer noises are heard in pieces, as a shopper's turns would be
_LONG = AudioLimits(max_seconds=7_200.0, max_bytes=500_000_000)


@dataclass(frozen=True, slots=True)
class SpokenSet:
    """A set of recordings. Small to pickle: cases say where their sound is, and hold none of it.

    ``cases`` are in the manifest's order; ``left_out`` are the rows that cannot be used.
    """

    name: str
    path: Path
    cases: tuple[Case, ...]
    left_out: tuple[LeftOut, ...]
    places: Places

    @classmethod
    def open(
        cls, path: Path | str, required: Iterable[str] = ("path",), limit: AudioLimits | None = None
    ) -> SpokenSet:
        """The set in a tar or folder.

        A row without something in every column of ``required`` is left out, and so is one whose
        file is missing or empty, or whose ``seconds`` are over ``limit``. What only decoding can
        find is raised by ``Case.audio``; ``LeftOut.because`` makes an entry of it.

        Raises:
            InputError: no such set, no manifest, a manifest that is no table, or a column of
                ``required`` that it does not have.
        """
        path = Path(path)
        places = open_places(path, _MANIFEST)
        table = read_table(places.read(_MANIFEST, _MOST_MANIFEST_BYTES), f"{path}: {_MANIFEST}")
        wanted = tuple(dict.fromkeys(("path", *required)))
        missing = [column for column in wanted if column not in table.columns]
        if missing:
            raise InputError(f"{path}: the manifest has no column {', '.join(missing)}.")
        cases, left_out = _sort_out(table.rows, places, wanted, limit or AudioLimits())
        return cls(places.name, path, cases, left_out, places)

    def text_file(self, name: str) -> str | None:
        """A text file that lies beside the manifest; ``None`` if there is none.

        Raises:
            InputError: it is not UTF-8 text.
        """
        if name not in self.places:
            return None
        try:
            return self.places.read(name, _MOST_MANIFEST_BYTES).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{self.path}: {name} is not UTF-8 text.") from error

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows were left out for each reason."""
        return dict(Counter(str(entry.reason) for entry in self.left_out))


def _sort_out(
    rows: Iterable[dict[str, str]], places: Places, wanted: tuple[str, ...], limit: AudioLimits
) -> tuple[tuple[Case, ...], tuple[LeftOut, ...]]:
    cases: dict[str, Case] = {}
    left_out: list[LeftOut] = []
    for number, row in enumerate(rows, 2):
        identity = _identity(row) or f"line {number}"
        fault = _row_fault(row, wanted, places)
        if fault is None and identity in cases:
            fault = (Reason.DUPLICATE_ID, "an earlier row has this id")
        if fault is None:
            case = Case(identity, row, places.place(row["path"]), limit)
            fault = case.fault()
            if fault is None:
                cases[identity] = case
        if fault is not None:
            left_out.append(LeftOut(identity, *fault))
    return tuple(cases.values()), tuple(left_out)


def _identity(row: dict[str, str]) -> str:
    if row.get("id"):
        return row["id"]
    window = (row.get("start", ""), row.get("end", ""))
    return row["path"] + (f"#{window[0]}-{window[1]}" if any(window) else "")


def _row_fault(
    row: dict[str, str], wanted: tuple[str, ...], places: Places
) -> tuple[Reason, str] | None:
    if "" in row:
        return Reason.BAD_ROW, "more cells than the header has columns"
    if not row["path"]:
        return Reason.MISSING_FILE, "no path is given"
    if row["path"] not in places:
        return Reason.MISSING_FILE, f"{row['path'][:200]} is not in the set"
    empty = [column for column in wanted if not row[column].strip()]
    return (Reason.EMPTY_REFERENCE, f"{empty[0]} is empty") if empty else None


def open_noises(path: Path) -> SpokenSet:
    """A set of non-speech; recordings of more than half a minute (by the manifest) in pieces.

    Raises:
        InputError: no such set, or no manifest.
    """
    noises = SpokenSet.open(path, limit=_LONG)
    return replace(noises, cases=tuple(piece for case in noises.cases for piece in _pieces(case)))


def _pieces(case: Case) -> Iterator[Case]:
    length = case.seconds or 0.0
    if case.window is not None or length <= _PIECE:
        yield replace(case, limit=AudioLimits())
        return
    starts = [place * _PIECE for place in range(round(length / _PIECE))]
    for start, end in zip(starts, [*starts[1:], length], strict=True):
        row = {**case.row, "start": f"{start:g}", "end": f"{end:g}"}
        yield Case(f"{case.id}#{start:g}-{end:g}", row, case.place)
