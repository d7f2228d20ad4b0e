"""Small language models in torch: one body, read both ways (masked) or one way (causal).

Embeddings serve as output weights too (Press & Wolf 2017). A masked model may be told the Mandarin
syllable of every place, the masked ones too: then it chooses among homophones by the context.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sayfind.errors import require

__all__ = ["Body", "Kind", "NetworkConfig", "language_network"]


class Kind(StrEnum):
    """Which words a model sees when it guesses one."""

    MASKED = "masked"
    CAUSAL = "causal"


class Body(StrEnum):
    """What stands between embeddings and output; an LSTM is causal only."""

    TRANSFORMER = "transformer"
    LSTM = "lstm"


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The shape of a language model.

    Attributes:
        kind: ``masked`` or ``causal``.
        body: ``transformer`` or ``lstm``.
        width: Size of the embeddings.
        layers: How many layers.
        heads: Heads of attention.
        inner: Size inside a feed-forward layer, or of an LSTM's state.
        longest: Most pieces of a text, begin and end included.
        dropout: Share of activations dropped in training.
    """

    kind: Kind = Kind.MASKED
    body: Body = Body.TRANSFORMER
    width: int = 128
    layers: int = 2
    heads: int = 4
    inner: int = 384
    longest: int = 40
    dropout: float = 0.05

    def __post_init__(self) -> None:
        if min(self.width, self.layers, self.heads, self.inner, self.longest) < 1:
            raise ValueError("width, layers, heads, inner and longest are at least 1")
        if self.width % self.heads:
            raise ValueError("heads divide width")
        if self.body is Body.LSTM and self.kind is Kind.MASKED:
            raise ValueError("an lstm is causal")


def language_network(config: NetworkConfig, num_pieces: int, num_sounds: int) -> Any:  # noqa: C901
    """A network: ``(ids, sounds)``, both ``(batch, length)``, to states ``(batch, length, width)``.

    ``logits(states)`` are ``(..., num_pieces)``, not normalised. Piece 0 is padding.
    """
    torch = require("torch", "train")
    nn, width = torch.nn, config.width

    class Attention(nn.Module):  # type: ignore[misc, name-defined]
        """Self-attention and a feed-forward layer, each with its norm before it."""

        def __init__(self) -> None:
            super().__init__()
            self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
            self.mixed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, config.inner), nn.Linear(config.inner, width)
            self.drop = nn.Dropout(config.dropout)

        def forward(self, x: Any, bias: Any) -> Any:
            batch, length = x.shape[0], x.shape[1]
            parts = self.mixed(self.before(x)).reshape(batch, length, 3, config.heads, -1)
            query, key, value = parts.permute(2, 0, 3, 1, 4)
            scores = query @ key.transpose(-1, -2) * (width / config.heads) ** -0.5 + bias
            read = (scores.softmax(-1) @ value).permute(0, 2, 1, 3).reshape(batch, length, width)
            x = x + self.drop(self.out(read))
            return x + self.drop(self.down(nn.functional.gelu(self.up(self.between(x)))))

    class LanguageNetwork(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.pieces = nn.Embedding(num_pieces, width, padding_idx=0)
            self.sounds = nn.Embedding(num_sounds, width, padding_idx=0)
            self.places = nn.Embedding(config.longest, width)
            for table in (self.pieces, self.sounds, self.places):
                nn.init.normal_(table.weight, std=width**-0.5)
            if config.body is Body.LSTM:
                self.layers = nn.LSTM(width, config.inner, config.layers, batch_first=True)
                self.back = nn.Linear(config.inner, width)
            else:
                self.layers = nn.ModuleList(Attention() for _ in range(config.layers))
            self.norm, self.bias = nn.LayerNorm(width), nn.Parameter(torch.zeros(num_pieces))
            self.drop = nn.Dropout(config.dropout)

        def forward(self, ids: Any, sounds: Any) -> Any:
            x = self.drop(self.pieces(ids) + self.sounds(sounds))
            if config.body is Body.LSTM:
                return self.norm(self.back(self.layers(x)[0]))
            place = torch.arange(ids.shape[1], device=ids.device)
            x = x + self.places(place)
            bias = (ids == 0)[:, None, None, :] * -1e4
            if config.kind is Kind.CAUSAL:
                bias = bias + (place[None, :] > place[:, None]) * -1e4
            for layer in self.layers:
                x = layer(x, bias)
            return self.norm(x)

        def logits(self, states: Any) -> Any:
            return states @ self.pieces.weight.T + self.bias

    return LanguageNetwork()
