"""Everything a run of the acoustic recipe depends on besides the data, as one TOML."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sayfind.acoustic.networks import ARCHITECTURES
from sayfind.acoustic.networks.configs import ConvRecurrentConfig, NetworkConfig
from sayfind.acoustic.tokens import TokenKind
from sayfind.config import from_mapping, override, to_mapping
from sayfind.errors import ConfigError
from sayfind.training.loop import LoopConfig
from sayfind.training.pretext import PretextConfig
from sayfind.training.regularisation import RegularisationConfig
from sayfind.training.utterances import BatchConfig

__all__ = ["AcousticTraining", "read_settings"]

_LOOP = LoopConfig(minutes=90.0, learning_rate=2e-3, weight_decay=1e-2, average=0.998)


@dataclass(frozen=True, slots=True)
class AcousticTraining:
    """A whole run.

    Attributes:
        architecture: A name in ``ARCHITECTURES``; ``network`` are its settings.
        alignment: Weight of the cross-entropy on alignments at first (small where a trained model
            goes on: it knows its own); ``alignment_floor`` is that after half of the run.
        exclude: Collections that are only measured.
        by_sentence: Collections of so few speakers that texts are held out, not speakers.
        start_from: A checkpoint or exported model of the same architecture whose weights are
            the first (empty: random ones). A layer of other tokens is begun anew.
        regularise: Switches against learning by heart.
        pretext: What ``recipes.pretraining`` lets a network guess.
        tokens: What is told apart: phones, or what a transcript is written with, of which there
            are then as many as are needed, or at most ``pieces`` for ``bpe``.
    """

    architecture: str = "conv_recurrent"
    network: NetworkConfig = field(default_factory=ConvRecurrentConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)
    loop: LoopConfig = _LOOP
    alignment: float = 1.0
    alignment_floor: float = 0.05
    exclude: tuple[str, ...] = ()
    by_sentence: tuple[str, ...] = ("aishell1-S0252", "audio-cmn")
    start_from: str = ""
    regularise: RegularisationConfig = field(default_factory=RegularisationConfig)
    pretext: PretextConfig = field(default_factory=PretextConfig)
    tokens: TokenKind = TokenKind.PHONES
    pieces: int = 1000

    def __post_init__(self) -> None:
        if ARCHITECTURES.get(self.architecture) is not type(self.network):
            raise ValueError(f"architecture {self.architecture!r} has other settings")


def read_settings(path: Path | None = None, overrides: Sequence[str] = ()) -> AcousticTraining:
    """The recipe's defaults, under those of a TOML, under ``dotted.key=value`` overrides.

    Raises:
        ConfigError: the file cannot be read, or names an unknown setting or a wrong value.
    """
    values = override(_read(path) if path else {}, overrides)
    name = values.pop("architecture", "conv_recurrent")
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ConfigError(f"architecture is {name!r}; the known ones are {known}.")
    network = from_mapping(ARCHITECTURES[name], values.pop("network", {}), "network.")
    defaults = to_mapping(AcousticTraining())
    del defaults["architecture"], defaults["network"]
    rest = from_mapping(AcousticTraining, _over(defaults, values))
    return dataclasses.replace(rest, architecture=name, network=network)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the settings {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables joined key by key; what is ``above`` counts."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            result[key] = _over(under, value)
        else:
            result[key] = value
    return result
