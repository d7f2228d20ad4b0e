"""What one evaluation measures: the kind, the set, the shop, the noises, the seed.

Knows settings and where files are; opens none of them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sayfind.errors import ConfigError

__all__ = ["CLEAN", "Condition", "Kind", "Plan", "short_noise"]

CLEAN = "clean"
DEFAULT_SNRS = (24.0, 12.0, 6.0)


class Kind(StrEnum):
    """What is compared with what the manifest says."""

    SLOTS = "slots"
    SEARCH = "search"
    TRANSCRIPTION = "transcription"
    ENTITIES = "entities"
    ACTIVATION = "activation"


@dataclass(frozen=True, slots=True)
class Condition:
    """What was done to every clip: ``noise`` as on the command line, ``snr`` in decibels."""

    noise: str = CLEAN
    snr: float | None = None

    @property
    def label(self) -> str:
        """``clean``, or the noise with its level."""
        name = short_noise(self.noise)
        return name if self.snr is None else f"{name} {self.snr:g} dB"


def short_noise(noise: str) -> str:
    """A noise without the folders before its file.

    >>> short_noise("babble:../sets/voices.tar"), short_noise("../noise.tar:rain,wind")
    ('babble:voices.tar', 'noise.tar:rain,wind')
    """
    return ":".join(Path(part).name for part in noise.split(":"))


@dataclass(frozen=True, slots=True)
class Plan:
    """One evaluation.

    ``recordings`` is a tar or a folder with ``manifest.tsv``, ``None`` for typed search.
    ``noises`` and ``snrs`` (decibels) make one condition for each pair; ``clean`` among the
    noises has no level. ``feed`` and ``queries`` are what a shop is built of where there is none
    yet. ``every`` takes each third case if it is 3, ``limit`` the first of those only.
    ``confidence`` is the least that a constraint needs to count as a slot. ``unbiased`` is the
    folder of a run over the same clips without a shop, which says what names are hard. ``jobs`` is
    the number of processes.
    """

    kind: Kind
    recordings: Path | None = None
    shop: Path | None = None
    feed: Path | None = None
    queries: Path | None = None
    qrels: Path | None = None
    noises: tuple[str, ...] = ()
    snrs: tuple[float, ...] = ()
    seed: int = 0
    every: int = 1
    limit: int | None = None
    confidence: float = 0.5
    unbiased: Path | None = None
    jobs: int = 1

    def __post_init__(self) -> None:
        if self.recordings is None and self.kind is not Kind.SEARCH:
            raise ConfigError(f"`evaluate {self.kind}` needs a set of recordings.")
        if self.recordings is None and (self.noises or self.snrs):
            raise ConfigError("Typed queries have no sound: leave --noise and --snr out.")
        if self.kind is not Kind.TRANSCRIPTION and self.shop is None and self.feed is None:
            raise ConfigError(f"`evaluate {self.kind}` needs a shop; name one with --shop.")
        if self.kind is Kind.SEARCH and self.qrels is None:
            raise ConfigError("`evaluate search` needs judgements; name a file with --qrels.")
        if self.kind is Kind.ACTIVATION and (self.noises or self.snrs):
            raise ConfigError("`evaluate activation` hears noise as it is: leave --noise out.")
        if self.snrs and not any(noise != CLEAN for noise in self.noises):
            raise ConfigError("--snr is the level of a noise; name one with --noise.")
        if min(self.jobs, self.every) < 1 or (self.limit is not None and self.limit < 1):
            raise ConfigError("--jobs, --every and --limit are at least 1.")

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every noise at every level, in the order given; ``clean`` where no noise is named."""
        found = []
        for noise in self.noises or (CLEAN,):
            levels: tuple[float | None, ...] = self.snrs or DEFAULT_SNRS
            found += [Condition(noise, snr) for snr in ((None,) if noise == CLEAN else levels)]
        return tuple(dict.fromkeys(found))

    def settings(self) -> dict[str, Any]:
        """Everything that may change a number, as plain values."""
        values = {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}
        del values["jobs"], values["limit"]
        return values

    def fingerprint(self, commit: str) -> str:
        """A digest of the settings, the files' sizes and dates, and the code's commit."""
        paths = (self.recordings, self.shop, self.feed, self.queries, self.qrels, self.unbiased)
        files = [_stamp(path) for path in paths if path is not None]
        text = json.dumps([self.settings(), files, commit], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _stamp(path: Path) -> list[Any]:
    inside = [path / name for name in ("manifest.tsv", "shop.json", "cases.jsonl")]
    manifest = next((file for file in inside if file.exists()), path)
    if not manifest.exists():
        return [str(path)]
    status = manifest.stat()
    return [str(path), status.st_size, status.st_mtime_ns]
