"""Names, names in sentences, and sentences without a name, said by voices kept out of training."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.names_list import genuine

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.data.noise import NoiseSource, add_noise
from sayfind.data.voices import Side, Voice, VoiceSplit
from sayfind.text.normalise import has_han
from sayfind.text.phonetics import phones
from sayfind.types import Audio, Language, Posteriors

__all__ = ["Said", "in_sentences", "names_to_say", "say", "without_names"]

ENGLISH = ("flite:slt", "flite:rms", "flite:awb", "flite:kal16")
MANDARIN = ("espeak:cmn", "espeak:cmn+f3")
CARRIERS = ("show me {}", "i am looking for {}", "do you have {}", "{} please")
CHINESE_CARRIERS = ("我想买{}", "有没有{}", "帮我找{}", "{}多少钱")
Texts = Sequence[tuple[str, str]]
"""What is said, and the name in it, empty if there is none."""


@dataclass(frozen=True)
class Said:
    """``text`` said by ``voice``; ``name`` is the name in it, if there is one."""

    text: str
    name: str
    voice: Voice
    audio: Audio
    posteriors: Posteriors

    @property
    def language(self) -> Language:
        """By its script."""
        return Language.MANDARIN if has_han(self.text) else Language.ENGLISH


def names_to_say(data: Path, count: int, seed: int) -> list[str]:
    """Half English (words without digits, 5 to 25 phones), half Chinese (3 to 8 characters)."""
    brands, heads, chinese = genuine(data)
    english = [n for n in [*brands, *heads] if re.fullmatch(r"[a-z' ]+", n)]
    english = [n for n in english if 5 <= len(phones(n)) <= 25]
    chinese = [n for n in chinese if re.fullmatch(r"[\u4e00-\u9fff]{3,8}", n)]
    rng = np.random.default_rng(seed)
    drawn = [(rng.permutation(len(pool))[: count // 2], pool) for pool in (english, chinese)]
    return [pool[i] for places, pool in drawn for i in places.tolist()]


def in_sentences(names: Sequence[str]) -> Texts:
    """Each name in a sentence of its language."""
    carriers = [CHINESE_CARRIERS if has_han(name) else CARRIERS for name in names]
    return [
        (c[i % len(c)].format(n), n) for i, (c, n) in enumerate(zip(carriers, names, strict=True))
    ]


def without_names(data: Path, count: int, seed: int) -> Texts:
    """What people say to a device at home (three to nine words), nothing of it a shop's name."""
    with tarfile.open(data / "text" / "nlu-evaluation-data.tar.gz") as archive:
        file = archive.extractfile("nlu-evaluation-data/utterances_kfold1_train.jsonl")
        assert file is not None
        lines = [json.loads(line) for line in file]
    texts = sorted({line["text"] for line in lines if re.fullmatch(r"[a-z' ]+", line["text"])})
    texts = [text for text in texts if 3 <= len(text.split()) <= 9]
    places = np.random.default_rng(seed).permutation(len(texts))[:count]
    return [(texts[i], "") for i in places.tolist()]


def say(
    texts: Texts, ears: CtcAcousticModel, noise: NoiseSource | None = None, snr: float = 10.0
) -> Iterator[Said]:
    """Every text by one held-out voice of its language, in turn; noise is laid under it."""
    voices = {
        Language.ENGLISH: [Voice.parse(v) for v in ENGLISH],
        Language.MANDARIN: [Voice.parse(v) for v in MANDARIN],
    }
    VoiceSplit().check([*ENGLISH, *MANDARIN], Side.TEST)
    for number, (text, name) in enumerate(texts):
        able = voices[Language.MANDARIN if has_han(text) else Language.ENGLISH]
        voice = able[number % len(able)]
        audio = voice.say(text)
        if noise is not None:
            audio = add_noise(audio, noise, snr, 0, f"{number}-{text}")
        yield Said(text, name, voice, audio, ears.posteriors(audio))
