"""A server as a process and under many sockets: signals, a rush, nothing left behind."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from sayfind.serving import ServingConfig, create_app
from sayfind.serving.server import Server

SERVE = """
import types
from sayfind.errors import ShopError
from sayfind.serving import serve
names = iter(["first", "second"])
def open_search():
    name = next(names, None)
    if name is None:
        raise ShopError("It is damaged; build it again.")
    return types.SimpleNamespace(shop=types.SimpleNamespace(name=name, num_products=1, examples=()))
serve(open_search, port=0, announce=lambda url: print(url, flush=True))
"""


def name_of(url: str) -> str:
    with urllib.request.urlopen(f"{url}/v1/shop", timeout=20) as reply:
        return str(json.load(reply)["name"])


def test_a_hang_up_exchanges_the_shop_and_a_damaged_one_changes_nothing() -> None:
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, text=True, stdout=-1, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        url = process.stdout.readline().strip()
        assert name_of(url) == "first"
        process.send_signal(signal.SIGHUP)
        assert "exchanged: 1 products" in process.stderr.readline()
        assert name_of(url) == "second"
        process.send_signal(signal.SIGHUP)
        assert "stays as it was: It is damaged" in process.stderr.readline()
        assert name_of(url) == "second"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


async def rush(port: int, number: int) -> Counter[str]:
    """So many who speak and finish at the same time: how each of them ended."""
    everybody_ready = asyncio.Barrier(number)

    async def one() -> str:
        async with connect(f"ws://127.0.0.1:{port}/v1/stream", proxy=None) as line:
            await line.send('{"type": "start"}')
            message = json.loads(await line.recv())
            await everybody_ready.wait()
            await line.send(bytes(3_200))
            await line.send('{"type": "finish"}')
            with suppress(ConnectionClosed):
                while True:
                    message = json.loads(await line.recv())
            return str(message.get("error", {}).get("code", message["type"]))

    async with asyncio.timeout(60):
        return Counter(await asyncio.gather(*(one() for _ in range(number))))


def test_of_too_many_nobody_hangs(shop_called: Any, serving: Any) -> None:
    config = ServingConfig(workers=2, max_waiting=10)
    search = shop_called("Shop")
    search.work = lambda: time.sleep(0.02)
    app = create_app(search, config)
    with serving(Server(app, config), search) as client:
        ended = asyncio.run(rush(client.port, 40))
        assert ended.keys() <= {"final", "OverloadedError"}
        assert sum(ended.values()) == 40
        assert ended["final"] >= 12
        assert client.ask(text="still there").status == 200


def num_open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_streams_leave_nothing_behind(shop_called: Any, serving: Any) -> None:
    config = ServingConfig()
    search = shop_called("Shop")
    app = create_app(search, config)

    async def broken(port: int) -> None:
        line = await connect(f"ws://127.0.0.1:{port}/v1/stream", proxy=None)
        await line.send('{"type": "start"}')
        await line.send(bytes(3_200))
        line.transport.abort()

    async def many(port: int) -> None:
        for _ in range(20):
            await broken(port)
        await rush(port, 10)

    with serving(Server(app, config), search) as client:
        asyncio.run(rush(client.port, 10))
        before = num_open_files()
        asyncio.run(many(client.port))
        until = time.monotonic() + 10
        while app.state.streams.num_open and time.monotonic() < until:
            time.sleep(0.02)
        assert app.state.streams.num_open == 0
        assert app.state.service.admission.inside == 0
        assert num_open_files() <= before + 2
