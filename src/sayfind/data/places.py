"""Where the files of a set lie: in a folder, or at an offset in an uncompressed tar.

A place is a path, an offset and a size, so that any process reads a file without an index.
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sayfind.errors import InputError

__all__ = ["Place", "Places", "open_places"]


@dataclass(frozen=True, slots=True)
class Place:
    """``size`` bytes from ``offset`` of a file."""

    file: Path
    offset: int
    size: int

    def read(self) -> bytes:
        """The bytes.

        Raises:
            InputError: the file is gone or has been cut.
        """
        try:
            with self.file.open("rb") as file:
                file.seek(self.offset)
                data = file.read(self.size)
        except OSError as error:
            raise InputError(f"Cannot read {self.file}: {error.strerror}.") from error
        if len(data) != self.size:
            raise InputError(f"{self.file} ends too early; fetch it again.")
        return data


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one set by their names as the manifest writes them."""

    name: str
    root: Path
    members: Mapping[str, tuple[int, int]] | None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def place(self, name: str) -> Place:
        """Where a file is.

        Raises:
            InputError: the set has no such file.
        """
        found = self._find(name)
        if found is None:
            raise InputError(f"{self.root} has no file {name[:200]!r}.")
        return found

    def read(self, name: str, most_bytes: int) -> bytes:
        """A file's bytes.

        Raises:
            InputError: no such file, or one of more than ``most_bytes``.
        """
        place = self.place(name)
        if place.size > most_bytes:
            raise InputError(f"{self.root}: {name} is larger than {most_bytes / 1e6:g} MB.")
        return place.read()

    def _find(self, name: str) -> Place | None:
        if self.members is not None:
            found = self.members.get(_plain(name))
            return Place(self.root, *found) if found else None
        if not name or "\0" in name or len(name) > 1_000:
            return None
        file = self.root / name
        try:
            inside = file.resolve().is_relative_to(self.root.resolve())
            return Place(file, 0, file.stat().st_size) if inside and file.is_file() else None
        except OSError:  # a name that the file system cannot have: so it has no such file
            return None


def open_places(path: Path, manifest: str) -> Places:
    """The files of a tar or folder that holds ``manifest``.

    Raises:
        InputError: neither of the two, damaged, compressed, or without the manifest.
    """
    if path.is_dir():
        places = Places(path.resolve().name, path, None)
        if manifest not in places:
            raise InputError(f"{path} has no {manifest}; name a folder or tar that has one.")
        return places
    try:
        with tarfile.open(path, "r:") as tar:
            files = [member for member in tar if member.isreg() and not member.issparse()]
    except (OSError, tarfile.TarError) as error:
        raise InputError(
            f"{path} is not a set of recordings: a folder or an uncompressed tar."
        ) from error
    return _tar_places(path, manifest, files)


def _tar_places(path: Path, manifest: str, files: list[tarfile.TarInfo]) -> Places:
    names = {_plain(file.name): (file.offset_data, file.size) for file in files}
    roots = {PurePosixPath(name).parent for name in names if PurePosixPath(name).name == manifest}
    root = PurePosixPath(path.stem)
    if root not in roots:  # a tar that was renamed
        if len(roots) != 1:
            raise InputError(f"{path} has no {path.stem}/{manifest}; pack the set with one.")
        root = roots.pop()
    members = {
        str(PurePosixPath(name).relative_to(root)): where
        for name, where in names.items()
        if PurePosixPath(name).is_relative_to(root)
    }
    return Places(path.stem, path, members)


def _plain(name: str) -> str:
    return str(PurePosixPath(name))
