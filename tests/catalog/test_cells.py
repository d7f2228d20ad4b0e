from __future__ import annotations

import pytest

from sayfind.catalog.cells import RowError, cell_text, flatten


@pytest.mark.parametrize(
    ("value", "columns"),
    [
        ({"eu": 42}, [("a.eu", 42)]),
        ({"b": {"c": [1, 2]}}, [("a.b.c", [1, 2])]),
        ([{"name": "Weight", "value": "2 kg"}], [("attributes.Weight", "2 kg")]),
        ([{"key": "Fits", "values": ["a", "b"]}], [("attributes.Fits", ["a", "b"])]),
        ([{"x": 1}, {"x": 2, "y": 3}], [("a.x", 1), ("a.x", 2), ("a.y", 3)]),
        ([[1, 2], [3]], [("a", [1, 2]), ("a", [3])]),
        ({"name": "only a name"}, [("a.name", "only a name")]),
        (["b", None, "c"], [("a", ["b", None, "c"])]),
        ({}, []),
        (None, []),
        ("", []),
        (False, [("a", False)]),
    ],
)
def test_flatten(value: object, columns: list[tuple[str, object]]) -> None:
    assert list(flatten("a", value)) == columns


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  two\n words ", "two words"), (6.0, "6"), (0.125, "0.125"), (7, "7"), (None, ""),
        (float("nan"), ""), (b"abc", "abc"), (1e300, "1e+300"), (-0.0, "0"),
    ],
)  # fmt: skip
def test_cell_text(value: object, text: str) -> None:
    assert cell_text(value) == text


@pytest.mark.parametrize("value", ["half \ud83d", "nul \0", "\ufdd0", b"\xff"])
def test_broken_text_is_refused(value: object) -> None:
    with pytest.raises(RowError, match="bad encoding"):
        cell_text(value)
