"""Writes the bundled demo catalogue from the hand-written tables in ``scripts/demo_catalog``.

The same tables and seed give the same bytes on every Python. Without options it rewrites
``src/sayfind/demo/catalog.tsv``; ``--check`` only says whether that file is up to date.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from demo_catalog.rows import catalogue, to_tsv
from demo_catalog.tables import read_tables

ROOT = Path(__file__).resolve().parent.parent
TABLES = Path(__file__).resolve().parent / "demo_catalog"
CATALOG = ROOT / "src" / "sayfind" / "demo" / "catalog.tsv"


def main() -> int:
    """Exit status: 0, or 1 when ``--check`` finds another file on disk."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=CATALOG)
    parser.add_argument("--seed", type=int, default=20240)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    rows = catalogue(read_tables(TABLES), options.seed)
    made = to_tsv(rows).encode("utf-8")
    if options.check:
        same = options.out.is_file() and options.out.read_bytes() == made
        print("up to date" if same else f"run scripts/make_demo_catalog.py: {options.out} is old")
        return 0 if same else 1
    options.out.write_bytes(made)
    print(f"{len(rows):,} products in {len({row['category'] for row in rows})} categories")
    return 0


if __name__ == "__main__":
    sys.exit(main())
