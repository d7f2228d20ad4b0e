"""Any service that transcribes in OpenAI's form: ``POST /audio/transcriptions``.

Knows HTTP and that form; nothing about what is behind it (OpenAI, Groq, vLLM, whisper.cpp, Speaches
and others). It gives one reading; correction turns it into sounds and looks for names that sound
so. Phrases are sent as the ``prompt``, which a service may follow or not: ``notes`` says so. Keys
come from the environment only.
"""

from __future__ import annotations

import json
import os
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError

from sayfind.audio.file import to_wav_bytes
from sayfind.errors import ModelError, OverloadedError
from sayfind.types import Audio, Context, Hypothesis, Language, NBest, Word

__all__ = ["HttpRecognizer", "HttpRecognizerConfig"]

_SHORTEST = 0.1  # seconds; services refuse less
_BUSY = (429, 502, 503, 504)
_DETAILED = "verbose_json"


@dataclass(frozen=True, slots=True)
class HttpRecognizerConfig:
    """Which service, and how patiently.

    ``base_url`` ends in ``/v1`` for most; ``key_variable`` names the environment variable with the
    key, if one is needed. ``timeout`` is in seconds. ``detailed`` asks for times and
    log-probabilities, which some models do not give. ``prompt_characters`` is the room for phrases.
    """

    base_url: str
    model: str
    key_variable: str = "SAYFIND_SPEECH_KEY"
    timeout: float = 10.0
    detailed: bool = True
    prompt_characters: int = 800
    max_bytes: int = 1_000_000

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url begins with http:// or https://")
        if self.timeout <= 0 or min(self.prompt_characters, self.max_bytes) < 1:
            raise ValueError("timeout is positive, prompt_characters and max_bytes are at least 1")


class HttpRecognizer:
    """A ``Recognizer`` behind a URL; threads may share it."""

    def __init__(self, config: HttpRecognizerConfig, phrases: Sequence[str] = ()) -> None:
        """Name the service; ``notes`` says what of the phrases may not act."""
        self.config = config
        self.notes: tuple[str, ...] = ()
        self._prompt = ""
        if phrases:
            kept = [p for i, p in enumerate(phrases) if self._fits(phrases[: i + 1])]
            self._prompt = ", ".join(kept)
            self.notes = (
                f"{len(kept)} of {len(phrases)} phrases are sent as the prompt; "
                "the service may follow them or not.",
            )

    def _fits(self, phrases: Sequence[str]) -> bool:
        return len(", ".join(phrases)) <= self.config.prompt_characters

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The one reading of an utterance; words have times where the service tells them.

        Raises:
            OverloadedError: the service is busy, or does not answer in time.
            ModelError: it refuses, or answers otherwise than the form says.
        """
        if audio.seconds < _SHORTEST:
            return NBest()
        told = self._told(to_wav_bytes(audio), self._fields(context.language))
        try:
            text = str(told["text"]).strip()
            words = tuple(
                Word(str(w["word"]).strip(), float(w["start"]), min(audio.seconds, float(w["end"])))
                for w in told.get("words") or ()
            )
            segments = [float(s["avg_logprob"]) for s in told.get("segments") or ()]
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"The speech service answered nonsense: {error!r}.") from error
        if not text:
            return NBest(language=context.language)
        scores = {"decoder": sum(segments) / len(segments)} if segments else {}
        return NBest((Hypothesis(text, scores, words),), (1.0,), context.language)

    def _fields(self, language: Language) -> dict[str, str]:
        fields = {"model": self.config.model, "temperature": "0"}
        fields["response_format"] = _DETAILED if self.config.detailed else "json"
        if self.config.detailed:
            fields["timestamp_granularities[]"] = "word"
        if language is not Language.AUTO:
            fields["language"] = language.value
        if self._prompt:
            fields["prompt"] = self._prompt
        return fields

    def _told(self, wav: bytes, fields: Mapping[str, str]) -> dict[str, Any]:
        boundary = uuid.uuid4().hex
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        if key := os.environ.get(self.config.key_variable):
            headers["Authorization"] = f"Bearer {key}"
        url = f"{self.config.base_url.rstrip('/')}/audio/transcriptions"
        request = urllib.request.Request(url, _form(wav, fields, boundary), headers)
        try:
            with urllib.request.urlopen(request, timeout=self.config.timeout) as response:
                told = json.loads(response.read(self.config.max_bytes))
        except HTTPError as error:
            with error:
                if error.code in _BUSY:
                    wait = error.headers.get("Retry-After", "")
                    raise OverloadedError(
                        f"The speech service is busy (HTTP {error.code}); ask again later.",
                        float(wait) if wait.isdigit() else 1.0,
                    ) from None
                raise ModelError(
                    f"The speech service refuses with HTTP {error.code}; check its URL, model and "
                    f"${self.config.key_variable}."
                ) from None
        except (URLError, OSError) as error:
            raise OverloadedError(f"The speech service cannot be reached: {error}.") from error
        except ValueError as error:
            raise ModelError("The speech service answered no JSON; check its URL.") from error
        if not isinstance(told, dict):
            raise ModelError("The speech service answered no JSON object; check its URL.")
        return told


def _form(wav: bytes, fields: Mapping[str, str], boundary: str) -> bytes:
    """``multipart/form-data`` with the sound as its file."""
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    lines.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="speech.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    return "".join(lines).encode() + wav + f"\r\n--{boundary}--\r\n".encode()
