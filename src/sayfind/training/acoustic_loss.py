"""What an acoustic network is trained by and measured by: CTC, alignments, phone errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sayfind.errors import require
from sayfind.training.packed import Utterance
from sayfind.training.utterances import Batch, Integers, Spell, plain_batch, spoken_numbers

__all__ = ["alignment_weight", "loss_of", "phone_error_rate", "rows_loss", "tensors"]

_TOGETHER = 16  # utterances measured at a time


def alignment_weight(done: float, first: float, floor: float) -> float:
    """Weight of cross-entropy beside CTC: from ``first`` down to ``floor`` at half time."""
    return float(floor + (first - floor) * max(0.0, 1 - 2 * done) ** 1.5)


def loss_of(network: Any, batch: Batch, weight: float) -> Any:
    """CTC per phone, plus ``weight`` times cross-entropy on the alignment per frame.

    The network computes in bfloat16 where it may; the loss is float32. Source of CTC: Graves et
    al. 2006.
    """
    torch = require("torch", "train")
    device = next(network.parameters()).device
    mels, lengths = tensors(batch.log_mel, batch.lengths, device=device)
    with torch.autocast(device.type, torch.bfloat16):
        log_probs, frames = network(mels, lengths)
    return rows_loss(log_probs, frames, batch, weight)


def rows_loss(log_probs: Any, frames: Any, batch: Batch, weight: float) -> Any:
    """The same of rows that have been heard, and their number in each utterance."""
    loss = _ctc(log_probs, frames, batch)
    if weight > 0 and batch.aligned.shape[1] == log_probs.shape[1]:
        loss = loss + weight * _alignment(log_probs, batch)
    return loss


def tensors(*arrays: Any, device: Any) -> list[Any]:
    """Arrays as torch's, on a device."""
    torch = require("torch", "train")
    return [torch.from_numpy(array).to(device) for array in arrays]


def _ctc(log_probs: Any, frames: Any, batch: Batch) -> Any:
    functional = require("torch", "train").nn.functional
    device = log_probs.device
    tokens, counts = tensors(batch.tokens, batch.token_lengths, device=device)
    total = functional.ctc_loss(
        log_probs.transpose(0, 1), tokens, frames, counts, reduction="sum", zero_infinity=True
    )
    return total / counts.sum().clamp(min=1)


def _alignment(log_probs: Any, batch: Batch) -> Any:
    functional = require("torch", "train").nn.functional
    aligned, trust = tensors(batch.aligned, batch.trust, device=log_probs.device)
    each = functional.cross_entropy(
        log_probs.flatten(0, 1), aligned.flatten(), ignore_index=-1, reduction="none"
    ).reshape(aligned.shape)
    counted = trust[:, None] * (aligned >= 0)
    return (each * counted).sum() / counted.sum().clamp(min=1)


def phone_error_rate(
    network: Any, utterances: Sequence[Utterance], spell: Spell = spoken_numbers
) -> float:
    """Error rate of the best path in phones, or what ``spell`` gives, without a language model."""
    from rapidfuzz.distance import Levenshtein

    errors = total = 0
    for path, truth in _paths(network, utterances, spell):
        errors += Levenshtein.distance(path.tolist(), truth.tolist())
        total += len(truth)
    return errors / max(1, total)


def _paths(
    network: Any, utterances: Sequence[Utterance], spell: Spell
) -> Iterator[tuple[Integers, Integers]]:
    """Tokens of the best path, and the true ones."""
    torch = require("torch", "train")
    order = sorted(utterances, key=lambda u: len(u.log_mel))
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()
    for first in range(0, len(order), _TOGETHER):
        batch = plain_batch(order[first : first + _TOGETHER], spell)
        with torch.no_grad():
            log_probs, frames = network(*tensors(batch.log_mel, batch.lengths, device=device))
        best, counts = log_probs.argmax(-1).cpu().numpy(), frames.cpu().numpy()
        truths = np.split(batch.tokens, np.cumsum(batch.token_lengths)[:-1])
        for row, truth in enumerate(truths):
            path = best[row, : counts[row]]
            yield path[np.append(True, path[1:] != path[:-1]) & (path != 0)], truth
    network.train(was_training)
