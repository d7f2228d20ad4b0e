"""How well typed queries find products: nDCG@10 on the icecat judgements.

Prints one table and writes one JSON. ``--feed`` and ``--qrels`` take any catalogue and any file
of (query, product_id, rating) columns. Unjudged products count as rating 0; ``exponential`` gain
is 2^rating - 1, ``linear`` the rating itself.

    python benchmarks/search_typed.py --out runs/search_typed.json
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import bm25s
import numpy as np

from sayfind.catalog.load import load_products
from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.retrieval.config import LexicalConfig
from sayfind.retrieval.documents import ProductReader
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.text.tokenise import tokenise
from sayfind.types import NBest, Query
from sayfind.understanding.constraints import ConstraintUnderstander

ICECAT = Path(__file__).parents[2] / "shared" / "data" / "catalog" / "icecat"
Judgements = dict[str, dict[str, int]]
Run = Callable[[str], Sequence[str]]
GRID = list(itertools.product((0.0, 0.5, 1.0, 2.0), (0.0, 0.2, 0.3, 0.5)))  # coverage, accessory
FOLDS = 5


def read_judgements(path: Path) -> Judgements:
    judgements: Judgements = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            judgements.setdefault(row["query"], {})[row["product_id"]] = int(row["rating"])
    return judgements


def ndcg(
    found: Sequence[str], ratings: dict[str, int], exponential: bool, depth: int = 10
) -> float:
    """Järvelin & Kekäläinen 2002; 0 for a query none of whose products is relevant."""

    def gain(rating: int) -> float:
        return 2.0**rating - 1.0 if exponential else float(rating)

    def dcg(values: Sequence[int]) -> float:
        return sum(gain(v) / math.log2(rank + 2) for rank, v in enumerate(values[:depth]))

    ideal = dcg(sorted(ratings.values(), reverse=True))
    return dcg([ratings.get(product, 0) for product in found]) / ideal if ideal else 0.0


def measure(run: Run, judgements: Judgements) -> dict[str, np.ndarray]:
    exponential, linear, seconds = [], [], []
    for query, ratings in judgements.items():
        start = time.perf_counter()
        found = run(query)
        seconds.append(time.perf_counter() - start)
        exponential.append(ndcg(found, ratings, exponential=True))
        linear.append(ndcg(found, ratings, exponential=False))
    columns = {"exponential": exponential, "linear": linear, "seconds": seconds}
    return {name: np.array(values) for name, values in columns.items()}


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95% bootstrap interval of the mean over queries."""
    draws = np.random.default_rng(seed).integers(0, len(values), (10_000, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def paired_p(ours: np.ndarray, theirs: np.ndarray, seed: int = 0) -> float:
    """Two-sided randomisation test of the mean difference over queries."""
    difference = ours - theirs
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (10_000, len(difference)))
    extreme = np.abs((signs * difference).mean(axis=1)) >= abs(difference.mean()) - 1e-12
    return float((extreme.sum() + 1) / 10_001)


def plain_bm25(products: Sequence[Product]) -> Run:
    """bm25s over title, brand, attributes and description together, on the same terms."""
    reader = ProductReader()
    texts = [[t for terms in reader.terms(product) for t in terms] for product in products]
    index = bm25s.BM25()
    index.index(texts, show_progress=False)
    vocabulary = set(itertools.chain.from_iterable(texts))

    def run(query: str) -> list[str]:
        terms = [term for term in tokenise(query) if term in vocabulary]
        if not terms:
            return []
        found, scores = index.retrieve([terms], k=10, show_progress=False)
        return [products[i].id for i, s in zip(found[0], scores[0], strict=True) if s > 0]

    return run


def lexical(index: LexicalIndex) -> Run:
    return lambda query: [hit.product_id for hit in index.search(Query(query), 10).hits]


def understood(index: LexicalIndex, vocabulary: Vocabulary) -> Run:
    understander = ConstraintUnderstander(vocabulary)

    def run(query: str) -> list[str]:
        meant = understander.understand(NBest.from_text(query))
        return [hit.product_id for hit in index.search(meant, 10).hits]

    return run


def cross_validated(index: LexicalIndex, judgements: Judgements) -> dict[str, np.ndarray]:
    """Coverage and accessory chosen on four folds, scored on the fifth."""
    configs = [replace(index.config, coverage=c, accessory=a) for c, a in GRID]
    results = [measure(lexical(index.with_config(config)), judgements) for config in configs]
    scores = np.stack([result["exponential"] for result in results])
    folds = np.random.default_rng(0).permutation(len(judgements)) % FOLDS
    best = [int(scores[:, folds != fold].mean(axis=1).argmax()) for fold in folds]
    queries = range(len(judgements))
    return {
        name: np.array([results[best[q]][name][q] for q in queries])
        for name in ("exponential", "linear", "seconds")
    }


def commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "none yet"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--feed", type=Path, default=ICECAT / "products.jsonl.gz")
    parser.add_argument("--qrels", type=Path, default=ICECAT / "qrels-dev.tsv")
    parser.add_argument("--out", type=Path, default=Path("runs/search_typed.json"))
    arguments = parser.parse_args()
    products = load_products(arguments.feed).products
    judgements = read_judgements(arguments.qrels)
    vocabulary = Vocabulary.from_products(products)
    start = time.perf_counter()
    index = LexicalIndex.build(products, vocabulary)
    build_seconds = time.perf_counter() - start
    bare = index.with_config(
        replace(LexicalConfig(), coverage=0.0, accessory=0.0, phrase=0.0, min_coverage=0.0)
    )
    runs = {
        "bm25s, all fields as one": measure(plain_bm25(products), judgements),
        "BM25F": measure(lexical(bare), judgements),
        "LexicalIndex": measure(lexical(index), judgements),
        "LexicalIndex, 5-fold tuned": cross_validated(index, judgements),
        "understander + LexicalIndex": measure(understood(index, vocabulary), judgements),
    }
    report(runs, build_seconds, len(products), arguments.out)


def report(
    runs: dict[str, dict[str, np.ndarray]], build_seconds: float, count: int, out: Path
) -> None:
    baseline = next(iter(runs.values()))["exponential"]
    rows = [
        {
            "run": name,
            "ndcg@10 exponential": round(float(run["exponential"].mean()), 4),
            "interval": [round(v, 4) for v in interval(run["exponential"])],
            "ndcg@10 linear": round(float(run["linear"].mean()), 4),
            "p against the first row": round(paired_p(run["exponential"], baseline), 4),
            "p50 ms": round(float(np.percentile(run["seconds"], 50)) * 1e3, 2),
            "p95 ms": round(float(np.percentile(run["seconds"], 95)) * 1e3, 2),
            "queries": len(baseline),
        }
        for name, run in runs.items()
    ]
    print(f"{count} products indexed in {build_seconds:.1f} s")
    print("| run | nDCG@10, 2^r-1 gain | 95% | linear gain | p | p50 ms | p95 ms |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        low, high = row["interval"]
        print(
            f"| {row['run']} | {row['ndcg@10 exponential']:.3f} | {low:.3f}-{high:.3f} "
            f"| {row['ndcg@10 linear']:.3f} | {row['p against the first row']:.3f} "
            f"| {row['p50 ms']} | {row['p95 ms']} |"
        )
    result = {
        "command": " ".join(["python", *sys.argv]),
        "commit": commit(),
        "products": count,
        "build_seconds": round(build_seconds, 2),
        "rows": rows,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
