"""A small shop of the demo catalogue, and tiny spoken sets about it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import pytest

from sayfind import Shop, demo
from sayfind.audio.file import save_wav
from sayfind.data.voices import Voice
from sayfind.evaluation.run import Evaluation, evaluate
from sayfind.evaluation.run_plan import Kind, Plan

BRANDS = ("Nike", "Sony", "Bose", "Adidas", "Samsonite", "Apple", "Asics", "Philips")
RECORDED = {
    "nike-running-shoes": "show me nike running shoes under one hundred dollars",
    "sony-headphones": "sony noise cancelling headphones",
    "black-backpack": "a black backpack not leather",
}
TYPED = (
    "nike running shoes", "sony headphones", "samsonite suitcase", "apple laptop", "nike hoodie",
    "philips air fryer", "adidas hoodie", "nike socks", "apple mouse", "apple keyboard",
    "philips shaver", "nike leggings",
)  # fmt: skip
needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="needs flite (apt)")


def write_set(folder: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A manifest in a folder; the sounds are there already."""
    columns = list(rows[0])
    lines = ["\t".join(columns), *("\t".join(row.get(c, "") for c in columns) for row in rows)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small_feed(demo_brands: Callable[[Collection[str]], Path]) -> Path:
    return demo_brands(BRANDS)


@pytest.fixture(scope="session")
def small_shop(small_feed: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    queries = [*RECORDED.values(), *TYPED]
    return Shop.build(small_feed, tmp_path_factory.mktemp("shops") / "small", queries)[0]


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three bundled recordings with text, query and slots."""
    folder = tmp_path_factory.mktemp("recorded")
    slots = [{"category": "Running shoes", "brand": "Nike"}, {"brand": "Sony"}, {"color": "Black"}]
    rows = []
    for (name, text), wishes in zip(RECORDED.items(), slots, strict=True):
        shutil.copy(demo.recording_path(name), folder)
        rows.append(
            {"path": f"{name}.flac", "text": text, "query": text, "slots": json.dumps(wishes)}
        )
    return write_set(folder, rows)


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve queries by a synthetic voice."""
    folder = tmp_path_factory.mktemp("spoken")
    rows = []
    for number, query in enumerate(TYPED):
        save_wav(Voice.parse("flite:slt").say(query), folder / f"{number}.wav")
        rows.append({"id": f"q{number}", "path": f"{number}.wav", "text": query, "query": query})
    return write_set(folder, rows)


@pytest.fixture(scope="session")
def qrels(small_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Judgements: products with every word of the query are right, those with its brand nearly."""
    lines = ["query\tproduct_id\trating"]
    for query in [*TYPED, *RECORDED.values()]:
        words = query.split()
        for product in small_shop.products.values():
            title = product.title.lower()
            rating = 3 if all(word[:5] in title for word in words) else 0
            rating = rating or int(words[0] in title)
            if rating:
                lines.append(f"{query}\t{product.id}\t{rating}")
    path = tmp_path_factory.mktemp("qrels") / "qrels.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def typed_run(small_shop: Shop, qrels: Path) -> Evaluation:
    return evaluate(Plan(Kind.SEARCH, shop=small_shop.folder, qrels=qrels))
