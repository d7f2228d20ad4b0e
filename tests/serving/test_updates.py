"""A real shop behind a real server, changed by REST and by another process while it is asked."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sayfind import Shop, VoiceSearch
from sayfind.catalog.product import Product
from sayfind.serving import ServingConfig, create_app
from sayfind.serving.server import Server
from sayfind.updates import Changes, UpdateLog

HEAD = "id\ttitle\tbrand\tcategory\tprice\n"
ROWS = [
    "1\tNike Pegasus running shoes\tNike\tShoes\t119",
    "2\tSony wireless headphones\tSony\tHeadphones\t349",
    "3\tBose wireless headphones\tBose\tHeadphones\t299",
]
WITHIN = 60.0  # seconds: how fast it is, benchmarks say; a test may run on a busy machine


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("updated")
    (home / "feed.tsv").write_text(HEAD + "\n".join(ROWS), encoding="utf-8")
    return Shop.build(home / "feed.tsv", home / "shop", ["sony wireless headphones"])[0].folder


@pytest.fixture(scope="module")
def search(built: Path) -> VoiceSearch:
    return VoiceSearch(Shop.open(built))


class Api:
    """Requests to one server."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"content-type": "application/json"})  # fmt: skip
            reply = connection.getresponse()
            data = reply.read()
            return reply.status, json.loads(data) if data else None
        finally:
            connection.close()

    def found(self, text: str) -> list[str]:
        status, answer = self("POST", "/v1/search", {"text": text})
        assert status == 200, answer
        return [hit["product"]["id"] for hit in answer["hits"]]


@pytest.fixture
def api(built: Path, search: VoiceSearch, serving: Callable[..., Any]) -> Iterator[tuple[Api, Any]]:
    (built / "updates.jsonl").unlink(missing_ok=True)
    config = ServingConfig()
    server = Server(create_app(search, config), config)
    with serving(server, search) as client:
        yield Api(client.port), server


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


def test_a_product_comes_changes_and_goes(api: tuple[Api, Any], built: Path) -> None:
    ask, _ = api
    lamp = {"title": "Zorbatron desk lamp", "brand": "Zorbatron", "price": 20.0}
    status, body = ask("PUT", "/v1/products/lamp/1", lamp)
    assert (status, body["title"]) == (201, "Zorbatron desk lamp")
    assert ask.found("zorbatron") == ["lamp/1"]
    assert ask("POST", "/v1/search", {"text": "lamp under 10"})[1]["relaxed"], "it costs 20"
    assert ask("PUT", "/v1/products/lamp/1", {**lamp, "price": 5.0})[0] == 200
    assert ask("GET", "/v1/products/lamp/1")[1]["price"] == 5.0
    assert not ask("POST", "/v1/search", {"text": "lamp under 10"})[1]["relaxed"]
    assert ask("DELETE", "/v1/products/lamp/1") == (204, None)
    assert ask("DELETE", "/v1/products/lamp/1")[0] == 404
    assert "lamp/1" not in ask.found("zorbatron lamp")
    assert UpdateLog(built).read()[0] == Changes(removed=("lamp/1",))


def test_the_ears_know_a_new_name(api: tuple[Api, Any]) -> None:
    ask, server = api
    ask("PUT", "/v1/products/9", {"title": "Kazoomi wireless headphones", "brand": "Kazoomi"})
    opened = server._app.state.service.opened
    ears = opened.search.recognizer.english
    assert "kazoomi" in ears.own.lexicon
    assert ears.own.model.ids["kazoomi"] in range(len(ears.own.model.words))
    assert "kazoomi" in opened.hurried.recognizer.english.own.lexicon
    assert opened.live.ears is opened.search.recognizer
    corrected = opened.search.type("kazomi wireless headphones").corrected.text
    assert corrected == "kazoomi wireless headphones"
    constraint = opened.search.type("kazoomi").query.first("brand")
    assert constraint is not None
    assert constraint.value == "Kazoomi"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("7", {"title": ""}, 400),
        ("7", {"id": "8", "title": "hat"}, 400),
        ("7", {"title": "hat", "colour": "red"}, 400),
        ("7", ["hat"], 400),
        ("7", {"title": "x" * 300_000}, 413),
    ],
)
def test_what_is_no_product_is_refused(
    api: tuple[Api, Any], path: str, body: object, status: int
) -> None:
    assert api[0]("PUT", f"/v1/products/{path}", body)[0] == status


def test_another_process_changes_the_shop(
    api: tuple[Api, Any], built: Path, tmp_path: Path
) -> None:
    ask, _ = api
    feed = tmp_path / "newer.tsv"
    rows = [ROWS[0], ROWS[1].replace("349", "249"), "4\tPhilips kettle\tPhilips\tKitchen\t25"]
    feed.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    code = "from sayfind.cli.main import main; raise SystemExit(main())"
    command = [sys.executable, "-c", code, "update", str(feed), "-s", str(built)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("2 products put in, 1 taken out")
    wait_for(lambda: ask.found("kettle") == ["4"])
    assert ask("GET", "/v1/products/2")[1]["price"] == 249.0
    assert ask("GET", "/v1/products/3")[0] == 404
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert again.stdout.startswith("0 products put in, 0 taken out")


def test_a_shop_that_was_built_anew_is_not_written_to(api: tuple[Api, Any], built: Path) -> None:
    ask, _ = api
    about = built / "shop.json"
    before = about.stat()
    os.utime(about, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    try:
        status, answer = ask("PUT", "/v1/products/7", {"title": "Red hat"})
        assert (status, "built anew" in answer["error"]["message"]) == (500, True)
        assert not (built / "updates.jsonl").exists()
    finally:
        os.utime(about, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_shop_opens_with_its_changes(built: Path) -> None:
    UpdateLog(built).append(Changes((Product("6", "Moka pot"),), ("1",)))
    search = VoiceSearch(Shop.open(built))
    assert [hit.product_id for hit in search.type("moka pot").hits] == ["6"]
    assert "1" not in search.shop.products
    (built / "updates.jsonl").unlink()
