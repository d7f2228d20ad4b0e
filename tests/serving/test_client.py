"""The Python client against a real server over a scripted shop."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any

import pytest

from sayfind.client import Client, from_json
from sayfind.errors import InputError, LanguageError, OverloadedError, SayfindError
from sayfind.serving.protocol import ErrorResponse, RangeBody, SearchResponse
from sayfind.serving.stream_messages import FinalMessage, PartialMessage, PongMessage, ReadyMessage


@pytest.fixture(scope="module")
def shop(client: Any) -> Client:
    return Client(f"http://127.0.0.1:{client.port}/")


def test_answers_have_types(shop: Client) -> None:
    answer = shop.search("running shoes", k=3, language="en")
    assert answer.hits[0].product.title == "Asics Gel-Kayano 31 running shoe"
    assert answer.query.constraints[1].value == RangeBody(None, 100.0, "USD")
    assert answer.facets[0].values[0].value == "black"
    again = shop.search("cheaper", state=answer.state)
    assert again.state == answer.state
    assert shop.product("odd/2").id == "odd/2"
    assert shop.shop().num_products == 2
    assert shop.suggest("runn").suggestions[0].kind == "query"


def test_recordings(shop: Client) -> None:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(9_600))
    recording = target.getvalue()
    assert shop.search(audio=recording).text == shop.transcribe(recording).text


def test_a_batch_holds_answers_and_errors(shop: Client) -> None:
    good, bad = shop.batch(["shoes", " "])
    assert isinstance(good, SearchResponse)
    assert isinstance(bad, ErrorResponse)


def test_errors_are_ours(start: Callable[..., Any], shop: Client) -> None:
    with pytest.raises(InputError, match="'k'"):
        shop.search("x", k=0)
    with pytest.raises(InputError):
        shop.product("none")
    with pytest.raises(SayfindError, match="sayfind serve"):
        Client("http://127.0.0.1:9").search("x")
    with pytest.raises(SayfindError, match="sayfind serve"), Client("http://127.0.0.1:9").stream():
        pass
    busy = start()

    def fail() -> None:
        raise OverloadedError("Later.", retry_after=7)

    busy.search.work = fail
    with pytest.raises(OverloadedError) as refused:
        Client(f"http://127.0.0.1:{busy.port}").search("x")
    assert refused.value.retry_after == 7


def test_speech_is_sent_while_it_comes(shop: Client) -> None:
    answer = shop.hear(iter([bytes(3_200)] * 5), language="en", k=2)
    assert isinstance(answer, SearchResponse)
    assert answer.text == "asics running shoes"


def test_a_stream_by_hand(shop: Client) -> None:
    with shop.stream(k=2) as stream:
        stream.send(bytes(3_200))
        stream.ping()
        stream.finish()
        told = list(stream)
    assert [type(message) for message in told] == [ReadyMessage, PongMessage, FinalMessage]
    assert stream.trace_id == told[-1].answer["id"]  # type: ignore[union-attr]
    with shop.stream() as stream:
        stream.cancel()
        assert [type(message) for message in stream] == [ReadyMessage]
        stream.send(b"too late")


def test_a_refused_stream_is_an_error(start: Callable[..., Any]) -> None:
    client = start()

    def fail() -> None:
        raise LanguageError("Type it instead.")

    client.search.work = fail
    with pytest.raises(LanguageError, match="Type it instead"):
        Client(f"http://127.0.0.1:{client.port}").hear([bytes(3_200)])
    with pytest.raises(InputError, match="'k'"):
        Client(f"http://127.0.0.1:{client.port}").hear([bytes(3_200)], k=0)


def test_what_a_newer_server_says_besides_is_let_go() -> None:
    said = {"type": "partial", "text": "red", "stable": 0, "seconds": 1.0, "mood": "good"}
    assert from_json(PartialMessage, said) == PartialMessage("red", 0, 1.0)
    with pytest.raises(SayfindError, match="no server"):
        from_json(PartialMessage, {"text": "red"})
