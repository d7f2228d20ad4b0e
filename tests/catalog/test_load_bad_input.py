from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sayfind.catalog.load import FeedFormat, LoadOptions, load_products
from sayfind.errors import FeedError, SayfindError

GOOD = "9,Good,1\n"


def csv_feed(tmp_path: Path, row: bytes | str) -> Path:
    path = tmp_path / "feed.csv"
    data = row.encode() if isinstance(row, str) else row
    path.write_bytes(b"id,title,price\n1,First,1\n" + data + b"\n" + GOOD.encode())
    return path


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Shoe,1", "no id"),
        ("  ,Shoe,1", "no id"),
        ("2,,1", "no title"),
        ("2,  ,1", "no title"),
        ("2,Shoe,cheap", "bad price 'cheap'"),
        ("2,Shoe,-1", "bad price"),
        ("1,Shoe,1", "duplicate id '1'"),
        (b"2,Sho\xffe,1", "bad encoding"),
        (b"2,Sh\x00oe,1", "bad encoding"),
        (b"2,\xd0\xac\xc4\xcf,1", "bad encoding"),
        ("2,Shoe", "has 2 columns, but the header has 3"),
        ("2,Shoe,1,4", "has 4 columns, but the header has 3"),
        (f"2,{'x' * 10_001},1", "title of 10,001 characters"),
        (f"2,{'x' * 1_000_000},1", "field larger than field limit"),
        (f"{'2' * 201},Shoe,1", "id of more than 200"),
    ],
)
def test_a_bad_row_is_left_out_with_its_line(tmp_path: Path, row: str, reason: str) -> None:
    path = csv_feed(tmp_path, row)
    report = load_products(path)
    assert [p.id for p in report.products] == ["1", "9"]
    assert report.num_rows == 3
    assert [r.line for r in report.rejected] == [3]
    assert reason in report.rejected[0].reason
    with pytest.raises(FeedError, match="line 3: "):
        load_products(path, LoadOptions(strict=True))


def test_empty_extra_cells_are_forgiven(tmp_path: Path) -> None:
    assert not load_products(csv_feed(tmp_path, "2,Shoe,1,,")).rejected


def test_a_quote_that_never_ends_costs_only_what_follows(tmp_path: Path) -> None:
    rows = "".join(f"{n},Thing {n},1\n" for n in range(10, 40_000))
    report = load_products(csv_feed(tmp_path, '2,"Shoe,1\n' + rows))
    assert report.rejected
    assert report.products[0].id == "1"
    assert report.products[-1].id == "9"
    assert len(report.products) > 20_000


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": 2, "title": ', "not valid JSON"),
        ('["id", "title"]', "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("[" * 100_000, "not valid JSON"),
        ('{"id": 2, "title": "half \\ud83d"}', "bad encoding"),
        ('{"id": 2, "title": "nul \\u0000"}', "bad encoding"),
        ('{"id": 2, "title": "T", "price": Infinity}', "bad price"),
        ('{"id": 2, "title": "T", "price": true}', "bad price"),
        ('{"id": 2, "title": "T", "sales": "many"}', "popularity 'many' is not a number"),
        ('{"id": 2, "title": "T", "sales": -1}', "popularity"),
        ('{"id": {}, "title": "T"}', "no id"),
        ('{"id": 2, "title": ["", ""]}', "no title"),
        ('{"id": 2, "title": "T", "a": ' + '{"a": ' * 100 + "1" + "}" * 101, "nested more than"),
        ('{"id": 2, "title": "T", "a": ' + "[" * 100 + "1" + "]" * 100 + "}", "nested more than"),
    ],
)
def test_bad_json_rows(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "feed.jsonl"
    good = [json.dumps({"id": n, "title": "T", "price": 1}) for n in (1, 9)]
    path.write_text("\n".join([good[0], line, good[1]]))
    report = load_products(path)
    assert [p.id for p in report.products] == ["1", "9"]
    assert [(r.line, reason in r.reason) for r in report.rejected] == [(2, True)], report.rejected


def test_a_bad_byte_in_an_array_costs_its_row(tmp_path: Path) -> None:
    path = tmp_path / "feed.json"
    path.write_bytes(
        b'[{"id": 1, "title": "A"},\n{"id": 2, "title": "\xff"},\n{"id": 3, "title": "C"}]'
    )
    report = load_products(path)
    assert [p.id for p in report.products] == ["1", "3"]
    assert [(r.line, "bad encoding" in r.reason) for r in report.rejected] == [(2, True)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n \n", "is empty"),
        ("a.csv", b"id,title\n", "has no products"),
        ("a.csv", b"id,title\n\n\n", "has no products"),
        ("a.csv", b"id,colour\n1,red\n", "no column for the title"),
        ("a.csv", b"title,colour\nShoe,red\n", "no column for the id"),
        ("a.csv", b"id,title\n1,\n", "None of the 1 rows .* line 2: no title"),
        ("a.json", b"[]", "has no products"),
        ("a.json", b'[{"id": 1, "title": "A"}', "not a complete JSON array"),
        ("a.json", b'[{"id": 1, "title": "A"}, {"id', "not a complete JSON array"),
        ("a.json", b'{"products": [\n{"id": 1}\n]}', "no column for the title"),
        ("a.json", b'{\n"id": 1\n}', "None of the 3 rows"),
        ("a.json", b"id,title\n1,Shoe\n", "neither a JSON array"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4, "not text"),
        ("a.csv", bytes(1000), "not text"),
        ("a.csv", "编号,标题,价格\n1,鞋,2\n".encode("gb18030"), "not text .*encoding"),
        ("a.csv", "id,title,Größe\n1,Shoe,5\n".encode("latin-1"), "encoding"),
        ("a.csv", b",,\n1,2,3\n", "no header line"),
        ("a.csv", b"x" * 5_000_000, "no header line"),
        ("a.csv", b"PK\x03\x04 rest of a workbook", "Excel"),
        ("a.csv", b"%PDF-1.7 ...", "PDF"),
        ("a.db", b"SQLite format 3\0 and so on", "sqlite:///"),
        (
            "a.csv.gz",
            gzip.compress(b"id,title\n" + b"1,Shoe\n" * 99999)[:200],
            "cut off or damaged",
        ),
        ("a.csv.gz", b"\x1f\x8b\x08 this is no gzip at all, is it", "cut off or damaged"),
        ("a.parquet", b"PAR1 and then nothing of use", "Parquet"),
        ("a.xml", b"<rss><channel>", "not well-formed"),
        ("a.xml", b"<rss><channel/></rss>", "has no products"),
    ],
)
def test_useless_files(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FeedError, match=message) as caught:
        load_products(path)
    assert str(caught.value).count("\n") == 0


def test_missing_folder_web_and_forced_sql(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="No such file"):
        load_products(tmp_path / "none.csv")
    with pytest.raises(FeedError, match="is a folder"):
        load_products(tmp_path)
    with pytest.raises(FeedError, match="download it first"):
        load_products("https://example.org/feed.csv")
    with pytest.raises(FeedError, match="database URL"):
        load_products(tmp_path / "x", LoadOptions(format=FeedFormat.SQL))


def test_options_are_checked() -> None:
    for wrong in (
        {"encoding": "klingon"},
        {"max_title": 0},
        {"max_row": 10},
        {"separators": ("",)},
    ):
        with pytest.raises(ValueError, match=r"unknown|at least|empty"):
            LoadOptions(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz", "a.json.gz", "a.xml.gz"])
def test_one_endless_row_is_not_held_in_memory(tmp_path: Path, name: str) -> None:
    """A small archive that unpacks to one gigantic value stays within a bounded memory."""
    heads = {
        "a.csv.gz": b"id,title\n1,A\n2,",
        "a.jsonl.gz": b'{"id": 1, "title": "A"}\n{"id": 2, "title": "',
        "a.json.gz": b'[{"id": 1, "title": "A"}, {"id": 2, "title": "',
        "a.xml.gz": b"<rss><item><id>1</id><title>A</title></item><item><id>2</id><title>",
    }
    path = tmp_path / name
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(heads[name])
        for _ in range(60):
            file.write(b"x" * 1_000_000)
    options = LoadOptions(max_row=1_000_000)
    tracemalloc.start()
    try:
        if name in ("a.csv.gz", "a.jsonl.gz"):
            report = load_products(path, options)
            assert [p.id for p in report.products] == ["1"]
            assert "limit" in report.rejected[0].reason
        else:
            with pytest.raises(FeedError):
                load_products(path, options)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.binary(max_size=400) | st.text(max_size=300).map(str.encode),
    name=st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.json", "a.xml", "a"]),
    head=st.sampled_from([b"", b"id,title\n", b"[", b'[{"id":1,"title":"a"},', b"<rss>", b"{"]),
)
def test_junk_gives_a_report_or_one_of_our_errors(
    tmp_path: Path, content: bytes, name: str, head: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(head + content)
    try:
        report = load_products(path)
    except SayfindError as error:
        assert str(error)
    else:
        assert len(report.products) + len(report.rejected) == report.num_rows
        assert len({p.id for p in report.products}) == len(report.products)
