"""Synthetic voices by programs that may be installed: flite, espeak-ng, or any command.

A voice is written ``flite:slt``, ``espeak:en-gb``, ``espeak:cmn+f3`` (a variant), or
``command:say-it --text {text} --out {out}``. The test voices are never to be trained on:
``VoiceSplit`` says which are which, and refuses.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.file import load_audio
from sayfind.audio.level import active_level
from sayfind.audio.resample import resample
from sayfind.data.programs import espeak_variants, espeak_voices, flite_voices, found, run
from sayfind.errors import AudioError, ConfigError, InputError
from sayfind.text.normalise import has_han
from sayfind.types import Audio, Language

__all__ = ["Program", "Side", "Voice", "VoiceSplit"]

_SILENCE = -50.0  # dBFS; the programs' own silence lies at -60 and below
_ESPEAK_WORDS_PER_MINUTE = 175
_FACTORS = (0.5, 2.0)
_FLITE_STRETCH = {"kal": 1.1, "kal16": 1.1}  # what these voices speak at of their own accord
_FLITE_ACCENTS = {"awb": "en-gb-scotland"}
# Names that are one speaker recorded once: a split must not part them.
_SAME_SPEAKER = {"flite:kal": "flite:kal16", "flite:awb_time": "flite:awb"}


class Program(StrEnum):
    """What speaks."""

    FLITE = "flite"
    ESPEAK = "espeak"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Voice:
    """One synthetic speaker: a program and its name for the voice (or the command's template)."""

    program: Program
    name: str

    @classmethod
    def parse(cls, spec: str) -> Voice:
        """The voice that is written ``PROGRAM:NAME``.

        Raises:
            ConfigError: not so written, a language we have no use for, or a template without
                ``{text}`` and ``{out}``.
        """
        program, _, name = spec.partition(":")
        if program not in set(Program) or not name:
            raise ConfigError(f"{spec!r} is no voice: flite:NAME, espeak:NAME or command:TEMPLATE.")
        if program == Program.COMMAND and not ("{text}" in name and "{out}" in name):
            raise ConfigError(f"{spec!r}: the template names {{text}} and {{out}}.")
        if program == Program.ESPEAK and name.split("-")[0].split("+")[0] not in ("en", "cmn"):
            raise ConfigError(f"{spec!r}: only English (en...) and Mandarin (cmn...) are spoken.")
        return cls(Program(program), name)

    def __str__(self) -> str:
        return f"{self.program}:{self.name}"

    @property
    def speaker(self) -> str:
        """The voice's name in a split: one for all names of the same speaker."""
        return _SAME_SPEAKER.get(str(self), str(self))

    @property
    def language(self) -> Language:
        """What it speaks; ``AUTO`` for a command, which is taken at its word."""
        if self.program is Program.COMMAND:
            return Language.AUTO
        return Language.MANDARIN if self.name.startswith("cmn") else Language.ENGLISH

    @property
    def accent(self) -> str:
        """The accent, as a language tag; empty for a command."""
        if self.program is Program.FLITE:
            return _FLITE_ACCENTS.get(self.name.removesuffix("_time"), "en-us")
        return self.name.partition("+")[0] if self.program is Program.ESPEAK else ""

    def say(self, text: str, speed: float = 1.0, pitch: float = 1.0) -> Audio:
        """The text spoken, mono at 16 kHz; ``speed`` and ``pitch`` are factors from 0.5 to 2.

        Raises:
            InputError: the voice cannot say the text: another script, or nothing to say.
            ConfigError: no such voice, or a factor that it cannot change.
            MissingExtraError: the program is not installed.
        """
        self.check()
        if not (_FACTORS[0] <= speed <= _FACTORS[1] and _FACTORS[0] <= pitch <= _FACTORS[1]):
            raise ConfigError(f"speed {speed:g} and pitch {pitch:g} are factors from 0.5 to 2.")
        text = _sayable(text)
        if self.language is Language.ENGLISH and has_han(text):
            raise InputError(f"{self} does not speak Chinese.")
        if not any(character.isalnum() for character in text):
            raise InputError(f"{self} finds nothing to say in {text[:60]!r}.")
        audio = self._spoken(text, speed, pitch)
        if audio is None or active_level(audio) < _SILENCE:
            raise InputError(f"{self} says nothing for {text[:60]!r}.")
        return audio

    def check(self) -> None:
        """Make sure that the program and the voice are there: some programs fall back silently.

        Raises:
            MissingExtraError: the program is not installed.
            ConfigError: it has no such voice.
        """
        if self.program is Program.FLITE and self.name not in flite_voices():
            raise ConfigError(f"flite has no voice {self.name!r}: {', '.join(flite_voices())}.")
        if self.program is Program.ESPEAK:
            name, _, variant = self.name.partition("+")
            if name not in espeak_voices() or (variant and variant not in espeak_variants()):
                raise ConfigError(f"espeak-ng has no voice {self.name!r}; see espeak-ng --voices.")
        if self.program is Program.COMMAND:
            found(shlex.split(self.name)[0])

    def _spoken(self, text: str, speed: float, pitch: float) -> Audio | None:
        with TemporaryDirectory() as folder:
            out = Path(folder) / "said.wav"
            run(self._command(text, out, speed, pitch), str(self))
            try:
                audio = load_audio(out)
            except AudioError:  # no file, or a header without sound: nothing was said
                return None
        return _higher(audio, pitch) if self.program is Program.FLITE else audio

    def _command(self, text: str, out: Path, speed: float, pitch: float) -> list[str]:
        if self.program is Program.FLITE:
            # Not every flite voice can change its pitch: it speaks slower, and is played faster.
            stretch = _FLITE_STRETCH.get(self.name, 1.0) * pitch / speed
            options = ["-voice", self.name, "--setf", f"duration_stretch={stretch:.4f}"]
            return ["flite", *options, "-t", text, "-o", str(out)]
        if self.program is Program.ESPEAK:
            words, place = round(_ESPEAK_WORDS_PER_MINUTE * speed), 50 + 50 * np.log2(pitch)
            options = ["-s", str(words), "-p", str(round(min(99.0, max(0.0, place))))]
            return ["espeak-ng", "-v", self.name, *options, "-w", str(out), "--", text]
        return _filled(self.name, {"text": text, "out": str(out), "speed": speed, "pitch": pitch})


def _filled(template: str, values: dict[str, str | float]) -> list[str]:
    """The template's arguments with the values put in; no shell ever reads them."""
    for name in ("speed", "pitch"):
        if values[name] != 1.0 and f"{{{name}}}" not in template:
            raise ConfigError(f"The template has no {{{name}}}, so its {name} cannot be changed.")
    arguments = shlex.split(template)
    for name in ("speed", "pitch", "out", "text"):  # the text last: it may hold any of these
        arguments = [part.replace(f"{{{name}}}", str(values[name])) for part in arguments]
    return arguments


def _sayable(text: str) -> str:
    """Without control characters, and without the brackets that switch espeak to phonemes."""
    visible = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(visible.replace("[[", "[ [").split())


def _higher(audio: Audio, factor: float) -> Audio:
    if factor == 1.0:
        return audio
    return Audio(resample(Audio(audio.samples, round(RATE * factor)), RATE).samples, RATE)


class Side(StrEnum):
    """What a voice may be used for."""

    TRAIN = "train"
    TEST = "test"


_TEST = (
    "flite:slt", "flite:rms", "flite:awb", "flite:kal16", "espeak:en-us", "espeak:en-gb",
    "espeak:cmn", "espeak:cmn+f3",
)  # fmt: skip
_TRAIN = (
    "espeak:en-029", "espeak:en-gb-scotland", "espeak:en-gb-x-gbclan", "espeak:en-gb-x-gbcwmd",
    "espeak:en-gb-x-rp", "espeak:en-us-nyc", "espeak:en-us+f2", "espeak:en-us+m3",
    "espeak:en-gb+f4", "espeak:en-gb+m7", "espeak:cmn+f2", "espeak:cmn+f4", "espeak:cmn+m3",
    "espeak:cmn+m7",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VoiceSplit:
    """Which voices are for training and which for test. A voice in neither may be either."""

    train: tuple[str, ...] = _TRAIN
    test: tuple[str, ...] = _TEST

    def __post_init__(self) -> None:
        both = {_speaker(v) for v in self.train} & {_speaker(v) for v in self.test}
        if both:
            raise ConfigError(f"{min(both)} is both a train and a test voice.")

    def voices(self, side: Side) -> tuple[str, ...]:
        """The voices of one side."""
        return self.train if side is Side.TRAIN else self.test

    def check(self, voices: Iterable[str], side: Side) -> None:
        """Refuse voices of the other side.

        Raises:
            ConfigError: names the voice.
        """
        other = Side.TEST if side is Side.TRAIN else Side.TRAIN
        kept = {_speaker(voice) for voice in self.voices(other)}
        for voice in voices:
            if _speaker(voice) in kept:
                raise ConfigError(f"{voice} is a {other} voice; it is not used for {side}.")


def _speaker(voice: str) -> str:
    return Voice.parse(voice).speaker
