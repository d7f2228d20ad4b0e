"""The table: what is understood of some three hundred wishes, in English, Chinese and both."""

from __future__ import annotations

from pathlib import Path

import pytest

from sayfind.types import NBest

# text, constraints, sort ("-": relevance), terms
ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_the_table_is_large_and_has_no_doubles() -> None:
    assert len(ROWS) >= 250
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("text", "constraints", "sort", "terms"), ROWS)
def test_case(understander, described, text, constraints, sort, terms) -> None:
    query = understander.understand(NBest.from_text(text))
    found = (described(query), query.sort.value.replace("relevance", "-"), query.terms)
    assert found == (constraints, sort, terms)


@pytest.mark.parametrize(("text", "constraints", "sort", "terms"), ROWS)
def test_punctuation_and_case_change_nothing(
    understander, described, text, constraints, sort, terms
) -> None:
    query = understander.understand(NBest.from_text(f"  {text.upper()} ！ "))
    assert described(query) == constraints
