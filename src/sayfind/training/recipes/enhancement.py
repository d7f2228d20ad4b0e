"""Trains the near-voice network (``audio/enhance.py``; docs/models/near-voice.md).

    python -m sayfind.training.recipes.enhancement DATA OUT

``DATA`` holds ``speech/NAME.tar`` and ``noise/noise.tar``. Speakers are kept apart: a tenth of
them, fixed by their names, is only validated on. A stopped run goes on where it was.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.audio.spectrum import band_power, features, stft
from sayfind.errors import require
from sayfind.training.corpus import Clip, held_out, read_clips
from sayfind.training.export import near_voice_onnx
from sayfind.training.loop import LoopConfig, Task, fit
from sayfind.training.mixtures import MixtureConfig, backgrounds, examples
from sayfind.training.networks import near_voice
from sayfind.types import FloatArray

__all__ = ["EnhancementConfig", "train"]

_SETS = (
    *("aishell3-demo", "misc-zh", "aishell1-S0252:60", "audio-cmn:500", "seedlingo-zh:100"),
    *("speechocean762-train", "librispeech-sample:150", "librispeech-tc100-178spk"),
    *("librispeech-devclean-14spk", "vctk-p239:80", "vctk-mini", "kathleen-arctic:80"),
    *("en-misc", "keywords-en", "speech-commands-v2:1500", "fsdd-digits:150"),
)

Batch = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class EnhancementConfig:
    """Everything a run depends on besides the data.

    Attributes:
        sets: Collections, each with the most clips to take after a colon.
        hidden: Units of each direction of the two recurrent layers.
        distortion_weight: How much worse lost speech is than kept background.
    """

    sets: tuple[str, ...] = _SETS
    hidden: int = 112
    batch_size: int = 32
    distortion_weight: float = 2.0
    loop: LoopConfig = field(default_factory=LoopConfig)
    mixtures: MixtureConfig = field(default_factory=MixtureConfig)


def loss_of(logits: Any, near: Any, mixture: Any, distortion_weight: float) -> Any:
    """Square-root-compressed magnitude error, lost speech weighted, plus mask cross-entropy.

    ``near`` and ``mixture`` are magnitudes relative to the mixture's loudest frames.
    """
    torch = require("torch", "train")
    ideal = (near / (mixture + 1e-6)).clamp(0, 1)
    mask = torch.sigmoid(logits)
    error = (mask * mixture + 1e-4).sqrt() - (ideal * mixture + 1e-4).sqrt()
    weight = torch.where(error < 0, distortion_weight, 1.0)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, ideal, weight=(mixture + 1e-4).sqrt()
    )
    return (weight * error.square()).mean() + 0.2 * entropy


def batches(
    clips: Sequence[Clip], noises: Sequence[Clip], config: EnhancementConfig, seed: int
) -> Iterator[Batch]:
    """For ever: features, near and mixture magnitudes, each ``(batch, num_frames, 64)``."""
    rng = np.random.default_rng(seed)
    stream = examples(clips, backgrounds(clips, noises, rng), config.mixtures, rng)
    while True:
        both = np.stack([np.stack(next(stream)) for _ in range(config.batch_size)], axis=1)
        near, mixture = band_power(stft(both))
        loudness = np.sort(mixture.mean(axis=-1), axis=-1)
        top = loudness[:, -max(1, loudness.shape[-1] // 20) :].mean(axis=-1)
        scale = np.sqrt(np.maximum(top, 1e-12))[:, None, None]
        yield features(mixture), np.sqrt(near) / scale, np.sqrt(mixture) / scale


def load(data: Path, config: EnhancementConfig) -> tuple[list[Clip], list[Clip]]:
    """The speech of all sets, and the noises."""
    speech: list[Clip] = []
    for name, _, most in (item.partition(":") for item in config.sets):
        clips = read_clips(data / "speech" / f"{name}.tar", int(most) if most else None)
        speech += [c for c in clips if c.row.get("text") and len(c.samples) > 3_200]
    return speech, list(read_clips(data / "noise" / "noise.tar"))


def train(data: Path, out: Path, config: EnhancementConfig) -> Path:
    """Train (on) and export ``out/near_voice.onnx``; one progress line every hundred steps."""
    torch = require("torch", "train")
    torch.manual_seed(config.loop.seed)
    speech, noises = load(data, config)
    learn = [clip for clip in speech if not held_out(clip.speaker)]
    unseen = batches([c for c in speech if held_out(c.speaker)], noises, config, config.loop.seed)
    check = [next(unseen) for _ in range(8)]
    network = near_voice(config.hidden)

    def loss(batch: Batch, _: float) -> Any:
        seen, near, mixture = (torch.from_numpy(part) for part in batch)
        return loss_of(network(seen), near, mixture, config.distortion_weight)

    def stream(seed: int) -> Iterator[Batch]:
        return batches(learn, noises, config, seed)

    fit(Task(network, loss, stream, check), out / "near_voice.pt", config.loop)
    path = out / "near_voice.onnx"
    path.write_bytes(near_voice_onnx(network.state_dict()))
    return path


if __name__ == "__main__":
    print(train(Path(sys.argv[1]), Path(sys.argv[2]), EnhancementConfig()))
