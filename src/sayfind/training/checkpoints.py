"""Checkpoints that are always whole, and training states that go on as if never stopped."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sayfind
from sayfind.errors import ModelError, StorageError, require

__all__ = ["Average", "TrainingState", "code_version"]


def code_version() -> str:
    """The git commit that this code is of, ``-dirty`` after it where files have been changed.

    Outside a repository the version of the package.
    """
    command = [
        "git",
        "-C",
        str(Path(__file__).parent),
        "describe",
        "--always",
        "--dirty",
        "--abbrev=40",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return f"sayfind {sayfind.__version__}"
    return done.stdout.strip()


class Average:
    """A running mean of a network's weights; within ``with`` the network has them."""

    def __init__(self, network: Any, decay: float) -> None:
        self._network, self._decay = network, decay
        self.weights = _copy(network)
        self._own: dict[str, Any] = {}

    def update(self, step: int) -> None:
        """Take in the present weights; early steps count more than the decay says."""
        torch = require("torch", "train")
        decay = min(self._decay, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in self._network.state_dict().items():
                if value.is_floating_point():
                    self.weights[name].lerp_(value, 1 - decay)

    def take(self, weights: Mapping[str, Any]) -> None:
        """Go on from a mean that was saved."""
        for name, value in self.weights.items():
            value.copy_(weights[name])

    def settle(self) -> None:
        """Give the network the mean for good."""
        self._network.load_state_dict(self.weights)

    def __enter__(self) -> None:
        self._own = _copy(self._network)
        self._network.load_state_dict(self.weights)

    def __exit__(self, *_: object) -> None:
        self._network.load_state_dict(self._own)


def _copy(network: Any) -> dict[str, Any]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


@dataclass
class TrainingState:
    """All that a run needs to go on.

    Attributes:
        done: The share of the run that has passed; ``step`` counts.
        best: The best figure so far of those that may end the run early; ``worse`` counts the
            looks since then that were no better.
        random: torch's random state of every process ``(count, size)``, so that dropout goes on.
    """

    network: Any
    optimiser: Any
    average: Average
    done: float = 0.0
    step: int = 0
    best: float = float("inf")
    worse: int = 0
    random: Any = None

    def save(self, path: Path) -> None:
        """Write a checkpoint beside the old one, then swap: the one on disk is always whole.

        Raises:
            StorageError: the disk is full or may not be written; the old one is as it was.
        """
        torch = require("torch", "train")
        state = {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}
        state |= {"mean": self.average.weights, "random": self.random}
        state |= {"done": self.done, "step": self.step, "best": self.best, "worse": self.worse}
        beside = path.with_suffix(".tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(state, beside)
            beside.replace(path)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as either
            beside.unlink(missing_ok=True)
            reason = str(error).splitlines()[0]
            raise StorageError(f"Cannot save the checkpoint {path}: {reason}") from error

    def resume(self, path: Path) -> None:
        """Take up a checkpoint, where there is one.

        Raises:
            ModelError: it is none, or of another architecture.
        """
        if not path.exists():
            return
        torch = require("torch", "train")
        try:
            state = torch.load(path, weights_only=True, map_location="cpu")
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.average.take(state["mean"])
            self.done, self.step = float(state["done"]), int(state["step"])
            self.best, self.worse = state.get("best", self.best), state.get("worse", 0)
            random = state.get("random")  # of one process alone in older checkpoints
            self.random = random[None] if random is not None and random.dim() == 1 else random
        except (EOFError, pickle.UnpicklingError, KeyError, TypeError) as error:
            raise ModelError(f"{path} is not a checkpoint; move it away to start anew.") from error
        except (RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path} is of another network: {reason}") from error
