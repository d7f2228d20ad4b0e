from __future__ import annotations

import functools
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from sayfind.audio.augment import pink_noise
from sayfind.audio.language import SpokenLanguage
from sayfind.errors import ModelError
from sayfind.types import Audio


@functools.cache
def listener() -> SpokenLanguage:
    return SpokenLanguage()


@pytest.mark.parametrize("num_samples", [0, 1, 3_000])
def test_next_to_no_sound_says_nothing(num_samples: int) -> None:
    sound = pink_noise(num_samples, np.random.default_rng(0))
    assert listener().probability(sound) == 0.5


def test_digital_silence_says_nothing() -> None:
    assert listener().probability(Audio(np.zeros(30_000, np.float32), 16_000)) == 0.5


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
@pytest.mark.parametrize("seconds", [0.3, 1.0, 7.0])
def test_it_is_a_probability(rate: int, seconds: float) -> None:
    sound = pink_noise(round(seconds * rate), np.random.default_rng(1), rate)
    assert 0 <= listener().probability(sound) <= 1


def test_the_level_does_not_matter() -> None:
    sound = pink_noise(30_000, np.random.default_rng(2))
    quiet = Audio(sound.samples * np.float32(0.02), 16_000)
    assert listener().probability(quiet) == pytest.approx(listener().probability(sound), abs=1e-3)


MANDARIN = [
    *("我想买一双红色的运动鞋", "两百块以内的蓝牙耳机", "有没有适合老人的手机", "黑色的双肩背包"),
    *("给我看看最便宜的冰箱", "三千左右的笔记本电脑", "大号的羽绒服", "无线鼠标和键盘"),
]
ENGLISH = [
    *("show me red running shoes", "bluetooth headphones under fifty dollars"),
    *("do you have a phone for old people", "show me the cheapest fridge", "a black backpack"),
    *("a laptop for about three thousand", "a sofa that is not leather"),
    *("an umbrella for children", "a large winter jacket", "wireless mouse and keyboard"),
]


@pytest.mark.parametrize(
    ("voice", "sentences", "mandarin"),
    [
        ("espeak:cmn", MANDARIN, True),
        ("flite:slt", ENGLISH, False),
        pytest.param(
            "espeak:en-us",
            ENGLISH,
            False,
            marks=pytest.mark.xfail(reason="a weakness that the model card names", strict=False),
        ),
    ],
)
def test_synthetic_voices(voice: str, sentences: list[str], mandarin: bool) -> None:
    from sayfind.training.synthetic import say

    program = {"espeak": "espeak-ng", "flite": "flite"}[voice.partition(":")[0]]
    if not shutil.which(program):
        pytest.skip(f"needs the program {program}")
    found = [listener().probability(clip.audio) for clip in say(sentences, [voice])]
    if mandarin:
        assert np.median(found) > 0.9
    else:
        assert np.median(found) < 0.4
        assert max(found) < 0.98


def test_it_is_fast() -> None:
    sound = pink_noise(10 * 16_000, np.random.default_rng(1))
    listener().probability(sound)
    started = time.process_time()
    listener().probability(sound)
    assert (time.process_time() - started) / 10 < 0.02


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        SpokenLanguage(model=tmp_path / "none.onnx")
