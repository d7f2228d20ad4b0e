"""The debugging view: everything that a search saw and decided, in the order in which it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sayfind import demo

pytestmark = pytest.mark.browser


def cells(page: Any, name: str) -> list[list[str]]:
    """A table of the debugging view by its name, its head first."""
    table = page.get_by_role("table", name=name)
    table.wait_for()  # it is drawn once it is looked at
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tr").all()]


def test_a_recording_is_shown_in_time(open_page: Callable[..., Any]) -> None:
    page = open_page(path="?debug")
    with page.expect_response("**/v1/search", timeout=40_000) as response:
        page.drop(demo.recording_path("nike-running-shoes").read_bytes(), "audio/flac")
    answer = response.value.json()
    page.wait_for_selector(".debug .wave", timeout=40_000)  # open, since the address says so
    assert page.locator(".wave rect").count() == len(answer["speech"]) >= 1
    drawn = page.locator(".wave path").get_attribute("d").split("M")
    ends = [float(end) for column in drawn[1:] for end in column.split()[1].split("V")]
    assert len(ends) == 2 * 600
    assert max(map(abs, ends)) == pytest.approx(1, abs=0.02), "scaled to the loudest"
    words = page.texts(".words span")
    assert words == [word["text"] for word in answer["heard"][0]["words"]]
    left = [page.locator(".words span").nth(i).bounding_box()["x"] for i in range(len(words))]
    assert left == sorted(left)
    head, first, *_ = cells(page, "Heard")
    assert set(answer["heard"][0]["scores"]) <= set(head)
    assert first[0] == answer["heard"][0]["text"] and first[1].endswith("%")


def test_wishes_reasons_and_times(open_page: Callable[..., Any]) -> None:
    page = open_page()
    with page.expect_response("**/v1/search") as response:
        page.search("adidos running shoes not black")
    answer = response.value.json()
    page.get_by_text("How this was heard and decided").click()
    wishes = {row[0]: row[1:] for row in cells(page, "Wishes")[1:]}
    assert wishes["brand"][0] == "Adidas" and wishes["color"][0] == "not Black"
    sure = {c["field"]: f"{100 * c['confidence']:.1f} %" for c in answer["query"]["constraints"]}
    assert {field: row[1] for field, row in wishes.items()} == sure
    hits = cells(page, "Why these products")[1:]
    assert [row[0] for row in hits] == [str(i + 1) for i in range(len(answer["hits"]))]
    assert "brand is Adidas" in hits[0][3]
    assert page.texts(".stages li span:first-child") == [t["stage"] for t in answer["timings"]]
    widths = [bar.bounding_box()["width"] for bar in page.locator(".stages i").all()]
    slowest = max(range(len(widths)), key=lambda i: answer["timings"][i]["milliseconds"])
    assert widths[slowest] == max(widths) > 0
    assert page.locator(".debug code").last.inner_text() == answer["id"]
    assert page.locator(".debug .wave").count() == 0, "typed words have no sound"
    page.search("sony headphones")  # it stays open
    assert "sony" in cells(page, "Heard")[1][0]
