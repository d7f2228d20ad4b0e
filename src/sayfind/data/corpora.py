"""Corpora as uniform utterances: what was said, by whom, in which language, and where it lies.

One ``prepare_<corpus>`` for each layout; they take the path of the set and decode nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sayfind.data.case import Case, LeftOut, Reason
from sayfind.data.sets import SpokenSet
from sayfind.data.transcript import pinyin_of, said_in_english, said_in_mandarin, syllable
from sayfind.errors import ConfigError, InputError
from sayfind.types import Audio, Language

__all__ = [
    "CORPORA",
    "Corpus",
    "Utterance",
    "prepare",
    "prepare_aishell",
    "prepare_alphanumeric",
    "prepare_audio_cmn",
    "prepare_barista",
    "prepare_keywords",
    "prepare_librispeech_sample",
    "prepare_pinyin_syllables",
    "prepare_sentences",
    "prepare_speech_commands",
    "prepare_speechocean762",
    "prepare_vctk",
]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One recording.

    Attributes:
        id: Unique over corpora: ``CORPUS/ID``.
        case: Where the sound lies, and the manifest's row.
        written: The text as the corpus has it; empty where only the meaning is known.
        spoken: The words as they were said (see ``transcript``); empty where nobody speaks.
        language: ``en`` or ``zh``.
        speaker: Empty where nobody knows.
        pinyin: Toned syllables, for Mandarin without foreign words.
        accent: What is known of the speaker's first language or accent.
    """

    id: str
    case: Case
    written: str
    spoken: str
    language: Language
    speaker: str
    pinyin: tuple[str, ...] = ()
    accent: str = ""

    def audio(self) -> Audio:
        """The sound, mono at 16 kHz.

        Raises:
            InputError: it cannot be decoded.
        """
        return self.case.audio()


@dataclass(frozen=True, slots=True)
class Corpus:
    """The utterances of a set, and what of it cannot be used.

    ``for_measuring`` marks a set that decisions are made on: it is never trained on.
    """

    name: str
    utterances: tuple[Utterance, ...]
    left_out: tuple[LeftOut, ...]
    for_measuring: bool = False

    def training(self) -> tuple[Utterance, ...]:
        """The utterances that a model may learn from: those whose words are known.

        Raises:
            ConfigError: the corpus is for measuring.
        """
        if self.for_measuring:
            raise ConfigError(f"{self.name} is for measuring only; train on another corpus.")
        return self.utterances


Words = tuple[str, str, tuple[str, ...]]
Reading = Callable[[Case], Words]


def _english(case: Case) -> Words:
    return case.text, said_in_english(case.text), ()


def _mandarin(case: Case) -> Words:
    spoken = said_in_mandarin(case.text)
    return case.text, spoken, pinyin_of(spoken)


def _by_language(case: Case) -> Words:
    return _mandarin(case) if case.language is Language.MANDARIN else _english(case)


def _syllable(case: Case) -> Words:
    sound = syllable(case.text)
    return case.text, sound, (sound,)


def _word_or_syllable(case: Case) -> Words:
    """``unit`` tells them apart. ``_`` in a word is the gap of a pattern: 从…出发."""
    if case.row.get("unit") == "pinyin":
        return _syllable(case)
    written, spoken, syllables = _mandarin(case)
    return written.replace("_", "…"), spoken, syllables


def _silent_too(case: Case) -> Words:
    return _english(case) if case.text.strip() else ("", "", ())


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a corpus is read: its words, its language, and where accents are told."""

    reading: Reading
    language: Language = Language.AUTO
    required: tuple[str, ...] = ("path", "text")
    wordless: bool = False
    for_measuring: bool = False
    accent: str = ""
    accent_column: str = ""


def _prepare(path: Path, layout: _Layout) -> Corpus:
    spoken_set = SpokenSet.open(path, layout.required)
    utterances, left_out = [], list(spoken_set.left_out)
    for case in spoken_set.cases:
        try:
            written, spoken, syllables = layout.reading(case)
        except InputError as error:
            left_out.append(LeftOut(case.id, Reason.BAD_ROW, str(error)))
            continue
        if not spoken and not layout.wordless:
            left_out.append(LeftOut(case.id, Reason.EMPTY_REFERENCE, f"no words in {written!r}"))
            continue
        language = case.language if layout.language is Language.AUTO else layout.language
        utterances.append(
            Utterance(
                id=f"{spoken_set.name}/{case.id}",
                case=case,
                written=written,
                spoken=spoken,
                language=language,
                speaker=case.speaker,
                pinyin=syllables,
                accent=case.row.get(layout.accent_column, "") or layout.accent,
            )
        )
    return Corpus(spoken_set.name, tuple(utterances), tuple(left_out), layout.for_measuring)


def prepare_barista(path: Path) -> Corpus:
    """Coffee orders: slots are known (``case.slots``), words are not; for measuring only."""
    required = ("path", "slots")
    return _prepare(path, _Layout(_silent_too, Language.ENGLISH, required, True, True))


def prepare_speechocean762(path: Path) -> Corpus:
    """Short English sentences by Mandarin speakers, half of them children."""
    return _prepare(path, _Layout(_english, Language.ENGLISH, accent="zh"))


def prepare_librispeech_sample(path: Path) -> Corpus:
    """Long read English sentences (also the other selections of LibriSpeech)."""
    return _prepare(path, _Layout(_english, Language.ENGLISH))


def prepare_vctk(path: Path) -> Corpus:
    """Read English sentences, written with case and punctuation."""
    return _prepare(path, _Layout(_english, Language.ENGLISH))


def prepare_alphanumeric(path: Path) -> Corpus:
    """Names, phone numbers and addresses by accented speakers; for measuring only.

    The text is the written form; ``spoken`` is one likely reading of it.
    """
    layout = _Layout(
        _english, Language.ENGLISH, for_measuring=True, accent_column="native_language"
    )
    return _prepare(path, layout)


def prepare_keywords(path: Path) -> Corpus:
    """Wake words and short commands; speakers are not told apart."""
    return _prepare(path, _Layout(_english, Language.ENGLISH))


def prepare_speech_commands(path: Path) -> Corpus:
    """One-second words; what the corpus calls silence has no words and stays."""
    return _prepare(path, _Layout(_silent_too, Language.ENGLISH, ("path",), wordless=True))


def prepare_audio_cmn(path: Path) -> Corpus:
    """Mandarin words by one voice and toned syllables by another."""
    return _prepare(path, _Layout(_word_or_syllable, Language.MANDARIN))


def prepare_pinyin_syllables(path: Path) -> Corpus:
    """Toned syllables: the text is pinyin."""
    return _prepare(path, _Layout(_syllable, Language.MANDARIN))


def prepare_aishell(path: Path) -> Corpus:
    """Read Mandarin sentences (AISHELL-1 and AISHELL-3), with English letters in some."""
    return _prepare(path, _Layout(_mandarin, Language.MANDARIN))


def prepare_sentences(path: Path) -> Corpus:
    """Any set whose manifest has ``text`` and ``language``."""
    return _prepare(path, _Layout(_by_language, required=("path", "text", "language")))


CORPORA: Mapping[str, Callable[[Path], Corpus]] = {
    "aishell1-S0252": prepare_aishell,
    "aishell3-demo": prepare_aishell,
    "alphanumeric-dev": prepare_alphanumeric,
    "audio-cmn": prepare_audio_cmn,
    "barista-dev": prepare_barista,
    "en-misc": prepare_sentences,
    "fsdd-digits": prepare_sentences,
    "kathleen-arctic": prepare_sentences,
    "keywords-en": prepare_keywords,
    "librispeech-devclean-14spk": prepare_librispeech_sample,
    "librispeech-sample": prepare_librispeech_sample,
    "librispeech-tc100-178spk": prepare_librispeech_sample,
    "misc-zh": prepare_aishell,
    "pinyin-syllables": prepare_pinyin_syllables,
    "seedlingo-zh": prepare_aishell,
    "speech-commands-v2": prepare_speech_commands,
    "speechocean762-train": prepare_speechocean762,
    "vctk-mini": prepare_vctk,
    "vctk-p239": prepare_vctk,
}
"""Who prepares which set, by the set's name."""


def prepare(path: Path) -> Corpus:
    """The corpus at a path, by its name; a set of another name by its manifest's columns.

    Raises:
        InputError: no set, or one without the columns.
    """
    name = path.stem if path.suffix == ".tar" else path.name
    return CORPORA.get(name, prepare_sentences)(path)
