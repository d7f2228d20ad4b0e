"""Looks for settings with a lower dev error, by optuna (``pip install 'sayfind[search]'``).

    python -m sayfind.training.recipes.search PACKED OUT RECIPE.toml SEARCH.toml [setting=value ...]

``SEARCH.toml`` is a ``SearchConfig`` (``runs/search/search.toml``). Every trial is a run in
``OUT/trial_N``; a search that was stopped goes on with its next trial. ``best.toml`` holds the
settings of the best one, ready to be trained for longer.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.config import load_toml, to_toml
from sayfind.errors import FeedError, require
from sayfind.training.recipes.acoustic import dev_errors, train
from sayfind.training.recipes.acoustic_settings import AcousticTraining, read_settings

__all__ = ["Range", "SearchConfig", "search"]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between two, even on a logarithmic scale if ``log``."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError("low is less than high, and positive where log is true")


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """Where to look.

    Attributes:
        trials: How many runs, those of earlier calls counted.
        ranges: Settings by dotted name and the numbers they may be.
        choices: Settings by dotted name and the values they may have, as in TOML.
    """

    trials: int = 20
    seed: int = 0
    ranges: dict[str, Range] = field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.trials < 1 or not (self.ranges or self.choices):
            raise ValueError("trials is at least 1, and ranges or choices name a setting")


def search(
    packed: Path, out: Path, recipe: Path, config: SearchConfig, overrides: Sequence[str] = ()
) -> AcousticTraining:
    """The settings with the lowest mean dev error.

    Raises:
        MissingExtraError: optuna is not installed.
        ConfigError: a setting that does not exist, or a wrong value.
        FeedError: nobody is held out to be measured on.
    """
    optuna = require("optuna", "search")
    out.mkdir(parents=True, exist_ok=True)
    backend = optuna.storages.journal.JournalFileBackend(str(out / "search.log"))
    study = optuna.create_study(
        storage=optuna.storages.JournalStorage(backend),
        study_name="acoustic",
        sampler=optuna.samplers.TPESampler(seed=config.seed),
        load_if_exists=True,
    )

    def error(trial: Any) -> float:
        settings = read_settings(recipe, [*overrides, *_suggested(trial, config)])
        folder = out / f"trial_{trial.number}"
        train(packed, folder, settings)
        errors = dev_errors(packed, folder)
        if not errors:
            raise FeedError(f"{packed} has no held-out speakers to measure on; pack more of them.")
        return float(np.mean(list(errors.values())))

    finished = sum(trial.state.is_finished() for trial in study.trials)
    study.optimize(error, n_trials=max(0, config.trials - finished))
    best = read_settings(out / f"trial_{study.best_trial.number}" / "config.toml")
    (out / "best.toml").write_text(to_toml(best), encoding="utf-8")
    return best


def _suggested(trial: Any, config: SearchConfig) -> list[str]:
    """``setting=value`` of a trial."""
    values = [
        f"{name}={trial.suggest_float(name, span.low, span.high, log=span.log)!r}"
        for name, span in config.ranges.items()
    ]
    chosen = config.choices.items()
    return values + [f"{name}={trial.suggest_categorical(name, among)}" for name, among in chosen]


def main(arguments: Sequence[str]) -> Path:
    """Search as the command line says; gives the best settings' path."""
    packed, out, recipe, space, *overrides = arguments
    config = load_toml(Path(space), SearchConfig)
    search(Path(packed), Path(out), Path(recipe), config, overrides)
    return Path(out) / "best.toml"


if __name__ == "__main__":
    print(main(sys.argv[1:]))
