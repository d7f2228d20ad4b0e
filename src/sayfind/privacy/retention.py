"""What is kept of people, given back to them, and forgotten: on request, and by its age.

Knows what a log and a vault do, not which ones they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from sayfind.audio.file import save_wav
from sayfind.errors import StorageError
from sayfind.privacy.vault import Kept
from sayfind.types import FeedbackEvent

__all__ = ["Events", "Recordings", "RetentionConfig", "expire", "export", "forget"]

_DAY = 86_400.0


class Events(Protocol):
    """What is asked of a log: ``sayfind.feedback.log.EventLog`` by shape."""

    def read(self, after: int = 0) -> Iterator[tuple[int, FeedbackEvent]]: ...

    def forget(self, session: str) -> int: ...


class Recordings(Protocol):
    """What is asked of a vault: ``sayfind.privacy.vault.AudioVault`` by shape."""

    def read(self, session: str = "") -> Iterable[Kept]: ...

    def forget(self, session: str) -> int: ...

    def expire(self, before: float) -> int: ...


@dataclass(frozen=True, slots=True)
class RetentionConfig:
    """For how many days events and recordings are kept; 0 keeps them until they are forgotten."""

    event_days: float = 180.0
    recording_days: float = 30.0

    def __post_init__(self) -> None:
        if self.event_days < 0 or self.recording_days < 0:
            raise ValueError("event_days and recording_days are 0 or more")


def export(session: str, folder: Path, events: Events, recordings: Recordings | None) -> int:
    """Write all that is kept of one session into a folder; how many things that were.

    ``events.jsonl`` has a line for each event; ``recordings.jsonl`` one for each WAV file.

    Raises:
        StorageError: the folder cannot be written.
    """
    found = [event for _, event in events.read() if event.session == session]
    kept = list(recordings.read(session)) if recordings else []
    lines = [json.dumps(asdict(event), ensure_ascii=False) for event in found]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "events.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
        with (folder / "recordings.jsonl").open("w", encoding="utf-8") as file:
            for number, each in enumerate(kept, 1):
                name = f"recording-{number}.wav"
                save_wav(each.audio, folder / name)
                about = {"file": name, "trace_id": each.trace_id, "time": each.time}
                file.write(json.dumps({**about, "text": each.text}, ensure_ascii=False) + "\n")
    except OSError as error:
        raise StorageError(f"Cannot write {folder}: {error.strerror}.") from error
    return len(found) + len(kept)


def forget(session: str, events: Events, recordings: Recordings | None) -> tuple[int, int]:
    """Erase all that is kept of one session; (events, recordings) that were erased."""
    return events.forget(session), recordings.forget(session) if recordings else 0


def expire(
    now: float, events: Events, recordings: Recordings | None, config: RetentionConfig | None = None
) -> tuple[int, int]:
    """Erase what is older than it may be; (events, recordings) that were erased.

    A session goes as a whole, once the last that it did is too old: half of one teaches wrongly.
    ``now`` is in seconds since 1970.
    """
    config = config or RetentionConfig()
    erased, deleted = 0, 0
    if config.event_days:
        last: dict[str, float] = {}
        for _, event in events.read():
            last[event.session] = max(event.time, last.get(event.session, 0.0))
        limit = now - config.event_days * _DAY
        erased = sum(events.forget(session) for session, at in last.items() if at < limit)
    if config.recording_days and recordings:
        deleted = recordings.expire(now - config.recording_days * _DAY)
    return erased, deleted
