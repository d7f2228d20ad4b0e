"""Where the figures of a run go: TensorBoard's files, or Weights & Biases without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sayfind.errors import require

__all__ = ["Logger", "TensorBoardLogger", "WandbLogger", "open_loggers"]


class Logger(Protocol):
    """Takes figures by name."""

    def write(self, step: int, figures: Mapping[str, float]) -> None:
        """Note figures of a step."""
        ...

    def close(self) -> None:
        """Finish the file."""
        ...


class TensorBoardLogger:
    """Event files in a folder: ``tensorboard --logdir FOLDER`` shows them."""

    def __init__(self, folder: Path) -> None:
        require("tensorboard", "train")
        tensorboard = require("torch.utils.tensorboard", "train")
        self._writer: Any = tensorboard.SummaryWriter(str(folder))

    def write(self, step: int, figures: Mapping[str, float]) -> None:
        """Note figures of a step."""
        for name, value in figures.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


class WandbLogger:
    """An offline run of Weights & Biases; ``wandb sync`` sends it, if somebody wants that."""

    def __init__(self, folder: Path) -> None:
        wandb = require("wandb", "wandb")
        folder.mkdir(parents=True, exist_ok=True)
        self._run: Any = wandb.init(project="sayfind", dir=str(folder), mode="offline")

    def write(self, step: int, figures: Mapping[str, float]) -> None:
        """Note figures of a step."""
        self._run.log(dict(figures), step=step)

    def close(self) -> None:
        """Finish the run."""
        self._run.finish()


LOGGERS: dict[str, type[TensorBoardLogger] | type[WandbLogger]] = {
    "tensorboard": TensorBoardLogger,
    "wandb": WandbLogger,
}


def open_loggers(names: Sequence[str], folder: Path) -> list[Logger]:
    """The loggers that a run asks for by name, each in a folder of its own."""
    return [LOGGERS[name](folder / name) for name in names]
