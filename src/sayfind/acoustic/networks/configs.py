"""Settings of the acoustic networks, one class for each architecture; needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from sayfind.acoustic.tokens import PHONE_TOKENS

__all__ = [
    "NUM_BANDS",
    "SUBSAMPLING",
    "ConvRecurrentConfig",
    "FrontEndConfig",
]

NUM_BANDS = 80
SUBSAMPLING = 3
"""Frames of 10 ms to one of the posteriors."""


@dataclass(frozen=True, slots=True)
class FrontEndConfig:
    """How sound is normalised before a network hears it.

    Attributes:
        old_ears: Whether pocketsphinx's Gaussians are listened to.
        drop_old_ears: Share of utterances in training that do without them.
        prior: Frames of average speech that the utterance's mean is mixed with.
        causal: Whether only what has been heard so far counts (without old ears).
    """

    old_ears: bool = True
    drop_old_ears: float = 0.15
    prior: float = 60.0
    causal: bool = False

    def __post_init__(self) -> None:
        if self.causal and self.old_ears:
            raise ValueError("a causal front end is without old_ears")
        if not 0 <= self.drop_old_ears <= 1 or self.prior < 0:
            raise ValueError("drop_old_ears is a share and prior not negative")


@dataclass(frozen=True, slots=True)
class ConvRecurrentConfig:
    """Depthwise-separable convolutions with bidirectional LSTMs between them.

    Attributes:
        width: Channels. ``hidden`` is that of an LSTM's one direction.
        blocks: Convolution blocks before each LSTM.
        kernel: Frames of 30 ms a block looks at.
        old_ears: Whether pocketsphinx's Gaussians are listened to.
        drop_old_ears: Share of utterances in training that do without them.
        stochastic_depth: Chance in training that a block is passed by.
        prior: Frames of average speech that the utterance's mean is mixed with.
    """

    width: int = 256
    hidden: int = 192
    blocks: tuple[int, ...] = (5, 3)
    kernel: int = 11
    dropout: float = 0.1
    stochastic_depth: float = 0.05
    old_ears: bool = True
    drop_old_ears: float = 0.15
    prior: float = 60.0
    num_tokens: int = len(PHONE_TOKENS)

    def __post_init__(self) -> None:
        if self.kernel % 2 == 0 or not self.blocks:
            raise ValueError("kernel is odd and blocks not empty")

    @property
    def front(self) -> FrontEndConfig:
        """The settings of its front end."""
        return FrontEndConfig(self.old_ears, self.drop_old_ears, self.prior)
