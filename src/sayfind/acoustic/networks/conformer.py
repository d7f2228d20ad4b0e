"""Conformer (Gulati et al. 2020) with rotary positions (Su et al. 2021). Needs torch.

With ``causal`` a frame attends to its own chunk and to ``left_chunks`` before it, and convolutions
look back only, so that what has been said of a chunk never changes: fit for streaming. ``stream``
of each part does one chunk, with what it must remember of those before as values that come in and
go out.
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

    def stream(self, x: Any, keys: Any, values: Any, near: Any) -> tuple[Any, Any, Any, Any]:
        """One chunk and what is remembered (see ``Attention`` and ``Convolution``), and anew."""
        x = x + 0.5 * self.first(x)
        heard, keys, values = self.attention.stream(x, keys, values)
        x = x + heard
        heard, near = self.convolution.stream(x, near)
        x = x + heard
        return self.norm(x + 0.5 * self.second(x)), keys, values, near


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
        query, key, value = self._parts(x)
        logits = rotated(query) @ rotated(key).transpose(-1, -2) / query.shape[-1] ** 0.5
        allowed = self._allowed(x.shape[1], x.device) * mask.transpose(1, 2)[:, None]
        return self._heard(logits + _NEVER * (1 - allowed), value)

    def stream(self, x: Any, keys: Any, values: Any) -> tuple[Any, Any, Any]:
        """One chunk, with the keys and values ``(batch, heads, past, size)`` of those before.

        Keys are kept as they were before their turn, so that times can be counted anew from the
        first that is remembered: only differences matter.
        """
        query, key, value = self._parts(x)
        keys, values = torch.cat([keys, key], dim=2), torch.cat([values, value], dim=2)
        past = keys.shape[2] - x.shape[1]
        turned = rotated(query, past) @ rotated(keys).transpose(-1, -2)
        heard = self._heard(turned / query.shape[-1] ** 0.5, values)
        kept = self.config.chunk * self.config.left_chunks
        return heard, _last(keys, kept), _last(values, kept)

    def _parts(self, x: Any) -> Any:
        """Queries, keys and values, ``(batch, heads, frames, size)`` each."""
        heads, size = self.config.heads, self.config.width // self.config.heads
        parts = self.ask(self.norm(x)).reshape(x.shape[0], x.shape[1], 3, heads, size)
        return parts.permute(2, 0, 3, 1, 4)

    def _heard(self, logits: Any, value: Any) -> Any:
        heard = (self.drop(torch.softmax(logits, dim=-1)) @ value).transpose(1, 2)
        return self.drop(self.back(heard.reshape(heard.shape[0], heard.shape[1], -1)))

    def _allowed(self, frames: Any, device: Any) -> Any:
        """One where a frame may attend to another: ``(frames, frames)``."""
        chunk = torch.arange(frames, device=device) // self.config.chunk
        behind = chunk[:, None] - chunk[None]
        if not self.config.causal:
            return torch.ones_like(behind, dtype=torch.float32)
        return ((behind >= 0) & (behind <= self.config.left_chunks)).to(torch.float32)


def _last(x: Any, count: int) -> Any:
    """The last ``count`` frames at most of ``(batch, heads, frames, size)``."""
    return x[:, :, -count:] if count else x[:, :, :0]


def rotated(x: Any, first: Any = 0) -> Any:
    """Values ``(..., frames, size)`` turned by angles that grow with time from ``first`` (RoPE)."""
    frames, half = x.shape[-2], x.shape[-1] // 2
    speed = 10_000 ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
    times = torch.arange(frames, device=x.device, dtype=torch.float32) + first
    angle = times[:, None] * speed
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
        return self._mixed(nn.functional.pad(y.transpose(1, 2), self.sides))

    def stream(self, x: Any, past: Any) -> tuple[Any, Any]:
        """One chunk, with ``(batch, width, kernel - 1)`` that the kernel still sees before it."""
        y = nn.functional.glu(self.gate(self.norm(x)), dim=-1)
        y = torch.cat([past, y.transpose(1, 2)], dim=2)
        return self._mixed(y), y[:, :, -past.shape[2] :]

    def _mixed(self, y: Any) -> Any:
        y = self.near(y).transpose(1, 2)
        return self.drop(self.back(nn.functional.silu(self.middle(y))))
