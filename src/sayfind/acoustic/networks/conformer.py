"""Conformer (Gulati et al. 2020) with rotary positions (Su et al. 2021). Needs torch.

With ``causal`` a frame attends to its own chunk and to ``left_chunks`` before it, and convolutions
look back only, so that what has been said of a chunk never changes: fit for streaming.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sayfind.acoustic.networks.configs import ConformerConfig
from sayfind.errors import require

__all__ = ["conformer_parts", "rotated"]

torch: Any = require("torch", "train")
nn: Any = torch.nn

_NEVER = -1e4  # a logit that is no choice, within reach of 16 bits


def conformer_parts(config: ConformerConfig) -> Iterator[Any]:
    """One part for each block."""
    for _ in range(config.blocks):
        yield Block(config)


class Block(nn.Module):  # type: ignore[misc]
    """Half a feed-forward layer, attention, convolution, the other half, and a norm."""

    def __init__(self, config: ConformerConfig) -> None:
        super().__init__()
        self.first, self.second = FeedForward(config), FeedForward(config)
        self.attention, self.convolution = Attention(config), Convolution(config)
        self.norm = nn.LayerNorm(config.width)
        self.stochastic_depth = config.stochastic_depth

    def forward(self, x: Any, mask: Any) -> Any:
        """``(batch, frames, width)`` to the same."""
        if self.training and torch.rand(()) < self.stochastic_depth:
            return x
        x = x + 0.5 * self.first(x)
        x = x + self.attention(x, mask)
        x = x + self.convolution(x, mask)
        return self.norm(x + 0.5 * self.second(x))


class FeedForward(nn.Module):  # type: ignore[misc]
    """A wide layer and back."""

    def __init__(self, config: ConformerConfig) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(config.width),
            nn.Linear(config.width, 4 * config.width),
            nn.SiLU(),
            nn.Dropout(config.dropout),
            nn.Linear(4 * config.width, config.width),
            nn.Dropout(config.dropout),
        )

    def forward(self, x: Any) -> Any:
        """``(batch, frames, width)`` to the same."""
        return self.layers(x)


class Attention(nn.Module):  # type: ignore[misc]
    """Attention of several heads; only differences of time are seen."""

    def __init__(self, config: ConformerConfig) -> None:
        super().__init__()
        self.config = config
        self.norm = nn.LayerNorm(config.width)
        self.ask = nn.Linear(config.width, 3 * config.width)
        self.back = nn.Linear(config.width, config.width)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Any, mask: Any) -> Any:
        """``(batch, frames, width)`` to the same."""
        heads, size = self.config.heads, self.config.width // self.config.heads
        batch, frames, width = x.shape
        parts = self.ask(self.norm(x)).reshape(batch, frames, 3, heads, size)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        logits = rotated(query) @ rotated(key).transpose(-1, -2) / size**0.5
        allowed = self._allowed(frames, x.device) * mask.transpose(1, 2)[:, None]
        share = torch.softmax(logits + _NEVER * (1 - allowed), dim=-1)
        heard = self.drop(share) @ value
        return self.drop(self.back(heard.transpose(1, 2).reshape(batch, frames, width)))

    def _allowed(self, frames: Any, device: Any) -> Any:
        """One where a frame may attend to another: ``(frames, frames)``."""
        chunk = torch.arange(frames, device=device) // self.config.chunk
        behind = chunk[:, None] - chunk[None]
        if not self.config.causal:
            return torch.ones_like(behind, dtype=torch.float32)
        return ((behind >= 0) & (behind <= self.config.left_chunks)).to(torch.float32)


def rotated(x: Any) -> Any:
    """Values ``(..., frames, size)`` turned by angles that grow with time (RoPE)."""
    frames, half = x.shape[-2], x.shape[-1] // 2
    speed = 10_000 ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
    angle = torch.arange(frames, device=x.device, dtype=torch.float32)[:, None] * speed
    one, other = x[..., :half], x[..., half:]
    cos, sin = torch.cos(angle).to(x.dtype), torch.sin(angle).to(x.dtype)
    return torch.cat([one * cos - other * sin, one * sin + other * cos], dim=-1)


class Convolution(nn.Module):  # type: ignore[misc]
    """A gate, a depthwise convolution and a layer; layer norm where the paper has batch norm."""

    def __init__(self, config: ConformerConfig) -> None:
        super().__init__()
        width, kernel = config.width, config.kernel
        self.norm = nn.LayerNorm(width)
        self.gate = nn.Linear(width, 2 * width)
        self.sides = (kernel - 1, 0) if config.causal else (kernel // 2, kernel // 2)
        self.near = nn.Conv1d(width, width, kernel, groups=width)
        self.middle = nn.LayerNorm(width)
        self.back = nn.Linear(width, width)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Any, mask: Any) -> Any:
        """``(batch, frames, width)`` to the same."""
        y = nn.functional.glu(self.gate(self.norm(x)), dim=-1) * mask
        y = self.near(nn.functional.pad(y.transpose(1, 2), self.sides)).transpose(1, 2)
        return self.drop(self.back(nn.functional.silu(self.middle(y))))
