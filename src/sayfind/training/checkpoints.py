"""Checkpoints that are always whole, and training states that go on as if never stopped."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayfind.errors import ModelError, StorageError, require

__all__ = ["Average", "TrainingState"]


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
    """All that a run needs to go on: ``done`` is the share that has passed, ``step`` counts.

    The random numbers of torch belong to it, so that dropout goes on too.
    """

    network: Any
    optimiser: Any
    average: Average
    done: float = 0.0
    step: int = 0

    def save(self, path: Path) -> None:
        """Write a checkpoint beside the old one, then swap: the one on disk is always whole.

        Raises:
            StorageError: the disk is full or may not be written; the old one is as it was.
        """
        torch = require("torch", "train")
        state = {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}
        state |= {"mean": self.average.weights, "random": torch.get_rng_state()}
        beside = path.with_suffix(".tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save({**state, "done": self.done, "step": self.step}, beside)
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
            state = torch.load(path, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.average.weights = state["mean"]
            self.done, self.step = float(state["done"]), int(state["step"])
        except (EOFError, pickle.UnpicklingError, KeyError, TypeError) as error:
            raise ModelError(f"{path} is not a checkpoint; move it away to start anew.") from error
        except (RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path} is of another network: {reason}") from error
        if "random" in state:
            torch.set_rng_state(state["random"])
