"""What a peer is: another program that does one of our jobs, behind one method.

Knows no peer. A peer that is not installed, or whose model nobody named, is absent with a sentence
that says so; one that was named and cannot be opened is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from sayfind.errors import ConfigError, MissingExtraError
from sayfind.shop import Shop
from sayfind.types import Audio

__all__ = [
    "Absence",
    "CorrectionPeer",
    "HearingPeer",
    "Material",
    "NotNamedError",
    "SearchPeer",
    "open_peers",
    "pcm",
]


class HearingPeer(Protocol):
    """Hears: sound in, one text out."""

    def hear(self, audio: Audio) -> str:
        """The text of one utterance (16 kHz mono); empty where nothing was heard."""
        ...


class CorrectionPeer(Protocol):
    """Corrects: readings in, one text out."""

    def correct(self, readings: Sequence[str]) -> str:
        """The text after correction; the first reading where nothing is to be done."""
        ...


class SearchPeer(Protocol):
    """Finds: text in, products out."""

    def find(self, text: str, k: int) -> list[str]:
        """At most ``k`` product ids, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Material:
    """What peers are made of: the shop, and the model folders that the user named."""

    shop: Shop
    vosk: Path | None = None
    sherpa: Path | None = None
    whisper: Path | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """A peer that takes no part, and why."""

    peer: str
    reason: str


class NotNamedError(ConfigError):
    """A peer that needs a model, where the user named none."""


Peer = TypeVar("Peer")


def open_peers(
    makers: Mapping[str, Callable[[Material], Peer]], material: Material
) -> tuple[dict[str, Peer], list[Absence]]:
    """The peers that can take part by name, and those that cannot.

    Raises:
        ModelError: a model that was named cannot be opened.
    """
    peers: dict[str, Peer] = {}
    absent = []
    for name, make in makers.items():
        try:
            peers[name] = make(material)
        except (MissingExtraError, NotNamedError) as error:
            absent.append(Absence(name, str(error)))
    return peers, absent


def pcm(audio: Audio) -> bytes:
    """Sound as little-endian 16-bit samples."""
    scaled = np.clip(np.rint(audio.samples * 32767.0), -32768, 32767)
    return bytes(scaled.astype("<i2").tobytes())
