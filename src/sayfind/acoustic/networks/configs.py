"""Settings of the acoustic networks, one class for each architecture; needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, field

from sayfind.acoustic.tokens import PHONE_TOKENS

__all__ = [
    "NUM_BANDS",
    "SUBSAMPLING",
    "ConformerConfig",
    "ConvRecurrentConfig",
    "DeepSpeech2Config",
    "FrontEndConfig",
    "NetworkConfig",
    "Wav2LetterConfig",
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


@dataclass(frozen=True, slots=True)
class DeepSpeech2Config:
    """Convolutions over time, then bidirectional GRUs.

    Attributes:
        width: Channels, and units of a GRU's one direction.
        convolutions: How many, each over ``kernel`` frames of 30 ms.
        recurrent: How many GRUs.
        front: The front end.
    """

    width: int = 256
    convolutions: int = 2
    kernel: int = 11
    recurrent: int = 4
    dropout: float = 0.1
    num_tokens: int = len(PHONE_TOKENS)
    front: FrontEndConfig = field(default_factory=FrontEndConfig)

    def __post_init__(self) -> None:
        if self.kernel % 2 == 0 or self.recurrent < 1:
            raise ValueError("kernel is odd and recurrent at least 1")
        if self.front.causal:
            raise ValueError("GRUs of both directions cannot have a causal front end")


@dataclass(frozen=True, slots=True)
class Wav2LetterConfig:
    """Convolutions alone.

    Attributes:
        width: Channels of the ``layers``, each over ``kernel`` frames of 30 ms.
        wide: Channels of the last layers, of which one is over ``last_kernel`` frames.
        front: The front end.
    """

    width: int = 256
    layers: int = 7
    kernel: int = 7
    last_kernel: int = 21
    wide: int = 512
    dropout: float = 0.1
    num_tokens: int = len(PHONE_TOKENS)
    front: FrontEndConfig = field(default_factory=FrontEndConfig)

    def __post_init__(self) -> None:
        if self.kernel % 2 == 0 or self.last_kernel % 2 == 0:
            raise ValueError("kernel and last_kernel are odd")
        if self.front.causal:
            raise ValueError("convolutions of both sides cannot have a causal front end")


@dataclass(frozen=True, slots=True)
class ConformerConfig:
    """Attention with rotary positions, convolutions, and feed-forward halves around them.

    Attributes:
        width: Channels, shared among ``heads``.
        kernel: Frames of 30 ms that a convolution sees.
        stochastic_depth: Chance in training that a block is passed by.
        causal: Whether a frame sees only its chunk of ``chunk`` frames and ``left_chunks`` before.
        front: The front end; a causal network needs a causal one.
    """

    width: int = 192
    blocks: int = 8
    heads: int = 4
    kernel: int = 15
    dropout: float = 0.1
    stochastic_depth: float = 0.05
    causal: bool = False
    chunk: int = 11
    left_chunks: int = 12
    num_tokens: int = len(PHONE_TOKENS)
    front: FrontEndConfig = field(default_factory=FrontEndConfig)

    def __post_init__(self) -> None:
        if self.kernel % 2 == 0 or self.width % (2 * self.heads):
            raise ValueError("kernel is odd and width a multiple of twice the heads")
        if self.chunk < 1 or self.left_chunks < 0:
            raise ValueError("chunk is at least 1 and left_chunks not negative")
        if self.causal != self.front.causal:
            raise ValueError("causal and front.causal are both true or both false")


NetworkConfig = ConvRecurrentConfig | DeepSpeech2Config | Wav2LetterConfig | ConformerConfig
