"""An n-gram model as arrays in one file beside its ARPA text, for opening without reading text.

pocketsphinx reads the text, our own search the arrays. The arrays know the checksum of the text
they were made with: beside another text they are passed over. Probabilities are kept as float32,
which is as many digits as ARPA writes.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.errors import ModelError, StorageError
from sayfind.lm.arpa import read_arpa
from sayfind.lm.backoff import Level, NGram

__all__ = ["open_ngram", "write_arrays"]


def _beside(arpa: Path) -> Path:
    return arpa.with_suffix(".npz")


def write_arrays(model: NGram, arpa: Path) -> None:
    """Write a model's arrays beside the ARPA file that ``write_arpa`` made of it.

    Raises:
        StorageError: a file cannot be read or written.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    arrays["words"] = np.frombuffer("\n".join(model.words).encode(), dtype=np.uint8)
    for order, level in enumerate(model.levels, start=1):
        arrays[f"keys{order}"] = level.keys
        arrays[f"log_probs{order}"] = level.log_probs.astype(np.float32)
        arrays[f"backoffs{order}"] = level.backoffs.astype(np.float32)
    try:
        text = np.array(zlib.crc32(arpa.read_bytes()))
        np.savez(_beside(arpa), allow_pickle=False, text=text, order=model.order, **arrays)
    except OSError as error:
        raise StorageError(f"Cannot write {_beside(arpa)}: {error.strerror}.") from error


def open_ngram(arpa: Path) -> NGram:
    """The model of an ARPA file, out of the arrays beside it if they are of this very text.

    Raises:
        ModelError: the text is missing or no ARPA model, or the arrays are damaged.
    """
    path = _beside(arpa)
    if not path.is_file():
        return read_arpa(arpa)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if int(arrays["text"]) != zlib.crc32(arpa.read_bytes()):
                return read_arpa(arpa)
            words = arrays["words"].tobytes().decode().split("\n")
            levels = [_level(arrays, order) for order in range(1, int(arrays["order"]) + 1)]
    except FileNotFoundError as error:
        raise ModelError(f"Cannot read the language model {arpa}: {error.strerror}.") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is damaged; build the shop again.") from error
    return NGram(words, levels)


def _level(arrays: np.lib.npyio.NpzFile, order: int) -> Level:
    return Level(
        arrays[f"keys{order}"],
        arrays[f"log_probs{order}"].astype(np.float64),
        arrays[f"backoffs{order}"].astype(np.float64),
    )
