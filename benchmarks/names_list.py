"""Names to tell apart, up to a million: of catalogues, of Chinese shoppers, and made of both.

``genuine`` are what somebody wrote: brands, heads of product titles with and without the brand,
Chinese shopping queries, THUOCL's words. Where more are asked for, ``names`` goes on with pairs
of them: a brand and the head of another's product, two short Chinese phrases. No name is twice.
"""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sayfind.catalog.load import LoadOptions, load_products
from sayfind.catalog.speakable import title_head
from sayfind.text.normalise import has_han

__all__ = ["genuine", "names"]

FEEDS = (
    "icecat/products.jsonl.gz",
    "bestbuy/ecommerce.json.gz",
    "contoso/Products.csv.gz",
    "retail-demo-store/products.jsonl.gz",
)
LONGEST = 60  # characters; longer ones are descriptions, not names
SHORT = 4  # Chinese characters of a part of a pair


def genuine(data: Path) -> tuple[list[str], list[str], list[str]]:
    """Brands, other English names and Chinese names under the folder of the shared data."""
    options = LoadOptions(row_numbers_as_ids=True)  # one feed has none, and nothing here needs them
    brands: dict[str, None] = {}
    heads: dict[str, None] = {}
    for feed in FEEDS:
        for product in load_products(data / "catalog" / feed, options).products:
            head = title_head(product.title).lower()
            brand = product.brand.lower()
            if 2 < len(brand) < LONGEST:
                brands[brand] = None
            if 2 < len(head) < LONGEST and not has_han(head):
                heads[head] = None
                if brand and brand not in head:
                    heads[f"{brand} {head}"] = None
    return list(brands), [h for h in heads if h not in brands], list(dict.fromkeys(_chinese(data)))


def names(data: Path, count: int, seed: int = 0) -> list[str]:
    """``count`` different names in an order of chance, those that somebody wrote first."""
    rng = np.random.default_rng(seed)
    brands, heads, chinese = genuine(data)
    written = [*brands, *heads, *chinese]
    found = dict.fromkeys(written[i] for i in rng.permutation(len(written)).tolist())
    short = [name for name in chinese if 2 <= len(name) <= SHORT and not name.isascii()]
    while len(found) < count:
        english = zip(_draw(brands, rng), _draw(heads, rng), strict=True)
        mandarin = zip(_draw(short, rng), _draw(short, rng), strict=True)
        for pair in (pair for both in zip(english, mandarin, strict=True) for pair in both):
            found[" ".join(pair)] = None
    return list(found)[:count]


def _draw(parts: list[str], rng: np.random.Generator, count: int = 50_000) -> Iterator[str]:
    return (parts[i] for i in rng.integers(0, len(parts), count).tolist())


def _chinese(data: Path) -> Iterator[str]:
    with gzip.open(data / "text" / "zh-ecom-queries-train.tsv.gz", "rt", encoding="utf-8") as file:
        yield from (line.rstrip("\n").partition("\t")[2].lower() for line in file)
    with tarfile.open(data / "text" / "thuocl-zh-lexicon.tar.gz") as archive:
        for member in archive:
            if member.name.endswith(".txt") and (file := archive.extractfile(member)) is not None:
                for line in file.read().decode("utf-8-sig").splitlines():
                    yield line.partition("\t")[0].strip()
