"""What the page costs and whom it leaves out: bytes, first paint, axe-core's findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sayfind import demo
from sayfind.serving import app

pytestmark = pytest.mark.browser

WIDTHS = {"phone": (360, 740), "tablet": (820, 1100), "desktop": (1280, 800)}
BUDGET = 150_000
"""Bytes of everything that the page may load, unpacked."""
EVERYTHING = "adidos running shoes not black under 150"


FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def test_the_page_is_small_and_paints_at_once(open_page: Callable[..., Any]) -> None:
    # The fastest of five, each with nothing kept: what the page costs, not what else runs here.
    page, *others = (open_page() for _ in range(5))
    painted = min(other.evaluate(FIRST_PAINT) for other in (page, *others))
    assert painted < 1000, f"{painted:.0f} ms to the first paint"
    page.click("#mic")  # what is loaded late counts too: the worklet, the debugging view
    page.wait_for_selector(".card", timeout=40_000)
    page.get_by_text("How this was heard and decided").click()
    page.wait_for_selector(".debug .wave")
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').filter((e) => !e.name.includes('/v1/'))"
        ".map((e) => [new URL(e.name).pathname, e.decodedBodySize])"
    )
    assert {"/debug.js", "/main.js", "/page.css"} <= {name for name, _ in loaded}
    assert sum(size for _, size in loaded) < BUDGET
    files = sum(file.stat().st_size for file in (Path(app.__file__).parent / "web").iterdir())
    assert files < BUDGET, f"{files} bytes in web/"
    names = page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    assert all(name.startswith(page.url.split("?")[0]) for name in names), "nothing from elsewhere"


@pytest.fixture(scope="session")
def axe(npm_package: Callable[[str], Path]) -> str:
    """The source of axe-core."""
    return (npm_package("axe-core@4") / "axe.min.js").read_text(encoding="utf-8")


def findings(page: Any, axe: str) -> list[tuple[str, str, str]]:
    """Everything that axe-core finds wrong, of whatever weight: rule, weight, where."""
    page.wait_for_timeout(400)  # what fades in has faded in
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (finding["id"], finding["impact"], str([node["target"] for node in finding["nodes"]][:3]))
        for finding in found["violations"]
    ]


LOOKS = [("phone", "dark"), ("tablet", "light"), ("desktop", "light"), ("desktop", "dark")]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scheme"), LOOKS)
def test_axe_finds_nothing(open_page: Callable[..., Any], axe: str, name: str, scheme: str) -> None:
    page = open_page(*WIDTHS[name], color_scheme=scheme)
    assert findings(page, axe) == []
    page.click("#mic")
    page.wait_for_selector("body[data-live=listening]")
    assert findings(page, axe) == []
    page.keyboard.press("Escape")
    page.drop(demo.recording_path("sony-headphones").read_bytes(), "audio/flac")
    page.wait_for_selector(".card", timeout=40_000)
    page.get_by_text("How this was heard and decided").click()
    page.wait_for_selector(".debug .wave")
    assert findings(page, axe) == []
    page.search(EVERYTHING)
    assert findings(page, axe) == []
    page.locator(".card h3 button").first.click()
    assert findings(page, axe) == []
    page.keyboard.press("Escape")
    page.drop(b"", "text/plain", size=3)
    page.wait_for_selector("#error:visible")
    assert findings(page, axe) == []
