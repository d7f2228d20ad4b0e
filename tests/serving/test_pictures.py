"""A picture as part of a search: read by its header first, and handed on with the words."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.errors import InputError, TooLargeError
from sayfind.serving.pictures import MAX_PIXELS, open_picture, picture_size

image_file = pytest.importorskip("PIL.Image")
KINDS = {
    "png": {},
    "gif": {},
    "jpeg": {},
    "jpeg progressive": {"progressive": True},
    "webp": {},
    "webp lossless": {"lossless": True},
    "webp exif": {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"},
}


def encoded(kind: str) -> bytes:
    """120 by 90 pixels, the upper half red."""
    pixels = np.full((90, 120, 3), 245, np.uint8)
    pixels[:45] = (200, 30, 30)
    out = io.BytesIO()
    image_file.fromarray(pixels).save(out, kind.split(maxsplit=1)[0], **KINDS[kind])
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_the_header_says_the_size_and_the_picture_is_read(kind: str) -> None:
    data = encoded(kind)
    assert picture_size(data) == (120, 90)
    pixels = open_picture(data)
    assert pixels.shape == (90, 120, 3)
    assert pixels[10, 60, 0] > 150 > pixels[10, 60, 1]


def test_a_bomb_is_not_decoded() -> None:
    png = bytearray(encoded("png"))
    struct.pack_into(">II", png, 16, 50_000, MAX_PIXELS // 50_000 + 1)
    with pytest.raises(TooLargeError, match="40 megapixels"):
        open_picture(bytes(png))


@pytest.mark.parametrize("kind", KINDS)
def test_a_header_that_is_cut_off_is_an_error_in_a_sentence(kind: str) -> None:
    data = encoded(kind)
    for end in (0, 3, 8):
        with pytest.raises(InputError):
            open_picture(data[:end])


@given(st.binary(max_size=80), st.sampled_from([b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF"]))
def test_no_bytes_break_it(data: bytes, head: bytes) -> None:
    try:
        open_picture(head + data)
    except InputError as error:
        assert str(error)


def send(client: Any, picture: bytes, **fields: str) -> Any:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = 'Content-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    body = b"".join(parts) + f"--b\r\n{head}".encode() + picture + b"\r\n--b--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    return client("POST", "/v1/search", body, kind)


@pytest.mark.parametrize("fields", [{"text": "shoes like this"}, {}])
def test_a_picture_goes_with_the_words_or_alone(client: Any, fields: dict[str, str]) -> None:
    assert send(client, encoded("jpeg"), **fields).status == 200
    asked, context, _ = client.search.asked[-1]
    assert asked == fields.get("text", "")
    assert context.screen.photo.shape == (90, 120, 3)


def test_what_is_no_picture_is_refused(client: Any) -> None:
    reply = send(client, b"no picture", text="shoes")
    assert (reply.status, reply.json["error"]["type"]) == (400, "InputError")
    assert "JPEG" in reply.json["error"]["message"]
    assert "file of a form" in client.ask(text="x", image="y").json["error"]["message"]
