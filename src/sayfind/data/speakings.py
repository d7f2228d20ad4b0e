"""What a spoken set made of text is to hold: who says what, how, and under what.

Plans only; ``make`` carries them out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sayfind.data.codec import Codec
from sayfind.data.queries import TextQuery
from sayfind.data.voices import Side, Voice, VoiceSplit
from sayfind.errors import ConfigError
from sayfind.types import Language

__all__ = ["Rendering", "Speaking", "VoiceSetConfig", "plan", "renderings"]


@dataclass(frozen=True, slots=True)
class VoiceSetConfig:
    """How a set sounds.

    Attributes:
        voices: Specs of voices, each of which says each query; none: the side's voices of the
            query's language.
        speeds, pitches: Factors from 0.5 to 2, of which each speaking gets one.
        rooms: A set of room responses, of which each speaking gets one.
        noise: Spec of a ``NoiseSource``; plain ``babble`` is made of the set's own voices.
        snrs: In decibels (the clip's level over the noise's); each is a rendering of its own.
        codecs: Each is a rendering of its own.
        seed: Of all that is drawn.
        side: What the set is for; a voice of the other side is refused.
        split: Which voices are whose.
    """

    voices: tuple[str, ...] = ()
    speeds: tuple[float, ...] = (1.0,)
    pitches: tuple[float, ...] = (1.0,)
    rooms: Path | None = None
    noise: str = ""
    snrs: tuple[float, ...] = ()
    codecs: tuple[Codec, ...] = (Codec.NONE,)
    seed: int = 0
    side: Side = Side.TEST
    split: VoiceSplit = field(default_factory=VoiceSplit)

    def __post_init__(self) -> None:
        if bool(self.noise) != bool(self.snrs):
            raise ConfigError("Noise and its SNR come together: --noise SPEC --snr DECIBELS.")
        if not (self.speeds and self.pitches and self.codecs):
            raise ConfigError("There is at least one speed, one pitch and one codec.")
        if not all(0.5 <= factor <= 2 for factor in (*self.speeds, *self.pitches)):
            raise ConfigError("Speeds and pitches are factors from 0.5 to 2.")
        if not all(np.isfinite(snr) for snr in self.snrs):
            raise ConfigError("An SNR is a number of decibels.")
        self.split.check(self.voices, self.side)

    def voices_for(self, language: Language) -> tuple[Voice, ...]:
        """Who says a query of a language."""
        if self.voices:
            return tuple(Voice.parse(spec) for spec in dict.fromkeys(self.voices))
        voices = map(Voice.parse, self.split.voices(self.side))
        return tuple(voice for voice in voices if voice.language is language)


@dataclass(frozen=True, slots=True)
class Speaking:
    """One query by one voice, and what was drawn for it; ``room`` is a number among the rooms."""

    id: str
    query: TextQuery
    voice: Voice
    speed: float
    pitch: float
    room: int | None


@dataclass(frozen=True, slots=True)
class Rendering:
    """A speaking under one SNR (in decibels; ``None`` without noise) and one codec."""

    speaking: Speaking
    snr: float | None
    codec: Codec

    @property
    def id(self) -> str:
        """The speaking's id and what is special about this rendering; fit for a file name."""
        noise = "" if self.snr is None else f"-{self.snr:g}dB"
        return self.speaking.id + noise + ("" if self.codec is Codec.NONE else f"-{self.codec}")

    @property
    def row(self) -> dict[str, str]:
        """Its cells of the manifest, as far as the plan knows them."""
        speaking = self.speaking
        voice, query = speaking.voice, speaking.query
        language = query.language if voice.language is Language.AUTO else voice.language
        return {
            "id": self.id,
            "text": query.text,
            "query": query.text,
            "language": language,
            "speaker": voice.speaker,
            "voice": str(voice),
            "accent": voice.accent,
            "speed": f"{speaking.speed:g}",
            "pitch": f"{speaking.pitch:g}",
            "snr": "" if self.snr is None else f"{self.snr:g}",
            "codec": self.codec,
        }


def plan(
    queries: Sequence[TextQuery], config: VoiceSetConfig, num_rooms: int
) -> tuple[Speaking, ...]:
    """Every query by every voice; ``num_rooms`` is 0 where there are no rooms."""
    return tuple(
        _speaking(number, query, voice, config, num_rooms)
        for number, query in enumerate(queries, 1)
        for voice in config.voices_for(query.language)
    )


def renderings(speakings: Sequence[Speaking], config: VoiceSetConfig) -> Iterator[Rendering]:
    """Every speaking under every SNR and codec."""
    for speaking in speakings:
        for snr in config.snrs or (None,):
            for codec in config.codecs:
                yield Rendering(speaking, snr, codec)


def _speaking(
    number: int, query: TextQuery, voice: Voice, config: VoiceSetConfig, num_rooms: int
) -> Speaking:
    key = f"{config.seed}\0{query.text}\0{voice}".encode()
    digest = hashlib.blake2b(key, digest_size=16).digest()
    rng = np.random.default_rng(int.from_bytes(digest, "big"))
    return Speaking(
        id=f"{number:05d}-{_slug(query.id)}-{_slug(str(voice))}",
        query=query,
        voice=voice,
        speed=config.speeds[int(rng.integers(len(config.speeds)))],
        pitch=config.pitches[int(rng.integers(len(config.pitches)))],
        room=int(rng.integers(num_rooms)) if num_rooms else None,
    )


def _slug(text: str) -> str:
    """A file name's part; one that had to be changed ends in a digest of the whole."""
    plain = re.sub(r"[^A-Za-z0-9+-]+", "-", text).strip("-")[:40]
    if plain == text.replace(":", "-"):
        return plain
    return f"{plain}-{hashlib.blake2b(text.encode(), digest_size=3).hexdigest()}".lstrip("-")
