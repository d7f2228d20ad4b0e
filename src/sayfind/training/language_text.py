"""Unlabelled commerce text to train language models on: Mandarin queries, English titles.

Knows the collections and which line is held out, nothing about networks.
"""

from __future__ import annotations

import gzip
import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayfind.lm.pieces import split_words

__all__ = ["Line", "is_held_out", "read_commerce_text"]

_LONGEST = 24  # words or characters of a line


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; ``weight`` is how often it is drawn, ``source`` the collection's name."""

    text: str
    source: str
    weight: float = 1.0


def is_held_out(text: str, share: float = 0.03) -> bool:
    """Whether a line is kept for validation, by a hash of it."""
    return zlib.crc32(text.encode()) % 10_000 < share * 10_000


def read_commerce_text(data: Path) -> list[Line]:
    """Every line of the shared collections under ``data``, each once, at most 24 words long."""
    sources: tuple[tuple[str, float, Iterable[str]], ...] = (
        ("zh-queries", 1.0, _queries(data)),
        ("zh-customers", 0.5, _customers(data)),
        ("zh-food", 0.3, _lexicon(data)),
        ("en-titles", 1.0, _titles(data)),
        ("en-categories", 4.0, _categories(data)),
        ("en-queries", 10.0, _judged_queries(data)),
    )
    lines: dict[str, Line] = {}
    for source, weight, texts in sources:
        for text in texts:
            short = _shortened(text)
            if short:
                lines.setdefault(short, Line(short, source, weight))
    return list(lines.values())


def _shortened(text: str) -> str:
    words = split_words(text)[:_LONGEST]
    joined = " ".join(words)
    return joined if any(word.isalpha() for word in words) else ""


def _queries(data: Path) -> Iterator[str]:
    path = data / "text" / "zh-ecom-queries-train.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n").split("\t")[-1]


def _customers(data: Path) -> Iterator[str]:
    for name in ("train", "ds_fa"):
        text = _member(data, "dsner-zh-ecommerce-ner", f"data/EC/{name}")
        for block in text.split("\n\n"):
            yield "".join(line.split()[0] for line in block.splitlines() if line)


def _lexicon(data: Path) -> Iterator[str]:
    for name in ("food", "IT"):
        text = _member(data, "thuocl-zh-lexicon", f"data/THUOCL_{name}.txt")
        yield from (line.split("\t")[0].strip() for line in text.splitlines())


def _titles(data: Path) -> Iterator[str]:
    for name in ("icecat", "retail-demo-store"):
        with gzip.open(data / "catalog" / name / "products.jsonl.gz", "rt", encoding="utf-8") as f:
            for line in f:
                row = json.loads(line)
                yield row.get("title") or row.get("name") or ""
                if kind := row.get("attr_t_product_type"):
                    yield f"{row.get('supplier', '')} {kind}"
    for product in _bestbuy(data, "ecommerce"):
        yield product.get("name") or ""
    text = _member(data, "esci-ubi-events", "titles_from_events.tsv")
    yield from (line.split("\t")[-1] for line in text.splitlines()[1:])


def _categories(data: Path) -> Iterator[str]:
    for category in _bestbuy(data, "categories"):
        yield category.get("name") or ""
        if len(category["path"]) > 1:
            yield f"{category['path'][-2]['name']} {category['name']}"
    for product in _bestbuy(data, "ecommerce"):
        yield from product["categories"]


def _judged_queries(data: Path) -> Iterator[str]:
    text = _member(data, "esci-ubi-events", "judgments.tsv")
    yield from (line.split("\t")[0] for line in text.splitlines()[1:])


def _bestbuy(data: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / "catalog" / "bestbuy" / f"{name}.json.gz", "rt", encoding="utf-8") as f:
        rows: list[dict[str, Any]] = json.load(f)
    return rows


def _member(data: Path, archive: str, name: str) -> str:
    with tarfile.open(data / "text" / f"{archive}.tar.gz") as tar:
        file = tar.extractfile(f"{archive}/{name}")
        assert file is not None
        return file.read().decode("utf-8")
