"""The networks that the recipes train; ``export`` writes each as ONNX."""

from __future__ import annotations

from typing import Any

from sayfind.audio.spectrum import NUM_BANDS
from sayfind.errors import require

__all__ = ["near_voice", "spoken_language"]


def near_voice(hidden: int) -> Any:
    """Features ``(batch, num_frames, 64)`` -> logits of the mask, of the same shape."""
    nn = require("torch", "train").nn

    class NearVoice(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.near = nn.Conv1d(NUM_BANDS, hidden, 5, padding=2)
            self.far = nn.GRU(hidden, hidden, 2, batch_first=True, bidirectional=True)
            self.out = nn.Linear(2 * hidden, NUM_BANDS)

        def forward(self, x: Any) -> Any:
            x = nn.functional.relu(self.near(x.transpose(1, 2))).transpose(1, 2)
            return self.out(self.far(x)[0])

    return NearVoice()


def spoken_language(width: int) -> Any:
    """Features ``(batch, 64, num_frames)`` -> log-odds of Mandarin ``(batch,)``."""
    torch = require("torch", "train")
    nn = torch.nn

    class Listener(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv1d(NUM_BANDS, width, 5, stride=2, padding=2)
            self.wide = nn.ModuleList(
                nn.Conv1d(width, width, 5, padding=2 * step, dilation=step, groups=4)
                for step in (1, 2, 4)
            )
            self.mixed = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(3))
            self.last = nn.Linear(2 * width, 1)
            self.drop = nn.Dropout(0.2)

        def forward(self, x: Any) -> Any:
            x = torch.relu(self.first(x))
            for wide, mixed in zip(self.wide, self.mixed, strict=True):
                x = x + torch.relu(mixed(torch.relu(wide(x))))
            pooled = torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1)
            return self.last(self.drop(pooled))[:, 0]

    return Listener()
