"""Depthwise-separable convolutions and bidirectional LSTMs: the bundled ears. Needs torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sayfind.acoustic.networks.configs import ConvRecurrentConfig
from sayfind.errors import require

__all__ = ["conv_recurrent_parts"]

torch: Any = require("torch", "train")
nn: Any = torch.nn


def conv_recurrent_parts(config: ConvRecurrentConfig) -> Iterator[Any]:
    """Blocks of convolutions, an LSTM after each group of them."""
    for count in config.blocks:
        for _ in range(count):
            yield Block(config)
        yield Memory(config)


class Block(nn.Module):  # type: ignore[misc]
    """One depthwise convolution and a wide layer, added to what came in."""

    def __init__(self, config: ConvRecurrentConfig) -> None:
        super().__init__()
        width, kernel = config.width, config.kernel
        self.near = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 2 * width)
        self.back = nn.Linear(2 * width, width)
        self.drop = nn.Dropout(config.dropout)
        self.stochastic_depth = config.stochastic_depth

    def forward(self, x: Any, mask: Any) -> Any:
        """``(batch, frames, width)`` to the same."""
        if self.training and torch.rand(()) < self.stochastic_depth:
            return x
        y = self.near((x * mask).transpose(1, 2)).transpose(1, 2)
        y = self.back(self.drop(nn.functional.silu(self.wide(self.norm(y)))))
        return x + self.drop(y)


class Memory(nn.Module):  # type: ignore[misc]
    """A bidirectional LSTM, added to what came in."""

    def __init__(self, config: ConvRecurrentConfig) -> None:
        super().__init__()
        width, hidden = config.width, config.hidden
        self.norm = nn.LayerNorm(width)
        self.memory = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.back = nn.Linear(2 * hidden, width)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Any, mask: Any) -> Any:
        """``(batch, frames, width)`` to the same."""
        y = self.memory(self.norm(x) * mask)[0]
        return x + self.drop(self.back(y))
