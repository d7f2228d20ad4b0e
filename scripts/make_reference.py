"""Writes the pages of ``docs/`` that are made from the code: cli, config, errors and python.

``--check`` only says whether they are up to date.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from reference.cli import cli_page
from reference.config import config_page
from reference.errors import errors_page
from reference.python import python_page

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = {
    "cli.md": cli_page,
    "config.md": config_page,
    "errors.md": errors_page,
    "python.md": python_page,
}


def main() -> int:
    """Write or check every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if one is stale")
    check = parser.parse_args().check
    stale = []
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
        if not check:
            path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"Stale: {', '.join(stale)}. Run scripts/docs.", file=sys.stderr)
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
