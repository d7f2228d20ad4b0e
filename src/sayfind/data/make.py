"""Makes a spoken set out of text queries: voices, rooms, noises and lines, repeatably.

Each query is said by each voice. Speed, pitch and room are drawn from those given, by the seed,
the query and the voice; every speaking is then rendered under each SNR and each codec, in the
order in which sound meets them: room, noise, codec. Same settings, same files, to the last bit.
An interrupted run goes on where it stopped.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from sayfind.audio import RATE
from sayfind.audio.augment import reverberate
from sayfind.audio.file import to_wav_bytes
from sayfind.data.case import LeftOut, Reason
from sayfind.data.codec import through_codec
from sayfind.data.noise import NoiseKind, NoiseSource, add_noise
from sayfind.data.queries import TextQuery
from sayfind.data.sets import SpokenSet
from sayfind.data.speakings import Rendering, Speaking, VoiceSetConfig, plan, renderings
from sayfind.data.table import read_table
from sayfind.errors import ConfigError, InputError, StorageError
from sayfind.types import Audio

__all__ = ["VoiceSetReport", "make_set"]

_MANIFEST = "manifest.tsv"
_LEFT_OUT = "left_out.tsv"
_SETTINGS = "set.json"
_DRY = "dry"
_WAV_HEADER = 44  # bytes before 16-bit samples
_COLUMNS = (
    "id", "path", "seconds", "text", "query", "language", "speaker", "voice", "accent", "speed",
    "pitch", "room", "noise", "snr", "codec", "split", "seed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VoiceSetReport:
    """What was made; ``kept`` of the ``clips`` lay there already."""

    clips: int
    kept: int
    left_out: tuple[LeftOut, ...]


def make_set(
    queries: Sequence[TextQuery],
    out: Path,
    config: VoiceSetConfig,
    *,
    jobs: int = 1,
    show_progress: bool = False,
) -> VoiceSetReport:
    """Write ``manifest.tsv`` and WAV files into the folder ``out``; ``left_out.tsv`` if need be.

    ``jobs`` is how many programs speak at a time; it changes nothing else.

    Raises:
        ConfigError: a voice that is not there, or a folder that holds another set.
        MissingExtraError: the program of a voice is not installed.
        StorageError: the disk is full or may not be written.
    """
    rooms = _rooms(config.rooms)
    speakings = plan(queries, config, len(rooms.cases) if rooms else 0)
    for voice in dict.fromkeys(speaking.voice for speaking in speakings):
        voice.check()
    if config.noise not in ("", NoiseKind.BABBLE, NoiseKind.BABBLE_SQUEEZED):
        NoiseSource.open(config.noise)  # what it lacks is told before anything is written
    try:
        _claim(out, queries, config)
        if (out / _MANIFEST).exists():
            shutil.rmtree(out / _DRY, ignore_errors=True)
            return _finished(out)
        said, left_out = _say_all(speakings, out / _DRY, jobs, show_progress)
        report = _render_all(said, left_out, _Booth(out, config, rooms), show_progress)
        shutil.rmtree(out / _DRY)
    except OSError as error:
        raise StorageError(f"Cannot write the set to {out}: {error.strerror}.") from error
    return report


def _rooms(path: Path | None) -> SpokenSet | None:
    if path is None:
        return None
    rooms = SpokenSet.open(path)
    if not rooms.cases:
        raise InputError(f"{path} holds no room response.")
    return rooms


def _claim(out: Path, queries: Sequence[TextQuery], config: VoiceSetConfig) -> None:
    """Make the folder ours, or see that it is."""
    settings = json.dumps(_settings(queries, config), ensure_ascii=False, indent=1) + "\n"
    out.mkdir(parents=True, exist_ok=True)
    file = out / _SETTINGS
    if file.exists():
        if file.read_text(encoding="utf-8") != settings:
            raise ConfigError(f"{out} holds a set of other queries or settings; name another -o.")
    elif any(out.iterdir()):
        raise ConfigError(f"{out} is not empty; name a new folder.")
    else:
        _write(file, settings.encode())


def _settings(queries: Sequence[TextQuery], config: VoiceSetConfig) -> dict[str, object]:
    texts = "\n".join(f"{query.id}\t{query.text}" for query in queries)
    return {
        "queries": len(queries),
        "digest": hashlib.blake2b(texts.encode(), digest_size=16).hexdigest(),
        "voices": list(config.voices),
        "speeds": list(config.speeds),
        "pitches": list(config.pitches),
        "rooms": str(config.rooms or ""),
        "noise": config.noise,
        "snrs": list(config.snrs),
        "codecs": [str(codec) for codec in config.codecs],
        "seed": config.seed,
        "split": str(config.side),
    }


def _finished(out: Path) -> VoiceSetReport:
    num_clips = len(read_table((out / _MANIFEST).read_bytes(), str(out / _MANIFEST)).rows)
    file = out / _LEFT_OUT
    rows = read_table(file.read_bytes(), str(file)).rows if file.exists() else []
    left_out = tuple(LeftOut(row["id"], Reason(row["reason"]), row["detail"]) for row in rows)
    return VoiceSetReport(num_clips, num_clips, left_out)


def _say_all(
    speakings: Sequence[Speaking], folder: Path, jobs: int, show_progress: bool
) -> tuple[list[Speaking], tuple[LeftOut, ...]]:
    """Every speaking as a clean clip in ``folder``, and those that cannot be."""
    folder.mkdir(exist_ok=True)
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        saying = pool.map(lambda speaking: _say(speaking, folder), speakings)
        bar = tqdm(saying, "saying", len(speakings), disable=not show_progress)
        faults = list(bar)
    said = [speaking for speaking, fault in zip(speakings, faults, strict=True) if fault is None]
    rows = [{"id": s.id, "path": f"{s.id}.wav", "speaker": s.voice.speaker} for s in said]
    _write(folder / _MANIFEST, _tsv(("id", "path", "speaker"), rows))
    return said, tuple(fault for fault in faults if fault is not None)


def _say(speaking: Speaking, folder: Path) -> LeftOut | None:
    path = folder / f"{speaking.id}.wav"
    if not path.exists():
        try:
            audio = speaking.voice.say(speaking.query.text, speaking.speed, speaking.pitch)
        except InputError as error:
            return LeftOut(speaking.id, Reason.UNSAYABLE, str(error))
        _write(path, to_wav_bytes(audio))
    return None


class _Booth:
    """Renders clean clips: room, noise, codec."""

    def __init__(self, out: Path, config: VoiceSetConfig, rooms: SpokenSet | None) -> None:
        dry = SpokenSet.open(out / _DRY)
        self.out, self.config, self.rooms = out, config, rooms
        self.clean = {case.id: case for case in dry.cases}
        self.noise = NoiseSource.open(config.noise, dry) if config.noise else None

    def render(self, rendering: Rendering) -> Audio:
        speaking = rendering.speaking
        audio = self.clean[speaking.id].audio()
        if self.rooms and speaking.room is not None:
            audio = reverberate(audio, self.rooms.cases[speaking.room].kept_audio())
        if self.noise and rendering.snr is not None:
            audio = add_noise(audio, self.noise, rendering.snr, self.config.seed, speaking.id)
        return through_codec(audio, rendering.codec)

    def row(self, rendering: Rendering, path: Path) -> dict[str, str]:
        room = rendering.speaking.room
        return rendering.row | {
            "path": str(path.relative_to(self.out)),
            "seconds": f"{(path.stat().st_size - _WAV_HEADER) / 2 / RATE:.3f}",
            "room": self.rooms.cases[room].id if self.rooms and room is not None else "",
            "noise": self.noise.name if self.noise else "",
            "split": self.config.side,
            "seed": str(self.config.seed),
        }


def _render_all(
    said: Sequence[Speaking], left_out: tuple[LeftOut, ...], booth: _Booth, show_progress: bool
) -> VoiceSetReport:
    folder = booth.out / "clips"
    folder.mkdir(exist_ok=True)
    planned = list(renderings(said, booth.config))
    rows, kept = [], 0
    for rendering in tqdm(planned, "rendering", disable=not show_progress):
        path = folder / f"{rendering.id}.wav"
        if path.exists():
            kept += 1
        else:
            _write(path, to_wav_bytes(booth.render(rendering)))
        rows.append(booth.row(rendering, path))
    if left_out:
        faults = [{"id": e.id, "reason": e.reason, "detail": e.detail} for e in left_out]
        _write(booth.out / _LEFT_OUT, _tsv(("id", "reason", "detail"), faults))
    _write(booth.out / _MANIFEST, _tsv(_COLUMNS, rows))
    return VoiceSetReport(len(rows), kept, left_out)


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing: an interrupted file is never taken for a whole one."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def _tsv(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter="\t", lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
