from __future__ import annotations

import pytest

from sayfind.catalog.cross_script import TABLES, CrossScript
from sayfind.text.normalise import has_han, normalise


@pytest.mark.parametrize(
    ("english", "chinese"),
    [("black", "黑色"), ("black", "黑"), ("navy", "藏青"), ("leather", "真皮"), ("shoes", "鞋"),
     ("headphones", "耳机"), ("phone case", "手机壳"), ("phone cases", "手机壳"), ("large", "大号"),
     ("women", "女士"), ("laptop", "笔记本电脑"), ("coffee", "咖啡")],
)  # fmt: skip
def test_both_ways(english: str, chinese: str) -> None:
    tables = CrossScript.load()
    assert chinese in tables.synonyms(english)
    assert tables.english(chinese)
    assert english in tables


def test_unknown_words_have_no_synonyms() -> None:
    tables = CrossScript.load()
    assert tables.synonyms("zyxxy") == tables.english("zyxxy") == tables.chinese("zyxxy") == ()
    assert "zyxxy" not in tables
    assert tables.known(["black", "zyxxy"]) == 1


@pytest.mark.parametrize(
    ("name", "least"),
    [("colours", 60), ("materials", 60), ("sizes", 15), ("attributes", 50), ("words", 300)],
)
def test_tables_are_clean(name: str, least: int) -> None:
    rows = {id(row): row for row in CrossScript.load(name).rows.values()}.values()
    assert len(rows) >= least
    for english, chinese in rows:
        assert english
        assert chinese
        assert all(form == normalise(form) and not has_han(form) for form in english)
        assert all(form == normalise(form) and has_han(form) for form in chinese if form != "mp3")


def test_every_table_has_a_test() -> None:
    assert set(TABLES) == {"colours", "materials", "sizes", "attributes", "words"}
