"""The processes of a run: one, or as many as ``torchrun`` started (gloo on CPU, nccl on GPUs).

    torchrun --nproc-per-node 2 -m sayfind.training.recipes.acoustic PACKED OUT RECIPE.toml

Every process sees batches of its own; gradients are averaged before each step, so that all have
the same weights. Only the first one validates, reports and saves.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from sayfind.errors import require

__all__ = ["Processes", "is_first"]


def is_first() -> bool:
    """Whether this is the process that writes files."""
    return os.environ.get("RANK", "0") == "0"


class Processes:
    """One process among those of its run; alone, everything here is the identity."""

    def __init__(self, device: str = "cpu") -> None:
        """Join the others that ``torchrun`` told us of."""
        self.rank = int(os.environ.get("RANK", "0"))
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.device = device
        self._torch = require("torch", "train")
        if device == "cuda":
            self.device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
            self._torch.cuda.set_device(self.device)
        self._group: Any = self._torch.distributed
        if self.count > 1 and not self._group.is_initialized():
            self._group.init_process_group("nccl" if device == "cuda" else "gloo")

    def share_weights(self, network: Any) -> None:
        """Give all the first one's weights."""
        if self.count > 1:
            for value in network.state_dict().values():
                self._group.broadcast(value, 0)

    def average_gradients(self, parameters: Sequence[Any]) -> None:
        """Give all the mean gradient; what a process did not need counts as zero."""
        if self.count == 1:
            return
        torch = self._torch
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([grad.flatten() for grad in grads])
        self._group.all_reduce(flat)
        parts = torch.split(flat / self.count, [grad.numel() for grad in grads])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.reshape(parameter.shape)

    def mean(self, *values: float) -> list[float]:
        """The mean of every value over the processes."""
        if self.count == 1:
            return list(values)
        given = self._torch.tensor(values, dtype=self._torch.float64, device=self.device)
        self._group.all_reduce(given)
        return [float(value) for value in given / self.count]

    def of_first(self, value: float) -> float:
        """The first one's value, for all."""
        return self.mean(value * self.count if self.rank == 0 else 0.0)[0]

    def random_states(self) -> Any:
        """Torch's random state of every process, ``(count, size)``."""
        own = self._torch.get_rng_state()
        if self.count == 1:
            return own[None]
        given = own.to(self.device)
        every = [self._torch.zeros_like(given) for _ in range(self.count)]
        self._group.all_gather(every, given)
        return self._torch.stack(every).cpu()

    def close(self) -> None:
        """Leave the others."""
        if self.count > 1 and self._group.is_initialized():
            self._group.destroy_process_group()
