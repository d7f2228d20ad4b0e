"""Finished cases on disk: an append-only file of JSON lines, so that a run can be taken up again.

The first line is the run's fingerprint: a file of other settings, files or code is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import IO

from sayfind.errors import ConfigError, InputError, StorageError
from sayfind.evaluation.run_record import CaseRecord

__all__ = ["RecordStore", "read_records"]


class RecordStore:
    """A file of finished cases, open for adding more.

    Raises:
        ConfigError: ``resume`` is asked for, and the file belongs to another run.
        StorageError: the file cannot be written.
    """

    def __init__(self, path: Path, fingerprint: str, *, resume: bool = False) -> None:
        self.path = path
        header = json.dumps({"fingerprint": fingerprint})
        kept = _whole_lines(path) if resume else b""
        first, *lines = kept.decode("utf-8").split("\n")
        if kept and first != header:
            raise ConfigError(
                f"{path} is of another run (other settings, files or code): "
                "leave --resume out to begin anew, or choose another --out."
            )
        try:
            self.finished = [CaseRecord.from_line(line) for line in lines if line]
        except ValueError as error:
            raise ConfigError(f"Cannot resume from {path}; leave --resume out.") from error
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = path.open("r+" if kept else "w", encoding="utf-8", newline="\n")
            self._file.truncate(len(kept))
            self._file.seek(0, 2)
            if not kept:
                self._write(header)
        except OSError as error:
            raise StorageError(f"Cannot write {path}: {error.strerror}.") from error

    def add(self, record: CaseRecord) -> None:
        """Keep one finished case; it is on disk when this returns.

        Raises:
            StorageError: the disk is full.
        """
        self.finished.append(record)
        try:
            self._write(record.to_line())
        except OSError as error:
            raise StorageError(f"Cannot write {self.path}: {error.strerror}.") from error

    def _write(self, line: str) -> None:
        self._file.write(f"{line}\n")
        self._file.flush()

    def __enter__(self) -> RecordStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def read_records(path: Path) -> list[CaseRecord]:
    """The finished cases of any run, to be read beside another.

    Raises:
        InputError: there is no such file, or it is of another version.
    """
    try:
        _, *lines = path.read_text(encoding="utf-8").splitlines()
        return [CaseRecord.from_line(line) for line in lines]
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read the cases of a run in {path}.") from error


def _whole_lines(path: Path) -> bytes:
    """What was written to the end of a line; what a killed run left half written is dropped."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ConfigError(f"Cannot resume from {path}; leave --resume out.") from error
    return data[: data.rfind(b"\n") + 1]
