"""What the page tells the shop, and that it tells nothing unless the shopper agreed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from sayfind import Shop, VoiceSearch
from sayfind.feedback.log import SqliteEventLog
from sayfind.serving import ServingConfig, create_app
from sayfind.types import Action, FeedbackEvent

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def learning(
    demo_shop: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, SqliteEventLog]]:
    """The demo shop with a log: its address, and the log."""
    log = SqliteEventLog(tmp_path_factory.mktemp("log") / "events.sqlite")
    app = create_app(VoiceSearch(Shop.open(demo_shop)), ServingConfig(), log)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/", log
    server.should_exit = True
    thread.join(timeout=20)
    log.close()


def search(page: Any, text: str) -> None:
    page.fill("#text", text)
    with page.expect_response("**/v1/search"):
        page.press("#text", "Enter")
    page.wait_for_selector("body[data-live=found]")


def kept(log: SqliteEventLog, action: Action, count: int = 1) -> list[FeedbackEvent]:
    """The events of a kind, waited for: the page does not wait for the shop."""
    for _ in range(100):
        found = [event for _, event in log.read() if event.action is action]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"no {action} in {[event for _, event in log.read()]}")


def test_the_page_asks_first_and_tells_then(
    browser: Any, learning: tuple[str, SqliteEventLog]
) -> None:
    address, log = learning
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector("#consent:visible")
    search(page, "nike running shoes")
    page.locator("#cards h3 button").first.click()
    page.keyboard.press("Escape")
    assert list(log.read()) == [], "nobody agreed to anything"

    page.locator("#consent").get_by_role("button", name="yes").click()
    search(page, "adidos shoes")
    (asked,) = kept(log, Action.ASKED)
    assert asked.text == "adidas shoes" and not asked.readings
    shown = kept(log, Action.SHOWN)
    assert shown[0].rank == 1 and {event.trace_id for event in shown} == {asked.trace_id}
    page.locator("#cards h3 button").nth(1).click()
    (clicked,) = kept(log, Action.CLICKED)
    assert (clicked.product_id, clicked.rank) == (shown[1].product_id, 2)
    page.keyboard.press("Escape")

    with page.expect_response("**/v1/search"):
        page.get_by_role("button", name="Undo: put back").click()
    (undone,) = kept(log, Action.UNDONE)
    assert (undone.text, undone.trace_id) == ("adidos shoes", asked.trace_id)

    with page.expect_response("**/v1/feedback/*"):
        page.locator("#consent").get_by_role("button").click()
    assert list(log.read()) == [], "forgotten"
    search(page, "sony headphones")
    page.reload()
    page.wait_for_selector("#consent:visible")
    assert "Nothing" in page.locator("#consent").inner_text()
    assert list(log.read()) == [] and complaints == []
    context.close()


def test_a_shop_that_keeps_nothing_asks_nothing(open_page: Callable[..., Any]) -> None:
    page = open_page()
    assert not page.page.locator("#consent").is_visible()
