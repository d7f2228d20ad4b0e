"""``<voice-search>`` on a page that is not ours: it lists, or tells the page and lets it show."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from sayfind.serving import app

pytestmark = pytest.mark.browser

NEIGHBOUR = "https://corner.example"
"""A site that the server of these tests lets call."""
SHOP = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Corner shop</title>
<body><h1>Corner shop</h1><voice-search k="3" %s></voice-search>
<script type="module" src="%svoice-search.js"></script></body></html>"""

USE = """import { Sayfind } from "./client.js";
const { hits } = await new Sayfind({ key: "sf_1" }).search({ text: "shoes", k: 3 });
console.log(hits.map(({ product }) => product.%s.length));
export {};
"""


@pytest.fixture
def embed(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens a page of somebody else's with the element in it."""
    # A real site is not on this machine, so nobody is asked whether it may reach this machine.
    allowed = ["local-network-access", "microphone"]
    context = browser.new_context(locale="en-US", permissions=allowed)
    complaints: list[str] = []

    def embed(attributes: str = "", script: str = "", site: str = address) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        body = SHOP % (attributes, address)
        page.route(
            "**/corner.html", lambda route: route.fulfill(body=body, content_type="text/html")
        )
        page.goto(urljoin(site, "/corner.html"))
        page.wait_for_selector("#mic")
        if script:
            page.evaluate(script)
        return page

    yield embed
    context.close()
    assert complaints == []


def test_it_lists_what_is_found_by_itself(embed: Callable[..., Any]) -> None:
    page = embed()
    page.fill("#text", "running shoes under 130")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hits li")
    rows = page.locator(".hits li").all_inner_texts()
    assert len(rows) == 3 and all("Running Shoes" in row and "$" in row for row in rows)
    page.fill("#text", "zzzzqx")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hits li:has-text('Nothing in this shop fits that.')")


@pytest.mark.slow
def test_a_spoken_search_on_another_site_becomes_an_event(embed: Callable[..., Any]) -> None:
    page = embed(
        site=NEIGHBOUR,
        script="""() => {
        window.states = [];
        const box = document.querySelector("voice-search");
        box.addEventListener("state", (e) => states.push(e.detail));
        box.addEventListener("answer", (e) => { e.preventDefault(); window.found = e.detail; });
        box.focus();
        }""",
    )
    page.keyboard.press("Shift+Tab")  # from the field back to the microphone
    page.keyboard.press("Enter")
    page.wait_for_function("window.found", timeout=40_000)
    answer = page.evaluate("found.answer")
    assert "nike running shoes" in answer["text"] and len(answer["hits"]) == 3
    assert page.evaluate("found.samples.length") > 2 * 16_000
    assert page.evaluate("states.at(-1)") == "found"
    assert not page.locator(".hits").is_visible(), "the page shows it"


def test_a_page_can_take_the_question_and_repaint(embed: Callable[..., Any]) -> None:
    page = embed(
        'style="--voice-search-voice: rgb(1, 2, 3)" lang="zh"',
        """() => document.querySelector("voice-search").addEventListener("ask", (e) => {
        e.preventDefault(); window.asked = e.detail.text; })""",
    )
    paint = "mic => getComputedStyle(mic).backgroundColor"
    assert page.locator("#mic").evaluate(paint) == "rgb(1, 2, 3)"
    assert page.locator("#mic").get_attribute("aria-label") == "说话"
    page.fill("#text", "耳机")
    page.keyboard.press("Enter")
    assert page.evaluate("asked") == "耳机"
    assert not page.locator(".hits").is_visible()


def test_a_server_that_is_not_there_is_a_sentence(embed: Callable[..., Any]) -> None:
    page = embed('server="http://127.0.0.1:9/"')
    page.fill("#text", "shoes")
    page.keyboard.press("Enter")
    page.wait_for_selector("#error:visible")
    assert "cannot be reached" in page.locator("#error p").inner_text()


def test_the_client_alone(embed: Callable[..., Any], address: str) -> None:
    page = embed()
    answer = page.evaluate(
        """async (server) => {
        const {Sayfind, Problem} = await import("/client.js");
        const client = new Sayfind({server});
        const {hits, state} = await client.search({text: "running shoes under 130", k: 2});
        const next = await client.search({text: "nike", state, k: 2});
        const wrong = await client.search({text: ""})
          .catch((e) => [e instanceof Problem, e.kind, e.retry]);
        const product = await client.product(hits[0].product.id);
        const {name} = await client.shop();
        return {count: hits.length, brands: next.hits.map((h) => h.product.brand), wrong,
                same: product.title === hits[0].product.title, name};
        }""",
        address,
    )
    assert answer["count"] == 2 and answer["same"] and answer["name"]
    assert answer["brands"] == ["Nike", "Nike"]
    assert answer["wrong"] == [True, "InputError", False]


@pytest.mark.slow
def test_the_client_is_typed(npm_package: Callable[[str], Path], tmp_path: Path) -> None:
    """Its JSDoc holds under TypeScript's strict check, and finds what a page does wrong with it."""
    compiler = npm_package("typescript@5") / "lib" / "tsc.js"
    shutil.copy(Path(app.__file__).parent / "web" / "client.js", tmp_path)
    (tmp_path / "right.js").write_text(USE % "title", encoding="utf-8")
    (tmp_path / "wrong.js").write_text(USE % "titel", encoding="utf-8")

    def complaints(name: str) -> str:
        options = "--noEmit --allowJs --checkJs --strict --target esnext --module esnext"
        command = ["node", compiler, *options.split(), name]
        run = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
        return run.stdout

    assert complaints("right.js") == ""
    assert "'titel' does not exist" in complaints("wrong.js")
