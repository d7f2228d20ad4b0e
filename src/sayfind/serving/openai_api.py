"""``POST /v1/audio/transcriptions`` as OpenAI's clients ask it, so that they work unchanged.

What of their request cannot act here (the model's name, a prompt, a temperature) is let go, and the
header ``x-sayfind-note`` says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sayfind.errors import InputError, MediaTypeError
from sayfind.serving.admission import Turn
from sayfind.serving.intake import Ask, read_context, read_in_time
from sayfind.serving.service import Service
from sayfind.types import Trace, Word

__all__ = ["FORMATS", "OpenAIEndpoint"]

FORMATS = ("json", "text", "verbose_json", "srt", "vtt")
_LANGUAGES = {"en": "english", "zh": "chinese"}
_LET_GO = ("prompt", "temperature", "chunking_strategy", "include[]", "include")
_MOST_FIELDS = 16
_MOST_FIELD = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One transcription asked for."""

    ask: Ask
    format: str
    words: bool
    stream: bool
    note: str


class OpenAIEndpoint:
    """The endpoint over a shop."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where it is reached."""
        return [Route("/v1/audio/transcriptions", self.transcribe, methods=["POST"])]

    async def transcribe(self, request: Request) -> Response:
        """What a recording says, in the form that was asked for."""
        service, opened = self._service, self._service.opened
        wanted = await read_in_time(request, service.config, self._read)

        def work(turn: Turn) -> Response:
            trace, _ = service.trace(opened, wanted.ask, turn)
            response = _response(trace, wanted)
            if wanted.note:
                response.headers["x-sayfind-note"] = wanted.note
            return response

        return await service.admission.run(work)

    async def _read(self, request: Request) -> _Wanted:
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise MediaTypeError("Send multipart/form-data with a 'file'.")
        async with request.form(
            max_files=1, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD
        ) as form:
            return await self._wanted(form)

    async def _wanted(self, form: FormData) -> _Wanted:
        recording = form.get("file")
        if not isinstance(recording, UploadFile):
            raise InputError("The form field 'file' must be a file; attach the recording.")
        form_of = str(form.get("response_format") or "json")
        if form_of not in FORMATS:
            raise InputError(f"The response_format is one of {', '.join(FORMATS)}.")
        context = read_context({"language": form.get("language") or "auto"}, self._service.config)
        grains = form.getlist("timestamp_granularities[]")
        ignored = [name for name in _LET_GO if form.get(name)]
        return _Wanted(
            Ask(context, audio=await recording.read(), media_type=recording.content_type),
            form_of,
            words="word" in grains,
            stream=str(form.get("stream", "")).lower() == "true",
            note=f"not used: {', '.join(ignored)}" if ignored else "",
        )


def _response(trace: Trace, wanted: _Wanted) -> Response:
    text = trace.query.text or trace.corrected.text
    if wanted.stream:
        return _events(text)
    if wanted.format == "json":
        return JSONResponse({"text": text})
    if wanted.format == "text":
        return PlainTextResponse(text + "\n")
    if wanted.format == "verbose_json":
        return JSONResponse(_verbose(trace, text, words=wanted.words))
    start, end = _span(trace)
    if wanted.format == "srt":
        return PlainTextResponse(f"1\n{_time(start, ',')} --> {_time(end, ',')}\n{text}\n\n")
    cue = f"{_time(start, '.')} --> {_time(end, '.')}\n{text}\n\n"
    return PlainTextResponse(f"WEBVTT\n\n{cue}", media_type="text/vtt")


def _events(text: str) -> Response:
    """The whole text as the one delta of a stream: it is there at once."""
    events: list[Mapping[str, Any]] = [
        {"type": "transcript.text.delta", "delta": text},
        {"type": "transcript.text.done", "text": text},
    ]
    lines = [f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events]
    return Response("".join(lines), media_type="text/event-stream")


def _verbose(trace: Trace, text: str, *, words: bool) -> dict[str, Any]:
    start, end = _span(trace)
    segment = {"id": 0, "seek": 0, "start": start, "end": end, "text": text, "tokens": [],
               "temperature": 0.0, "avg_logprob": 0.0, "compression_ratio": 1.0,
               "no_speech_prob": 0.0 if trace.speech else 1.0}  # fmt: skip
    body = {
        "task": "transcribe",
        "language": _LANGUAGES.get(str(trace.heard.language), "english"),
        "duration": end,
        "text": text,
        "segments": [segment] if text else [],
    }
    said: tuple[Word, ...] = trace.heard.hypotheses[0].words if trace.heard else ()
    if words:
        body["words"] = [{"word": w.text, "start": w.start, "end": w.end} for w in said]
    return body


def _span(trace: Trace) -> tuple[float, float]:
    return (trace.speech[0][0], trace.speech[-1][1]) if trace.speech else (0.0, 0.0)


def _time(seconds: float, point: str) -> str:
    """A time as subtitles write it.

    >>> _time(3725.5, ",")
    '01:02:05,500'
    """
    whole, thousandths = divmod(round(1000 * seconds), 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{thousandths:03}"
