"""Fits when an utterance counts as Mandarin (``sayfind.ears.BilingualConfig``).

    python -m benchmarks.tune_language DATA [--each 60] [--model EARS.onnx]

Two measures of each recording, alone and with babble and pink noise behind it: the share of
Mandarin phones, and what the language network says. A logistic through both, by language balanced,
is fitted on one half of the speakers and its errors are told on the other.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sayfind.acoustic.ctc import EARS, CtcAcousticModel
from sayfind.audio.augment import pink_noise
from sayfind.audio.language import SpokenLanguage
from sayfind.audio.vad import SileroVad
from sayfind.data.clips import read_clips
from sayfind.decoding.priors import with_less_blank
from sayfind.ears import OwnEarsConfig
from sayfind.ears.bilingual import BilingualConfig, mandarin_share
from sayfind.types import Audio, FloatArray

ENGLISH = ("barista-dev", "alphanumeric-dev", "speechocean762-train", "librispeech-tc100-178spk",
           "keywords-en", "speech-commands-v2", "vctk-mini")  # fmt: skip
MANDARIN = ("aishell3-demo", "aishell1-S0252", "misc-zh", "seedlingo-zh", "audio-cmn")
_SNRS = (None, 12.0, 6.0)
_EDGE = 0.2


def measures(
    data: Path, each: int, model: CtcAcousticModel
) -> Iterator[tuple[str, str, bool, float, float]]:
    """(set, speaker, is Mandarin, phone share, network's probability) of recordings."""
    network, vad = SpokenLanguage(), SileroVad()
    rng = np.random.default_rng(5)
    for name in (*ENGLISH, *MANDARIN):
        for clip in read_clips(data / "speech" / f"{name}.tar", each, seed=3):
            for snr in _SNRS:
                audio = clip.audio if snr is None else _noisy(clip.audio, snr, rng)
                speech = vad.speech(audio)
                if not speech:
                    continue
                spoken = audio.window(speech[0][0] - _EDGE, speech[-1][1] + _EDGE)
                heard = with_less_blank(model.posteriors(spoken), OwnEarsConfig().blank_bias)
                share, says = mandarin_share(heard), network.probability(spoken)
                yield name, clip.speaker, name in MANDARIN, share, says


def _noisy(audio: Audio, snr: float, rng: np.random.Generator) -> Audio:
    noise = pink_noise(len(audio.samples), rng).samples
    power = float(np.mean(audio.samples**2)) / max(1e-12, float(np.mean(noise**2)))
    return Audio(audio.samples + noise * np.float32(np.sqrt(power * 10 ** (-snr / 10))), audio.rate)


def fit(features: FloatArray, labels: FloatArray) -> FloatArray:
    """Weights and bias of a logistic by Newton's method, a little shrunk, languages balanced."""
    x = np.column_stack([features, np.ones(len(features))])
    balance = np.where(labels > 0, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (balance * (p - labels)) + 1e-2 * weights
        bend = (x * (balance * p * (1 - p))[:, None]).T @ x + 1e-2 * np.eye(x.shape[1])
        weights -= np.linalg.solve(bend, slope)
    result: FloatArray = weights
    return result


def main() -> None:
    """Measure, fit and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--each", type=int, default=60, help="recordings of each set")
    parser.add_argument("--model", type=Path, default=EARS)
    options = parser.parse_args()
    rows = list(measures(options.data, options.each, CtcAcousticModel(options.model)))
    plain = BilingualConfig(by_phones=1.0, by_sound=0.0, bias=0.0)
    other = BilingualConfig(by_phones=0.0, by_sound=1.0, bias=0.0)
    seen = np.array([[plain.evidence(s, p), other.evidence(s, p)] for *_, s, p in rows])
    labels = np.array([float(row[2]) for row in rows])
    learn = np.array([zlib.crc32(row[1].encode()) % 2 == 0 for row in rows])
    by_phones, by_sound, bias = fit(seen[learn], labels[learn])
    print(f"by_phones {by_phones:.3f}, by_sound {by_sound:.3f}, bias {bias:.3f}")
    says = seen @ np.array([by_phones, by_sound]) + bias > 0
    for title, which in (("fitted on", learn), ("other speakers", ~learn)):
        print(title)
        for name in (*ENGLISH, *MANDARIN):
            mine = which & np.array([row[0] == name for row in rows])
            if mine.any():
                both = [seen[mine, k] > 0 for k in (0, 1)]
                errors = [float((g != (labels[mine] > 0)).mean()) for g in (says[mine], *both)]
                print(f"  {name:26s} {mine.sum():4d} wrong: joined {errors[0]:.3f}, "
                      f"phones {errors[1]:.3f}, network {errors[2]:.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
