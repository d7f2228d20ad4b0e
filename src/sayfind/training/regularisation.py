"""What keeps an acoustic network from learning its training set by heart: switches, all off.

- *Label smoothing*: a share of the loss asks for even rows (Szegedy et al. 2016).
- *Consistency*: the batch is heard twice through different masks, and the rows shall agree (CR-CTC,
  Yao et al. 2024).
- *Perturbation*: the batch is heard once more, moved a little to where the loss grows fastest (the
  fast gradient method; Goodfellow et al. 2015, Miyato et al. 2017).
- *Adversary*: small classifiers try to tell synthetic from real speech, and accents, from what the
  network hears; their gradient is turned round, so that it hears what all have in common (Ganin
  et al. 2016).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sayfind.errors import require
from sayfind.training.acoustic_loss import loss_of, rows_loss, tensors
from sayfind.training.utterances import Batch

__all__ = ["DOMAINS", "RegularisationConfig", "domains_of", "regularised_loss", "with_adversary"]

DOMAINS = {"origin": 2, "accent": 3}
"""Kinds of domains and how many there are of each; -1 stands for one that is not known."""

_ACCENTS = {
    "speechocean762-train": 1, "librispeech-sample": 0, "librispeech-tc100-178spk": 0,
    "librispeech-devclean-14spk": 0, "kathleen-arctic": 0, "vctk-mini": 2, "vctk-p239": 2,
}  # fmt: skip
"""American English, English of Mandarin speakers, British English."""


@dataclass(frozen=True, slots=True)
class RegularisationConfig:
    """Weights of the switches; zero is off.

    Attributes:
        label_smoothing: Share of the loss that asks for even rows.
        consistency: Weight of the disagreement of two hearings.
        perturbation: Root mean square of the perturbation, in nepers.
        origin: Weight of the adversary that tells synthetic from real; ``accent`` of accents.
    """

    label_smoothing: float = 0.0
    consistency: float = 0.0
    perturbation: float = 0.0
    origin: float = 0.0
    accent: float = 0.0

    def __post_init__(self) -> None:
        weights = (self.consistency, self.perturbation, self.origin, self.accent)
        if not 0 <= self.label_smoothing < 1 or min(weights) < 0:
            raise ValueError("label_smoothing is a share and no weight is negative")

    @property
    def adversaries(self) -> dict[str, float]:
        """Weights of the adversaries that are on."""
        return {name: w for name in DOMAINS if (w := float(getattr(self, name))) > 0}


def domains_of(collection: str) -> tuple[int, ...]:
    """Origin (0 real, 1 synthetic) and accent of a collection, in the order of ``DOMAINS``."""
    return int(collection.startswith("synthetic")), _ACCENTS.get(collection, -1)


def with_adversary(network: Any, config: RegularisationConfig) -> Any:
    """A network with the classifiers that the settings ask for, to be trained with it."""
    nn = require("torch", "train").nn
    if config.adversaries:
        width = network.out.in_features
        network.adversary = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Linear(width, width), nn.ReLU(), nn.Linear(width, DOMAINS[name])
                )
                for name in config.adversaries
            }
        )
    return network


def regularised_loss(
    network: Any, batch: Batch, weight: float, config: RegularisationConfig, done: float
) -> Any:
    """The loss of ``acoustic_loss`` with what the settings add; the plain one in validation.

    ``done`` is the share of the run that has passed: adversaries grow with it.
    """
    if config == RegularisationConfig() or not network.training:
        return loss_of(network, batch, weight)
    torch = require("torch", "train")
    device = next(network.parameters()).device
    mels, lengths = tensors(batch.log_mel, batch.lengths, device=device)
    mels.requires_grad_(config.perturbation > 0)

    def hear(sound: Any) -> tuple[Any, Any, Any]:
        """Rows, the loss of them, and what adversaries say of what was heard."""
        with torch.autocast(device.type, torch.bfloat16):
            hidden, frames = network.hidden(sound, lengths)
            logits = network.out(hidden)
        rows = torch.log_softmax(logits.float(), dim=-1)
        inside = torch.arange(rows.shape[1], device=device)[None] < frames[:, None]
        value = rows_loss(rows, frames, batch, weight)
        if config.label_smoothing:
            even = -rows.mean(-1)[inside].mean()
            value = (1 - config.label_smoothing) * value + config.label_smoothing * even
        for name, strength in config.adversaries.items():
            value = value + strength * _told(network, name, hidden.float(), inside, batch, done)
        return rows, value, inside

    rows, loss, inside = hear(mels)
    if config.consistency:
        again, other, _ = hear(mels)
        loss = (loss + other) / 2 + config.consistency * _disagreement(rows, again, inside)
    if config.perturbation:
        (slope,) = torch.autograd.grad(loss, mels, retain_graph=True)
        size = slope.square().mean(dim=(1, 2), keepdim=True).sqrt().clamp(min=1e-12)
        worse = (mels + config.perturbation * slope / size).detach()
        loss = (loss + hear(worse)[1]) / 2
    return loss


def _disagreement(one: Any, other: Any, inside: Any) -> Any:
    """Both ways' divergence of rows per frame, each towards the other as it is."""
    there = (other.detach().exp() * (other.detach() - one)).sum(-1)
    back = (one.detach().exp() * (one.detach() - other)).sum(-1)
    return (there + back)[inside].mean() / 2


def _told(network: Any, name: str, hidden: Any, inside: Any, batch: Batch, done: float) -> Any:
    """Cross-entropy of one adversary over utterances whose domain is known."""
    torch = require("torch", "train")
    (domains,) = tensors(batch.domains, device=hidden.device)
    truth = domains[:, list(DOMAINS).index(name)]
    known = truth >= 0
    if not bool(known.any()):
        return hidden.sum() * 0
    mask = inside[:, :, None].to(hidden.dtype)
    mean = (hidden * mask).sum(1) / mask.sum(1)
    strength = 2 / (1 + math.exp(-10 * done)) - 1
    turned = mean + (strength + 1) * (
        mean.detach() - mean
    )  # the value of mean, -strength its slope
    logits = network.adversary[name](turned[known])
    return torch.nn.functional.cross_entropy(logits, truth[known])
