"""A causal Conformer that hears piece by piece, as one graph with caches in and out. Needs torch.

The stem's row looks 30 ms ahead, so that the first piece is one frame longer than the others:
``3 * chunk + 1`` frames of 10 ms, then ``3 * chunk``. At the end as many frames as rows are still
due, times three; those beyond ``lengths`` count as none.
"""

from __future__ import annotations

from typing import Any

from sayfind.acoustic.networks.configs import NUM_BANDS, SUBSAMPLING, ConformerConfig
from sayfind.errors import ModelError, require

__all__ = ["CACHES", "StreamingEars", "first_caches"]

torch: Any = require("torch", "train")
nn: Any = torch.nn

CACHES = ("sums", "seen", "keys", "values", "near")
"""Names of what is remembered between pieces, in the order of inputs and outputs."""

_REACH = 3  # frames that the stem's kernel sees on either side of a row


def first_caches(config: ConformerConfig) -> dict[str, tuple[int, ...]]:
    """Shapes of the caches before the first piece; all of them begin as zeros."""
    size = config.width // config.heads
    return {
        "sums": (1, 2 * NUM_BANDS + 1),
        "seen": (1, _REACH, NUM_BANDS),
        "keys": (config.blocks, config.heads, 0, size),
        "values": (config.blocks, config.heads, 0, size),
        "near": (config.blocks, config.width, config.kernel - 1),
    }


class StreamingEars(nn.Module):  # type: ignore[misc]
    """The weights of ``ears``, heard piece by piece; shares them, has none of its own."""

    def __init__(self, ears: Any, config: ConformerConfig) -> None:
        """Wrap a network that ``build_network`` made.

        Raises:
            ModelError: the network is not causal.
        """
        if not config.causal:
            raise ModelError("Only a causal network can stream: train with network.causal = true.")
        super().__init__()
        self.ears, self.config = ears, config

    def forward(self, log_mel: Any, lengths: Any, *caches: Any) -> tuple[Any, ...]:
        """``(log_probs (1, rows, num_tokens), *caches)`` of a piece ``(1, num_frames, 80)``."""
        sums, seen, keys, values, near = caches
        ears, places = self.ears, torch.arange(log_mel.shape[1])
        mask = (places[None] < lengths[:, None])[:, :, None].to(log_mel.dtype)
        fresh, sums = ears.front.stream(log_mel, mask, sums)
        seen = torch.cat([seen, fresh], dim=1)
        x = nn.functional.conv1d(
            seen.transpose(1, 2), ears.stem.weight, ears.stem.bias, stride=SUBSAMPLING
        ).transpose(1, 2)
        kept: list[tuple[Any, Any, Any]] = []
        for number, part in enumerate(ears.parts):
            at = slice(number, number + 1)
            x, *remembered = part.stream(x, keys[at], values[at], near[at])
            kept.append(tuple(remembered))
        log_probs = torch.log_softmax(ears.out(ears.norm(x)).float(), dim=-1)
        after = (torch.cat(column) for column in zip(*kept, strict=True))
        return log_probs, sums, seen[:, -(_REACH + 1) :], *after
