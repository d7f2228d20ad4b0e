"""Recordings packed for training: log-mel energies, phones, and which phone is when.

    python -m sayfind.training.packed DATA OUT
    python -m sayfind.training.packed RECORDINGS.tar OUT en

writes one ``.npz`` per collection. Long recordings are cut at pauses. English is aligned by
pocketsphinx; Mandarin words and syllables are short enough to be cut evenly, and Mandarin
sentences too (better than nothing, and soon outweighed by CTC).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.augment import pink_noise, white_noise
from sayfind.features.fbank import fbank
from sayfind.text.phonetics import Phones, phones
from sayfind.training.alignment import Aligner, Segment
from sayfind.training.corpus import Clip, read_clips
from sayfind.training.packed_utterances import Packed, Utterance
from sayfind.training.pinyin import syllable_phones
from sayfind.types import FloatArray

__all__ = [
    "ENGLISH_SETS",
    "MANDARIN_SETS",
    "Packed",
    "Utterance",
    "pack",
    "pack_clips",
    "pack_noises",
    "pack_one",
    "save",
]

ENGLISH_SETS = (
    "speechocean762-train", "librispeech-sample", "librispeech-tc100-178spk",
    "librispeech-devclean-14spk", "vctk-p239", "vctk-mini", "kathleen-arctic", "fsdd-digits",
    "en-misc", "speech-commands-v2", "keywords-en",
)  # fmt: skip
MANDARIN_SETS = (
    "audio-cmn", "pinyin-syllables", "aishell1-S0252", "aishell3-demo", "misc-zh", "seedlingo-zh",
)  # fmt: skip

Segments = tuple[Segment, ...]

_LONGEST = 800  # frames; longer recordings are cut at pauses
_PAUSE = 12  # frames of silence that allow a cut
_EDGE = 25  # frames of silence kept at the ends
_SHORTEST_NOISE = RATE // 5  # samples
_MADE_NOISE = 10 * RATE


def pack(path: Path, language: str) -> tuple[list[Utterance], dict[str, str]]:
    """The utterances of a collection, and why each of the other recordings is left out, by path.

    Raises:
        FeedError: it is no collection, or a recording in it cannot be read.
    """
    return pack_clips(list(read_clips(path)), language)


def pack_clips(clips: Sequence[Clip], language: str) -> tuple[list[Utterance], dict[str, str]]:
    """The same of recordings in memory."""
    made = _english(clips) if language == "en" else _mandarin(clips)
    found: list[Utterance] = []
    lost: dict[str, str] = {}
    for clip, segments in made:
        reason = _refused(clip, segments)
        if reason or not segments:
            lost[clip.row.get("path", clip.row["text"])] = reason
        else:
            found += _cut(fbank(clip.audio), segments, clip)
    return found, lost


def _refused(clip: Clip, segments: Segments | None) -> str:
    """Why a recording cannot be learnt from, or nothing."""
    if not np.any(clip.samples):
        return "silent"
    if segments is None:
        return "does not fit its words"
    spoken = sum(segment.phone != "SIL" for segment in segments)
    return "longer in phones than in frames" if 3 * spoken > len(clip.samples) // 160 else ""


def english_words(text: str) -> list[str]:
    """The words of a transcript, lower-case."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("’", "'"))


def _english(clips: Sequence[Clip]) -> Iterator[tuple[Clip, Segments | None]]:
    aligner = Aligner({w for clip in clips for w in english_words(clip.row["text"])})
    for clip in clips:
        words = english_words(clip.row["text"])
        if words:
            yield clip, aligner.align(clip.audio, words)
        else:
            yield clip, (Segment("SIL", 0, len(clip.samples) // 160),)


def _mandarin(clips: Sequence[Clip]) -> Iterator[tuple[Clip, Segments | None]]:
    for clip in clips:
        text = clip.row["text"]
        sound = syllable_phones(text) if text.isascii() else phones(text)
        yield clip, _even(fbank(clip.audio), sound)


def _even(log_mel: FloatArray, sound: Phones) -> Segments | None:
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
    if len(segments) == 1:  # silence or noise throughout
        yield _utterance(log_mel, segments, 0, len(log_mel), clip)
        return
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
        if end > start:  # an alignment may end after the last whole frame
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


def pack_noises(path: Path, rng: np.random.Generator) -> list[Utterance]:
    """Recorded noises, and among them some pink (one to six) and some white noise (one to 20)."""
    sounds = [clip.audio for clip in read_clips(path) if len(clip.samples) > _SHORTEST_NOISE]
    count = len(sounds)
    sounds += [pink_noise(_MADE_NOISE, rng) for _ in range(count // 6)]
    sounds += [white_noise(_MADE_NOISE, rng) for _ in range(count // 20)]
    mels = [fbank(sound.window(0, 60)).astype(np.float16) for sound in sounds]
    return [Utterance(m, ("SIL",), np.array([0, len(m)], np.int32), "noise", "") for m in mels]


def main(data: Path, out: Path) -> None:
    """Pack every collection of a folder that is not packed yet: ``speech/*.tar`` and noises."""
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "noise.npz").exists():
        noises = pack_noises(data / "noise" / "noise.tar", np.random.default_rng(0))
        Packed(tuple(noises)).save(out / "noise.npz")
    for language, names in (("en", ENGLISH_SETS), ("zh", MANDARIN_SETS)):
        for name in names:
            path, source = out / f"{name}.npz", data / "speech" / f"{name}.tar"
            if source.exists() and not path.exists():
                pack_one(source, out, language)


def pack_one(source: Path, out: Path, language: str) -> None:
    """Pack one collection, ours or a shop's, and say what could not be used."""
    save(source.stem, *pack(source, language), out)


def save(name: str, utterances: Sequence[Utterance], lost: Mapping[str, str], out: Path) -> None:
    """Write a packed collection, and say what could not be used."""
    out.mkdir(parents=True, exist_ok=True)
    Packed(tuple(utterances)).save(out / f"{name}.npz")
    print(_summary(name, utterances, lost), flush=True)


def _summary(name: str, utterances: Sequence[Utterance], lost: Mapping[str, str]) -> str:
    hours = Packed(tuple(utterances)).seconds / 3600
    line = f"{name}: {len(utterances)} utterances, {hours:.2f} h"
    for reason in sorted(set(lost.values())):
        paths = [path for path, why in lost.items() if why == reason]
        line += f"\n  {len(paths)} {reason}: {', '.join(paths[:5])}"
        line += ", ..." if len(paths) > 5 else ""
    return line


if __name__ == "__main__":
    if len(sys.argv) > 3:
        pack_one(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
