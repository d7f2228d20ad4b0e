"""What is spoken for training: shoppers' words, only sayable ones, by training voices."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sayfind.data.voices import Side, VoiceSplit
from sayfind.text.normalise import has_han
from sayfind.training.packed_utterances import Packed
from sayfind.training.recipes.synthetic_speech import (
    SyntheticSpeech,
    english_texts,
    mandarin_texts,
    speak,
)

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data"),
]


def test_texts_are_words_that_can_be_said() -> None:
    texts = english_texts(DATA, 200, 0.25, seed=3)
    assert texts == english_texts(DATA, 200, 0.25, seed=3)
    assert len(texts) == 200
    assert all(re.fullmatch(r"[a-z']+( [a-z']+){0,13}", text) for text in texts)
    assert len(set(texts)) > 190


def test_mandarin_texts_are_characters_alone() -> None:
    texts = mandarin_texts(DATA, 200, 0.25, seed=3)
    assert len(texts) == 200
    assert all(2 <= len(text) <= 18 and all(map(has_han, text)) for text in texts)


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs the program espeak-ng")
def test_only_training_voices_speak(tmp_path: Path) -> None:
    speak(DATA, tmp_path, SyntheticSpeech(english=6, mandarin=4, jobs=1))
    split = VoiceSplit()
    for name, least in (("synthetic-en", 4), ("synthetic-zh", 4)):
        packed = Packed.open(tmp_path / f"{name}.npz")
        assert len(packed.utterances) >= least
        split.check((u.speaker for u in packed.utterances), Side.TRAIN)
        assert all(u.spoken for u in packed.utterances)
