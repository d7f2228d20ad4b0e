"""The one training loop: wall-clock schedule, checkpoints, a progress line, resumption."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.errors import require

__all__ = ["LoopConfig", "ahead", "fit"]

_WARM_UP = 200  # steps
_EVERY = 100  # steps between checkpoints


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How long and how fast to train.

    Attributes:
        minutes: Wall-clock time; the learning rate follows a cosine down to zero at its end.
        threads: Cores for torch.
        average: Decay of the running mean of the weights that is measured and kept (0: none).
        report_every: Steps between calls of the report.
    """

    minutes: float = 22.0
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    threads: int = 1
    seed: int = 1
    average: float = 0.0
    report_every: int = 500

    def __post_init__(self) -> None:
        if min(self.minutes, self.learning_rate, self.threads) <= 0:
            raise ValueError("minutes, learning_rate and threads are positive")


def ahead(stream: Iterator[Any], size: int = 4) -> Iterator[Any]:
    """The stream, prepared on another thread; what goes wrong there is raised here."""
    waiting: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(size)

    def fill() -> None:
        try:
            for item in stream:
                waiting.put((item, None))
        except BaseException as error:  # handed over, not swallowed
            waiting.put((None, error))

    threading.Thread(target=fill, daemon=True).start()
    while True:
        item, error = waiting.get()
        if error:
            raise error
        yield item


def fit(
    network: Any,
    loss: Callable[[Any, float], Any],
    stream: Callable[[int], Iterator[Any]],
    check: Sequence[Any],
    saved: Path,
    config: LoopConfig,
    report: Callable[[Any], str] | None = None,
) -> None:
    """Train a network in place, with a checkpoint in ``saved``; a stopped run goes on from there.

    ``stream(seed)`` gives batches for ever (another seed after every stop), ``loss(batch, done)``
    a scalar, where ``done`` is the share of the time that has passed; ``check`` are the batches of
    the validation figure in the progress line, ``report`` says more now and then. With
    ``average`` the network ends as the running mean of its weights.
    """
    torch = require("torch", "train")
    torch.set_num_threads(config.threads)
    optimiser = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    mean = _Mean(torch, network, config.average)
    done, step = _resume(torch, network, optimiser, mean, saved)
    values: list[float] = []
    before = time.monotonic()
    batches = ahead(stream(config.seed + 1 + step))
    while done < 1:
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * _schedule(step, done)
        optimiser.zero_grad()
        value = loss(next(batches), done)
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        mean.update(step)
        values.append(value.item())
        step += 1
        now = time.monotonic()
        done, before = min(1.0, done + (now - before) / 60 / config.minutes), now
        if step % _EVERY == 0 or done >= 1:
            line = f"step {step} {done:6.1%} train {np.mean(values):.5f}"
            values.clear()
            with mean:
                line += f" valid {_validate(torch, network, loss, check, done):.5f}"
                if report and (step % config.report_every == 0 or done >= 1):
                    line += f" {report(network)}"
            print(line, flush=True)
            _save(torch, network, optimiser, mean, saved, done, step)
    mean.__enter__()
    network.eval()


class _Mean:
    """A running mean of a network's weights; within ``with`` the network has them."""

    def __init__(self, torch: Any, network: Any, decay: float) -> None:
        self._torch, self._network, self._decay = torch, network, decay
        self.weights = {k: v.detach().clone() for k, v in network.state_dict().items()}
        self._own: dict[str, Any] = {}

    def update(self, step: int) -> None:
        """Take in the present weights; early steps count more than the decay says."""
        decay = min(self._decay, (1 + step) / (10 + step))
        with self._torch.no_grad():
            for name, value in self._network.state_dict().items():
                if value.is_floating_point():
                    self.weights[name].lerp_(value, 1 - decay)

    def __enter__(self) -> None:
        self._own = {k: v.detach().clone() for k, v in self._network.state_dict().items()}
        self._network.load_state_dict(self.weights)

    def __exit__(self, *_: object) -> None:
        self._network.load_state_dict(self._own)


def _save(
    torch: Any, network: Any, optimiser: Any, mean: _Mean, saved: Path, done: float, step: int
) -> None:
    """Write a checkpoint beside the old one, then swap: one on disk is always whole."""
    state = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
    beside = saved.with_suffix(".tmp")
    torch.save({**state, "mean": mean.weights, "done": done, "step": step}, beside)
    beside.replace(saved)


def _schedule(step: int, done: float) -> float:
    """Share of the learning rate: a linear warm-up, then a cosine."""
    return min(1.0, (step + 1) / _WARM_UP) * float(0.5 + 0.5 * np.cos(np.pi * done))


def _resume(
    torch: Any, network: Any, optimiser: Any, mean: _Mean, saved: Path
) -> tuple[float, int]:
    if not saved.exists():
        saved.parent.mkdir(parents=True, exist_ok=True)
        return 0.0, 0
    state = torch.load(saved, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    mean.weights = state["mean"]
    return float(state["done"]), int(state["step"])


def _validate(
    torch: Any, network: Any, loss: Callable[[Any, float], Any], check: Sequence[Any], done: float
) -> float:
    network.eval()
    with torch.no_grad():
        value = float(np.mean([loss(batch, done).item() for batch in check]))
    network.train()
    return value
