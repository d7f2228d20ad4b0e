"""What all architectures share: front end, subsampling, and the layer of tokens. Needs torch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sayfind.acoustic.networks.configs import NUM_BANDS, SUBSAMPLING
from sayfind.acoustic.networks.front_end import FrontEnd
from sayfind.acoustic.networks.old_ears import NUM_STATES
from sayfind.errors import require

__all__ = ["Ears"]

torch: Any = require("torch", "train")
nn: Any = torch.nn


class Ears(nn.Module):  # type: ignore[misc]
    """``(log_mel (batch, num_frames, 80), lengths (batch,))`` to log-probabilities and lengths.

    The log-probabilities are ``(batch, ceil(num_frames / 3), num_tokens)``. ``parts`` make the
    architecture: each is called with ``x (batch, frames, width)`` and ``mask (batch, frames, 1)``.
    """

    def __init__(self, front: FrontEnd, parts: Iterable[Any], width: int, num_tokens: int) -> None:
        super().__init__()
        self.front = front
        self.stem = nn.Conv1d(NUM_BANDS, width, 7, stride=SUBSAMPLING, padding=3)
        self.listen = nn.Conv1d(NUM_STATES, width, 3, padding=1) if front.old is not None else None
        self.parts = nn.ModuleList(parts)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, num_tokens)

    def forward(self, log_mel: Any, lengths: Any) -> tuple[Any, Any]:
        """See the class."""
        heard, frames = self.hidden(log_mel, lengths)
        return torch.log_softmax(self.out(heard).float(), dim=-1), frames

    def hidden(self, log_mel: Any, lengths: Any) -> tuple[Any, Any]:
        """What the layer of tokens is given, ``(batch, rows, width)``, and lengths in rows."""
        seen, old, mask = self.front(log_mel, lengths)
        return self.encoded(seen, old, mask, lengths)

    def encoded(self, seen: Any, old: Any, mask: Any, lengths: Any) -> tuple[Any, Any]:
        """The same of what the front end gives."""
        x = self.stem(seen.transpose(1, 2))
        if self.listen is not None:
            x = x + self.listen(old.transpose(1, 2))
        x, mask = x.transpose(1, 2), mask[:, ::SUBSAMPLING]
        for part in self.parts:
            x = part(x, mask)
        frames = torch.div(lengths + SUBSAMPLING - 1, SUBSAMPLING, rounding_mode="floor")
        return self.norm(x), frames
