"""How fast a large catalogue is searched, what building it costs, and how much memory it takes.

    python benchmarks/search_scale.py FEED [--products 200000] [--index FOLDER] [--asked 300]

The catalogue is made of a real one: each product has the first half of one title and the second
half of another, and attributes and price of the first. Times are of the processor, on one core.
``filtered`` asks for a price under the median besides; ``hybrid`` joins words and vectors (drawn
ones: their time does not depend on what they mean) and orders by both. With ``--index`` an index
that is there is opened instead of built, one that is not is kept there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from sayfind.catalog.load import load_products
from sayfind.catalog.product import Product
from sayfind.retrieval.dense import DenseIndex, HybridConfig, HybridIndex
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.stages import Retriever
from sayfind.types import Constraint, Query, Range

MOST_ATTRIBUTES = 12
WIDTH = 384


class Drawn:
    """An encoder of random vectors, one for each text."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.stack(
            [np.random.default_rng(len(t)).normal(size=WIDTH) for t in texts]
        ).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def mixed(real: Sequence[Product], count: int, rng: random.Random) -> Iterator[Product]:
    """Products made of halves of real ones."""
    for number in range(count):
        first, second = rng.choice(real), rng.choice(real)
        head, tail = first.title.split(), second.title.split()
        yield Product(
            id=str(number),
            title=" ".join((*head[: len(head) // 2 + 1], *tail[len(tail) // 2 :])),
            brand=first.brand,
            category=first.category,
            description=second.description,
            price=first.price,
            attributes=dict(list(first.attributes.items())[:MOST_ATTRIBUTES]),
        )


def megabytes() -> float:
    """What the process has held at most, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def held() -> float:
    """What the process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024**2


def size(folder: Path) -> float:
    """KB that each product takes in a process that does nothing else."""
    before = held()
    index = LexicalIndex.open(folder)
    index.search(Query("warm up the lazy parts"), 10)
    return 1024 * (held() - before) / len(index)


def measure(label: str, index: Retriever, queries: Sequence[Query]) -> None:
    """Print the milliseconds of searches."""
    seconds = []
    for query in queries:
        start = time.process_time()
        index.search(query, 10)
        seconds.append(time.process_time() - start)
    p50, p95, p99 = 1000 * np.percentile(seconds, [50, 95, 99])
    print(f"| {label} | {p50:.2f} | {p95:.2f} | {p99:.2f} |", flush=True)


def timed(label: str, work: Callable[[], LexicalIndex]) -> LexicalIndex:
    start = time.process_time()
    index = work()
    print(f"{label}: {time.process_time() - start:.1f} s of processor", flush=True)
    return index


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("--products", type=int, default=200_000)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--asked", type=int, default=300)
    options = parser.parse_args(arguments)
    rng = random.Random(0)
    real = load_products(options.feed).products
    prices = sorted(product.price for product in real if product.price)
    titles = [product.title.split() for product in rng.sample(real, options.asked)]
    folder = options.index or Path(tempfile.mkdtemp())
    if not (folder / "lexical.npz").is_file():
        products = list(mixed(real, options.products, rng))
        timed("built", lambda: LexicalIndex.build(products)).save(folder)
        print(f"at most {megabytes():.0f} MB while building", flush=True)
        del products
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        print(f"{fresh.submit(size, folder).result():.2f} KB a product, once it was searched")
    index = timed("opened", lambda: LexicalIndex.open(folder))
    index.search(Query("warm up the lazy parts"), 10)
    again = timed("one product put in", lambda: index.changed(real[:1]))
    print(f"{len(again)} products\n")
    del again
    texts = [
        " ".join(rng.sample(words, min(len(words), rng.choice((1, 2, 3))))) for words in titles
    ]
    plain = [Query(text, text) for text in texts]
    under = Constraint("price", Range(None, prices[len(prices) // 2]))
    filtered = [Query(text, text, (under,)) for text in texts]
    print("| | p50, ms | p95, ms | p99, ms |\n|---|---|---|---|")
    measure("words", index, plain)
    measure("words, filtered", index, filtered)
    vectors = np.random.default_rng(0).normal(size=(len(index), WIDTH)).astype(np.float32)
    hybrid = HybridIndex(index, DenseIndex(vectors, Drawn()), HybridConfig(weight=0.5))
    measure("hybrid, filtered", hybrid, filtered)


if __name__ == "__main__":
    main(sys.argv[1:])
