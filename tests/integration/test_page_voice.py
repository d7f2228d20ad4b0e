"""Speaking to the page: a recording as the microphone, and recordings as files."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind import demo

pytestmark = pytest.mark.browser

PARTIAL = "document.querySelector('voice-search').shadowRoot.getElementById('partial')"
SAID = "nike running shoes under 100"  # dollars, or bucks: they are near in sound


def quiet(seconds: float) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        noise = np.random.default_rng(3).normal(0, 10, round(16_000 * seconds))
        file.writeframes(noise.astype("<i2").tobytes())
    return buffer.getvalue()


def follow_states(page: Any) -> list[str]:
    """A list that grows with what the page's live line goes through, each state once in a row."""
    states: list[str] = []

    def add(live: str) -> None:
        if states[-1:] != [live]:
            states.append(live)

    page.expose_function("heardState", add)
    page.evaluate(
        "new MutationObserver(() => heardState(document.body.dataset.live))"
        ".observe(document.body, {attributeFilter: ['data-live']})"
    )
    return states


def test_a_recording_as_the_microphone(open_page: Callable[..., Any]) -> None:
    page = open_page()
    states = follow_states(page)
    page.click("#mic")
    page.wait_for_selector("body[data-live=hearing]", timeout=15_000)
    assert page.locator("#meter").is_visible()
    assert page.locator("#open").inner_text() == "Microphone on"
    assert page.title().startswith("● ")
    assert page.locator("#mic").get_attribute("aria-pressed") == "true"
    page.wait_for_selector(".card", timeout=30_000)  # it stopped by itself
    page.wait_for_selector("body[data-live=found]")
    assert states == ["asking", "listening", "hearing", "searching", "found"]
    assert SAID in page.locator("#transcript").inner_text()
    assert page.texts(".wishes .chip i") == ["Nike", "Running shoes", "up to $100"]
    assert set(page.texts(".card .maker")) == {"Nike"}
    assert page.locator("#mic").get_attribute("aria-pressed") == "false"
    assert not page.locator("#open").is_visible()
    assert not page.title().startswith("● ")


@pytest.mark.slow
def test_words_appear_while_they_are_said(open_page: Callable[..., Any]) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.click("#mic")
    page.wait_for_selector("body[data-live=hearing]", timeout=15_000)
    page.wait_for_selector("#partial:has-text('nike')", timeout=15_000)
    settled, whole = page.evaluate(f"[{PARTIAL}.firstChild.textContent, {PARTIAL}.textContent]")
    assert whole.startswith(settled)
    paint = "e => getComputedStyle(e).color"
    colours = {part: page.locator(f"#partial {part}").evaluate(paint) for part in ("b", "span")}
    assert colours["b"] != colours["span"], "what will stay is darker than what may still change"
    page.wait_for_selector("body[data-live=found]", timeout=30_000)
    assert SAID in page.locator("#transcript").inner_text()
    assert not [url for url in asked if url.endswith("/v1/search")], "nothing was sent twice"


@pytest.mark.slow
def test_a_line_that_breaks_before_the_answer_is_taken_up_again(
    open_page: Callable[..., Any],
) -> None:
    page = open_page()
    starts: list[dict[str, Any]] = []
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def between(socket: Any) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes, to: Any, last: str) -> None:
            to.send(message)
            told = json.loads(message) if isinstance(message, str) else {}
            if told.get("type") == "start":
                starts.append(told)
            if told.get("type") == last and len(starts) == 1:
                socket.close(code=1001, reason="the line broke")

        socket.on_message(lambda message: pass_on(message, server, "finish"))
        server.on_message(lambda message: pass_on(message, socket, "endpoint"))

    page.route_web_socket("**/v1/stream*", between)
    page.click("#mic")
    page.wait_for_selector("body[data-live=found]", timeout=40_000)
    assert SAID in page.locator("#transcript").inner_text()
    assert len(starts) == 2 and len(starts[1]["resume"]) == 32
    assert not [url for url in asked if url.endswith("/v1/search")]


@pytest.mark.slow
def test_without_the_socket_the_same_sound_goes_by_rest(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.route_web_socket("**/v1/stream*", lambda socket: socket.close())
    with page.expect_request("**/v1/search", timeout=30_000) as request:
        page.click("#mic")
    assert request.value.headers["content-type"].startswith("multipart/form-data")
    page.wait_for_selector(".card", timeout=30_000)
    assert SAID in page.locator("#transcript").inner_text()


def test_the_meter_moves_with_the_voice(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.click("#mic")
    page.wait_for_selector("body[data-live=hearing]", timeout=15_000)
    levels = []
    while page.locator("#meter").is_visible():
        levels.append(int(page.locator("#meter").get_attribute("aria-valuenow")))
        page.wait_for_timeout(60)
    assert max(levels) > 30
    assert min(levels[levels.index(max(levels)) :]) < 10
    page.wait_for_selector(".card", timeout=30_000)
    assert not page.locator("#meter").is_visible()


def test_hold_to_talk(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.hover("#mic")
    page.mouse.down()
    page.wait_for_selector("body[data-live=hearing]", timeout=15_000)
    page.wait_for_timeout(2000)
    page.mouse.up()
    page.wait_for_selector("body[data-live=searching]", timeout=300)  # no silence ends it so soon
    assert not page.locator("#open").is_visible()
    page.wait_for_selector(".card", timeout=30_000)


def test_escape_ends_listening_without_a_search(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.click("#mic")
    page.wait_for_selector("body[data-live=listening]")
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-live=idle]")
    assert page.locator(".card").count() == 0


def test_a_dropped_recording(open_page: Callable[..., Any]) -> None:
    page = open_page()
    flac = demo.recording_path("sony-headphones").read_bytes()
    assert page.drop(flac, "audio/flac") == [True, True]
    page.wait_for_selector(".card", timeout=30_000)
    assert page.texts(".wishes .chip i")[0] == "Sony"


def test_a_chosen_recording(open_page: Callable[..., Any]) -> None:
    page = open_page()
    with page.expect_file_chooser() as chooser:
        page.click("#pick")
    chooser.value.set_files(demo.recording_path("black-backpack"))
    page.wait_for_selector(".card", timeout=30_000)
    assert page.texts(".wishes .chip.not i") == ["Leather"]


def test_a_damaged_and_a_silent_recording_are_sentences(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.drop(b"this is no sound")
    page.wait_for_selector("#error[data-kind=MediaTypeError]:visible")
    page.drop(quiet(1.0)[:44])
    page.wait_for_selector("#error[data-kind=AudioError]:visible")
    page.drop(quiet(1.0))
    page.wait_for_selector("#error[data-kind=silent]:visible")
    assert "heard no speech" in page.error()


def test_a_silent_microphone_is_a_sentence(launch: Callable[..., Any], address: str) -> None:
    with launch() as browser:
        page = browser.new_page()
        page.goto(address)
        page.click("#mic")
        page.wait_for_selector("#error[data-kind=silent]:visible", timeout=20_000)
        assert page.locator(".card").count() == 0


def test_motion_can_be_stilled(open_page: Callable[..., Any]) -> None:
    page = open_page(reduced_motion="reduce")
    page.click("#mic")
    page.wait_for_selector("body[data-live=hearing]", timeout=15_000)
    level = "mic => mic.style.getPropertyValue('--level')"
    assert page.locator("#mic").evaluate(level) in ("", "0")
    page.wait_for_selector(".card", timeout=30_000)
    still = "getComputedStyle(document.querySelector('.card')).animationName"
    assert page.evaluate(still) == "none"


def test_a_phone_speaks_too(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page(360, 740, has_touch=True, is_mobile=True)
    page.tap("#mic")
    page.wait_for_selector(".card", timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert len(page.screenshot(path=tmp_path / "phone.png")) > 10_000
