"""One row of a manifest: what was said, and how to get at its sound."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from sayfind.audio.file import AudioLimits, load_audio
from sayfind.data.places import Place
from sayfind.errors import InputError, TooLargeError
from sayfind.types import Audio, Language

__all__ = ["Case", "LeftOut", "Reason"]

# A window over a recording: the whole of it may be long, the window may not.
_WHOLE = AudioLimits(max_seconds=7_200.0, max_bytes=500_000_000)


class Reason(StrEnum):
    """Why a row is not used."""

    MISSING_FILE = "missing file"
    EMPTY_REFERENCE = "empty reference"
    DUPLICATE_ID = "duplicate id"
    TOO_LONG = "too long"
    UNREADABLE = "unreadable"
    BAD_ROW = "bad row"
    UNSAYABLE = "cannot be said"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is not used; ``detail`` says more in words."""

    id: str
    reason: Reason
    detail: str = ""

    @classmethod
    def because(cls, identity: str, error: InputError) -> LeftOut:
        """The entry for a sound that turned out to be at fault when it was decoded."""
        too_long = isinstance(error, TooLargeError)
        return cls(identity, Reason.TOO_LONG if too_long else Reason.UNREADABLE, str(error))


@dataclass(frozen=True, slots=True)
class Case:
    """One recording, or a window over one.

    ``row`` is the manifest's row as it stands; the properties give its usual columns, empty where
    the manifest has none. ``start`` and ``end`` (seconds) cut a window out of the file.
    """

    id: str
    row: Mapping[str, str]
    place: Place
    limit: AudioLimits = field(default_factory=AudioLimits)

    def audio(self) -> Audio:
        """The sound, mono at 16 kHz, decoded anew at each call.

        Raises:
            TooLargeError: longer than the limit.
            InputError: missing, cut or damaged.
        """
        window = self.window
        if window is None:
            return load_audio(self.place.read(), self.limit)
        whole = load_audio(self.place.read(), _WHOLE)
        audio = whole.window(window[0], min(window[1], whole.seconds))
        if not len(audio.samples):
            raise InputError(f"{self.id}: no sound from {window[0]:g} to {window[1]:g} s.")
        if audio.seconds > self.limit.max_seconds:
            raise TooLargeError(f"{self.id}: the window is {self._too_long(audio.seconds)}.")
        return audio

    def kept_audio(self) -> Audio:
        """The same sound, kept in memory for the next calls: for noises and talkers."""
        return _kept(self.place, self.limit) if self.window is None else self.audio()

    def fault(self) -> tuple[Reason, str] | None:
        """What is wrong with the row, as far as that is known without decoding its sound."""
        if not self.place.size:
            return Reason.UNREADABLE, "the file is empty"
        try:
            seconds, window, _ = self.seconds, self.window, self.slots
        except InputError as error:
            return Reason.BAD_ROW, str(error)
        length = window[1] - window[0] if window else seconds or 0.0
        if self.limit.max_seconds < length < math.inf:  # an open end is told by decoding
            return Reason.TOO_LONG, self._too_long(length)
        if window is None and self.place.size > self.limit.max_bytes:
            return Reason.TOO_LONG, f"{self.place.size} bytes; at most {self.limit.max_bytes}"
        return None

    def _too_long(self, seconds: float) -> str:
        return f"{seconds:g} s; at most {self.limit.max_seconds:g} s"

    @property
    def text(self) -> str:
        """What was said, as the manifest writes it."""
        return self.row.get("text", "")

    @property
    def query(self) -> str:
        """The query that was spoken."""
        return self.row.get("query", "")

    @property
    def speaker(self) -> str:
        """Who spoke; empty where nobody knows."""
        name = self.row.get("speaker") or self.row.get("voice") or ""
        return "" if name in ("-", "unknown") else name

    @property
    def language(self) -> Language:
        """The language as far as the manifest names one that we have."""
        code = self.row.get("language", "").lower()
        return Language(code) if code in ("en", "zh") else Language.AUTO

    @property
    def seconds(self) -> float | None:
        """Duration of the file as the manifest claims it.

        Raises:
            InputError: it claims something that is no duration.
        """
        return self._number("seconds")

    @property
    def window(self) -> tuple[float, float] | None:
        """(start, end) of the window in seconds, an open end as infinity; ``None`` for all.

        Raises:
            InputError: not two times in order.
        """
        start, end = self._number("start"), self._number("end")
        if start is None and end is None:
            return None
        first, last = start or 0.0, math.inf if end is None else end
        if last <= first:
            raise InputError(f"{self.id}: a window ends after it starts.")
        return first, last

    @property
    def slots(self) -> dict[str, str]:
        """The wishes of an order by name; empty where the manifest has none.

        Raises:
            InputError: the column is not a JSON object of texts.
        """
        text = self.row.get("slots", "").strip()
        if not text:
            return {}
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{self.id}: slots is not JSON.") from error
        if not isinstance(value, dict) or not all(isinstance(x, str) for x in value.values()):
            raise InputError(f"{self.id}: slots is not a JSON object of texts.")
        return value

    def _number(self, column: str) -> float | None:
        text = self.row.get(column, "").strip()
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value < math.inf:
            raise InputError(f"{self.id}: {column} is {text[:40]!r}, not a time in seconds.")
        return value


@lru_cache(maxsize=32)
def _kept(place: Place, limit: AudioLimits) -> Audio:
    return load_audio(place.read(), limit)
