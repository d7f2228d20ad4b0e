"""Makes clean recordings worse, on purpose and repeatably: noise, babble, rooms, telephones.

Every random choice comes from the generator that is given. The signal-to-noise ratio (SNR) of a
mixture is the *active* level of the speech (``level.active_level``: pauses do not count) minus the
plain mean level of exactly the stretch of noise that was laid under it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.level import MARGIN, SILENCE, active_level, frame_power, rms_level, set_level
from sayfind.audio.resample import resample
from sayfind.types import Audio, FloatArray

__all__ = [
    "babble",
    "mix",
    "pink_noise",
    "reverberate",
    "squeeze_pauses",
    "telephone",
    "white_noise",
]

_NOISE_LEVEL = -26.0  # dBFS of generated noise, far from clipping
_PAUSE_SECONDS = 0.1


def mix(audio: Audio, noise: Audio, snr_db: float, rng: np.random.Generator) -> Audio:
    """Speech with noise under it, at ``snr_db`` decibels of active speech over noise.

    The noise is looped to the speech's length from a random offset. If the sum would clip, speech
    and noise are turned down together. Silent speech or silent noise is left as it is.
    """
    if audio.rate != noise.rate:
        raise ValueError("speech and noise have one sampling rate; resample() one of them")
    under = Audio(_loop(noise.samples, len(audio.samples), rng), noise.rate)
    speech_level, noise_level = active_level(audio), rms_level(under)
    if SILENCE in (speech_level, noise_level):
        return audio
    gain = 10 ** ((speech_level - snr_db - noise_level) / 20)
    total = audio.samples + np.float32(gain) * under.samples
    total /= np.float32(max(1.0, float(np.abs(total).max())))
    return Audio(total, audio.rate)


def _loop(samples: FloatArray, num_samples: int, rng: np.random.Generator) -> FloatArray:
    """``num_samples`` of a sound that repeats for ever, from a random place."""
    if not len(samples):
        return np.zeros(num_samples, np.float32)
    first = int(rng.integers(len(samples)))
    return samples.take(np.arange(first, first + num_samples), mode="wrap")


def white_noise(num_samples: int, rng: np.random.Generator, rate: int = RATE) -> Audio:
    """Noise of equal power per hertz, at -26 dBFS."""
    noise = rng.standard_normal(num_samples, dtype=np.float32)
    return Audio(noise * np.float32(10 ** (_NOISE_LEVEL / 20)), rate)


def pink_noise(num_samples: int, rng: np.random.Generator, rate: int = RATE) -> Audio:
    """Noise of equal power per octave (its power falls as 1/f), at -26 dBFS."""
    if num_samples < 2:
        return Audio(np.zeros(num_samples, np.float32), rate)
    spectrum = np.fft.rfft(rng.standard_normal(num_samples))
    spectrum[0] = 0.0
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, num_samples)
    noise *= 10 ** (_NOISE_LEVEL / 20) / np.sqrt(np.square(noise).mean())
    return Audio(noise.astype(np.float32), rate)


def squeeze_pauses(audio: Audio, longest: float = _PAUSE_SECONDS) -> Audio:
    """The sound with every pause cut down to ``longest`` seconds.

    A pause is a run of 20 ms frames more than 15.9 dB below the active level.
    """
    power = frame_power(audio.samples, audio.rate)
    threshold = 10 ** ((active_level(audio) - MARGIN) / 10)
    keep = np.ones(len(power), bool)
    length = len(audio.samples) // max(1, len(power))
    allowed = round(longest * audio.rate / max(1, length))
    quiet = 0
    for number, value in enumerate(power):
        quiet = 0 if value >= threshold else quiet + 1
        keep[number] = quiet <= allowed
    frames = audio.samples[: len(power) * length].reshape(len(power), length)
    return Audio(frames[keep].reshape(-1), audio.rate)


def babble(
    clips: Sequence[Audio], num_talkers: int, num_samples: int, rng: np.random.Generator
) -> Audio:
    """Many people talking at once, at -26 dBFS.

    Each talker is one clip (no clip twice while others are left), its pauses squeezed, at one
    common active level, looped from a random place.
    """
    if not clips or num_talkers < 1:
        raise ValueError("babble needs at least one clip and one talker")
    rate = clips[0].rate
    total = np.zeros(num_samples, np.float32)
    for number in _choose(len(clips), num_talkers, rng):
        if clips[number].rate != rate:
            raise ValueError("all clips of a babble have one sampling rate")
        talker = set_level(squeeze_pauses(clips[number]), _NOISE_LEVEL)
        total += _loop(talker.samples, num_samples, rng)
    level = rms_level(Audio(total, rate))
    gain = 1.0 if level <= SILENCE else 10 ** ((_NOISE_LEVEL - level) / 20)
    return Audio(total * np.float32(gain), rate)


def _choose(num_clips: int, num_talkers: int, rng: np.random.Generator) -> list[int]:
    numbers: list[int] = []
    while len(numbers) < num_talkers:
        numbers += rng.permutation(num_clips).tolist()
    return numbers[:num_talkers]


def reverberate(audio: Audio, response: Audio) -> Audio:
    """The sound as heard in a room, given the room's impulse response.

    Length, timing (the response's peak counts as time zero) and active level stay the same.
    """
    if audio.rate != response.rate:
        raise ValueError("sound and room response have one sampling rate")
    if not len(audio.samples) or not np.any(response.samples):
        return audio
    size = 1 << (len(audio.samples) + len(response.samples) - 1).bit_length()
    spectrum = np.fft.rfft(audio.samples, size) * np.fft.rfft(response.samples, size)
    first = int(np.abs(response.samples).argmax())
    wet = np.fft.irfft(spectrum, size)[first : first + len(audio.samples)].astype(np.float32)
    return set_level(Audio(wet, audio.rate), active_level(audio))


def telephone(audio: Audio) -> Audio:
    """The sound through a telephone: 300-3400 Hz, 8 kHz, 8-bit mu-law; at its own rate again."""
    narrow = resample(audio, 8_000).samples
    if not len(narrow):
        return audio
    spectrum = np.fft.rfft(narrow)
    hertz = np.fft.rfftfreq(len(narrow), 1 / 8_000)
    inside = np.clip((hertz - 200) / 100, 0, 1) * np.clip((3_600 - hertz) / 200, 0, 1)
    band = np.clip(np.fft.irfft(spectrum * inside, len(narrow)), -1, 1)
    code = np.round(np.sign(band) * np.log1p(255 * np.abs(band)) / np.log(256) * 127) / 127
    decoded = np.sign(code) * (256 ** np.abs(code) - 1) / 255
    wide = resample(Audio(decoded.astype(np.float32), 8_000), audio.rate).samples
    return Audio(_fit(wide, len(audio.samples)), audio.rate)


def _fit(samples: FloatArray, num_samples: int) -> FloatArray:
    return np.pad(samples[:num_samples], (0, max(0, num_samples - len(samples))))
