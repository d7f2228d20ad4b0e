"""The demo shop behind a real server, and Chromium with a recording as its microphone."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr
import uvicorn

from sayfind import Shop, VoiceSearch, demo, load_audio
from sayfind.serving import ServingConfig, create_app
from sayfind.serving.security import SecurityConfig

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
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
NEIGHBOUR = "https://corner.example"
"""Another site whose pages may call; what it serves is made up by the tests."""
DROP = """async ({bytes, size, type, name}) => {
  const data = new DataTransfer();
  const content = size ? new Uint8Array(size) : new Uint8Array(bytes);
  data.items.add(new File([content], name, {type}));
  for (const kind of ["dragenter", "dragover"])
    document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true}));
  const shown = !document.getElementById("drop").hidden;
  document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
  return [shown, document.getElementById("drop").hidden];
}"""


@pytest.fixture(scope="session")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the compiled demo shop; no test may change it."""
    queries = demo.queries_path().read_text(encoding="utf-8").splitlines()
    shop, _ = Shop.build(demo.catalog_path(), tmp_path_factory.mktemp("demo") / "shop", queries)
    return shop.folder


@pytest.fixture(scope="session")
def address(demo_shop: Path) -> Iterator[str]:
    """Where the demo shop is served, with a slash at the end."""
    search = VoiceSearch(Shop.open(demo_shop))
    config = ServingConfig(security=SecurityConfig(origins=(NEIGHBOUR,)))
    settings = uvicorn.Config(create_app(search, config), port=0, log_level="error")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join(timeout=20)


def microphone_file(path: Path, recordings: tuple[Path, ...]) -> Path:
    """What Chromium plays as the microphone: a quiet room, then each recording and a pause.

    The pause is long enough to end an utterance; the last one is five seconds.
    """
    rng = np.random.default_rng(7)
    room = rng.normal(0, 0.0006, 5 * 16_000).astype(np.float32)
    pieces = [room[:16_000]]
    for recording in recordings:
        pieces += [load_audio(recording).samples, room[: round(1.6 * 16_000)]]
    sound = soxr.resample(np.concatenate([*pieces, room]), 16_000, 48_000)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Opens a browser that hears recordings, or a quiet room; skips where there is none.

    For one module only: Playwright keeps an event loop running in this thread, and other tests
    want one of their own.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt install chromium)")
    with sync_api.sync_playwright() as playwright:

        @contextmanager
        def launch(*recordings: Path) -> Iterator[Any]:
            path = microphone_file(tmp_path_factory.mktemp("sound") / "mic.wav", recordings)
            file = f"--use-file-for-fake-audio-capture={path}%noloop"
            arguments = [*ARGUMENTS, file]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
            yield browser
            browser.close()

        yield launch


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Any]) -> Iterator[Any]:
    """A browser into which somebody says "show me nike running shoes under ..."."""
    with launch(demo.recording_path("nike-running-shoes")) as browser:
        yield browser


@dataclass
class ShopPage:
    """A page of the demo shop, with what a test does over and over. ``page`` is Playwright's."""

    page: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.page, name)

    def search(self, text: str) -> ShopPage:
        """Type a query, and wait for what is found."""
        self.page.fill("#text", text)
        with self.page.expect_response("**/v1/search"):
            self.page.press("#text", "Enter")
        self.page.wait_for_selector("body[data-live=found]")
        return self

    def refine(self, name: str) -> Any:
        """Press the button of that name; gives what the page then asked of the server."""
        with self.page.expect_request("**/v1/search") as request:
            self.page.get_by_role("button", name=name).click()
        self.page.wait_for_selector("body[data-live=found]")
        return request.value.post_data_json

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def count(self) -> int:
        """The products that the page says it found."""
        return int(self.page.locator("#count").inner_text().split(" of ")[-1].split()[0])

    def drop(self, content: bytes, kind: str = "audio/wav", *, size: int = 0) -> list[bool]:
        """Drop a file; whether the drop zone was shown before, and hidden after."""
        file = {"bytes": list(content), "size": size, "type": kind, "name": "dropped"}
        shown: list[bool] = self.page.evaluate(DROP, file)
        return shown

    def error(self) -> str:
        """The sentence that the page complains with."""
        self.page.wait_for_selector("#error:visible", timeout=20_000)
        return str(self.page.locator("#error p").inner_text())


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., ShopPage]]:
    """Opens the page; the test fails if the page logged an error or broke its own policy."""
    contexts, complaints = [], []

    def open_page(width: int = 1280, height: int = 800, path: str = "", **options: Any) -> ShopPage:
        viewport = {"width": width, "height": height}
        context = browser.new_context(viewport=viewport, locale="en-US", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None,
        )
        page.goto(address + path)
        page.wait_for_selector("#examples button", state="attached")
        return ShopPage(page)

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def npm_package(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Fetches a package from npm and gives its folder; skips where that cannot be had."""

    def fetch(name: str) -> Path:
        folder = tmp_path_factory.mktemp("npm")
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip(f"npm is not installed, and {name} comes from there")
        try:
            command = [npm, "pack", name, "--silent"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=90)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm does not give {name} here: {error}")
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        return folder / "package"

    return fetch
