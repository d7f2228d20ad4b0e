"""OpenAI's own client against ``/v1/audio/transcriptions``, over a scripted shop."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sayfind.errors import OverloadedError
from sayfind.types import Language

openai = pytest.importorskip("openai")


def recording() -> io.BytesIO:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(b"\x10\x20" * 8_000)
    target.seek(0)
    target.name = "order.wav"  # type: ignore[misc]
    return target


@pytest.fixture(scope="module")
def transcriptions(client: Any) -> Iterator[Any]:
    address = f"http://127.0.0.1:{client.port}/v1"
    with openai.OpenAI(base_url=address, api_key="none", timeout=60, max_retries=0) as made:
        yield made.audio.transcriptions


def asked(transcriptions: Any, **options: Any) -> Any:
    return transcriptions.create(file=recording(), model="any", **options)


def test_every_form_of_answer(client: Any, transcriptions: Any) -> None:
    text = "asics running shoes"
    assert asked(transcriptions).text == text
    assert asked(transcriptions, response_format="text").strip() == text
    srt = asked(transcriptions, response_format="srt")
    assert srt == f"1\n00:00:00,100 --> 00:00:00,900\n{text}\n\n"
    vtt = asked(transcriptions, response_format="vtt", language="en")
    assert vtt == f"WEBVTT\n\n00:00:00.100 --> 00:00:00.900\n{text}\n\n"
    assert client.search.asked[-1][1].language is Language.ENGLISH


def test_words_and_their_times(transcriptions: Any) -> None:
    verbose = asked(
        transcriptions, response_format="verbose_json", timestamp_granularities=["word"]
    )
    assert (verbose.language, float(verbose.duration)) == ("english", 0.9)
    assert [(word.word, word.start) for word in verbose.words] == [("asix", 0.1), ("running", 0.5)]
    assert verbose.segments[0].text == verbose.text
    assert asked(transcriptions, response_format="verbose_json").words is None


def test_a_stream_is_the_text_at_once(transcriptions: Any) -> None:
    events = list(asked(transcriptions, stream=True))
    assert [event.type for event in events] == ["transcript.text.delta", "transcript.text.done"]
    assert events[0].delta == events[1].text == "asics running shoes"


@pytest.mark.parametrize(
    ("options", "says"),
    [({"language": "fr"}, "'fr'"), ({"response_format": "diarized_json"}, "response_format")],
)
def test_what_cannot_be_is_a_bad_request(
    transcriptions: Any, options: dict[str, str], says: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=says):
        asked(transcriptions, **options)


def test_no_sound_and_no_file(client: Any, transcriptions: Any) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        transcriptions.create(file=("a.wav", b"no sound"), model="any")
    assert refused.value.status_code == 415
    reply = client("POST", "/v1/audio/transcriptions", b"{}", {"Content-Type": "application/json"})
    assert reply.status == 415
    form = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    assert client("POST", "/v1/audio/transcriptions", form, kind).status == 400


def test_what_is_asked_in_vain_is_said(transcriptions: Any) -> None:
    raw = transcriptions.with_raw_response.create(
        file=recording(), model="any", prompt="Sony", temperature=0.5
    )
    assert raw.headers["x-sayfind-note"] == "not used: prompt, temperature"


def test_a_full_server_is_one_that_openais_client_would_ask_again(
    start: Callable[..., Any],
) -> None:
    busy = start()

    def fail() -> None:
        raise OverloadedError("Later.")

    busy.search.work = fail
    address = f"http://127.0.0.1:{busy.port}/v1"
    made = openai.OpenAI(base_url=address, api_key="none", timeout=60, max_retries=0)
    with made, pytest.raises(openai.InternalServerError) as refused:
        asked(made.audio.transcriptions)
    assert refused.value.status_code == 503
