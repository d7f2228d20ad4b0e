"""A recogniser that gives one text and no sound: correction finds the names that sound so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sayfind import Shop, VoiceSearch
from sayfind.acoustic.openai_http import HttpRecognizer, HttpRecognizerConfig
from sayfind.testing.checks import speech

SAID: list[str] = []
"""What the service answers next."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A service on this machine with OpenAI's form."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            told = json.dumps({"text": SAID[-1]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def search(
    url: str,
    demo_brands: Callable[[Collection[str]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> VoiceSearch:
    feed = demo_brands(("Nike", "Sony", "Samsonite", "Apple"))
    shop = Shop.build(feed, tmp_path_factory.mktemp("shops") / "small", ("samsonite suitcase",))[0]
    found = VoiceSearch(shop)
    found.recognizer = HttpRecognizer(HttpRecognizerConfig(url, "whisper-1"), ["Samsonite"])
    return found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sam sonite suitcase", "samsonite"),
        ("samsonight luggage", "samsonite"),
        ("nikey running shoes", "nike"),
    ],
)
def test_names_are_found_by_how_the_text_sounds(search: VoiceSearch, text: str, name: str) -> None:
    SAID.append(text)
    trace = search.hear(speech())
    assert trace.heard.text == text
    assert name in trace.corrected.text.split()
    assert name in search.shop.product(trace.hits[0].product_id).title.lower()


def test_the_trace_says_that_the_phrases_may_not_act(search: VoiceSearch) -> None:
    SAID.append("suitcase")
    assert any("may follow them or not" in note for note in search.hear(speech()).notes)
