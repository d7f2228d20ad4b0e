from __future__ import annotations

import shutil

import pytest

from sayfind.errors import MissingExtraError
from sayfind.training.synthetic import say


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("espeak:cmn", "两百块以内的耳机"),
        ("espeak:en-us", "a red coat"),
        ("flite:slt", "a red coat"),
    ],
)
def test_a_voice_says_a_text(voice: str, text: str) -> None:
    program = {"espeak": "espeak-ng", "flite": "flite"}[voice.partition(":")[0]]
    if not shutil.which(program):
        pytest.skip(f"needs the program {program}")
    (clip,) = say([text], [voice], seed=1)
    assert 0.3 < clip.audio.seconds < 5
    assert clip.speaker == voice
    assert clip.row["text"] == text


def test_a_program_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match="apt install flite"):
        list(say(["hello"], ["flite:slt"]))
