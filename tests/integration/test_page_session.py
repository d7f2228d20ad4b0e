"""Listening as a machine of states, and what interrupts it: more speech, typing, a lost device."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind import demo, load_audio

pytestmark = pytest.mark.browser

STEPS = "async () => (await import('/session.js')).STEPS"
RESAMPLED = """async ({from, hz, cuts}) => {
  const {Resampler} = await import("/worklet.js");
  const tone = Float32Array.from({length: from}, (_, i) => Math.sin(2 * Math.PI * hz * i / from));
  const whole = new Resampler(from).push(tone);
  const parts = new Resampler(from);
  const pieces = [];
  let at = 0;
  for (let i = 0; at < tone.length; i += 1) {
    const next = at + cuts[i % cuts.length];
    pieces.push(...parts.push(tone.subarray(at, next)));
    at = next;
  }
  return {whole: [...whole], pieces};
}"""
WAV = """async (samples) => {
  const {joined, wav} = await import("/microphone.js");
  const halves = [Int16Array.from(samples.slice(0, 100)), Int16Array.from(samples.slice(100))];
  return [...new Uint8Array(await wav(joined(halves)).arrayBuffer())];
}"""
HOLD_TRACK = """() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => (window.stream = await open(wanted));
}"""
UNPLUG = "() => window.stream.getTracks()[0].dispatchEvent(new Event('ended'))"


def test_every_state_has_a_way_on_and_a_way_out(open_page: Callable[..., Any]) -> None:
    steps: dict[str, dict[str, list[str]]] = open_page().evaluate(STEPS)
    ways = {state: {way[0] for way in events.values()} for state, events in steps.items()}
    assert set().union(*ways.values()) == set(steps)
    for state, events in steps.items():
        assert events["cancel"] == ["idle", "drop"], state
        assert events["ask"] == ["searching", "search"], "typing always stops what was before"
        seen, todo = {state}, [state]
        while todo:
            new = ways[todo.pop()] - seen
            seen |= new
            todo += new
        assert seen == set(steps), f"some states cannot be reached from {state}"
    # Where the microphone may be open, losing it is told; where an answer is awaited, failing is.
    for state in ("listening", "hearing", "searching"):
        assert "vanished" in steps[state] and steps[state]["failed"] == ["failed", "tell"]
    # What is not heard any more cannot be spoken into.
    assert all("speech" not in steps[state] for state in ("idle", "found", "failed", "asking"))


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_any_rate_becomes_16_khz(open_page: Callable[..., Any], rate: int) -> None:
    page = open_page()
    heard = page.evaluate(RESAMPLED, {"from": rate, "hz": 1000, "cuts": [128]})
    whole = np.array(heard["whole"])
    assert len(whole) == pytest.approx(16_000, abs=50)
    expected = np.sin(2 * np.pi * 1000 * np.arange(len(whole)) / 16_000)
    assert np.abs(whole - expected)[200:-200].max() < 0.01
    cut = page.evaluate(RESAMPLED, {"from": rate, "hz": 1000, "cuts": [1, 700, 128, 33]})
    assert np.abs(np.array(cut["pieces"]) - whole[: len(cut["pieces"])]).max() < 1e-6
    if rate > 16_000:
        high = page.evaluate(RESAMPLED, {"from": rate, "hz": 9_500, "cuts": [128]})
        assert np.abs(high["whole"])[200:-200].max() < 0.01, "what is too high must not fold back"


def test_what_was_heard_is_a_wav_file(open_page: Callable[..., Any], tmp_path: Path) -> None:
    samples = np.random.default_rng(5).integers(-32768, 32767, 1600)
    (tmp_path / "said.wav").write_bytes(bytes(open_page().evaluate(WAV, samples.tolist())))
    audio = load_audio(tmp_path / "said.wav")
    assert audio.rate == 16_000
    assert np.abs(audio.samples * 32768 - samples).max() < 1


@pytest.mark.slow
def test_who_goes_on_after_a_pause_is_heard_as_one(
    launch: Callable[..., Any], address: str
) -> None:
    """The first answer is held back until the shopper speaks again; only one search then counts."""
    both = demo.recording_path("sony-headphones"), demo.recording_path("black-backpack")
    with launch(*both) as browser:
        page = browser.new_page(locale="en-US")
        page.route_web_socket("**/v1/stream*", lambda socket: socket.close())
        held, sent = threading.Event(), []

        def hold_the_first(route: Any) -> None:
            sent.append(len(route.request.post_data_buffer))
            if len(sent) > 1:
                route.continue_()
            held.set()

        page.route("**/v1/search", hold_the_first)
        page.goto(address)
        page.click("#mic")
        page.wait_for_selector("body[data-live=searching]", timeout=20_000)
        assert page.locator("#open").is_visible(), "it still hears, and says so"
        page.wait_for_selector("body[data-live=hearing]", timeout=20_000)
        page.wait_for_selector("body[data-live=found]", timeout=40_000)
        assert len(sent) == 2 and sent[1] > sent[0] + 2 * 16_000
        said = page.locator("#transcript").inner_text().lower()
        assert "sony" in said and "backpack" in said


def test_typing_stops_listening(open_page: Callable[..., Any]) -> None:
    page = open_page().search("trail shoes")
    page.click("#mic")
    page.wait_for_selector("body[data-live=listening]")
    assert page.input_value("#text") == ""
    page.locator("#text").press_sequentially("so")
    page.wait_for_selector("body[data-live=idle]")
    assert not page.locator("#open").is_visible()
    assert page.input_value("#text") == "so"
    page.search("sony headphones")
    assert page.texts(".wishes .chip i") == ["Sony", "Headphones"]
    page.click("#mic")
    page.wait_for_selector("body[data-live=listening]")
    page.keyboard.press("Escape")
    assert page.input_value("#text") == "sony headphones", "what stood there comes back"


def test_a_new_search_stops_the_one_before(open_page: Callable[..., Any]) -> None:
    page = open_page()
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(json.loads(route.request.post_data)["text"])
        if len(asked) > 1:
            route.continue_()  # the first one is never answered

    page.route("**/v1/search", answer)
    page.fill("#text", "shoes")
    page.press("#text", "Enter")
    page.wait_for_selector("body[data-live=searching]")
    page.search("sony headphones")
    assert asked == ["shoes", "sony headphones"]
    assert page.locator("#transcript").inner_text() == "sony headphones"


def test_a_microphone_that_goes_away(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.evaluate(HOLD_TRACK)
    page.click("#mic")
    page.wait_for_selector("body[data-live=listening]")
    page.evaluate(UNPLUG)
    page.wait_for_selector("#error[data-kind=vanished]:visible")
    assert "taken away" in page.error()
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("body[data-live=hearing]", timeout=15_000)
    page.wait_for_timeout(1500)
    page.evaluate(UNPLUG)
    page.wait_for_selector("body[data-live=found]", timeout=30_000)
    assert "nike" in page.locator("#transcript").inner_text().lower()
    assert "taken away" in page.error(), "what was heard is searched, and why it ended is told"


def test_no_connection(open_page: Callable[..., Any]) -> None:
    page = open_page()
    notice = page.locator("#offline")
    assert not notice.is_visible()
    page.context.set_offline(True)
    notice.wait_for(state="visible")
    assert notice.get_attribute("role") == "status"
    page.fill("#text", "trail shoes")
    page.press("#text", "Enter")
    assert "cannot be reached" in page.error()
    page.context.set_offline(False)
    page.wait_for_selector(".card")  # it went on by itself
    assert not notice.is_visible()
    assert not page.locator("#error").is_visible()


def test_answers_read_aloud(open_page: Callable[..., Any]) -> None:
    """Headless Chromium has no voices: what it is given to say is noted instead."""
    page = open_page()
    page.evaluate(
        """() => {
        window.said = [];
        speechSynthesis.speak = (u) => said.push([u.lang, u.text]);
        speechSynthesis.cancel = () => said.push("hush");
        }"""
    )
    page.search("trail shoes")
    assert page.evaluate("said.filter((s) => s !== 'hush')") == []
    page.get_by_role("button", name="Read answers aloud").click()
    page.search("running shoes under 130")
    language, text = page.evaluate("said.at(-1)")
    assert language == "en" and text.startswith("14 products. First ") and ", $" in text
    page.click("#mic")
    assert page.evaluate("said.at(-1)") == "hush", "who speaks is not talked over"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="切换到中文").click()
    page.search("不要黑色的耳机")
    language, text = page.evaluate("said.at(-1)")
    assert language == "zh-CN" and text.startswith("找到31件商品。")
    page.reload()
    assert page.locator("#aloud").get_attribute("aria-pressed") == "true"
