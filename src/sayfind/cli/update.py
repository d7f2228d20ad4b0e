"""``sayfind update``: changes a shop by a newer feed, while it is being served."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

__all__ = ["add_update"]

_EXAMPLES = """examples:
  sayfind update products.csv --shop shop
  sayfind update changed-today.jsonl --shop shop --partial
  sayfind update products.csv --shop shop --dry-run --json
"""


def add_update(verbs: Any) -> None:
    """Register the verb."""
    verb = verbs.add_parser(
        "update",
        help="change a shop by a newer feed, while it is served",
        description="Find out what changed between a shop and a newer feed, and write it into the "
        "shop's log, which servers follow. `sayfind index` compiles it all anew.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("feed", help="a feed as `sayfind index` takes it")
    verb.add_argument("--shop", "-s", type=Path, default=Path("shop"), help="the shop to change")
    verb.add_argument(
        "--partial", action="store_true", help="products that the feed does not have stay"
    )
    verb.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
    verb.add_argument("--json", action="store_true", help="the summary as JSON, with all ids")
    verb.set_defaults(run=_update)


def _update(options: argparse.Namespace) -> None:
    from sayfind.catalog.load import load_products
    from sayfind.shop import Shop
    from sayfind.updates import UpdateLog, difference

    shop = Shop.open(options.shop)
    log = UpdateLog(options.shop)
    products = log.read()[0].applied(shop.products)
    report = load_products(options.feed)
    changes = difference(products, report.products, whole=not options.partial)
    if changes and not options.dry_run:
        log.append(changes)
    if options.json:
        put = [product.id for product in changes.put]
        print(json.dumps({"put": put, "removed": changes.removed}, ensure_ascii=False))
        return
    would = "would be " if options.dry_run else ""
    print(
        f"{len(changes.put)} products {would}put in, {len(changes.removed)} {would}taken out; "
        f"{len(report.rejected)} rows left out."
    )
