"""A conversation on the page in a real browser: a follow-up, a chip, undo; and over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser


def say_more(page: Any, text: str) -> None:
    page.fill("#follow", text)
    with page.expect_response("**/v1/search"):
        page.press("#follow", "Enter")
    page.wait_for_selector("body[data-live=found]")


def test_a_follow_up_a_click_and_undo(open_page: Callable[..., Any]) -> None:
    page = open_page().search("running shoes under 130")
    assert page.locator("#undo").is_hidden()
    found = page.count()
    say_more(page, "nike")
    assert page.texts(".wishes .chip i") == ["Nike", "Running shoes", "up to $130"]
    assert set(page.texts(".card .maker")) == {"Nike"}
    sent = page.refine("Remove price up to $130")
    assert sent["removed"][0]["field"] == "price" and sent["state"]["past"]
    assert page.texts(".wishes .chip i") == ["Nike", "Running shoes"]
    say_more(page, "not that brand")
    assert "Nike" not in page.texts(".card .maker")
    for _ in range(3):
        with page.expect_response("**/v1/search"):
            page.click("#undo")
        page.wait_for_selector("body[data-live=found]")
    assert page.texts(".wishes .chip i") == ["Running shoes", "up to $130"]
    assert page.count() == found
    assert page.locator("#undo").is_hidden()
    say_more(page, "换成黑色")
    assert "Black" in page.texts(".wishes .chip i")
    page.search("headphones")
    assert page.texts(".wishes .chip i") == ["Headphones"]
