"""Acoustic networks over log-mel energies, for CTC over phones. Need torch to train, not to run.

Every network maps ``(log_mel (batch, num_frames, 80), lengths (batch,))`` to
``(log_probs (batch, ceil(num_frames / 3), num_tokens), lengths)``. They differ in the layers
between one front end (``front_end``) and one output (``ears``). Only ``configs`` can be imported
without torch.
"""

from __future__ import annotations

from typing import Any

from sayfind.acoustic.networks.configs import SUBSAMPLING, ConvRecurrentConfig
from sayfind.errors import require

__all__ = ["SUBSAMPLING", "ConvRecurrentConfig", "build_network"]


def build_network(config: ConvRecurrentConfig, mean: Any = None, masks: bool = True) -> Any:
    """A new network; ``mean`` is the average log-mel frame ``(80,)`` of the training speech.

    ``masks`` says whether SpecAugment acts in training.

    Raises:
        MissingExtraError: torch is not installed.
    """
    require("torch", "train")
    from sayfind.acoustic.networks.conv_recurrent import conv_recurrent_parts
    from sayfind.acoustic.networks.ears import Ears
    from sayfind.acoustic.networks.front_end import FrontEnd

    front = FrontEnd(config.front, mean, masks)
    return Ears(front, conv_recurrent_parts(config), config.width, config.num_tokens)
