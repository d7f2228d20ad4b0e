"""Recordings packed for training: log-mel energies, phones, and which phone is when.

    python -m sayfind.training.packed DATA OUT

writes one ``.npz`` per collection. Long recordings are cut at pauses. English is aligned by
pocketsphinx; Mandarin words and syllables are short enough to be cut evenly, and Mandarin
sentences too (better than nothing, and soon outweighed by CTC).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sayfind.features.fbank import fbank
from sayfind.text.phonetics import Phones, phones
from sayfind.training.alignment import Aligner, Segment
from sayfind.training.corpus import Clip, read_clips
from sayfind.training.pinyin import syllable_phones
from sayfind.types import FloatArray

__all__ = ["ENGLISH_SETS", "MANDARIN_SETS", "Packed", "Utterance", "pack"]

ENGLISH_SETS = (
    "speechocean762-train", "librispeech-sample", "librispeech-tc100-178spk",
    "librispeech-devclean-14spk", "vctk-p239", "vctk-mini", "kathleen-arctic", "fsdd-digits",
    "en-misc", "speech-commands-v2", "keywords-en",
)  # fmt: skip
MANDARIN_SETS = (
    "audio-cmn", "pinyin-syllables", "aishell1-S0252", "aishell3-demo", "misc-zh", "seedlingo-zh",
)  # fmt: skip

_LONGEST = 800  # frames; longer recordings are cut at pauses
_PAUSE = 12  # frames of silence that allow a cut
_EDGE = 25  # frames of silence kept at the ends


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


def pack(path: Path, language: str) -> tuple[list[Utterance], int]:
    """The utterances of a collection, and how many recordings could not be used."""
    clips = list(read_clips(path))
    made = _english(clips) if language == "en" else _mandarin(clips)
    found, lost = [], 0
    for clip, segments in made:
        if segments is None:
            lost += 1
            continue
        found += list(_cut(fbank(clip.audio), segments, clip))
    return found, lost


def english_words(text: str) -> list[str]:
    """The words of a transcript, lower-case."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("’", "'"))


def _english(clips: Sequence[Clip]) -> Iterator[tuple[Clip, tuple[Segment, ...] | None]]:
    aligner = Aligner({w for clip in clips for w in english_words(clip.row["text"])})
    for clip in clips:
        words = english_words(clip.row["text"])
        if words:
            yield clip, aligner.align(clip.audio, words)
        else:
            yield clip, (Segment("SIL", 0, len(clip.samples) // 160),)


def _mandarin(clips: Sequence[Clip]) -> Iterator[tuple[Clip, tuple[Segment, ...] | None]]:
    for clip in clips:
        text = clip.row["text"]
        sound = syllable_phones(text) if text.isascii() else phones(text)
        yield clip, _even(fbank(clip.audio), sound)


def _even(log_mel: FloatArray, sound: Phones) -> tuple[Segment, ...] | None:
    """Phones spread evenly over the loud part; a final takes twice the time of an initial."""
    loud = log_mel.mean(axis=1)
    active = np.flatnonzero(loud > np.log(np.exp(loud).mean()) - 3.5)
    if not len(active) or not sound or len(log_mel) < 3 * len(sound):
        return None
    first, last = max(0, int(active[0]) - 3), min(len(log_mel), int(active[-1]) + 4)
    shares = np.cumsum([0.0, *(2.0 if phone[-1].isdigit() else 1.0 for phone in sound)])
    places = np.round(first + (last - first) * shares / shares[-1]).astype(int).tolist()
    inner = tuple(Segment(p, a, b) for p, a, b in zip(sound, places, places[1:], strict=False))
    return (Segment("SIL", 0, first), *inner, Segment("SIL", last, len(log_mel)))


def _cut(log_mel: FloatArray, segments: Sequence[Segment], clip: Clip) -> Iterator[Utterance]:
    """The recording in pieces of at most about ``_LONGEST`` frames, cut in pauses."""
    start = max(0, segments[0].end - _EDGE) if segments[0].phone == "SIL" else 0
    piece: list[Segment] = []
    for number, segment in enumerate(segments):
        piece.append(segment)
        long_enough = segment.end - start > _LONGEST // 2
        pause = segment.phone == "SIL" and segment.end - segment.start >= _PAUSE
        if number == len(segments) - 1:
            end = min(
                len(log_mel), segment.start + _EDGE if segment.phone == "SIL" else len(log_mel)
            )
        elif long_enough and pause:
            end = (segment.start + segment.end) // 2
        else:
            continue
        yield _utterance(log_mel, piece, start, end, clip)
        start, piece = end, [segment] if segment.end > end else []


def _utterance(
    log_mel: FloatArray, piece: Sequence[Segment], start: int, end: int, clip: Clip
) -> Utterance:
    kept = [s for s in piece if s.end > start and s.start < end]
    starts = np.array([*(max(s.start, start) - start for s in kept), end - start], np.int32)
    text = clip.row["text"]
    part = log_mel[start:end].astype(np.float16)
    return Utterance(part, tuple(s.phone for s in kept), starts, clip.speaker, text)


@dataclass(frozen=True)
class Packed:
    """Utterances on disk, one array for each of their parts."""

    utterances: tuple[Utterance, ...]

    @cached_property
    def seconds(self) -> float:
        """Duration of all of it."""
        return sum(len(u.log_mel) for u in self.utterances) / 100

    def save(self, path: Path) -> None:
        """Write one ``.npz``; features are kept as bytes of a tenth of a neper each."""
        items = self.utterances
        mels = np.concatenate([u.log_mel for u in items]).astype(np.float32)
        np.savez_compressed(
            path,
            log_mel=np.clip(np.round((mels + 16) * 10), 0, 255).astype(np.uint8),
            num_frames=np.array([len(u.log_mel) for u in items], np.int32),
            phones=np.array([" ".join(u.phones) for u in items]),
            starts=np.concatenate([u.starts for u in items]),
            speakers=np.array([u.speaker for u in items]),
            texts=np.array([u.text for u in items]),
        )

    @classmethod
    def open(cls, path: Path) -> Packed:
        """Read what ``save`` wrote."""
        with np.load(path) as data:
            ends = np.cumsum(data["num_frames"])
            mels = data["log_mel"]
            names = [tuple(text.split()) for text in data["phones"].tolist()]
            marks = np.cumsum([len(n) + 1 for n in names])
            starts, speakers, texts = data["starts"], data["speakers"], data["texts"]
        pieces = np.split(mels, ends[:-1])
        places = np.split(starts, marks[:-1])
        return cls(
            tuple(
                Utterance((m.astype(np.float16) / 10 - 16).astype(np.float16), n, s, str(w), str(t))
                for m, n, s, w, t in zip(pieces, names, places, speakers, texts, strict=True)
            )
        )


def main(data: Path, out: Path) -> None:
    """Pack every collection that is not packed yet."""
    out.mkdir(parents=True, exist_ok=True)
    for language, names in (("en", ENGLISH_SETS), ("zh", MANDARIN_SETS)):
        for name in names:
            path = out / f"{name}.npz"
            if path.exists():
                continue
            utterances, lost = pack(data / "speech" / f"{name}.tar", language)
            packed = Packed(tuple(utterances))
            packed.save(path)
            print(
                f"{name}: {len(utterances)} utterances, {packed.seconds / 3600:.2f} h, {lost} lost",
                flush=True,
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
