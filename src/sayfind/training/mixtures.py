"""Endless training examples for the near-voice network: one near talker, much behind them.

The near talker may be anywhere in the window; behind are one to eight far talkers (other clips,
pauses squeezed), noises, music, or nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.augment import babble, pink_noise, reverberate, white_noise
from sayfind.audio.level import SILENCE, active_level, rms_level, set_level
from sayfind.training.corpus import Clip
from sayfind.types import Audio, FloatArray

__all__ = ["MixtureConfig", "backgrounds", "equalise", "examples", "room"]

Generator = np.random.Generator


@dataclass(frozen=True, slots=True)
class MixtureConfig:
    """What examples look like.

    Attributes:
        seconds: Length of an example.
        clean: Share without any background.
        nobody: Share with background alone.
        lowest_snr, highest_snr: In decibels of active speech over background, evenly spread;
            with one or two talkers behind, never under ``lowest_snr_few`` (who is near is then
            told by loudness alone).
        backgrounds: How many different backgrounds are at hand at a time.
        renewal: Share of examples that bring a new one (a fixed pool is learnt by heart).
    """

    seconds: float = 5.0
    clean: float = 0.2
    nobody: float = 0.03
    lowest_snr: float = -5.0
    lowest_snr_few: float = 5.0
    highest_snr: float = 30.0
    backgrounds: int = 400
    renewal: float = 0.1


@dataclass(frozen=True, slots=True)
class Background:
    """Ten seconds of what is behind; ``few`` marks one or two talkers."""

    audio: Audio
    few: bool


def backgrounds(
    speech: Sequence[Clip], noises: Sequence[Clip], rng: Generator
) -> Iterator[Background]:
    """For ever: six tenths talkers, three tenths noise or music, a tenth both."""
    voices = _by_speaker(speech)
    while True:
        kind = int(rng.choice(3, p=[0.6, 0.3, 0.1]))
        num_talkers = int(rng.integers(1, 9))
        if kind == 1:
            yield Background(_noise(noises, rng), few=False)
            continue
        sound = _talkers(voices, num_talkers, rng)
        if kind == 2:
            level = active_level(sound) + rng.uniform(-15, 5)
            under = set_level(_noise(noises, rng), level)
            sound = Audio(sound.samples + under.samples, RATE)
        yield Background(sound, few=num_talkers <= 2)


def _by_speaker(clips: Sequence[Clip]) -> list[list[Clip]]:
    voices: dict[str, list[Clip]] = {}
    for clip in clips:
        voices.setdefault(clip.speaker, []).append(clip)
    return list(voices.values())


def _talkers(voices: Sequence[Sequence[Clip]], num_talkers: int, rng: Generator) -> Audio:
    tracks = []
    for _ in range(num_talkers):
        voice = voices[int(rng.integers(len(voices)))]
        track = _fill(voice, 6.0, rng)
        tracks.append(equalise(track, 6.0, rng))
    sound = babble(tracks, num_talkers, 10 * RATE, rng)
    if rng.random() < 0.5:
        sound = reverberate(sound, room(rng, rng.uniform(0.2, 0.9), rng.uniform(-6, 6)))
    return sound


def _fill(voice: Sequence[Clip], seconds: float, rng: Generator) -> Audio:
    """One speaker's clips, one after the other, for about so long."""
    parts: list[FloatArray] = []
    while sum(map(len, parts)) < seconds * RATE and len(parts) < 8:
        clip = voice[int(rng.integers(len(voice)))].audio
        parts.append(set_level(clip, -26.0).samples)
    return Audio(np.concatenate(parts)[: 30 * RATE], RATE)


def _noise(noises: Sequence[Clip], rng: Generator) -> Audio:
    draw = rng.random()
    if draw < 0.12:
        return pink_noise(10 * RATE, rng)
    if draw < 0.16:
        return white_noise(10 * RATE, rng)
    clip = noises[int(rng.integers(len(noises)))].audio
    first = int(rng.integers(max(1, len(clip.samples) - 10 * RATE)))
    return Audio(np.resize(clip.samples[first : first + 10 * RATE], 10 * RATE), RATE)


def room(rng: Generator, decay: float, direct_db: float) -> Audio:
    """A room response: ``decay`` seconds to -60 dB, direct over diffuse sound in decibels."""
    num_samples = round(decay * RATE)
    tail = rng.standard_normal(num_samples) * 10 ** (-3 * np.arange(num_samples) / num_samples)
    tail[: round(0.003 * RATE)] = 0
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.square(tail).sum())
    tail[0] = 1.0
    return Audio(tail.astype(np.float32), RATE)


def equalise(audio: Audio, strength_db: float, rng: Generator) -> Audio:
    """The sound through another microphone: a random smooth response, same active level."""
    spectrum = np.fft.rfft(audio.samples)
    octaves = np.log2(np.maximum(np.linspace(0, RATE / 2, len(spectrum)), 60) / 60)
    knots = np.linspace(0, octaves[-1], 8)
    gains = np.interp(octaves, knots, rng.normal(0, strength_db / 2, len(knots)))
    spectrum *= 10 ** (gains / 20)
    wet = np.fft.irfft(spectrum, len(audio.samples)).astype(np.float32)
    return set_level(Audio(wet, audio.rate), active_level(audio))


def examples(
    speech: Sequence[Clip], behind: Iterator[Background], config: MixtureConfig, rng: Generator
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """For ever: (near, mixture), each ``(num_samples,)``; the mixture is near plus background."""
    voices = _by_speaker(speech)
    num_samples = round(config.seconds * RATE)
    pool = [next(behind) for _ in range(config.backgrounds)]
    while True:
        near = _near(voices, num_samples, rng)
        place = int(rng.integers(len(pool)))
        if rng.random() < config.renewal:
            pool[place] = next(behind)
        back = pool[place]
        first = int(rng.integers(len(back.audio.samples)))
        under = back.audio.samples.take(np.arange(first, first + num_samples), mode="wrap")
        draw = rng.random()
        if draw < config.nobody and not back.few:
            yield np.zeros_like(near), under
        elif draw < config.nobody + config.clean:
            yield near, near
        else:
            lowest = config.lowest_snr_few if back.few else config.lowest_snr
            snr = rng.uniform(lowest, config.highest_snr)
            yield near, near + _gain(near, under, snr) * under


def _gain(near: FloatArray, under: FloatArray, snr: float) -> np.float32:
    levels = active_level(Audio(near, RATE)), rms_level(Audio(under, RATE))
    if SILENCE in levels:
        return np.float32(0)
    return np.float32(10 ** ((levels[0] - snr - levels[1]) / 20))


def _near(voices: Sequence[Sequence[Clip]], num_samples: int, rng: Generator) -> FloatArray:
    """One talker at -26 dBFS somewhere in the window, short utterances as well as full ones."""
    voice = voices[int(rng.integers(len(voices)))]
    longest = rng.uniform(0.8, 1.2 * num_samples / RATE)
    audio = voice[int(rng.integers(len(voice)))].audio
    if audio.seconds < 1.5:
        audio = _fill(voice, longest, rng)
    size = min(len(audio.samples), round(longest * RATE), num_samples)
    start = int(rng.integers(len(audio.samples) - size + 1))
    audio = Audio(audio.samples[start : start + size], RATE)
    if rng.random() < 0.7:
        audio = equalise(audio, 8.0, rng)
    if rng.random() < 0.35:
        audio = reverberate(audio, room(rng, rng.uniform(0.1, 0.5), rng.uniform(2, 15)))
    out = np.zeros(num_samples, np.float32)
    place = int(rng.integers(num_samples - size + 1))
    out[place : place + size] = set_level(audio, -26.0).samples
    return out
