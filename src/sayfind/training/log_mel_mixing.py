"""Makes recordings worse in the log-mel domain, where it costs almost nothing.

Energies of sounds that do not know of each other add; so noise, babble, rooms, microphones,
voices and tempo are all changes of a ``(num_frames, 80)`` array of natural-log energies. What
this cannot show (clipping, beating between sounds) is left to augmentation of the waveform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.types import FloatArray

__all__ = ["MixingConfig", "Noises", "disguise", "equalise", "level", "mix", "stretch", "warp"]

Generator = np.random.Generator
Half = NDArray[np.float16]

SILENCE = -15.9
_ACTIVE = 3.5  # nepers under the mean power that still count as speech


@dataclass(frozen=True, slots=True)
class MixingConfig:
    """Shares of utterances that are changed, and how far. Signal-to-noise ratios in decibels.

    Attributes:
        clean: Share with nothing behind.
        babble: Share of the rest with voices behind; ``noise`` the share with noise (both may be).
        lowest_snr, highest_snr: Evenly spread.
        few_snr: Lowest ratio for one or two voices, which only loudness tells from the near one.
        tempo, voice: Largest change of speed and of vocal-tract length, as shares.
        room: Share with reverberation; ``microphone`` the share through another response,
            of ``response`` nepers; ``narrow`` the share of telephones; ``gaps`` of digital silence.
    """

    clean: float = 0.25
    babble: float = 0.55
    noise: float = 0.6
    lowest_snr: float = 1.0
    highest_snr: float = 30.0
    few_snr: float = 9.0
    tempo: float = 0.15
    voice: float = 0.14
    room: float = 0.35
    microphone: float = 0.7
    response: float = 0.7
    narrow: float = 0.08
    gaps: float = 0.2


@dataclass(frozen=True, slots=True)
class Noises:
    """What may be behind: log-mel arrays of noises, and of utterances by others."""

    noises: Sequence[Half]
    voices: Sequence[Half]

    def noise(self, num_frames: int, rng: Generator) -> FloatArray:
        """A stretch of one noise, repeated if it is shorter; its spectrum often tilted."""
        sound = _loop(self.noises[int(rng.integers(len(self.noises)))], num_frames, rng)
        return equalise(sound, 0.5, rng) if rng.random() < 0.5 else sound

    def babble(self, num_voices: int, num_frames: int, rng: Generator) -> FloatArray:
        """Several voices at about one loudness, without their longer pauses."""
        total = np.full((num_frames, 80), SILENCE, np.float32)
        for _ in range(num_voices):
            voice = self.voices[int(rng.integers(len(self.voices)))].astype(np.float32)
            loud = voice.mean(axis=1)
            voice = voice[loud > loud.max() - 6] if rng.random() < 0.5 else voice
            voice = voice - level(voice) + np.float32(rng.normal(0, 0.3))
            np.logaddexp(total, _loop(voice, num_frames, rng), out=total)
        return total


def level(log_mel: FloatArray) -> float:
    """Log of the mean energy of the frames in which something is loud."""
    power = np.exp(log_mel.astype(np.float32)).sum(axis=1)
    active = power[power > power.mean() * np.exp(-_ACTIVE)]
    return float(np.log(active.mean() + 1e-12))


def mix(near: FloatArray, behind: FloatArray, snr_db: float) -> FloatArray:
    """One sound with another under it; the ratio counts the active parts of both."""
    shift = level(near) - level(behind) - snr_db * np.log(10) / 10
    mixed: FloatArray = np.logaddexp(near, behind + np.float32(shift))
    return mixed


def disguise(near: FloatArray, noises: Noises, config: MixingConfig, rng: Generator) -> FloatArray:
    """An utterance, tempo and voice already changed, in another room with others behind."""
    if rng.random() < config.microphone:
        near = equalise(near, config.response, rng)
    if rng.random() < config.room:
        near = reverberate(near, rng)
    if rng.random() >= config.clean:
        near = _with_background(near, noises, config, rng)
    hiss = np.full(80, SILENCE, np.float32) + np.float32(rng.uniform(0, 3))
    near = np.logaddexp(near - np.float32(level(near) - rng.uniform(-3.0, 5.0)), hiss)
    if rng.random() < config.narrow:
        near = _narrow(near, rng)
    if rng.random() < config.gaps:
        near = _with_gaps(near, rng)
    return np.maximum(near, np.float32(SILENCE))


def _with_background(
    near: FloatArray, noises: Noises, config: MixingConfig, rng: Generator
) -> FloatArray:
    voices, noise = rng.random() < config.babble, rng.random() < config.noise
    if voices:
        count = int(rng.integers(1, 9))
        lowest = config.few_snr if count <= 2 else config.lowest_snr
        behind = noises.babble(count, len(near), rng)
        if rng.random() < 0.5:
            behind = reverberate(equalise(behind, config.response, rng), rng)
        near = mix(near, behind, rng.uniform(lowest, config.highest_snr))
    if noise or not voices:
        behind = noises.noise(len(near), rng)
        near = mix(near, behind, rng.uniform(config.lowest_snr, config.highest_snr))
    return near


def _loop(sound: FloatArray | Half, num_frames: int, rng: Generator) -> FloatArray:
    first = int(rng.integers(max(1, len(sound))))
    places = np.arange(first, first + num_frames) % len(sound)
    return sound[places].astype(np.float32)


def equalise(log_mel: FloatArray, strength: float, rng: Generator) -> FloatArray:
    """The sound through another microphone: a random smooth response over the bands."""
    knots = rng.normal(0, strength, 7)
    response = np.interp(np.linspace(0, 6, 80), np.arange(7), knots)
    return log_mel + response.astype(np.float32)


def reverberate(log_mel: FloatArray, rng: Generator) -> FloatArray:
    """The sound in a room: every band rings on, decaying by 60 dB in 0.15 to 0.8 seconds."""
    keep = np.float32(np.exp(-13.8 * 0.01 / rng.uniform(0.15, 0.8)))
    share = np.float32((1 - keep) * 10 ** (-rng.uniform(-3, 12) / 10))
    power = np.exp(log_mel)
    tail = np.zeros(power.shape[1], np.float32)
    wet = power.copy()
    for number in range(len(power)):
        wet[number] += share * tail
        tail = keep * tail + power[number]
    result: FloatArray = np.log(wet + 1e-12)
    return result


def _narrow(log_mel: FloatArray, rng: Generator) -> FloatArray:
    """Without what a telephone (or an economical codec) leaves out; 80 bands from 20 Hz."""
    low, high = (10, 57) if rng.random() < 0.6 else (0, 73)  # 300-3400 Hz, or under 6 kHz
    result = log_mel.copy()
    result[:, :low] -= np.float32(rng.uniform(3, 7))
    result[:, high:] -= np.float32(rng.uniform(5, 10))
    return result


def _with_gaps(log_mel: FloatArray, rng: Generator) -> FloatArray:
    """With digital silence: at the ends, or wherever it is quiet (a gate)."""
    result = log_mel.copy()
    if rng.random() < 0.5:
        loud = result.mean(axis=1)
        result[loud < loud.max() - rng.uniform(5, 9)] = SILENCE
    else:
        size = int(rng.integers(1, 60))
        empty = np.full((size, 80), SILENCE, np.float32)
        result[:size] = empty[: len(result)]
    return result


def stretch(log_mel: FloatArray, factor: float) -> FloatArray:
    """The sound slower (above one) or faster, pitch kept: frames are interpolated."""
    count = max(1, round(len(log_mel) * factor))
    places = np.linspace(0, len(log_mel) - 1, count)
    first = np.minimum(places.astype(int), len(log_mel) - 1)
    second = np.minimum(first + 1, len(log_mel) - 1)
    part = (places - first).astype(np.float32)[:, None]
    slower: FloatArray = log_mel[first] * (1 - part) + log_mel[second] * part
    return slower


def warp(log_mel: FloatArray, factor: float) -> FloatArray:
    """Another vocal-tract length: bands are interpolated (VTLP, Jaitly & Hinton 2013)."""
    places = np.clip(np.arange(80) * factor, 0, 79)
    first = np.minimum(places.astype(int), 78)
    part = (places - first).astype(np.float32)
    other: FloatArray = log_mel[:, first] * (1 - part) + log_mel[:, first + 1] * part
    return other
