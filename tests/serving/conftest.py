"""A scripted shop behind a real server: what the pipeline would say, without hearing anything."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from sayfind.catalog.product import Product
from sayfind.feedback.log import EventLog
from sayfind.serving import ServingConfig, create_app
from sayfind.serving.server import Server
from sayfind.types import (
    Audio,
    Change,
    Constraint,
    Context,
    Hit,
    Hypothesis,
    Language,
    NBest,
    Query,
    Range,
    SearchResult,
    Sort,
    Trace,
    Word,
)

PRODUCTS = (
    Product(
        "shoe-1",
        "Asics Gel-Kayano 31 running shoe",
        "Asics",
        ("Shoes", "Running shoes"),
        "Stable and soft.",
        159.0,
        "USD",
        9.0,
        {"color": ("black", "white"), "size": ("9", "10")},
        {"title": ("亚瑟士 Gel-Kayano 31 跑鞋",), "brand": ("亚瑟士",)},
        "https://shop.example/shoe-1",
        "/pictures/shoe-1.webp",
    ),
    Product("odd/2", "Sac à dos <b>№ 2</b>", url="javascript:alert(1)", image="data:text/html,x"),
)


ANY = Context()


@dataclass
class FakeShop:
    name: str = "Test shop"
    examples: tuple[str, ...] = ("running shoes under 100", "不要黑色的耳机")
    products: dict[str, Product] = field(default_factory=lambda: {p.id: p for p in PRODUCTS})

    @property
    def num_products(self) -> int:
        return len(self.products)

    def product(self, product_id: str) -> Product:
        return self.products[product_id]


@dataclass
class FakeSearch:
    """Answers at once, remembers what it was asked; ``work`` runs inside each search."""

    shop: FakeShop = field(default_factory=FakeShop)
    work: Callable[[], object] = lambda: None
    asked: list[tuple[object, Context, bool]] = field(default_factory=list)

    def hear(self, audio: Audio, context: Context = ANY) -> Trace:
        return self._answer(audio, "asix running shoes", context, literal=False)

    def type(self, text: str, context: Context = ANY, *, literal: bool = False) -> Trace:
        return self._answer(text, text, context, literal)

    def _answer(self, asked: object, text: str, context: Context, literal: bool) -> Trace:
        self.asked.append((asked, context, literal))
        self.work()
        return trace_of(text, context)


def trace_of(text: str, context: Context) -> Trace:
    """A trace with something in every corner, a score that JSON cannot hold included."""
    words = (Word("asix", 0.1, 0.5, 0.4), Word("running", 0.5, 0.9))
    first = Hypothesis(text, {"acoustic": -120.5, "lm": float("-inf")}, words)
    heard = NBest((first, Hypothesis("a six", {})), (0.75, 0.25), Language.ENGLISH)
    wishes = (
        Constraint("brand", "Asics", 0.9, False, "asix"),
        Constraint("price", Range(None, 100.0, "USD"), 1.0, False, "under 100"),
    )
    return Trace(
        id="t1",
        heard=heard,
        corrected=NBest.from_text("asics running shoes", Language.ENGLISH),
        changes=(Change("asix", "asics", 0, 4, True, "sounds the same", {"phonetic": -0.1}, "p"),),
        query=Query("asics running shoes", "shoes", wishes, Sort.POPULARITY, ((text, 1.0),)),
        result=SearchResult(
            hits=(Hit("shoe-1", 3.5, ("brand Asics",)), Hit("odd/2", float("nan"))),
            total=2,
            facets={"color": {"white": 1, "black": 2}, "rating": {Range(4.0, 4.9): 2}},
            relaxed=(Constraint("price", Range(1.0, 2.0), negated=True),),
        ),
        seconds={"recognise": 0.0421, "search": 0.001},
        speech=((0.1, 0.9),),
        did_you_mean=("a six",),
        notes=("Nothing was under 2.",),
    )


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """One request per call through a real socket."""

    port: int
    search: FakeSearch

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, names, response.read())
        finally:
            connection.close()

    def ask(self, **fields: object) -> Reply:
        body = json.dumps(fields).encode()
        return self("POST", "/v1/search", body, {"Content-Type": "application/json"})

    def form(self, fields: dict[str, str], audio: bytes | None = None) -> Reply:
        boundary = "edge-of-a-part"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
            for k, v in fields.items()
        ]
        if audio is not None:
            head = 'Content-Disposition: form-data; name="audio"; filename="a.wav"'
            parts.append(
                f"--{boundary}\r\n{head}\r\nContent-Type: audio/wav\r\n\r\n".encode()
                + audio
                + b"\r\n"
            )
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return self("POST", "/v1/search", body, {"Content-Type": kind})


@contextmanager
def running(
    search: FakeSearch, config: ServingConfig, log: EventLog | None = None
) -> Iterator[Client]:
    server = Server(create_app(search, config, log), config)
    with started(server, search) as client:
        yield client


@contextmanager
def started(server: Server, search: FakeSearch) -> Iterator[Client]:
    """A client of a server that runs in a thread until the test is over."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        yield Client(server.servers[0].sockets[0].getsockname()[1], search)
    finally:
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture
def shop_called() -> Callable[[str], FakeSearch]:
    """Makes a search over a shop of that name."""
    return lambda name: FakeSearch(FakeShop(name))


@pytest.fixture
def serving() -> Callable[[Server, FakeSearch], Any]:
    """``started``, for tests that make their own server."""
    return started


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    with running(FakeSearch(), ServingConfig(max_upload_bytes=100_000)) as client:
        yield client


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    """Starts a server with its own search and settings; all stop when the test ends."""
    with contextmanager_stack() as enter:
        yield lambda search=None, log=None, **settings: enter(
            running(search or FakeSearch(), ServingConfig(**settings), log)
        )


@contextmanager
def contextmanager_stack() -> Iterator[Callable[[Any], Any]]:
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield stack.enter_context
