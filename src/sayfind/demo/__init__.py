"""The bundled demo: a made-up shop's catalogue, what its shoppers ask for, and a few recordings.

Knows where these files lie, nothing of what is done with them. ``README.md`` beside this file is
the data card.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from sayfind.errors import InputError

__all__ = ["catalog_path", "queries_path", "recording_names", "recording_path"]

FOLDER = Path(str(files("sayfind.demo")))


def catalog_path() -> Path:
    """The demo catalogue: tab-separated, UTF-8, one product a line under a header line."""
    return FOLDER / "catalog.tsv"


def queries_path() -> Path:
    """What shoppers ask of it: one query a line, UTF-8, in English, Chinese and both at once."""
    return FOLDER / "queries.txt"


def recording_names() -> tuple[str, ...]:
    """The names that ``recording_path`` takes, sorted."""
    return tuple(sorted(path.stem for path in (FOLDER / "recordings").glob("*.flac")))


def recording_path(name: str = "nike-running-shoes") -> Path:
    """A spoken English query: FLAC, mono, 16 kHz, under four seconds.

    Raises:
        InputError: there is no recording of that name.
    """
    if name not in recording_names():
        raise InputError(f"There is no demo recording {name!r}; take one of {recording_names()}.")
    return FOLDER / "recordings" / f"{name}.flac"
