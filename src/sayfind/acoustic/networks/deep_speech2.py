"""Deep Speech 2 (Amodei et al. 2016): convolutions over time, then bidirectional GRUs.

Of its variants this is the one with one-dimensional convolutions; the norm over a sequence is a
layer norm. Needs torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sayfind.acoustic.networks.configs import DeepSpeech2Config
from sayfind.errors import require

__all__ = ["deep_speech2_parts"]

torch: Any = require("torch", "train")
nn: Any = torch.nn


def deep_speech2_parts(config: DeepSpeech2Config) -> Iterator[Any]:
    """Convolutions, then GRUs."""
    for _ in range(config.convolutions):
        yield Convolution(config)
    for _ in range(config.recurrent):
        yield Recurrent(config)


class Convolution(nn.Module):  # type: ignore[misc]
    """A convolution over time, normed and clipped to 0..20."""

    def __init__(self, config: DeepSpeech2Config) -> None:
        super().__init__()
        width, kernel = config.width, config.kernel
        self.near = nn.Conv1d(width, width, kernel, padding=kernel // 2)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Any, mask: Any) -> Any:
        """``(batch, frames, width)`` to the same."""
        y = self.near((x * mask).transpose(1, 2)).transpose(1, 2)
        return self.norm(y).clamp(0, 20)


class Recurrent(nn.Module):  # type: ignore[misc]
    """A GRU in both directions, whose states are added."""

    def __init__(self, config: DeepSpeech2Config) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.memory = nn.GRU(config.width, config.width, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(config.dropout)
        self.width = config.width

    def forward(self, x: Any, mask: Any) -> Any:
        """``(batch, frames, width)`` to the same."""
        y = self.memory(self.norm(x) * mask)[0]
        return self.drop(y[..., : self.width] + y[..., self.width :])
