"""What goes wrong is told in sentences: microphones, servers, files.

The server's answers are made up only where a real one cannot be had: a proxy, a broken line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

HEARS_ENGLISH = {"type": "LanguageError", "message": "This shop hears English only; type instead."}


def refuse(name: str) -> str:
    error = f"new DOMException('', '{name}')"
    return f"navigator.mediaDevices.getUserMedia = () => Promise.reject({error})"


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (refuse("NotAllowedError"), "Allow it in the browser"),
        (refuse("NotFoundError"), "No microphone was found"),
        (refuse("NotReadableError"), "Another program"),
        ("delete window.AudioWorkletNode", "cannot record"),
    ],
)
def test_a_microphone_that_fails_is_a_sentence(
    open_page: Callable[..., Any], script: str, says: str
) -> None:
    page = open_page()
    page.evaluate(f"() => {{ {script} }}")
    page.click("#mic")
    assert says in page.error()


@pytest.mark.parametrize(
    ("status", "error", "says", "retry"),
    [
        (422, HEARS_ENGLISH, "This shop hears English only; type instead.", False),
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
    assert says in page.error()
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
    page.drop(b"", kind, size=size)
    assert says in page.error()


def test_a_text_that_is_too_long_is_a_sentence(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.fill("#text", "shoes " * 200)
    page.press("#text", "Enter")
    assert page.error().endswith("500 characters; shorten it.")


def test_a_title_is_text_and_never_markup(open_page: Callable[..., Any]) -> None:
    page = open_page().search("<img src=x onerror=alert(1)> <b>shoes</b>")
    assert "<b>shoes</b>" in page.locator("#transcript").inner_text()
    assert page.locator("#transcript img").count() == 0
