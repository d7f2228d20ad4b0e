"""ARPA files: n-gram models as text, in base-10 logarithms.

What is written can be read by pocketsphinx and KenLM; what is read may come from any toolkit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sayfind.errors import ModelError, StorageError
from sayfind.lm.backoff import BEGIN, END, UNKNOWN, NGram, Rows, build

__all__ = ["read_arpa", "write_arpa"]

_LN10 = math.log(10)


def write_arpa(model: NGram, path: Path) -> None:
    """Write a model; UTF-8, tab-separated, words sorted by number within each order.

    Raises:
        StorageError: the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_lines(model))
    except OSError as error:
        raise StorageError(f"Cannot write {path}: {error.strerror}.") from error


def _lines(model: NGram) -> Iterator[str]:
    yield "\\data\\\n"
    for order, level in enumerate(model.levels, start=1):
        yield f"ngram {order}={len(level.keys)}\n"
    words = np.array(model.words, dtype=object)
    for order, level in enumerate(model.levels, start=1):
        yield f"\n\\{order}-grams:\n"
        texts = map(" ".join, words[model.rows(order)].tolist())
        log_probs = (level.log_probs / _LN10).tolist()
        backoffs = (level.backoffs / _LN10).tolist()
        for log_prob, text, backoff in zip(log_probs, texts, backoffs, strict=True):
            end = f"\t{backoff:.7g}" if backoff else ""
            yield f"{log_prob:.7g}\t{text}{end}\n"
    yield "\n\\end\\\n"


def read_arpa(path: Path) -> NGram:
    """Read a model. ``<UNK>`` is read as ``<unk>``; missing shorter n-grams are put in.

    Raises:
        ModelError: the file is missing, or is not a complete ARPA model.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return _parse(enumerate(file, start=1))
    except OSError as error:
        raise ModelError(f"Cannot read the language model {path}: {error.strerror}.") from error
    except (ValueError, KeyError, IndexError) as error:
        reason = str(error) if type(error) is ValueError else f"{error!r} is out of place"
        raise ModelError(f"{path} is not a complete ARPA model: {reason}.") from error


def _parse(lines: Iterator[tuple[int, str]]) -> NGram:
    sizes = _header(lines)
    ids: dict[str, int] = {}
    orders = [_section(lines, order, size, ids) for order, size in enumerate(sizes, start=1)]
    for _, line in lines:
        if line.strip() == "\\end\\":
            break
        if line.strip():
            raise ValueError(f"{line.strip()!r} stands where \\end\\ should")
    else:
        raise ValueError("the end is missing")
    if BEGIN not in ids or END not in ids:
        raise ValueError(f"it has no {BEGIN} or no {END}")
    return build(list(ids), orders)


def _header(lines: Iterator[tuple[int, str]]) -> list[int]:
    for _, line in lines:
        if line.strip() == "\\data\\":
            break
    sizes: list[int] = []
    for _, line in lines:
        if not line.strip():
            break
        sizes.append(int(line.partition("=")[2]))
    if not sizes:
        raise ValueError("the \\data\\ section is missing")
    return sizes


def _section(lines: Iterator[tuple[int, str]], order: int, size: int, ids: dict[str, int]) -> Rows:
    for number, line in lines:
        if line.strip() == f"\\{order}-grams:":
            break
        if line.strip():
            raise ValueError(f"line {number} is not \\{order}-grams:")
    numbers: list[int] = []
    log_probs: list[str] = []
    backoffs: list[str] = []
    for number, line in lines:
        parts = line.split()
        if not parts:
            break
        if not order + 1 <= len(parts) <= order + 2:
            raise ValueError(f"line {number} is not a {order}-gram")
        words = [UNKNOWN if word == "<UNK>" else word for word in parts[1 : order + 1]]
        if order == 1:
            ids[words[0]] = len(ids)
        numbers.extend([ids[word] for word in words])
        log_probs.append(parts[0])
        backoffs.append(parts[-1] if len(parts) == order + 2 else "0")
    if len(log_probs) != size:
        raise ValueError(f"{len(log_probs)} {order}-grams are there, {size} are announced")
    rows = np.array(numbers, dtype=np.int64).reshape(-1, order)
    return rows, np.array(log_probs, np.float64) * _LN10, np.array(backoffs, np.float64) * _LN10
