from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sayfind.catalog.load import LoadOptions, load_products
from sayfind.errors import FeedError, MissingExtraError

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("sqlalchemy")


def parquet(tmp_path: Path, columns: dict[str, list[Any]]) -> Path:
    import pyarrow.parquet

    path = tmp_path / "feed.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def test_parquet(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        {
            "id": [1, 2, 3],
            "title": ["Shoe", None, "Hat"],
            "price": [Decimal("19.99"), Decimal("1.00"), None],
            "colours": [["red", "blue"], [], None],
            "waterproof": [True, False, None],
            "made": [date(2024, 5, 1), None, None],
            "spec": [{"sole": "rubber"}, None, None],
        },
    )
    calls: list[tuple[int, int | None]] = []
    report = load_products(path, on_progress=lambda done, total: calls.append((done, total)))
    shoe, hat = report.products
    assert (shoe.id, shoe.price, hat.price) == ("1", 19.99, None)
    assert shoe.attributes == {
        "colours": ("red", "blue"),
        "waterproof": ("yes",),
        "made": ("2024-05-01",),
        "sole": ("rubber",),
    }
    assert [(r.line, r.reason) for r in report.rejected] == [(2, "no title")]
    assert calls == [(3, 3)]


def test_an_empty_parquet(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="has no products"):
        load_products(parquet(tmp_path, {"id": [], "title": []}))


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table products (sku text, name text, price real, colour text)")
        connection.executemany(
            "insert into products values (?, ?, ?, ?)",
            [("a", "Shoe", 5.0, "red|blue"), ("b", None, 1.0, None), ("c", "Hat", None, "red")],
        )
        connection.execute("insert into products values ('d', cast(x'ff41' as text), 1, null)")
    connection.close()
    return f"sqlite:///{path}"


def test_sql(database: str) -> None:
    report = load_products(database, LoadOptions(query="select * from products order by sku"))
    shoe, hat = report.products
    assert (shoe.id, shoe.title, shoe.price) == ("a", "Shoe", 5.0)
    assert shoe.attributes == {"colour": ("red", "blue")}
    assert hat.price is None
    assert [(r.line, r.reason.split(" (")[0]) for r in report.rejected] == [
        (2, "no title"),
        (4, "bad encoding"),
    ]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "needs a query"),
        ("select * from nowhere", "no such table: nowhere"),
        ("selec", "syntax error"),
        ("select * from products where 0", "no products"),
        ("create table other (x)", "returns no rows"),
    ],
)
def test_bad_queries(database: str, query: str, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        load_products(database, LoadOptions(query=query))


def test_a_missing_database_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no database file"):
        load_products(f"sqlite:///{tmp_path}/none.db", LoadOptions(query="select 1"))
    assert not (tmp_path / "none.db").exists()


def test_a_missing_driver_and_a_wrong_url_keep_the_password() -> None:
    for url in ("postgresql://me:secret@host/db", "klingon://me:secret@host/db"):
        with pytest.raises(FeedError) as caught:
            load_products(url, LoadOptions(query="select 1"))
        assert "secret" not in str(caught.value)


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    import sys

    path = parquet(tmp_path, {"id": [1], "title": ["Shoe"]})
    for module in ("pyarrow", "pyarrow.parquet", "sqlalchemy"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"sayfind\[feeds\]"):
        load_products(path)
    with pytest.raises(MissingExtraError, match=r"sayfind\[feeds\]"):
        load_products(database, LoadOptions(query="select 1"))
