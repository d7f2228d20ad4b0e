"""pocketsphinx's Gaussian mixtures as a layer (``gaussians`` reads them). Needs torch."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from sayfind.acoustic.gaussians import cepstral_matrix, load_gaussians, sphinx_bands
from sayfind.acoustic.networks.configs import SUBSAMPLING
from sayfind.errors import require
from sayfind.features.fbank import FbankConfig, mel_matrix

__all__ = ["NUM_STATES", "OldEars", "over_time"]

torch: Any = require("torch", "train")
nn: Any = torch.nn

NUM_STATES = 3 * 42
"""Three states for each of pocketsphinx's phones, fillers among them."""

_RATE = 16_000


def over_time(x: Any, mask: Any) -> Any:
    """The mean of the frames inside each utterance: ``(batch, 1, width)``."""
    return (x * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True)


class OldEars(nn.Module):  # type: ignore[misc]
    """Log-posteriors ``(batch, ceil(num_frames / 3), 126)`` of pocketsphinx's states, scaled."""

    def __init__(self) -> None:
        super().__init__()
        for name, values in _constants().items():
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32))

    def forward(self, x: Any, mask: Any) -> Any:
        """From log-mel energies ``(batch, num_frames, 80)`` with comfort noise."""
        cepstra = torch.log(torch.exp(x) @ self.bands + 1e-10) @ self.cepstra
        cepstra = (cepstra - over_time(cepstra, mask)) * mask
        total: Any = 0.0
        for stream, values in enumerate(_streams(cepstra)):
            flat = values.flatten(0, 1)
            terms = torch.cat([flat * flat, flat, torch.ones_like(flat[:, :1])], dim=1)
            logs = torch.matmul(terms, self.quadratic[stream])  # (phones, frames, densities)
            top = logs.amax(-1, keepdim=True)
            share = torch.matmul((logs - top).exp(), self.weights[stream])
            total = total + torch.log(share + 1e-20) + top
        states = total.permute(1, 0, 2).flatten(1)
        states = torch.log_softmax(0.5 * states, dim=-1).clamp(min=-12.0) / 4.0 + 1.5
        return states.reshape(len(cepstra), -1, NUM_STATES)


def _streams(cepstra: Any) -> tuple[Any, Any, Any]:
    """Every third frame: cepstra, deltas over two frames either side, their own deltas.

    As in Sphinx's feature type ``1s_c_d_dd``.
    """
    far = nn.functional.pad(cepstra.transpose(1, 2), (3, 3), mode="replicate").transpose(1, 2)
    count = cepstra.shape[1]

    def at(place: int) -> Any:
        return far[:, 3 + place : 3 + place + count : SUBSAMPLING]

    return at(0), at(2) - at(-2), at(3) - at(-1) - at(1) + at(-3)


@lru_cache(maxsize=1)
def _constants() -> dict[str, Any]:
    """One product of (squares, values, 1) with ``quadratic`` gives a stream's log-densities."""
    found = load_gaussians()
    precision = 1 / found.variances
    constant = -0.5 * np.log(2 * np.pi * found.variances).sum(-1)
    constant -= 0.5 * (found.means**2 * precision).sum(-1)
    quadratic = np.concatenate(
        [-0.5 * precision, found.means * precision, constant[..., None]], axis=-1
    )
    return {
        "bands": sphinx_bands(mel_matrix(FbankConfig(), _RATE)).T,
        "cepstra": cepstral_matrix().T,
        "quadratic": quadratic.transpose(1, 0, 3, 2),
        "weights": np.exp(found.log_weights).transpose(2, 0, 3, 1),
    }
