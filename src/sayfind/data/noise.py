"""Lays noise under recordings at a stated signal-to-noise ratio (SNR), repeatably.

Two readings of "SNR" are in use, and they differ by several decibels on clips with pauses:

- ``clip`` (the default): mean square of the whole clip, pauses and all, over the mean square of
  the stretch of noise laid under it. It reproduces the figures told for the baselines.
- ``active``: level of the parts where somebody speaks over that of the noise stretch
  (``audio.level.active_level``, after ITU-T P.56). Harder: the same number means more noise.

What is drawn depends on the seed, the case's id and the kind of source, and on nothing else: not
on the order of cases, the process, or the SNR (so that levels compare the same noise).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.augment import pink_noise, white_noise
from sayfind.audio.file import AudioLimits, load_audio
from sayfind.audio.level import SILENCE, active_level, rms_level
from sayfind.data.babble import talkers
from sayfind.data.sets import SpokenSet
from sayfind.errors import AudioError, ConfigError, InputError
from sayfind.types import Audio, FloatArray

__all__ = ["NoiseKind", "NoiseSource", "SpeechLevel", "add_noise"]

_NOISE_LIMIT = AudioLimits(max_seconds=1_800.0, max_bytes=500_000_000)
_TRIES = 16  # places in a recording that may be silent there


class NoiseKind(StrEnum):
    """Where noise comes from."""

    PINK = "pink"
    WHITE = "white"
    BABBLE = "babble"
    BABBLE_SQUEEZED = "babble-squeezed"
    FILE = "file"
    SET = "set"


class SpeechLevel(StrEnum):
    """What of the speech an SNR compares with the noise (see the module)."""

    CLIP = "clip"
    ACTIVE = "active"


_LEVELS: dict[SpeechLevel, Callable[[Audio], float]] = {
    SpeechLevel.CLIP: rms_level,
    SpeechLevel.ACTIVE: active_level,
}


@dataclass(frozen=True, slots=True)
class NoiseSource:
    """A kind of noise, as a spec names it; cheap to pickle.

    ============================  ==================================================================
    ``pink``, ``white``           generated
    ``babble``                    six talkers made of the other clips of the set that is measured
    ``babble:SET``                six talkers from another set (a tar or folder)
    ``babble-squeezed[:SET]``     the same with every pause cut to 0.1 s: nobody ever falls silent
    a sound file                  looped from a random place
    ``SET``, ``SET:KIND,KIND``    one noise of a set (tar or folder) for each case, all or some of
                                  the manifest's ``kind`` s
    ============================  ==================================================================
    """

    spec: str
    kind: NoiseKind
    name: str
    clips: SpokenSet | None = None
    file: Path | None = None

    @classmethod
    def open(cls, spec: str, clips: SpokenSet | None = None) -> NoiseSource:
        """The source that a spec names; ``clips`` is the set that is measured, for plain babble.

        Raises:
            ConfigError: a spec that names nothing, or plain babble without a set.
            InputError: a set that cannot be opened, or without a recording.
        """
        kind, _, rest = spec.partition(":")
        if kind in (NoiseKind.PINK, NoiseKind.WHITE) and not rest:
            return cls(spec, NoiseKind(kind), kind)
        if kind in (NoiseKind.BABBLE, NoiseKind.BABBLE_SQUEEZED):
            return _babble_source(spec, NoiseKind(kind), rest, clips)
        return _recorded_source(spec)

    def stretch(self, num_samples: int, seed: int, case_id: str) -> Audio:
        """The noise for one case, ``(num_samples,)`` at 16 kHz; at no particular level.

        Raises:
            InputError: the source is silent or cannot be decoded.
        """
        rng = _generator(seed, case_id, self.name)
        if self.kind is NoiseKind.PINK:
            return pink_noise(num_samples, rng)
        if self.kind is NoiseKind.WHITE:
            return white_noise(num_samples, rng)
        if self.kind is NoiseKind.FILE:
            assert self.file is not None
            return _loop(_recording(self.file), num_samples, rng, str(self.file))
        assert self.clips is not None
        if self.kind is NoiseKind.SET:
            case = self.clips.cases[int(rng.integers(len(self.clips.cases)))]
            return _loop(case.kept_audio(), num_samples, rng, case.id)
        squeezed = self.kind is NoiseKind.BABBLE_SQUEEZED
        return talkers(self.clips, case_id, num_samples, rng, squeezed=squeezed)


def add_noise(
    audio: Audio,
    source: NoiseSource,
    snr_db: float,
    seed: int,
    case_id: str,
    level: SpeechLevel = SpeechLevel.CLIP,
) -> Audio:
    """The recording with noise under it at ``snr_db`` decibels (see the module for which SNR).

    If the sum would clip, speech and noise are turned down together.

    Raises:
        AudioError: the recording is digital silence, to which no noise stands in a ratio.
        InputError: the noise is silent or cannot be decoded.
    """
    if audio.rate != RATE:
        raise ValueError(f"noise is laid under sound of {RATE} Hz")
    speech_level = _LEVELS[SpeechLevel(level)](audio)
    if speech_level <= SILENCE:
        raise AudioError(f"{case_id}: the recording is silent, so that an SNR means nothing.")
    under = source.stretch(len(audio.samples), seed, case_id)
    gain = 10 ** ((speech_level - snr_db - rms_level(under)) / 20)
    total = audio.samples + np.float32(gain) * under.samples
    total /= np.float32(max(1.0, float(np.abs(total).max())))
    return Audio(total, RATE)


@lru_cache(maxsize=2)
def _recording(path: Path) -> Audio:
    return load_audio(path, _NOISE_LIMIT)


def _generator(seed: int, case_id: str, name: str) -> np.random.Generator:
    digest = hashlib.blake2b(f"{seed}\0{case_id}\0{name}".encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _babble_source(spec: str, kind: NoiseKind, path: str, clips: SpokenSet | None) -> NoiseSource:
    if path:
        clips = SpokenSet.open(path)
        return NoiseSource(spec, kind, f"{kind}:{clips.name}", _with_sound(clips))
    if clips is None:
        raise ConfigError(f"{spec} needs a set of voices: write {spec}:SET.")
    return NoiseSource(spec, kind, str(kind), _with_sound(clips))


def _recorded_source(spec: str) -> NoiseSource:
    path, kinds = Path(spec), ""
    if not path.exists() and ":" in spec:
        before, _, kinds = spec.rpartition(":")
        path = Path(before)
    if not spec or not path.exists():
        raise ConfigError(
            f"Noise {spec!r} is neither pink, white, babble[:SET], a sound file nor a set."
        )
    if path.is_dir() or path.suffix == ".tar":
        noises = SpokenSet.open(path, limit=_NOISE_LIMIT)
        name = noises.name + (f":{kinds}" if kinds else "")
        return NoiseSource(spec, NoiseKind.SET, name, _with_sound(_of_kinds(noises, kinds)))
    _recording(path)  # a bad file is told now, not at the first case
    return NoiseSource(spec, NoiseKind.FILE, path.stem, file=path)


def _of_kinds(noises: SpokenSet, kinds: str) -> SpokenSet:
    if not kinds:
        return noises
    wanted = {kind.strip().lower() for kind in kinds.split(",")}
    known = {case.row.get("kind", "").lower() for case in noises.cases}
    unknown = sorted(wanted - known)
    if unknown:
        raise ConfigError(f"{noises.path} has no noise of the kind {unknown[0]!r}.")
    chosen = tuple(case for case in noises.cases if case.row.get("kind", "").lower() in wanted)
    return replace(noises, cases=chosen)


def _with_sound(clips: SpokenSet) -> SpokenSet:
    if not clips.cases:
        raise InputError(f"{clips.path} holds no recording that can be used as noise.")
    return clips


def _loop(audio: Audio, num_samples: int, rng: np.random.Generator, name: str) -> Audio:
    for _ in range(_TRIES):
        first = int(rng.integers(len(audio.samples)))
        samples: FloatArray = audio.samples.take(np.arange(first, first + num_samples), mode="wrap")
        if rms_level(Audio(samples, RATE)) > SILENCE:
            return Audio(samples, RATE)
    raise InputError(f"{name} is silent; name a noise that can be heard.")
