"""Utterances on disk, ready to be trained on: log-mel energies, phones, and when they are."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import ModelError

__all__ = ["Packed", "Utterance"]

_LOWEST, _STEPS = 16, 10  # nepers below zero that a byte reaches, and its steps to a neper


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance: ``log_mel`` ``(num_frames, 80)``, its phones, and their first frames.

    ``phones`` holds ``SIL`` too; ``starts`` is ``(num_phones + 1,)`` with the end as last.
    """

    log_mel: NDArray[np.float16]
    phones: tuple[str, ...]
    starts: NDArray[np.int32]
    speaker: str
    text: str

    @property
    def spoken(self) -> tuple[str, ...]:
        """The phones without silence."""
        return tuple(phone for phone in self.phones if phone != "SIL")


@dataclass(frozen=True)
class Packed:
    """Utterances on disk, one array for each of their parts."""

    utterances: tuple[Utterance, ...]

    @cached_property
    def seconds(self) -> float:
        """Duration of all of it."""
        return sum(len(u.log_mel) for u in self.utterances) / 100

    def save(self, path: Path) -> None:
        """Write one ``.npz``, whole or not at all; features as bytes of a tenth of a neper each."""
        items = self.utterances
        mels = np.concatenate([np.zeros((0, 80), np.float16), *(u.log_mel for u in items)])
        steps = np.round((mels.astype(np.float32) + _LOWEST) * _STEPS)
        beside = path.with_suffix(".tmp")
        with beside.open("wb") as file:
            np.savez_compressed(
                file,
                log_mel=np.clip(steps, 0, 255).astype(np.uint8),
                num_frames=np.array([len(u.log_mel) for u in items], np.int32),
                phones=np.array([" ".join(u.phones) for u in items], np.str_),
                starts=np.concatenate([np.zeros(0, np.int32), *(u.starts for u in items)]),
                speakers=np.array([u.speaker for u in items], np.str_),
                texts=np.array([u.text for u in items], np.str_),
            )
        beside.replace(path)

    @classmethod
    def open(cls, path: Path) -> Packed:
        """Read what ``save`` wrote.

        Raises:
            ModelError: it is something else, or damaged.
        """
        try:
            with path.open("rb") as file, np.load(file) as data:
                parts = {name: data[name] for name in data.files}
            return cls(tuple(_utterances(parts)))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(f"{path} holds no packed utterances; pack them again.") from error


def _utterances(parts: dict[str, NDArray[Any]]) -> Iterator[Utterance]:
    names = [tuple(text.split()) for text in parts["phones"].tolist()]
    mels = np.split(parts["log_mel"], np.cumsum(parts["num_frames"])[:-1])
    starts = np.split(parts["starts"], np.cumsum([len(n) + 1 for n in names])[:-1])
    said = zip(parts["speakers"].tolist(), parts["texts"].tolist(), strict=True)
    if not names:
        return
    for mel, phones, start, (speaker, text) in zip(mels, names, starts, said, strict=True):
        log_mel = (mel.astype(np.float32) / _STEPS - _LOWEST).astype(np.float16)
        yield Utterance(log_mel, phones, start, speaker, text)
