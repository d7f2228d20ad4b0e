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
    """

    minutes: float = 22.0
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    threads: int = 1
    seed: int = 1

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
    loss: Callable[[Any], Any],
    stream: Callable[[int], Iterator[Any]],
    check: Sequence[Any],
    saved: Path,
    config: LoopConfig,
) -> None:
    """Train a network in place, with a checkpoint in ``saved``; a stopped run goes on from there.

    ``stream(seed)`` gives batches for ever (another seed after every stop), ``loss(batch)`` a
    scalar; ``check`` are the batches of the validation figure in the progress line.
    """
    torch = require("torch", "train")
    torch.set_num_threads(config.threads)
    optimiser = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    done, step = _resume(torch, network, optimiser, saved)
    values: list[float] = []
    before = time.monotonic()
    batches = ahead(stream(config.seed + 1 + step))
    while done < 1:
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * _schedule(step, done)
        optimiser.zero_grad()
        value = loss(next(batches))
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        values.append(value.item())
        step += 1
        now = time.monotonic()
        done, before = min(1.0, done + (now - before) / 60 / config.minutes), now
        if step % _EVERY == 0 or done >= 1:
            line = f"step {step} {done:6.1%} train {np.mean(values):.5f}"
            values.clear()
            print(f"{line} valid {_validate(torch, network, loss, check):.5f}", flush=True)
            state = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save({**state, "done": done, "step": step}, saved)
    network.eval()


def _schedule(step: int, done: float) -> float:
    """Share of the learning rate: a linear warm-up, then a cosine."""
    return min(1.0, (step + 1) / _WARM_UP) * float(0.5 + 0.5 * np.cos(np.pi * done))


def _resume(torch: Any, network: Any, optimiser: Any, saved: Path) -> tuple[float, int]:
    if not saved.exists():
        saved.parent.mkdir(parents=True, exist_ok=True)
        return 0.0, 0
    state = torch.load(saved, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    return float(state["done"]), int(state["step"])


def _validate(torch: Any, network: Any, loss: Callable[[Any], Any], check: Sequence[Any]) -> float:
    network.eval()
    with torch.no_grad():
        value = float(np.mean([loss(batch).item() for batch in check]))
    network.train()
    return value
