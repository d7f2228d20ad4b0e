from __future__ import annotations

import pytest

from sayfind.correction.locks import lock_signature, locks


@pytest.mark.parametrize(
    ("text", "locked"),
    [
        ("under 50", {("50", "number")}),
        ("under fifty dollars", {("fifty", "number")}),
        ("not leather", {("not", "negation")}),
        ("shoes without laces", {("without", "negation")}),
        ("don't want red", {("don't", "negation")}),
        ("sugar free", {("free", "negation")}),
        ("两百块以内", {("两", "number"), ("百", "number"), ("两百", "number")}),
        ("不要黑色", {("不", "negation")}),
        ("无糖", {("无", "negation")}),
        ("a dozen", {("dozen", "number")}),
        ("wireless mouse", set()),
        ("nothing notable", set()),
        ("耐克", set()),
    ],
)
def test_what_is_locked(text: str, locked: set[tuple[str, str]]) -> None:
    assert {(text[start:end], why) for start, end, why in locks(text)} >= locked
    assert bool(locked) == any(True for _ in locks(text))


@pytest.mark.parametrize(
    ("before", "after"),
    [("under 50", "under 15"), ("not red", "red"), ("red", "not red"), ("两百块", "三百块"),
     ("不要黑色", "黑色"), ("two shoes", "to shoes"), ("5 l", "5 5 l"), ("无线", "有线")],
)  # fmt: skip
def test_a_changed_number_or_negation_shows(before: str, after: str) -> None:
    assert lock_signature(before) != lock_signature(after)


def test_other_changes_do_not_show() -> None:
    assert lock_signature("not addidas under 50") == lock_signature("not Adidas under 50")
