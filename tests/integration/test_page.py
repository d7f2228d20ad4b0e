"""The page in a real browser, against a real server, with a recording as the microphone."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import uvicorn

from sayfind.serving import ServingConfig, create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt install chromium)"),
]

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
SPOKEN = "sock a knee or a six running shoes not black under one fifty"
WIDTHS = {"phone": (360, 740), "tablet": (820, 1100), "desktop": (1280, 800)}


def module_beside(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    search = module_beside("scripted_shop").ScriptedSearch()
    settings = uvicorn.Config(create_app(search, ServingConfig()), port=0, log_level="error")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join(timeout=20)


def voice(path: Path, seconds: float, level: float = 0.3) -> Path:
    """Something that rises and falls like speech, between stretches of quiet."""
    rate = 48000
    time_axis = np.arange(round(rate * seconds)) / rate
    hum = sum(np.sin(2 * np.pi * 140 * k * time_axis) / k for k in range(1, 9))
    syllables = np.clip(np.sin(2 * np.pi * 4 * time_axis), 0, 1) ** 0.5
    rng = np.random.default_rng(7)
    quiet = rng.normal(0, 0.0008, round(rate * 0.6))
    sound = np.concatenate([quiet, level * hum * syllables / 2, np.tile(quiet, 6)])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return voice(tmp_path_factory.mktemp("sound") / "spoken.wav", 2.0)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        yield playwright


def launch(playwright: Any, microphone: Path) -> Any:
    file = f"--use-file-for-fake-audio-capture={microphone}%noloop"
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, file])


@pytest.fixture(scope="module")
def browser(playwright: Any, recording: Path) -> Iterator[Any]:
    browser = launch(playwright, recording)
    yield browser
    browser.close()


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens the page; the test fails if the page logged an error or broke its own policy."""
    contexts, complaints = [], []

    def open_page(
        width: int = 1280, height: int = 800, path: str = "", before: Any = None, **options: Any
    ) -> Any:
        viewport = {"width": width, "height": height}
        context = browser.new_context(viewport=viewport, locale="en-US", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None,
        )
        if before:
            before(page)
        page.goto(address + path)
        page.wait_for_selector("#examples button", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def search(page: Any, text: str) -> Any:
    page.fill("#text", text)
    page.press("#text", "Enter")
    page.wait_for_selector("body[data-live=found]")
    return page


def expect_count(page: Any, selector: str, count: int) -> None:
    sync_api.expect(page.locator(selector)).to_have_count(count)


def texts(page: Any, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def test_typed_search_shows_cards(open_page: Callable[..., Any]) -> None:
    page = search(open_page(), "running shoes under 130")
    assert page.locator(".card").count() == 4
    assert "Hoka Clifton 9" in texts(page, ".card h3")
    assert "$124.95" in texts(page, ".card .price")
    assert texts(page, ".wishes .chip i") == ["Running shoes", "up to $130"]
    assert page.locator("#count").inner_text() == "4 products"
    assert "search" in page.locator(".bar").get_attribute("aria-label")
    assert page.url.endswith("?q=running+shoes+under+130")


def test_a_recording_as_the_microphone(open_page: Callable[..., Any]) -> None:
    page = open_page()
    said: list[str] = []

    def note(live: str) -> None:
        said.append(live)

    page.expose_function("heardState", note)
    page.evaluate(
        "new MutationObserver(() => heardState(document.body.dataset.live))"
        ".observe(document.body, {attributeFilter: ['data-live']})"
    )
    with page.expect_request("**/v1/search") as request:
        page.click("#mic")
        page.wait_for_selector("body[data-live=hearing]", timeout=10_000)
        assert page.locator("#meter").is_visible()
        assert page.locator("#mic").get_attribute("aria-pressed") == "true"
        page.wait_for_selector(".card", timeout=15_000)  # it stopped by itself
    assert request.value.headers["content-type"].startswith("multipart/form-data")
    order = [state for i, state in enumerate(said) if i == 0 or said[i - 1] != state]
    assert order == ["asking", "listening", "hearing", "searching", "found"]
    assert texts(page, ".change del") == ["sock a knee", "a six"]
    assert page.locator("#mic").get_attribute("aria-pressed") == "false"


def test_hold_to_talk(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.hover("#mic")
    page.mouse.down()
    page.wait_for_selector("body[data-live=hearing]", timeout=10_000)
    page.wait_for_timeout(500)
    page.mouse.up()
    page.wait_for_selector(".card", timeout=1500)  # sooner than any silence could end it


def test_escape_ends_listening_without_a_search(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.click("#mic")
    page.wait_for_selector("body[data-mic=on]")
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-live=idle]")
    assert page.locator(".card").count() == 0


DROP = """async ({bytes, type, name}) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, {type}));
  for (const kind of ["dragenter", "dragover"])
    document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true}));
  const shown = !document.getElementById("drop").hidden;
  document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
  return [shown, document.getElementById("drop").hidden];
}"""


def drop(page: Any, content: bytes, kind: str, name: str = "a.wav") -> Any:
    return page.evaluate(DROP, {"bytes": list(content), "type": kind, "name": name})


def test_a_dropped_recording(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page()
    short = voice(tmp_path / "short.wav", 0.5).read_bytes()
    assert drop(page, short, "audio/wav") == [True, True]
    page.wait_for_selector(".card")
    assert texts(page, ".change ins") == ["Saucony", "Asics"]


def test_a_chosen_recording(open_page: Callable[..., Any], recording: Path) -> None:
    page = open_page()
    with page.expect_file_chooser() as chooser:
        page.click("#pick")
    chooser.value.set_files(recording)
    page.wait_for_selector(".card")


def test_a_correction_is_explained_and_undone(open_page: Callable[..., Any]) -> None:
    page = search(open_page(), SPOKEN)
    tip = page.locator(".change .tip").first
    assert not tip.is_visible()
    page.locator(".change ins").first.focus()
    assert tip.is_visible()
    assert "sounds like the brand Saucony" in tip.inner_text()
    with page.expect_request("**/v1/search") as request:
        page.get_by_role("button", name="Undo: put back “sock a knee”").click()
    sent = json.loads(request.value.post_data)
    assert sent["text"] == "sock a knee or Asics running shoes not black under one fifty"
    assert sent["literal"] is True
    expect_count(page, ".card", 1)
    assert texts(page, ".change del") == ["a six"]
    page.get_by_role("button", name="Correct to “Saucony” again").click()
    expect_count(page, ".card", 2)


def test_offsets_count_characters_not_code_units(open_page: Callable[..., Any]) -> None:
    page = search(open_page(), "🥾🥾 adidos shoes")
    assert texts(page, ".change del") == ["adidos"]
    assert page.locator("#transcript").inner_text().startswith("🥾🥾 ")


def test_removing_a_chip_searches_again(open_page: Callable[..., Any]) -> None:
    page = search(open_page(), "running shoes under 130")
    with page.expect_request("**/v1/search") as request:
        page.get_by_role("button", name="Remove price up to $130").click()
    removed = json.loads(request.value.post_data)["removed"]
    limit = {"low": None, "high": 130, "unit": "USD"}
    assert removed == [{"field": "price", "value": limit, "negated": False}]
    expect_count(page, ".card", 7)
    page.get_by_role("button", name="Bring back price up to $130").click()
    expect_count(page, ".card", 4)


def test_facets_narrow_and_widen(open_page: Callable[..., Any]) -> None:
    page = search(open_page(), "running shoes")
    facet = page.locator("#facets").get_by_role("button", name=re.compile("Hoka"))
    facet.click()
    expect_count(page, ".card", 1)
    assert facet.get_attribute("aria-pressed") == "true"
    facet.click()
    expect_count(page, ".card", 7)


def test_did_you_mean_and_examples_and_back(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.get_by_role("button", name="cheapest trail shoes").click()
    page.wait_for_selector(".card")
    assert "lowest price" in texts(page, ".chip i")
    search(page, SPOKEN)
    page.get_by_role("button", name="Salomon or Asics running shoes").click()
    sync_api.expect(page.locator("#text")).to_have_value(re.compile("^Salomon"))
    page.go_back()
    expect_count(page, ".change", 2)
    page.go_back()
    page.go_back()
    page.wait_for_selector("#examples button", state="visible")


def test_a_link_to_a_search(open_page: Callable[..., Any]) -> None:
    page = open_page(path="?q=trail+shoes")
    page.wait_for_selector(".card")
    assert page.locator(".card").count() == 3


def test_reasons_debug_and_the_product_sheet(open_page: Callable[..., Any]) -> None:
    page = search(open_page(), SPOKEN)
    page.get_by_label("Why is Asics Gel-Nimbus 26 here?").click()
    page.wait_for_selector(".reasons:visible")
    page.get_by_text("How this was heard and decided").click()
    assert "acoustic -2841.20" in page.locator(".debug").inner_text()
    page.get_by_role("button", name="Asics Gel-Nimbus 26").click()
    sheet = page.get_by_role("dialog", name="Asics Gel-Nimbus 26")
    assert "Shoes › Running shoes" in sheet.inner_text()
    page.keyboard.press("Escape")
    assert not sheet.is_visible()


def test_keyboard_only(open_page: Callable[..., Any]) -> None:
    page = open_page()

    def tab_to(selector: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                outline = "getComputedStyle(document.activeElement).outlineStyle"
                assert selector == "#text" or page.evaluate(outline) != "none"
                return
        raise AssertionError(f"Tab never reaches {selector}")

    def focus() -> str:
        return page.evaluate("document.activeElement.ariaLabel")

    tab_to("#mic")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-mic=on]")
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
    assert focus() == "Correct to “Adidas” again"
    tab_to(".wishes .chip button")
    page.keyboard.press("Space")
    page.wait_for_selector(".chip.off")
    assert focus().startswith("Bring back")


def everything_has_a_name(page: Any) -> list[str]:
    return page.evaluate(
        """() => [...document.querySelectorAll("button, a, input:not([hidden]), select, summary")]
        .filter((e) => e.checkVisibility())
        .filter((e) => !(e.innerText || e.ariaLabel || e.labels?.[0]?.innerText || "").trim()
                       && !e.labels?.length)
        .map((e) => e.outerHTML.slice(0, 80))"""
    )


def test_every_control_has_a_name(open_page: Callable[..., Any]) -> None:
    page = open_page()
    assert everything_has_a_name(page) == []
    search(page, SPOKEN)
    assert everything_has_a_name(page) == []
    assert page.locator("#state").get_attribute("aria-live") == "polite"
    assert page.locator("#error").get_attribute("role") == "alert"


def refuse(name: str) -> str:
    error = f"new DOMException('', '{name}')"
    return f"navigator.mediaDevices.getUserMedia = () => Promise.reject({error})"


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (refuse("NotAllowedError"), "Allow it in the browser"),
        (refuse("NotFoundError"), "No microphone was found"),
        (refuse("NotReadableError"), "Another program"),
        ("delete window.MediaRecorder", "cannot record"),
    ],
)
def test_a_microphone_that_fails_is_a_sentence(
    open_page: Callable[..., Any], script: str, says: str
) -> None:
    page = open_page()
    page.evaluate(f"() => {{ {script} }}")
    page.click("#mic")
    page.wait_for_selector("#error:visible")
    assert says in page.locator("#error p").inner_text()


ERROR = {"type": "LanguageError", "message": "This shop hears English only; type instead."}


@pytest.mark.parametrize(
    ("status", "error", "says", "retry"),
    [
        (422, ERROR, "This shop hears English only; type instead.", False),
        (503, {"type": "OverloadedError", "message": "Try in 2 seconds."}, "in 2 seconds", True),
        (500, None, "cannot be reached", True),
        (None, None, "Check your connection", True),
    ],
)
def test_a_server_that_fails_is_a_sentence(
    open_page: Callable[..., Any], status: int | None, error: Any, says: str, retry: bool
) -> None:
    page = open_page()

    def answer(route: Any) -> None:
        if status is None:
            route.abort("internetdisconnected")
        else:
            body = json.dumps({"error": error}) if error else "<h1>proxy</h1>"
            route.fulfill(status=status, body=body, content_type="application/json")

    page.route("**/v1/search", answer)
    page.fill("#text", "shoes")
    page.press("#text", "Enter")
    page.wait_for_selector("#error:visible")
    assert says in page.locator("#error p").inner_text()
    assert page.get_by_role("button", name="Try again").count() == int(retry)
    if retry:
        page.unroute("**/v1/search")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_selector(".card")
        assert not page.locator("#error").is_visible()


@pytest.mark.parametrize(
    ("kind", "size", "says"),
    [("text/plain", 9, "not a sound file"), ("audio/wav", 17 * 2**20, "larger than 16 MB")],
)
def test_a_wrong_file_is_a_sentence(
    open_page: Callable[..., Any], kind: str, size: int, says: str
) -> None:
    page = open_page()
    page.evaluate(DROP.replace("new Uint8Array(bytes)", f"new Uint8Array({size})"), {
        "bytes": [], "type": kind, "name": "x",
    })  # fmt: skip
    page.wait_for_selector("#error:visible")
    assert says in page.locator("#error p").inner_text()


def test_an_unreadable_and_a_silent_recording_are_sentences(
    open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page()
    drop(page, b"this is no sound", "audio/wav")
    page.wait_for_selector("#error[data-kind=MediaTypeError]:visible")
    drop(page, voice(tmp_path / "quiet.wav", 0.2, level=0.0).read_bytes(), "audio/wav")
    page.wait_for_selector("#error[data-kind=silent]:visible")
    assert "heard no speech" in page.locator("#error p").inner_text()


def test_a_silent_microphone_is_a_sentence(playwright: Any, address: str, tmp_path: Path) -> None:
    browser = launch(playwright, voice(tmp_path / "silence.wav", 0.1, level=0.0))
    page = browser.new_page()
    page.goto(address)
    page.click("#mic")
    page.wait_for_selector("#error[data-kind=silent]:visible", timeout=15_000)
    browser.close()


@pytest.mark.parametrize("name", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_width_in_light_and_dark(
    open_page: Callable[..., Any], tmp_path: Path, name: str, scheme: str
) -> None:
    page = open_page(*WIDTHS[name], color_scheme=scheme)
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
    search(page, SPOKEN)
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
    page = search(open_page(color_scheme=scheme), SPOKEN)
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
    search(page, "不要黑色的耳机")
    assert "无线耳机" not in texts(page, ".card h3")
    page.get_by_role("button", name="Switch to English").click()
    assert page.locator("#count").inner_text() == "Nothing in this shop fits that.\n\nSay it " \
        "another way, or remove a wish above."  # fmt: skip


def test_motion_can_be_stilled(open_page: Callable[..., Any]) -> None:
    page = open_page(reduced_motion="reduce")
    page.click("#mic")
    page.wait_for_selector("body[data-live=hearing]", timeout=10_000)
    assert page.evaluate("document.getElementById('mic').style.getPropertyValue('--level')") in (
        "",
        "0",
    )
    page.wait_for_selector(".card", timeout=15_000)
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.card')).animationName") == "none"
    )


def test_a_title_is_text_and_never_markup(open_page: Callable[..., Any]) -> None:
    page = search(open_page(), "<img src=x onerror=alert(1)> <b>shoes</b>")
    assert "<b>shoes</b>" in page.locator("#transcript").inner_text()
    assert page.locator("#transcript img").count() == 0
