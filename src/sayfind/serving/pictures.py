"""A stranger's picture: decoded only where its own first bytes say that it is one, and no bomb.

JPEG, PNG, WebP and GIF say their size in the header; nothing else is given to a decoder.
"""

from __future__ import annotations

import struct

from sayfind.errors import InputError, TooLargeError
from sayfind.understanding.photo import Image, load_image

__all__ = ["MAX_PIXELS", "open_picture", "picture_size"]

MAX_PIXELS = 40_000_000
_SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the JPEG segments that say the size


def open_picture(data: bytes) -> Image:
    """A picture as uint8 ``(height, width, 3)``, red first.

    Raises:
        InputError: it is no JPEG, PNG, WebP or GIF, or a damaged one.
        TooLargeError: it has more than 40 million pixels.
    """
    try:
        size = picture_size(data)
    except (struct.error, IndexError):  # it ends within its header
        size = None
    if size is None:
        raise InputError("The image is no picture that can be read; send JPEG, PNG, WebP or GIF.")
    if size[0] * size[1] > MAX_PIXELS:
        raise TooLargeError("The image has more than 40 megapixels; send a smaller one.")
    return load_image(data)


def picture_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) as the header says; ``None`` for what is no picture.

    Raises:
        struct.error, IndexError: the header is cut off.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", data, 16)
        return width, height
    if data.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack_from("<HH", data, 6)
        return width, height
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Goes from segment to segment until one says the size."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in _SIZED:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        wide, high = (int.from_bytes(data[i : i + 3], "little") for i in (24, 27))
        return wide + 1, high + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        wide, high = struct.unpack_from("<HH", data, 26)
        return wide & 0x3FFF, high & 0x3FFF
    return None
