"""The page in a real browser against the demo shop: from typed words to products and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

TWO_SLIPS = "hokka or addidas running shoes not black under one fifty"


def prices(page: Any) -> list[float]:
    return [float(text.strip("$").replace(",", "")) for text in page.texts(".card .price")]


def test_a_typed_search_shows_cards(open_page: Callable[..., Any]) -> None:
    page = open_page().search("running shoes under 130")
    assert page.texts(".wishes .chip i") == ["Running shoes", "up to $130"]
    assert page.count() == page.locator(".card").count() == 14
    assert all("Running Shoes" in title for title in page.texts(".card h3"))
    assert all(price <= 130 for price in prices(page))
    assert "find" in page.locator(".bar").get_attribute("aria-label")
    assert page.url.endswith("?q=running+shoes+under+130")


def test_the_order_that_was_asked_for(open_page: Callable[..., Any]) -> None:
    page = open_page().search("cheapest trail shoes")
    assert "lowest price" in page.texts(".chip i")
    assert prices(page)[:3] == sorted(prices(page)[:3])


def test_a_correction_is_explained_and_undone(open_page: Callable[..., Any]) -> None:
    page = open_page().search(TWO_SLIPS)
    assert page.texts(".change del") == ["hokka", "addidas"]
    assert page.texts(".change ins") == ["hoka", "adidas"]
    tip = page.locator(".change .tip").first
    assert not tip.is_visible()
    page.locator(".change ins").first.focus()
    assert tip.is_visible()
    assert "nearest by sound and spelling" in tip.inner_text()
    both = page.count()
    sent = page.refine("Undo: put back “hokka”")
    assert sent["text"] == "hokka or adidas running shoes not black under one fifty"
    assert sent["literal"] is True
    assert page.texts(".change del") == ["addidas"]
    assert set(page.texts(".card .maker")) == {"Adidas"}
    page.refine("Correct to “hoka” again")
    assert page.count() == both
    assert set(page.texts(".card .maker")) == {"Adidas", "Hoka"}


def test_offsets_count_characters_not_code_units(open_page: Callable[..., Any]) -> None:
    page = open_page().search("🥾🥾 adidos shoes")
    assert page.texts(".change del") == ["adidos"]
    assert page.locator("#transcript").inner_text().startswith("🥾🥾 ")


def test_a_removed_chip_searches_again_and_comes_back(open_page: Callable[..., Any]) -> None:
    page = open_page().search("running shoes under 130")
    sent = page.refine("Remove price up to $130")
    limit = {"low": None, "high": 130, "unit": ""}
    assert sent["removed"] == [{"field": "price", "value": limit, "negated": False}]
    assert page.count() == 76
    assert max(prices(page)) > 130
    page.refine("Bring back price up to $130")
    assert page.count() == 14


def test_facets_narrow_and_widen(open_page: Callable[..., Any]) -> None:
    page = open_page().search("running shoes")
    facet = page.locator("#facets").get_by_role("button", name=re.compile("Hoka"))
    shown = int(facet.locator("span").last.inner_text())
    sent = page.refine(f"Hoka {shown}")
    assert sent["text"] == "running shoes"
    assert sent["added"] == [{"field": "brand", "value": "Hoka", "negated": False}]
    assert page.count() == shown
    assert facet.get_attribute("aria-pressed") == "true"
    assert "Hoka" in page.texts(".wishes .chip i")
    sent = page.refine("Remove brand Hoka")
    assert (sent["added"], sent["removed"]) == ([], [])
    assert page.count() == 76


def test_numbers_are_narrowed_by_ranges(open_page: Callable[..., Any]) -> None:
    page = open_page().search("running shoes")
    ratings = page.locator("#facets section", has_text="Rating").locator("button")
    assert 2 <= ratings.count() <= 5
    counts = [int(text.split()[-1]) for text in ratings.all_inner_texts()]
    assert sum(counts) == page.count()
    last = ratings.last
    with page.expect_request("**/v1/search") as request:
        last.click()
    page.wait_for_selector("body[data-live=found]")
    (added,) = request.value.post_data_json["added"]
    assert added["value"]["low"] < added["value"]["high"]
    assert page.count() == counts[-1]
    last.click()
    page.wait_for_selector("#count:has-text('76')")


def test_did_you_mean_and_examples_and_back(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.refine("marshall emberton two")
    assert any("Emberton" in title for title in page.texts(".card h3"))
    page.search("fillips shaver")
    page.refine("philips shaver")
    assert "Philips" in page.texts(".wishes .chip i")
    page.go_back()
    page.wait_for_selector(".meant button")
    page.go_back()
    page.go_back()
    page.wait_for_selector("#examples button", state="visible")


def test_a_link_to_a_search(open_page: Callable[..., Any]) -> None:
    page = open_page(path="?q=trail+shoes")
    page.wait_for_selector(".card")
    assert page.count() == 14


def test_reasons_readings_and_the_product_sheet(open_page: Callable[..., Any]) -> None:
    page = open_page().search("adidos running shoes not black")
    title = page.texts(".card h3")[0]
    page.locator(".why summary").first.click()
    page.wait_for_selector(".reasons:visible")
    assert "brand is Adidas" in page.texts(".reasons li")
    page.get_by_text("How this was heard and decided").click()
    considered = page.get_by_role("table", name="Corrections considered").inner_text()
    assert "adidos" in considered
    page.get_by_role("button", name=title, exact=True).first.click()
    sheet = page.get_by_role("dialog", name=title)
    assert "Shoes › Running shoes" in sheet.inner_text()
    page.keyboard.press("Escape")
    assert not sheet.is_visible()


def test_a_wish_let_go_is_told_once(open_page: Callable[..., Any]) -> None:
    page = open_page().search("pink toaster under 5 dollars")
    (note,) = page.texts(".notes li")
    assert note.startswith("Nothing matched ")
    assert note.endswith("so it was left out.")


def test_nothing_fits(open_page: Callable[..., Any]) -> None:
    page = open_page().search("zzzzqx")
    assert "Nothing in this shop fits that." in page.locator("#count").inner_text()
    assert page.locator(".card").count() == 0
