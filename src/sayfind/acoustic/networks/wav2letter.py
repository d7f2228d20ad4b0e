"""Wav2Letter (Collobert et al. 2016): convolutions alone, the last ones wide. Needs torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sayfind.acoustic.networks.configs import Wav2LetterConfig
from sayfind.errors import require

__all__ = ["wav2letter_parts"]

torch: Any = require("torch", "train")
nn: Any = torch.nn


def wav2letter_parts(config: Wav2LetterConfig) -> Iterator[Any]:
    """Equal layers, then one with a long look around and one that looks at single frames."""
    width, wide, drop = config.width, config.wide, config.dropout
    for _ in range(config.layers):
        yield Layer(width, width, config.kernel, drop)
    yield Layer(width, wide, config.last_kernel, drop)
    yield Layer(wide, width, 1, drop)


class Layer(nn.Module):  # type: ignore[misc]
    """A convolution over time with its norm (the paper has none) and its rectifier."""

    def __init__(self, width: int, wide: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.near = nn.Conv1d(width, wide, kernel, padding=kernel // 2)
        self.norm = nn.LayerNorm(wide)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Any, mask: Any) -> Any:
        """``(batch, frames, width)`` to ``(batch, frames, wide)``."""
        y = self.near((x * mask).transpose(1, 2)).transpose(1, 2)
        return self.drop(torch.relu(self.norm(y)))
