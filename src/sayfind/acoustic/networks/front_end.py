"""What every acoustic network hears with: normalised bands, and the old ears. Needs torch.

The front end is part of the network, so that training and serving cannot differ:

- *Comfort noise*: 26 dB below a band's mean power everything is noise, so that digital silence,
  or how much silence there is, changes little.
- *Mean normalisation* over the utterance, drawn towards the mean of all speech by ``prior``
  frames: a long utterance loses its microphone, a short one keeps its vowels.
- *Old ears* (``old_ears``): the states of pocketsphinx's Gaussian mixtures, as further inputs.

A causal front end draws both from the frames that have been heard so far.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sayfind.acoustic.networks.configs import NUM_BANDS, SUBSAMPLING, FrontEndConfig
from sayfind.acoustic.networks.old_ears import OldEars, over_time
from sayfind.errors import require
from sayfind.features.specaugment import SpecAugmentConfig, kept

__all__ = ["FrontEnd"]

torch: Any = require("torch", "train")
nn: Any = torch.nn

_COMFORT = 6.0  # nepers of power below a band's mean
_SPREAD = 2.5  # nepers: about the deviation of speech


class FrontEnd(nn.Module):  # type: ignore[misc]
    """Log-mel energies to ``(seen, old, mask)``: bands, old ears every 30 ms (or None), speech.

    ``seen`` is ``(batch, num_frames, 80)``, ``mask`` one ``(batch, num_frames, 1)`` inside an
    utterance and zero after it.
    """

    def __init__(self, config: FrontEndConfig, mean: Any = None, masks: bool = True) -> None:
        super().__init__()
        average = np.zeros(NUM_BANDS) if mean is None else np.asarray(mean)
        self.register_buffer("mean", torch.tensor(average, dtype=torch.float32))
        self.old = OldEars() if config.old_ears else None
        self.config, self.masks = config, masks

    def forward(self, log_mel: Any, lengths: Any) -> tuple[Any, Any, Any]:
        """See the class."""
        count = log_mel.shape[1]
        mask = torch.arange(count, device=log_mel.device)[None] < lengths[:, None]
        mask = mask[:, :, None].to(log_mel.dtype)
        heard = self._so_far if self.config.causal else over_time
        x = _with_comfort(log_mel, heard(torch.exp(log_mel), mask)) * mask
        frames = torch.cumsum(mask, 1) if self.config.causal else mask.sum(1, keepdim=True)
        seen = (x - self._middle(heard(x, mask), frames)) / _SPREAD * mask
        if self.training and self.masks:
            seen = seen * self._kept(seen)
        return seen, self._old(x, mask), mask

    def stream(self, log_mel: Any, mask: Any, sums: Any) -> tuple[Any, Any]:
        """A causal front end's ``seen`` of one piece, and ``sums (1, 161)`` after it.

        Those are of powers, of bands and of frames so far.
        """
        frames = sums[:, None, 2 * NUM_BANDS :] + torch.cumsum(mask, 1)
        power = sums[:, None, :NUM_BANDS] + torch.cumsum(torch.exp(log_mel) * mask, 1)
        x = _with_comfort(log_mel, power / frames) * mask
        total = sums[:, None, NUM_BANDS : 2 * NUM_BANDS] + torch.cumsum(x, 1)
        seen = (x - self._middle(total / frames, frames)) / _SPREAD * mask
        return seen, torch.cat([power, total, frames], dim=2)[:, -1]

    def _middle(self, own: Any, frames: Any) -> Any:
        """What is taken off: the mean ``own`` of ``frames``, drawn towards that of all speech."""
        gain = (own - self.mean).mean(-1, keepdim=True)
        prior = self.config.prior
        return (frames * own + prior * (self.mean + gain)) / (frames + prior)

    @staticmethod
    def _so_far(x: Any, mask: Any) -> Any:
        return torch.cumsum(x * mask, 1) / torch.cumsum(mask, 1)

    def _old(self, x: Any, mask: Any) -> Any:
        if self.old is None:
            return None
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
            old = self.old(x, mask) * mask[:, ::SUBSAMPLING]
        if self.training:
            chance = torch.rand(len(old), 1, 1, device=old.device)
            old = old * (chance >= self.config.drop_old_ears)
        return old

    def _kept(self, seen: Any) -> Any:
        rng = np.random.default_rng(int(torch.randint(0, 2**31, ())))
        batch, num_frames, num_bands = seen.shape
        config = SpecAugmentConfig()
        masks = [kept(num_frames, num_bands, config, rng) for _ in range(batch)]
        return torch.from_numpy(np.stack(masks)).to(seen.device)


def _with_comfort(log_mel: Any, power: Any) -> Any:
    """Bands with noise added, so far below their mean power; ``softplus`` makes logaddexp."""
    level = torch.log(power) - _COMFORT
    return level + nn.functional.softplus(log_mel - level)
