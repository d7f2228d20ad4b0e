from __future__ import annotations

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from sayfind.config import from_mapping
from sayfind.errors import ConfigError, TooLargeError
from sayfind.serving import ServingConfig
from sayfind.serving.limits import drain, limit_body


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"workers": 0}, "workers"),
        ({"max_waiting": -1}, "max_waiting"),
        ({"max_upload_bytes": 0}, "max_upload_bytes"),
        ({"max_text_length": 0}, "max_text_length"),
        ({"max_hits": -3}, "max_hits"),
        ({"max_seconds": 0.0}, "max_seconds"),
        ({"upload_timeout": float("nan")}, "upload_timeout"),
        ({"image_sources": ["*"]}, "image_sources"),
        ({"image_sources": ["https://a.example; script-src *"]}, "image_sources"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=f"serving.{named}"):
        from_mapping(ServingConfig, settings)


@given(chunks=st.lists(st.binary(max_size=20), max_size=8), limit=st.integers(1, 60))
def test_a_body_passes_whole_or_stops_at_the_first_byte_over(
    chunks: list[bytes], limit: int
) -> None:
    passed: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": chunks[len(passed)], "more_body": True}

    async def read() -> None:
        limited = limit_body(receive, None, limit)
        while len(passed) < len(chunks):
            message = await limited()
            passed.append(message["body"])

    if sum(map(len, chunks)) <= limit:
        anyio.run(read)
        assert passed == chunks
    else:
        with pytest.raises(TooLargeError):
            anyio.run(read)
        assert sum(map(len, passed)) <= limit < sum(map(len, chunks[: len(passed) + 1]))


def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    async def receive() -> Message:
        raise AssertionError("nothing is read")

    with pytest.raises(TooLargeError, match="larger than 2 MB"):
        limit_body(receive, str(2**21 + 1), 2**21)


@pytest.mark.parametrize(("pieces", "taken"), [(2, 2), (9, 5), (0, 0)])
def test_draining_ends_with_the_body_at_its_limit_or_when_nothing_comes(
    pieces: int, taken: int
) -> None:
    read: list[int] = []

    async def receive() -> Message:
        if not pieces:
            await anyio.sleep_forever()
        read.append(1)
        return {"type": "http.request", "body": bytes(10), "more_body": len(read) < pieces}

    anyio.run(drain, receive, 50, 0.05)
    assert len(read) == taken
