"""What an index holds, and the one file it is kept in.

The file is a NumPy archive, whose parts carry checksums; texts are JSON inside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sayfind.config import from_mapping, to_mapping
from sayfind.errors import ConfigError, ShopError, StorageError
from sayfind.retrieval.config import LexicalConfig
from sayfind.retrieval.packed import PackedForms, PackedTexts
from sayfind.retrieval.postings import Postings
from sayfind.retrieval.values import ValueTable

__all__ = ["FILE", "VERSION", "Contents", "read_contents", "write_contents"]

FILE = "lexical.npz"
VERSION = 2
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    BadZipFile,
    ConfigError,
)
_POSTINGS = ("starts", "products", "values", "fields", "titles", "title_starts")
_VALUES = ("field_starts", "starts", "products")
_COLUMNS = ("prices", "popularity")


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in an index, products in the order of the catalogue; nan where no price is."""

    product_ids: Sequence[str]
    postings: Postings
    values: ValueTable
    prices: NDArray[np.float64]
    popularity: NDArray[np.float64]
    sort_keys: Mapping[str, NDArray[np.float64]]


def write_contents(folder: Path, contents: Contents, config: LexicalConfig) -> None:
    """Write the file beside its place, then move it there.

    Raises:
        StorageError: the disk is full, or may not be written.
    """
    head = {
        "version": VERSION,
        "config": to_mapping(config),
        "product_ids": list(contents.product_ids),
        "terms": list(contents.postings.terms),
        "fields": list(contents.values.fields),
        "texts": list(contents.values.texts),
        "forms": [list(forms) for forms in contents.values.forms],
    }
    arrays = {f"postings.{name}": getattr(contents.postings, name) for name in _POSTINGS}
    arrays["postings.averages"] = contents.postings.averages
    arrays |= {f"values.{name}": getattr(contents.values, name) for name in _VALUES}
    arrays |= {name: getattr(contents, name) for name in _COLUMNS}
    arrays |= {f"sort.{name}": values for name, values in contents.sort_keys.items()}
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    beside = folder / f"{FILE}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            np.savez(file, **arrays)
        beside.replace(folder / FILE)
    except OSError as error:
        if beside.is_file():
            beside.unlink()
        raise StorageError(f"Cannot write the index to {folder}: {error.strerror}.") from error


def read_contents(folder: Path) -> tuple[Contents, LexicalConfig]:
    """What ``write_contents`` wrote.

    Raises:
        ShopError: it is missing, damaged, or of another version.
    """
    path = folder / FILE
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            head = json.loads(archive["head"].tobytes())
            if head["version"] != VERSION:
                raise ShopError(
                    f"{path} is of version {head['version']}, this sayfind reads {VERSION}; "
                    "build the shop again with sayfind index."
                )
            contents = _contents(head, {name: archive[name] for name in archive.files})
            return contents, from_mapping(LexicalConfig, head["config"])
    except FileNotFoundError as error:
        raise ShopError(f"{path} is missing; build the shop again with sayfind index.") from error
    except _DAMAGE as error:
        raise ShopError(f"{path} is damaged; build the shop again with sayfind index.") from error


def _contents(head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Contents:
    terms = {term: number for number, term in enumerate(head["terms"])}
    postings = {name: arrays[f"postings.{name}"] for name in _POSTINGS}
    postings["averages"] = arrays.get("postings.averages", np.zeros(0))
    values = {name: arrays[f"values.{name}"] for name in _VALUES}
    if len(head["product_ids"]) != len(arrays["prices"]):
        raise ValueError("products and prices differ in number")
    return Contents(
        product_ids=PackedTexts(head["product_ids"]),
        postings=Postings(terms=terms, **postings),
        values=ValueTable(
            fields=tuple(head["fields"]),
            texts=PackedTexts(head["texts"]),
            forms=PackedForms(head["forms"]),
            **values,
        ),
        prices=arrays["prices"],
        popularity=arrays["popularity"],
        sort_keys={name: arrays[f"sort.{name}"] for name in ("newest", "rating")},
    )
