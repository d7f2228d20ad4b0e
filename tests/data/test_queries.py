from __future__ import annotations

from pathlib import Path

import pytest

from sayfind.data.queries import read_queries
from sayfind.data.sets import Reason
from sayfind.errors import InputError
from sayfind.types import Language


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_one_on_each_line(tmp_path: Path) -> None:
    found = read_queries(
        written(tmp_path, "q.txt", '\ufeffred coat\r\n\n  红色 外套 \n43.2 cm (17")\n')
    )
    assert [(q.id, q.text) for q in found.queries] == [
        ("q0001", "red coat"),
        ("q0002", "红色 外套"),
        ("q0003", '43.2 cm (17")'),
    ]
    assert [q.language for q in found.queries] == [
        Language.ENGLISH,
        Language.MANDARIN,
        Language.ENGLISH,
    ]


def test_a_table_with_ids(tmp_path: Path) -> None:
    text = "id\tquery\tnote\na\tred coat\t\nb\t\tno query\na\tblue coat\t\n\tgreen coat\t\n"
    found = read_queries(written(tmp_path, "q.tsv", text))
    assert [(q.id, q.text) for q in found.queries] == [("a", "red coat"), ("q0004", "green coat")]
    assert [(e.id, e.reason) for e in found.left_out] == [
        ("b", Reason.EMPTY_REFERENCE),
        ("a", Reason.DUPLICATE_ID),
    ]


def test_a_table_under_another_name(tmp_path: Path) -> None:
    found = read_queries(written(tmp_path, "queries.txt", "query\tcount\nred coat\t3\n"))
    assert [q.text for q in found.queries] == ["red coat"]


def test_judgements_give_each_query_once(tmp_path: Path) -> None:
    rows = "query\tproduct_id\trating\ntv\t1\t3\nred coat\t2\t0\ntv\t4\t1\n"
    found = read_queries(written(tmp_path, "qrels.tsv", rows), qrels=True)
    assert [(q.id, q.text) for q in found.queries] == [("q0001", "tv"), ("q0002", "red coat")]
    assert found.left_out == ()


def test_a_query_as_long_as_a_book_is_left_out(tmp_path: Path) -> None:
    found = read_queries(written(tmp_path, "q.txt", "tv\n" + "word " * 900))
    assert [q.text for q in found.queries] == ["tv"]
    assert [e.reason for e in found.left_out] == [Reason.TOO_LONG]


@pytest.mark.parametrize(
    ("name", "data", "qrels", "words"),
    [
        ("q.txt", b"", False, "no query in it"),
        ("q.txt", b"\n \n", False, "no query in it"),
        ("q.txt", b"\xff\xfe", False, "not UTF-8"),
        ("q.tsv", b"text\ntv\n", False, "no column 'query'"),
        ("q.tsv", b"query\ntv\n", True, "no column 'product_id'"),
        ("q.tsv", b"", False, "is empty"),
    ],
)
def test_what_holds_no_queries(
    tmp_path: Path, name: str, data: bytes, qrels: bool, words: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=words):
        read_queries(tmp_path / name, qrels=qrels)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot read the queries"):
        read_queries(tmp_path / "none.txt")


@pytest.mark.shared
def test_the_judgements_of_the_search_benchmark(shared_data: Path) -> None:
    found = read_queries(shared_data / "catalog" / "icecat" / "qrels-dev.tsv", qrels=True)
    assert len(found.queries) == 68
    assert found.left_out == ()
