"""A client of a sayfind server: typed answers, our own errors, speech while it is said.

Needs nothing but the base install, and no model: only words and sound go over the line. Safe to
share between threads; each call has a connection of its own.

    client = Client("http://127.0.0.1:8080")
    client.search("running shoes under 100").hits[0].product.title
    client.hear(microphone_chunks(), on_partial=lambda partial: print(partial.text))
"""

from __future__ import annotations

import json
import threading
import types
import typing
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

import sayfind.errors
from sayfind.errors import InputError, OverloadedError, SayfindError
from sayfind.serving.protocol import (
    BatchResponse,
    ErrorResponse,
    ProductBody,
    SearchResponse,
    ShopResponse,
    StateBody,
    SuggestResponse,
    TranscribeResponse,
    to_json,
)
from sayfind.serving.stream_messages import (
    EndpointMessage,
    ErrorMessage,
    FinalMessage,
    PartialMessage,
    PongMessage,
    ReadyMessage,
    ServerMessage,
)

__all__ = ["Client", "SpeechStream", "from_json"]

T = TypeVar("T")

_MESSAGES: Mapping[str, type[ServerMessage]] = {
    "ready": ReadyMessage,
    "partial": PartialMessage,
    "endpoint": EndpointMessage,
    "final": FinalMessage,
    "error": ErrorMessage,
    "pong": PongMessage,
}
_UNREACHABLE = "There is no sayfind server at {}; start one with `sayfind serve`, or look again."


@dataclass(frozen=True)
class Client:
    """One server at ``address``; ``key`` is an API key, ``timeout`` is in seconds."""

    address: str = "http://127.0.0.1:8080"
    key: str = ""
    timeout: float = 30.0

    def search(
        self,
        text: str = "",
        *,
        audio: bytes | None = None,
        k: int = 20,
        language: str = "auto",
        state: StateBody | None = None,
    ) -> SearchResponse:
        """Search for typed words, or by a recording (the bytes of a sound file).

        ``state`` goes on with the conversation of an earlier answer.

        Raises:
            SayfindError: as the server says.
        """
        options: dict[str, Any] = {"k": k, "language": language}
        if state is not None:
            options["state"] = to_json(state)
        if audio is None:
            return from_json(SearchResponse, self._post("search", {"text": text, **options}))
        asked = {n: v if isinstance(v, str) else json.dumps(v) for n, v in options.items()}
        answer = self._call(f"v1/search?{urllib.parse.urlencode(asked)}", audio, "audio/*")
        return from_json(SearchResponse, answer)

    def batch(
        self, texts: Sequence[str], k: int = 20
    ) -> tuple[SearchResponse | ErrorResponse, ...]:
        """Several typed searches in one request, answered in order, each for itself."""
        searches = [{"text": text, "k": k} for text in texts]
        return from_json(BatchResponse, self._post("batch", {"searches": searches})).answers

    def transcribe(self, audio: bytes, language: str = "auto") -> TranscribeResponse:
        """What a recording says."""
        path = f"v1/transcribe?{urllib.parse.urlencode({'language': language})}"
        return from_json(TranscribeResponse, self._call(path, audio, "audio/*"))

    def suggest(self, typed: str, k: int = 8) -> SuggestResponse:
        """Completions of what is typed."""
        path = f"v1/suggest?{urllib.parse.urlencode({'q': typed, 'k': k})}"
        return from_json(SuggestResponse, self._call(path))

    def product(self, product_id: str) -> ProductBody:
        """One product."""
        path = f"v1/products/{urllib.parse.quote(product_id, safe='')}"
        return from_json(ProductBody, self._call(path))

    def shop(self) -> ShopResponse:
        """What the server serves, and its limits."""
        return from_json(ShopResponse, self._call("v1/shop"))

    @contextmanager
    def stream(self, **start: Any) -> Iterator[SpeechStream]:
        """An open stream of speech; ``start`` are fields of the start message (docs/streaming.md).

        Raises:
            SayfindError: the server cannot be reached or refuses.
        """
        scheme, _, rest = self.address.rstrip("/").partition("://")
        address = f"{'wss' if scheme == 'https' else 'ws'}://{rest}/v1/stream"
        try:
            socket = connect(
                address, compression=None, max_size=None, open_timeout=self.timeout,
                additional_headers=self._headers(), proxy=None,
            )  # fmt: skip
        except (OSError, InvalidHandshake, InvalidURI) as error:
            raise SayfindError(_UNREACHABLE.format(self.address)) from error
        with socket:
            socket.send(json.dumps({"type": "start", **start}))
            yield SpeechStream(socket, self.timeout)

    def hear(
        self,
        chunks: Iterable[bytes],
        on_partial: Callable[[PartialMessage], None] = lambda _: None,
        **start: Any,
    ) -> SearchResponse:
        """The answer to sound that is sent while it comes; ends with the chunks or at an end point.

        ``chunks`` are 16-bit samples at 16 kHz, unless ``start`` says otherwise. What is read from
        them ahead of the end point is not sent.
        """
        with self.stream(**start) as stream:
            over = threading.Event()
            sender = threading.Thread(target=_send_all, args=(stream, chunks, over), daemon=True)
            sender.start()
            try:
                for message in stream:
                    if isinstance(message, EndpointMessage):
                        over.set()
                    if isinstance(message, PartialMessage):
                        on_partial(message)
                    if isinstance(message, FinalMessage):
                        return from_json(SearchResponse, message.answer)
            finally:
                over.set()
        raise SayfindError("The server closed the stream without an answer; please ask again.")

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"} if self.key else {}

    def _post(self, name: str, fields: Mapping[str, Any]) -> Any:
        return self._call(f"v1/{name}", json.dumps(fields).encode(), "application/json")

    def _call(self, path: str, body: bytes | None = None, kind: str = "") -> Any:
        headers = self._headers() | ({"content-type": kind} if kind else {})
        request = urllib.request.Request(
            f"{self.address.rstrip('/')}/{path}", data=body, headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.read(), error.headers.get("retry-after")) from error
        except (OSError, ValueError) as error:
            raise SayfindError(_UNREACHABLE.format(self.address)) from error


class SpeechStream:
    """One spoken query: send chunks, read messages; one thread may do each."""

    def __init__(self, socket: ClientConnection, timeout: float) -> None:
        self._socket, self._timeout = socket, timeout
        self.trace_id = ""

    def send(self, chunk: bytes) -> None:
        """Some sound; waits while the server is not ready for more. After the end it is let go."""
        with suppress(ConnectionClosed):
            self._socket.send(chunk)

    def finish(self) -> None:
        """That was all."""
        self._tell("finish")

    def cancel(self) -> None:
        """No answer is wanted."""
        self._tell("cancel")

    def ping(self) -> None:
        """Ask for a ``PongMessage``."""
        self._tell("ping")

    def __iter__(self) -> Iterator[ServerMessage]:
        """The server's messages until it closes the stream.

        Raises:
            SayfindError: the server's error message, as the error it names.
        """
        try:
            while True:
                message = json.loads(self._socket.recv(self._timeout))
                kind = _MESSAGES.get(message.get("type"))
                if kind is None:  # of a newer server
                    continue
                told = from_json(kind, message)
                if isinstance(told, ErrorMessage):
                    raise _error(told.error.code, told.error.message)
                if isinstance(told, ReadyMessage):
                    self.trace_id = told.trace_id
                yield told
        except ConnectionClosed:
            return
        except TimeoutError as error:
            raise SayfindError("The server says nothing any more; please ask again.") from error

    def _tell(self, kind: str) -> None:
        with suppress(ConnectionClosed):
            self._socket.send(json.dumps({"type": kind}))


def from_json(kind: type[T], value: Any) -> T:
    """A wire dataclass of plain values; fields of a newer server are let go.

    Raises:
        SayfindError: a field is missing.
    """
    found: T = _read(kind, value)
    return found


def _read(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        given = {
            f.name: _read(hints[f.name], value[f.name]) for f in fields(hint) if f.name in value
        }
        try:
            return hint(**given)
        except TypeError as error:
            raise SayfindError("That is no server that this client understands.") from error
    if origin in (types.UnionType, typing.Union) and isinstance(value, dict):
        bodies = [kind for kind in arguments if is_dataclass(kind)]
        fitting = [kind for kind in bodies if {f.name for f in fields(kind)} <= value.keys()]
        return _read((fitting or bodies)[0], value)
    if origin is tuple:
        return tuple(_read(arguments[0], item) for item in value)
    if origin in (dict, Mapping) and arguments[1] is not Any:
        return {name: _read(arguments[1], item) for name, item in value.items()}
    return value


def _send_all(stream: SpeechStream, chunks: Iterable[bytes], over: threading.Event) -> None:
    for chunk in chunks:
        if over.is_set():
            return
        stream.send(chunk)
    stream.finish()


def _refusal(body: bytes, retry_after: str | None) -> SayfindError:
    try:
        told = json.loads(body)["error"]
        error = _error(str(told["type"]), str(told["message"]))
    except (ValueError, KeyError, TypeError):
        return SayfindError("That is no sayfind server, or something stands before it.")
    if isinstance(error, OverloadedError) and retry_after:
        error.retry_after = float(retry_after)
    return error


def _error(code: str, message: str) -> SayfindError:
    """The error of our tree that has this name; one that is not known here is of the root."""
    if code == "NotFoundError":
        return InputError(message)
    kind = getattr(sayfind.errors, code, SayfindError)
    known = isinstance(kind, type) and issubclass(kind, SayfindError)
    return kind(message) if known else SayfindError(message)
