"""Acoustic networks over log-mel energies, for CTC over phones. Need torch to train, not to run.

Every network maps ``(log_mel (batch, num_frames, 80), lengths (batch,))`` to
``(log_probs (batch, ceil(num_frames / 3), num_tokens), lengths)``. They differ in the layers
between one front end (``front_end``) and one output (``ears``). Only ``configs`` can be imported
without torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from sayfind.acoustic.networks.configs import (
    SUBSAMPLING,
    ConformerConfig,
    ConvRecurrentConfig,
    DeepSpeech2Config,
    NetworkConfig,
    Wav2LetterConfig,
)
from sayfind.errors import require

__all__ = ["ARCHITECTURES", "SUBSAMPLING", "ConvRecurrentConfig", "build_network"]

ARCHITECTURES: dict[str, type[NetworkConfig]] = {
    "conv_recurrent": ConvRecurrentConfig,
    "deep_speech2": DeepSpeech2Config,
    "wav2letter": Wav2LetterConfig,
    "conformer": ConformerConfig,
}
"""Settings by the name of the architecture, which is also that of its module here."""


def build_network(config: NetworkConfig, mean: Any = None, masks: bool = True) -> Any:
    """A new network; ``mean`` is the average log-mel frame ``(80,)`` of the training speech.

    ``masks`` says whether SpecAugment acts in training.

    Raises:
        MissingExtraError: torch is not installed.
    """
    require("torch", "train")
    from sayfind.acoustic.networks.ears import Ears
    from sayfind.acoustic.networks.front_end import FrontEnd

    front = FrontEnd(config.front, mean, masks)
    return Ears(front, _parts(config), config.width, config.num_tokens)


def _parts(config: NetworkConfig) -> Iterable[Any]:
    (name,) = [name for name, kind in ARCHITECTURES.items() if kind is type(config)]
    make: Callable[[Any], Iterable[Any]]
    make = getattr(import_module(f"{__name__}.{name}"), f"{name}_parts")
    return make(config)
