"""Acoustic networks over log-mel energies, for CTC over phones. Needs torch to train, not to run.

Every network maps ``(log_mel (batch, num_frames, 80), lengths (batch,))`` to
``(log_probs (batch, num_frames // 3, num_tokens), lengths)``. The front end is part of the
network, so that training and serving cannot differ:

- *Comfort noise*: 26 dB below a band's mean power everything is noise, so that digital silence,
  or how much silence there is, changes little.
- *Mean normalisation* over the utterance, drawn towards the mean of all speech by ``prior``
  frames: a long utterance loses its microphone, a short one keeps its vowels.
- *Old ears*: the states of pocketsphinx's Gaussian mixtures (``gaussians``), as further inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sayfind.acoustic.gaussians import cepstral_matrix, load_gaussians, sphinx_bands
from sayfind.acoustic.tokens import PHONE_TOKENS
from sayfind.errors import require
from sayfind.features.fbank import FbankConfig, mel_matrix

__all__ = ["SUBSAMPLING", "ConvRecurrentConfig", "build_network"]

SUBSAMPLING = 3
_COMFORT = 6.0  # nepers of power below a band's mean


@dataclass(frozen=True, slots=True)
class ConvRecurrentConfig:
    """Depthwise-separable convolutions with bidirectional LSTMs between them.

    Attributes:
        width: Channels. ``hidden`` is that of an LSTM's one direction.
        blocks: Convolution blocks before each LSTM.
        kernel: Frames of 30 ms a block looks at.
        old_ears: Whether pocketsphinx's Gaussians are listened to.
        drop_old_ears: Share of utterances in training that do without them.
        stochastic_depth: Chance in training that a block is passed by.
        prior: Frames of average speech that the utterance's mean is mixed with.
    """

    width: int = 256
    hidden: int = 192
    blocks: tuple[int, ...] = (5, 3)
    kernel: int = 11
    dropout: float = 0.1
    stochastic_depth: float = 0.05
    old_ears: bool = True
    drop_old_ears: float = 0.15
    prior: float = 60.0
    num_tokens: int = len(PHONE_TOKENS)

    def __post_init__(self) -> None:
        if self.kernel % 2 == 0 or not self.blocks:
            raise ValueError("kernel is odd and blocks not empty")


def build_network(config: ConvRecurrentConfig, mean: Any = None, masks: bool = True) -> Any:
    """A new network; ``mean`` is the average log-mel frame ``(80,)`` of the training speech."""
    torch = require("torch", "train")
    nn, functional = torch.nn, torch.nn.functional

    def over_time(x: Any, mask: Any) -> Any:
        return (x * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True)

    class OldEars(nn.Module):  # type: ignore[misc, name-defined]
        """Log-posteriors of the 126 states of pocketsphinx's phones, every 30 ms."""

        def __init__(self) -> None:
            super().__init__()
            found = load_gaussians()
            precision = 1 / found.variances
            constant = -0.5 * np.log(2 * np.pi * found.variances).sum(-1)
            constant -= 0.5 * (found.means**2 * precision).sum(-1)
            # one product of (squares, values, 1) gives a stream's log-densities: (phones, 27, 128)
            quadratic = np.concatenate(
                [-0.5 * precision, found.means * precision, constant[..., None]], axis=-1
            )
            keep = {
                "bands": sphinx_bands(mel_matrix(FbankConfig(), 16_000)).T,
                "cepstra": cepstral_matrix().T,
                "quadratic": quadratic.transpose(1, 0, 3, 2),
                "weights": np.exp(found.log_weights).transpose(2, 0, 3, 1),
            }
            for name, values in keep.items():
                self.register_buffer(name, torch.tensor(values, dtype=torch.float32))

        def forward(self, x: Any, mask: Any) -> Any:
            cepstra = torch.log(torch.exp(x) @ self.bands + 1e-10) @ self.cepstra
            cepstra = (cepstra - over_time(cepstra, mask)) * mask
            # deltas over two frames either side, then their own, as in Sphinx's 1s_c_d_dd
            far = functional.pad(cepstra.transpose(1, 2), (3, 3), mode="replicate").transpose(1, 2)
            count = cepstra.shape[1]

            def at(place: int) -> Any:
                return far[:, 3 + place : 3 + place + count : SUBSAMPLING]

            streams = (at(0), at(2) - at(-2), at(3) - at(-1) - at(1) + at(-3))
            total: Any = 0.0
            for stream, values in enumerate(streams):
                flat = values.flatten(0, 1)
                terms = torch.cat([flat * flat, flat, torch.ones_like(flat[:, :1])], dim=1)
                logs = torch.matmul(terms, self.quadratic[stream])  # (phones, frames, densities)
                top = logs.amax(-1, keepdim=True)
                share = torch.matmul((logs - top).exp_(), self.weights[stream])
                total = total + torch.log(share + 1e-20) + top
            states = total.permute(1, 0, 2).flatten(1)
            states = torch.log_softmax(0.5 * states, dim=-1).clamp(min=-12.0) / 4.0 + 1.5
            return states.reshape(len(cepstra), -1, states.shape[-1])

    class FrontEnd(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            average = np.zeros(80) if mean is None else np.asarray(mean)
            self.register_buffer("mean", torch.tensor(average, dtype=torch.float32))
            self.old = OldEars() if config.old_ears else None

        def forward(self, log_mel: Any, lengths: Any) -> Any:
            count = log_mel.shape[1]
            mask = (torch.arange(count, device=log_mel.device)[None] < lengths[:, None])
            mask = mask[:, :, None].to(log_mel.dtype)
            level = torch.log(over_time(torch.exp(log_mel), mask))
            x = torch.logaddexp(log_mel, level - _COMFORT) * mask
            own = over_time(x, mask)
            gain = (own - self.mean).mean(-1, keepdim=True)
            frames = mask.sum(1, keepdim=True)
            middle = (frames * own + config.prior * (self.mean + gain)) / (frames + config.prior)
            seen = (x - middle) / 2.5 * mask
            if self.training and masks:
                seen = self._masked(seen)
            if self.old is None:
                return seen, None, mask
            with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
                old = self.old(x, mask) * mask[:, ::SUBSAMPLING]
            if self.training:
                kept = torch.rand(len(old), 1, 1, device=old.device) >= config.drop_old_ears
                old = old * kept
            return seen, old, mask

        def _masked(self, seen: Any) -> Any:
            """SpecAugment (Park et al. 2019): two stretches of bands, some stretches of time."""
            batch, count, bands = seen.shape
            keep = torch.ones(batch, count, bands, device=seen.device)
            for row in range(batch):
                for _ in range(2):
                    width = int(torch.randint(0, 14, ()))
                    first = int(torch.randint(0, bands - width, ()))
                    keep[row, :, first : first + width] = 0
                for _ in range(1 + count // 200):
                    width = int(torch.randint(0, 16, ()))
                    first = int(torch.randint(0, max(1, count - width), ()))
                    keep[row, first : first + width] = 0
            return seen * keep

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            width = config.width
            self.near = nn.Conv1d(
                width, width, config.kernel, padding=config.kernel // 2, groups=width
            )
            self.norm = nn.LayerNorm(width)
            self.wide = nn.Linear(width, 2 * width)
            self.back = nn.Linear(2 * width, width)
            self.drop = nn.Dropout(config.dropout)

        def forward(self, x: Any, mask: Any) -> Any:
            if self.training and torch.rand(()) < config.stochastic_depth:
                return x
            y = self.near((x * mask).transpose(1, 2)).transpose(1, 2)
            y = self.back(self.drop(functional.silu(self.wide(self.norm(y)))))
            return x + self.drop(y)

    class Memory(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.LayerNorm(config.width)
            self.memory = nn.LSTM(
                config.width, config.hidden, batch_first=True, bidirectional=True
            )
            self.back = nn.Linear(2 * config.hidden, config.width)
            self.drop = nn.Dropout(config.dropout)

        def forward(self, x: Any, mask: Any) -> Any:
            y = self.memory(self.norm(x) * mask)[0]
            return x + self.drop(self.back(y))

    class ConvRecurrent(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.front = FrontEnd()
            self.stem = nn.Conv1d(80, config.width, 7, stride=SUBSAMPLING, padding=3)
            self.listen = nn.Conv1d(3 * 42, config.width, 3, padding=1) if config.old_ears else None
            parts: list[Any] = []
            for count in config.blocks:
                parts += [*(Block() for _ in range(count)), Memory()]
            self.parts = nn.ModuleList(parts)
            self.norm = nn.LayerNorm(config.width)
            self.out = nn.Linear(config.width, config.num_tokens)

        def forward(self, log_mel: Any, lengths: Any) -> Any:
            seen, old, mask = self.front(log_mel, lengths)
            x = self.stem(seen.transpose(1, 2))
            if self.listen is not None:
                x = x + self.listen(old.transpose(1, 2))
            x = x.transpose(1, 2)
            mask = mask[:, ::SUBSAMPLING]
            for part in self.parts:
                x = part(x, mask)
            logits = self.out(self.norm(x))
            return torch.log_softmax(logits.float(), dim=-1), (lengths + 2) // SUBSAMPLING

    return ConvRecurrent()
