"""Tiny sets of recordings, made on the spot."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from sayfind.audio.file import to_wav_bytes
from sayfind.types import Audio

RATE = 16_000
SHARED = Path(__file__).parents[3] / "shared" / "data"


class SetMaker:
    """Writes sets into a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @staticmethod
    def tone(hertz: float, seconds: float = 0.5, amplitude: float = 0.2) -> Audio:
        """A pure tone."""
        time = np.arange(round(seconds * RATE)) / RATE
        return Audio((amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.float32), RATE)

    def wav(self, hertz: float = 440.0, seconds: float = 0.5, amplitude: float = 0.2) -> bytes:
        """A pure tone as a file."""
        return to_wav_bytes(self.tone(hertz, seconds, amplitude))

    @staticmethod
    def table(rows: Sequence[Mapping[str, str]]) -> bytes:
        """Rows as a TSV without quotes: as much as the tests need."""
        columns = list(rows[0])
        lines = ["\t".join(columns), *("\t".join(row[c] for c in columns) for row in rows)]
        return ("\n".join(lines) + "\n").encode()

    def folder(self, name: str, table: bytes, files: Mapping[str, bytes]) -> Path:
        """A set as a folder."""
        for file, data in {"manifest.tsv": table, **files}.items():
            path = self.root / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return self.root / name

    def tar(
        self, name: str, table: bytes, files: Mapping[str, bytes], mode: str = "w", inside: str = ""
    ) -> Path:
        """A set as a tar."""
        path = self.root / f"{name}.tar"
        with tarfile.open(path, mode) as tar:
            for file, data in {"manifest.tsv": table, **files}.items():
                info = tarfile.TarInfo(f"{inside or name}/{file}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return path

    def voices(self, name: str, tones: Mapping[str, float], clips: int = 2) -> Path:
        """A set in which each speaker hums one tone, in so many clips."""
        rows, files = [], {}
        for speaker, hertz in tones.items():
            for number in range(clips):
                file = f"{speaker}-{number}.wav"
                rows.append({"path": file, "text": "hum", "speaker": speaker})
                files[file] = self.wav(hertz, 0.3 + 0.1 * number)
        return self.tar(name, self.table(rows), files)


@pytest.fixture
def sets(tmp_path: Path) -> SetMaker:
    return SetMaker(tmp_path)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The measurement data beside the repository."""
    if not SHARED.exists():
        pytest.skip("needs ../shared/data")
    return SHARED
