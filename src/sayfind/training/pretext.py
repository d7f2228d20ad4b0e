"""What a network learns from speech without transcripts: to guess what is hidden (BEST-RQ).

Each row of 30 ms is turned into one of some random codes by a random projection that is never
trained; stretches of rows are hidden, and the network guesses their codes from what is around
them. Source: Chiu et al. 2022, "Self-supervised learning with random-projection quantizer".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sayfind.acoustic.networks.configs import NUM_BANDS, SUBSAMPLING
from sayfind.errors import require
from sayfind.training.acoustic_loss import tensors
from sayfind.training.utterances import Batch, Integers

__all__ = ["PretextConfig", "hidden_rows", "pretext_loss", "with_pretext"]

_NOISE = 0.1  # deviation of what stands in a hidden stretch


@dataclass(frozen=True, slots=True)
class PretextConfig:
    """What is hidden, and what it may be.

    Attributes:
        codes: How many codes there are; ``code_width`` numbers are compared for them.
        share: Share of rows at which a hidden stretch of ``span`` rows begins.
    """

    codes: int = 1024
    code_width: int = 16
    share: float = 0.05
    span: int = 10

    def __post_init__(self) -> None:
        if min(self.codes, self.code_width, self.span) < 1 or not 0 < self.share < 1:
            raise ValueError("codes, code_width and span are positive and share between 0 and 1")


def with_pretext(network: Any, config: PretextConfig, seed: int = 0) -> Any:
    """A network with the layer that guesses codes, and the codes, to be trained with it."""
    torch, rng = require("torch", "train"), np.random.default_rng(seed)
    part = torch.nn.Module()
    part.guess = torch.nn.Linear(network.out.in_features, config.codes)
    width = SUBSAMPLING * NUM_BANDS
    projection = rng.normal(0, width**-0.5, (width, config.code_width))
    codes = rng.normal(size=(config.codes, config.code_width))
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    part.register_buffer("projection", torch.tensor(projection, dtype=torch.float32))
    part.register_buffer("codes", torch.tensor(codes, dtype=torch.float32))
    network.pretext = part
    network.front.masks = False  # what is hidden is chosen here
    return network


def hidden_rows(
    lengths: Integers, num_rows: int, config: PretextConfig, rng: np.random.Generator
) -> Any:
    """Which rows are hidden: bool ``(batch, num_rows)``, at least one inside each utterance."""
    starts = rng.random((len(lengths), num_rows)) < config.share
    starts[np.arange(len(lengths)), (rng.random(len(lengths)) * lengths).astype(int)] = True
    hidden = np.zeros_like(starts)
    for later in range(config.span):
        hidden[:, later:] |= starts[:, : num_rows - later]
    return hidden & (np.arange(num_rows)[None] < lengths[:, None])


def pretext_loss(network: Any, batch: Batch, config: PretextConfig) -> Any:
    """Cross-entropy of the codes of the hidden rows."""
    torch = require("torch", "train")
    device = next(network.parameters()).device
    mels, lengths = tensors(batch.log_mel, batch.lengths, device=device)
    rng = np.random.default_rng(int(torch.randint(0, 2**31, ())))
    with torch.no_grad():
        seen, old, mask = network.front(mels, lengths)
        truth = _codes(network, seen)
    rows = -(-batch.lengths // SUBSAMPLING)
    chosen = hidden_rows(rows, truth.shape[1], config, rng)
    (hide,) = tensors(chosen, device=device)
    frames = hide.repeat_interleave(SUBSAMPLING, dim=1)[:, : seen.shape[1], None]
    masked = torch.where(frames, _NOISE * torch.randn_like(seen), seen)
    old = None if old is None else old * ~hide[:, :, None]
    with torch.autocast(device.type, torch.bfloat16):
        heard, _ = network.encoded(masked, old, mask, lengths)
        logits = network.pretext.guess(heard[hide])
    return torch.nn.functional.cross_entropy(logits.float(), truth[hide])


def _codes(network: Any, seen: Any) -> Any:
    """The code of each row ``(batch, ceil(num_frames / 3))`` of normalised frames."""
    functional, part = require("torch", "train").nn.functional, network.pretext
    padded = functional.pad(seen, (0, 0, 0, -seen.shape[1] % SUBSAMPLING))
    rows = padded.reshape(len(seen), -1, SUBSAMPLING * NUM_BANDS) @ part.projection
    return (functional.normalize(rows, dim=-1) @ part.codes.T).argmax(-1)
