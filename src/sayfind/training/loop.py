"""The one training loop: schedule, gradients, averaging, figures, checkpoints, resumption."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from sayfind.errors import ModelError, require
from sayfind.training.checkpoints import Average, TrainingState
from sayfind.training.loggers import LOGGERS, Logger, open_loggers
from sayfind.training.prefetch import ahead, in_blocks

__all__ = ["LoopConfig", "Task", "fit"]

_MOST_BAD = 20  # losses in a row that are no numbers


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How long and how fast to train.

    Attributes:
        minutes: Wall-clock time; the learning rate follows a cosine down to zero at its end.
        steps: Steps instead of minutes, where it is not zero: then a run can be repeated exactly.
        threads: Cores for torch.
        average: Decay of the running mean of the weights that is measured and kept (0: none).
        report_every: Steps between calls of the report.
        warm_up: Steps in which the learning rate rises.
        accumulate: Batches to one step.
        clip: Largest norm of the gradient.
        save_every: Steps between checkpoints.
        patience: Checkpoints without a better validation figure that end the run (0: no end).
        loggers: ``tensorboard``, ``wandb`` (offline), both or none.
        progress: Whether a bar is drawn.
    """

    minutes: float = 22.0
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    threads: int = 1
    seed: int = 1
    average: float = 0.0
    report_every: int = 500
    steps: int = 0
    warm_up: int = 200
    accumulate: int = 1
    clip: float = 1.0
    save_every: int = 100
    patience: int = 0
    loggers: tuple[str, ...] = ()
    progress: bool = False

    def __post_init__(self) -> None:
        if min(self.minutes, self.learning_rate, self.threads) <= 0:
            raise ValueError("minutes, learning_rate and threads are positive")
        if min(self.warm_up, self.accumulate, self.save_every) < 1 or self.steps < 0:
            raise ValueError("warm_up, accumulate and save_every are at least 1")
        if not set(self.loggers) <= set(LOGGERS):
            raise ValueError(f"loggers are among {', '.join(LOGGERS)}")


@dataclass(frozen=True)
class Task:
    """What is trained.

    ``stream(seed)`` gives batches for ever, ``loss(batch, done)`` a scalar, where ``done`` is the
    share of the run that has passed; ``check`` are the batches of the validation figure, and
    ``report`` measures more figures by name now and then.
    """

    network: Any
    loss: Callable[[Any, float], Any]
    stream: Callable[[int], Iterator[Any]]
    check: Sequence[Any]
    report: Callable[[Any], dict[str, float]] | None = None


def fit(task: Task, saved: Path, config: LoopConfig) -> None:
    """Train a network in place, with checkpoints in ``saved``; a stopped run goes on from there.

    The network ends as the running mean of its weights, ready to be measured.

    Raises:
        ModelError: the checkpoint is of another network, or the loss is no number any more.
        StorageError: a checkpoint cannot be written (the last one stays).
    """
    torch = require("torch", "train")
    torch.set_num_threads(config.threads)
    optimiser = torch.optim.AdamW(
        task.network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    average = Average(task.network, config.average)
    state = TrainingState(task.network, optimiser, average)
    state.resume(saved)
    if state.done < 1:
        loggers = open_loggers(config.loggers, saved.parent)
        try:
            _Run(task, saved, config, state, loggers).go()
        finally:
            for logger in loggers:
                logger.close()
    average.settle()
    task.network.eval()


class _Run:
    """The steps from where a state is to the end."""

    def __init__(
        self,
        task: Task,
        saved: Path,
        config: LoopConfig,
        state: TrainingState,
        loggers: Sequence[Logger],
    ) -> None:
        self._torch = require("torch", "train")
        self._task, self._saved, self._config, self._state = task, saved, config, state
        self._loggers = loggers
        self._values: list[float] = []
        self._bad, self._best, self._worse = 0, float("inf"), 0
        self._before = time.monotonic()

    def go(self) -> None:
        config, state = self._config, self._state
        seed, start = config.seed + 1, state.step * config.accumulate
        size = config.save_every * config.accumulate
        batches = ahead(in_blocks(self._task.stream, size, seed, start))
        bar = tqdm(total=1.0, initial=state.done, disable=not config.progress, unit="run")
        self._task.network.train()
        while state.done < 1:
            self._step(batches)
            bar.update(state.done - bar.n)
            if state.step % config.save_every == 0 or state.done >= 1:
                self._note()
                state.save(self._saved)
        bar.close()
        batches.close()

    def _step(self, batches: Iterator[Any]) -> None:
        config, state = self._config, self._state
        for group in state.optimiser.param_groups:
            group["lr"] = config.learning_rate * self._schedule()
        state.optimiser.zero_grad()
        total = 0.0
        for _ in range(config.accumulate):
            value = self._task.loss(next(batches), state.done) / config.accumulate
            value.backward()
            total += value.item()
        if self._usable(total):
            self._torch.nn.utils.clip_grad_norm_(self._task.network.parameters(), config.clip)
            state.optimiser.step()
            state.average.update(state.step)
            self._values.append(total)
        state.step += 1
        now = time.monotonic()
        passed = (now - self._before) / 60 / config.minutes
        state.done = min(1.0, state.step / config.steps if config.steps else state.done + passed)
        self._before = now

    def _usable(self, value: float) -> bool:
        """Whether a loss is a number; a batch whose loss is none is passed by and counted."""
        self._bad = 0 if np.isfinite(value) else self._bad + 1
        if self._bad >= _MOST_BAD:
            raise ModelError(
                f"The loss of {_MOST_BAD} steps in a row is no number: "
                "lower learning_rate, or look for bad recordings."
            )
        return self._bad == 0

    def _schedule(self) -> float:
        """Share of the learning rate: a linear warm-up, then a cosine."""
        rise = min(1.0, (self._state.step + 1) / self._config.warm_up)
        return rise * float(0.5 + 0.5 * np.cos(np.pi * self._state.done))

    def _note(self) -> None:
        config, state = self._config, self._state
        figures = {"train": float(np.mean(self._values)) if self._values else float("nan")}
        self._values.clear()
        with state.average:
            figures["valid"] = self._validate()
            report = self._task.report
            if report and (state.step % config.report_every == 0 or state.done >= 1):
                figures |= report(self._task.network)
        for logger in self._loggers:
            logger.write(state.step, figures)
        shown = " ".join(f"{name} {value:.5f}" for name, value in figures.items())
        tqdm.write(f"step {state.step} {state.done:6.1%} {shown}")
        self._stop_if_idle(figures["valid"])

    def _stop_if_idle(self, valid: float) -> None:
        self._worse = 0 if valid < self._best else self._worse + 1
        self._best = min(self._best, valid)
        if self._config.patience and self._worse >= self._config.patience:
            self._state.done = 1.0

    def _validate(self) -> float:
        network = self._task.network
        network.eval()
        with self._torch.no_grad():
            done = self._state.done
            value = np.mean([self._task.loss(batch, done).item() for batch in self._task.check])
        network.train()
        return float(value)
