"""The one training loop: schedule, gradients, averaging, figures, checkpoints, resumption.

One process, or several (``processes``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from sayfind.errors import ModelError, require
from sayfind.training.checkpoints import Average, TrainingState, code_version
from sayfind.training.loggers import LOGGERS, Logger, open_loggers
from sayfind.training.prefetch import ahead, in_blocks
from sayfind.training.processes import Processes

__all__ = ["LoopConfig", "Task", "fit"]

_MOST_BAD = 20  # losses in a row that are no numbers
_APART = 1_000_003  # between the seeds of two processes


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
        patience: Looks at ``watch`` without a better figure that end the run (0: no end).
        watch: The figure that ends a run early: ``valid`` (the loss), or the first part of a
            report's names, such as ``phone_errors`` for the mean over all that is measured.
        device: ``cpu``, or ``cuda`` for one GPU a process.
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
    watch: str = "valid"
    device: str = "cpu"
    loggers: tuple[str, ...] = ()
    progress: bool = False

    def __post_init__(self) -> None:
        if min(self.minutes, self.learning_rate, self.threads) <= 0:
            raise ValueError("minutes, learning_rate and threads are positive")
        if min(self.warm_up, self.accumulate, self.save_every) < 1 or self.steps < 0:
            raise ValueError("warm_up, accumulate and save_every are at least 1")
        if self.device not in ("cpu", "cuda"):
            raise ValueError("devices are cpu and cuda")
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
    torch, processes = require("torch", "train"), Processes(config.device)
    torch.set_num_threads(config.threads)
    task.network.to(processes.device)
    processes.share_weights(task.network)
    optimiser = torch.optim.AdamW(
        task.network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    state = TrainingState(task.network, optimiser, Average(task.network, config.average))
    state.resume(saved)
    _go_on_drawing(torch, state, processes, config.seed)
    if state.done < 1:
        loggers = _begin(saved, config) if processes.rank == 0 else []
        try:
            _Run(task, saved, config, state, processes).go(loggers)
        finally:
            for logger in loggers:
                logger.close()
    state.average.settle()
    task.network.to("cpu").eval()
    processes.close()


def _begin(saved: Path, config: LoopConfig) -> list[Logger]:
    """Notes which code trains, and opens the loggers."""
    saved.parent.mkdir(parents=True, exist_ok=True)
    (saved.parent / "commit.txt").write_text(f"{code_version()}\n", encoding="utf-8")
    return open_loggers(config.loggers, saved.parent)


def _go_on_drawing(torch: Any, state: TrainingState, processes: Processes, seed: int) -> None:
    """Set torch's random numbers to those of a checkpoint; processes draw different ones."""
    if state.random is not None and processes.rank < len(state.random):
        torch.set_rng_state(state.random[processes.rank].clone())  # torch wants a whole tensor
    elif processes.rank:
        torch.manual_seed(seed + state.step + _APART * processes.rank)


class _Run:
    """The steps from where a state is to the end."""

    def __init__(
        self,
        task: Task,
        saved: Path,
        config: LoopConfig,
        state: TrainingState,
        processes: Processes,
    ) -> None:
        self._torch = require("torch", "train")
        self._task, self._saved, self._config, self._state = task, saved, config, state
        self._processes, self._parameters = processes, list(task.network.parameters())
        self._values: list[float] = []
        self._bad = 0
        self._before = time.monotonic()

    def go(self, loggers: Sequence[Logger]) -> None:
        config, state = self._config, self._state
        seed = config.seed + 1 + _APART * self._processes.rank
        size = config.save_every * config.accumulate
        batches = ahead(in_blocks(self._task.stream, size, seed, state.step * config.accumulate))
        first = self._processes.rank == 0
        shown = config.progress and first
        bar = tqdm(total=1.0, initial=state.done, disable=not shown, unit="run")
        self._task.network.train()
        while state.done < 1:
            self._step(batches)
            bar.update(state.done - bar.n)
            if state.step % config.save_every == 0 or state.done >= 1:
                if first:
                    self._note(loggers)
                state.done = self._processes.of_first(state.done)
                state.random = self._processes.random_states()
                if first:
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
        now = time.monotonic()
        passed = (now - self._before) / 60 / config.minutes
        self._before = now
        total, passed = self._processes.mean(total, passed)
        if self._usable(total):
            self._processes.average_gradients(self._parameters)
            self._torch.nn.utils.clip_grad_norm_(self._parameters, config.clip)
            state.optimiser.step()
            state.average.update(state.step)
            self._values.append(total)
        state.step += 1
        state.done = min(1.0, state.step / config.steps if config.steps else state.done + passed)

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

    def _note(self, loggers: Sequence[Logger]) -> None:
        config, state = self._config, self._state
        figures = {"train": float(np.mean(self._values)) if self._values else float("nan")}
        self._values.clear()
        with state.average:
            figures["valid"] = self._validate()
            report = self._task.report
            if report and (state.step % config.report_every == 0 or state.done >= 1):
                figures |= report(self._task.network)
        for logger in loggers:
            logger.write(state.step, figures)
        shown = " ".join(f"{name} {value:.5f}" for name, value in figures.items())
        tqdm.write(f"step {state.step} {state.done:6.1%} {shown}")
        self._stop_if_idle(figures)

    def _stop_if_idle(self, figures: Mapping[str, float]) -> None:
        state, watch = self._state, self._config.watch
        watched = [v for name, v in figures.items() if name.partition("/")[0] == watch]
        if not watched:  # not measured this time
            return
        value = float(np.mean(watched))
        state.worse = 0 if value < state.best else state.worse + 1
        state.best = min(state.best, value)
        if self._config.patience and state.worse >= self._config.patience:
            state.done = 1.0

    def _validate(self) -> float:
        network = self._task.network
        network.eval()
        with self._torch.no_grad():
            done = self._state.done
            value = np.mean([self._task.loss(batch, done).item() for batch in self._task.check])
        network.train()
        return float(value)
