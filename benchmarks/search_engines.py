"""What each engine costs on the same products and queries: loading, memory, and time to answer.

    python benchmarks/search_engines.py FEED [--products 20000] [--asked 100] [--engines arrays]

Queries are drawn from titles, one to three words; every other one with a price under the median.
Each engine is loaded in a process of its own, so that its memory is its own. Times are of the
processor, with all threads of the process (a server's own are not among them). ``alike`` is the
share of the first ten products that are those of ``LexicalIndex``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sayfind.catalog.load import load_products
from sayfind.catalog.product import Product
from sayfind.retrieval.engine import EngineConfig, EngineKind
from sayfind.retrieval.engine_edge import EdgeEngine
from sayfind.retrieval.engines import open_engine
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.retrieval.searching import EngineRetriever
from sayfind.types import Constraint, Query, Range

EVERYTHING = tuple(kind.value for kind in EngineKind)


def held() -> float:
    """What the process holds now, in KB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024


def queries_of(products: Sequence[Product], asked: int) -> list[Query]:
    rng = random.Random(0)
    prices = sorted(product.price for product in products if product.price)
    under = Constraint("price", Range(None, prices[len(prices) // 2]))
    queries = []
    for number, product in enumerate(rng.sample(list(products), asked)):
        words = product.title.split()
        text = " ".join(rng.sample(words, min(len(words), rng.choice((1, 2, 3)))))
        queries.append(Query(text, text, (under,) if number % 2 else ()))
    return queries


def measure(products: Sequence[Product], folder: Path, name: str, asked: int) -> None:
    """Load one engine and print its row."""
    index = LexicalIndex.open(folder)
    index.search(Query("warm up the lazy parts"), 10)
    queries = queries_of(products, asked)
    with tempfile.TemporaryDirectory() as place:
        before, start = held(), time.process_time()
        config = EngineConfig(kind=EngineKind(name))
        engine = open_engine(Path(place), config, index)
        if name != "arrays":
            engine.upsert(products)
        if isinstance(engine, EdgeEngine):
            engine.optimize()
        loaded = time.process_time() - start
        kilobytes = (held() - before) / len(index)
        retriever = EngineRetriever(engine, index)
        seconds, alike = [], []
        for query in queries:
            start = time.process_time()
            found = {hit.product_id for hit in retriever.search(query, 10).hits}
            seconds.append(time.process_time() - start)
            own = {hit.product_id for hit in index.search(query, 10).hits}
            alike.append(len(found & own) / max(1, len(own)))
        p50, p99 = 1000 * np.percentile(seconds, [50, 99])
        print(
            f"| {name} | {loaded:.0f} | {kilobytes:.1f} | {p50:.1f} | {p99:.1f} "
            f"| {np.mean(alike):.3f} |",
            flush=True,
        )
        engine.close()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--asked", type=int, default=100)
    parser.add_argument("--engines", nargs="+", choices=EVERYTHING, default=EVERYTHING)
    options = parser.parse_args(arguments)
    print("| engine | load, s | KB a product | p50, ms | p99, ms | alike |")
    print("|---|---|---|---|---|---|", flush=True)
    products = load_products(options.feed).products[: options.products]
    with tempfile.TemporaryDirectory() as folder:
        LexicalIndex.build(products).save(Path(folder))
        for name in options.engines:
            work = multiprocessing.get_context("spawn").Process(
                target=measure, args=(products, Path(folder), name, options.asked)
            )
            work.start()
            work.join()


if __name__ == "__main__":
    main(sys.argv[1:])
