"""What several rooms' tests are made of."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from sayfind import demo


@pytest.fixture(scope="session")
def demo_brands(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Collection[str]], Path]:
    """Makes a feed of some brands of the demo catalogue: small, and quick to compile."""

    def feed(brands: Collection[str]) -> Path:
        path = tmp_path_factory.mktemp("feeds") / "small.tsv"
        header, *rows = demo.catalog_path().read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row.split("\t")[3] in brands]
        path.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
        return path

    return feed
