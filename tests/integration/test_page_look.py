"""How the page looks and how it is worked without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

WIDTHS = {"phone": (360, 740), "tablet": (820, 1100), "desktop": (1280, 800)}
FOCUSED = "(document.activeElement.shadowRoot ?? document).activeElement"
EVERYTHING = "adidos running shoes not black under 150"
"""A query whose answer shows every part: a correction, an offer, wishes, a negation, cards."""


def test_keyboard_only(open_page: Callable[..., Any]) -> None:
    page = open_page()

    def tab_to(selector: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate(f"s => {FOCUSED}.matches(s)", selector):
                outline = f"getComputedStyle({FOCUSED}).outlineStyle"
                assert selector == "#text" or page.evaluate(outline) != "none"
                return
        raise AssertionError(f"Tab never reaches {selector}")

    def focus() -> str:
        return page.evaluate("document.activeElement.ariaLabel")

    tab_to("#mic")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-live=listening]")
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-live=idle]")
    tab_to("#text")
    page.keyboard.type("adidos running shoes")
    page.keyboard.press("Enter")
    page.wait_for_selector(".change")
    tab_to(".change button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".change del", state="detached")
    page.wait_for_selector("body[data-live=found]")
    assert focus() == "Correct to “adidas” again"
    tab_to(".wishes .chip button")
    page.keyboard.press("Space")
    page.wait_for_selector(".chip.off")
    assert focus().startswith("Bring back")


def everything_has_a_name(page: Any) -> list[str]:
    return page.evaluate(
        """() => [document, document.querySelector("voice-search").shadowRoot]
        .flatMap((r) => [...r.querySelectorAll("button, a, input:not([hidden]), select, summary")])
        .filter((e) => e.checkVisibility())
        .filter((e) => !(e.innerText || e.ariaLabel || e.labels?.[0]?.innerText || "").trim()
                       && !e.labels?.length)
        .map((e) => e.outerHTML.slice(0, 80))"""
    )


def test_every_control_has_a_name(open_page: Callable[..., Any]) -> None:
    page = open_page()
    assert everything_has_a_name(page) == []
    page.search(EVERYTHING)
    assert everything_has_a_name(page) == []
    assert page.locator("#state").get_attribute("aria-live") == "polite"
    assert page.locator("#error").get_attribute("role") == "alert"


@pytest.mark.parametrize("name", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_width_in_light_and_dark(
    open_page: Callable[..., Any], tmp_path: Path, name: str, scheme: str
) -> None:
    page = open_page(*WIDTHS[name], color_scheme=scheme)
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
    page.search(EVERYTHING)
    page.get_by_text("How this was heard and decided").click()
    page.locator(".change ins").last.focus()
    assert page.evaluate(wide) <= 0
    assert len(page.screenshot(path=tmp_path / f"{name}-{scheme}.png")) > 10_000
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    lightness = sum(map(int, re.findall(r"\d+", paper)[:3])) / 3
    assert (lightness > 200) == (scheme == "light")


def contrast_of(page: Any, selector: str) -> float:
    return page.evaluate(
        """(selector) => {
        const pen = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
        const light = (colour, under) => {
          pen.fillStyle = under ?? "#000"; pen.fillRect(0, 0, 1, 1);
          pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
          const parts = [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
          return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const element = document.querySelector(selector);
        let behind = element;
        while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)")
          behind = behind.parentElement;
        const under = getComputedStyle(behind).backgroundColor;
        const [a, b] = [light(getComputedStyle(element).color), light(under)].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
        }""",
        selector,
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_small_text_is_readable(open_page: Callable[..., Any], scheme: str) -> None:
    page = open_page(color_scheme=scheme).search(EVERYTHING)
    for selector in (
        ".hint", ".shop", ".card .maker", ".card .other", ".why summary", ".chip b", ".chip em",
        ".meant button", ".change del", ".facets button span:last-child", ".clock li", ".count",
        ".spoken select",
    ):  # fmt: skip
        assert contrast_of(page, selector) >= 4.5, selector


def test_theme_and_language_are_kept(open_page: Callable[..., Any]) -> None:
    page = open_page(color_scheme="light")
    page.get_by_role("button", name="Switch to dark").click()
    page.get_by_role("button", name="切换到中文").click()
    assert page.locator("h1").inner_text() == "想买什么，说出来。"
    page.reload()
    page.wait_for_selector("#examples button")
    assert page.locator("h1").inner_text() == "想买什么，说出来。"
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.search("不要黑色的耳机")
    assert page.texts(".wishes .chip em") == ["不要"]
    assert all(re.search(r"[\u4e00-\u9fff]", title) for title in page.texts(".card h3"))
    page.get_by_role("button", name="Switch to English").click()
    assert page.locator("#count").inner_text() == "20 of 31 products"
