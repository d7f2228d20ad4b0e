"""Random channels, so that a network cannot tell corpora by their sound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import soxr

from sayfind.audio import RATE
from sayfind.audio.augment import mix, pink_noise, reverberate, telephone, white_noise
from sayfind.audio.level import MARGIN, active_level, frame_power, set_level
from sayfind.training.corpus import Clip
from sayfind.training.mixtures import equalise, room
from sayfind.types import Audio, FloatArray

__all__ = ["through_a_channel"]

Generator = np.random.Generator


def through_a_channel(
    clips: Sequence[Clip], noises: Sequence[Clip], seconds: float, rng: Generator
) -> FloatArray:
    """One to four clips of one speaker as one utterance ``(seconds * 16000,)``, much disguised.

    Silence at the ends is trimmed, voice and speed are changed, microphone, room, telephone and
    noise are random. What is too short ends in the noise alone, as a recording does.
    """
    num_samples = round(seconds * RATE)
    sound = _utterance(clips, rng.uniform(0.7, seconds), rng)
    sound = _other_voice(sound, rng.uniform(0.85, 1.2))
    sound = set_level(equalise(sound, 10.0, rng), -26.0)
    if rng.random() < 0.5:
        sound = reverberate(sound, room(rng, rng.uniform(0.1, 0.6), rng.uniform(0, 15)))
    out = np.zeros(num_samples, np.float32)
    size = min(num_samples, len(sound.samples))
    place = int(rng.integers(num_samples - size + 1))
    out[place : place + size] = sound.samples[:size]
    noisy = mix(Audio(out, RATE), _noise(num_samples, noises, rng), rng.uniform(3, 40), rng)
    return telephone(noisy).samples if rng.random() < 0.15 else noisy.samples


def _utterance(clips: Sequence[Clip], seconds: float, rng: Generator) -> Audio:
    first = clips[int(rng.integers(len(clips)))]
    parts = [_trim(first.audio)]
    if parts[0].seconds < 1.2:  # words: more of them, by the same speaker
        near = [clip for clip in _some(clips, 60, rng) if clip.speaker == first.speaker][:3]
        parts += [_trim(set_level(clip.audio, active_level(first.audio))) for clip in near]
    gap = np.zeros(int(rng.uniform(0.0, 0.15) * RATE), np.float32)
    samples = np.concatenate([piece for part in parts for piece in (part.samples, gap)])
    size = max(1, round(seconds * RATE))
    start = int(rng.integers(max(1, len(samples) - size + 1)))
    return Audio(samples[start : start + size], RATE)


def _some(clips: Sequence[Clip], num: int, rng: Generator) -> list[Clip]:
    return [clips[number] for number in rng.integers(len(clips), size=num)]


def _trim(audio: Audio) -> Audio:
    """Without the quiet before and after."""
    power = frame_power(audio.samples, RATE)
    active = np.flatnonzero(power >= 10 ** ((active_level(audio) - MARGIN - 5) / 10))
    if not len(active):
        return audio
    return audio.window(active[0] * 0.02 - 0.04, active[-1] * 0.02 + 0.06)


def _other_voice(audio: Audio, factor: float) -> Audio:
    """Faster and higher by ``factor``, as a tape would."""
    samples = soxr.resample(audio.samples, RATE * factor, RATE, quality="MQ")
    return Audio(samples.astype(np.float32), RATE)


def _noise(num_samples: int, noises: Sequence[Clip], rng: Generator) -> Audio:
    kind = rng.random()
    if kind < 0.3:
        return pink_noise(num_samples, rng)
    if kind < 0.5:
        return white_noise(num_samples, rng)
    return noises[int(rng.integers(len(noises)))].audio
