from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind.audio.file import load_audio
from sayfind.data.voices import Program, Side, Voice, VoiceSplit
from sayfind.errors import ConfigError, InputError, MissingExtraError
from sayfind.types import Audio, Language

HERE = {"flite": shutil.which("flite"), "espeak": shutil.which("espeak-ng")}
TALKER = """
import sys, wave
text, out = sys.argv[1], sys.argv[2]
with wave.open(out, "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(16000)
    file.writeframes(b"".join((9000 if n // 40 % 2 else -9000).to_bytes(2, "little", signed=True)
                              for n in range(1000 * len(text))))
"""


def installed(voice: str) -> Voice:
    program = voice.partition(":")[0]
    if not HERE.get(program, "yes"):
        pytest.skip(f"needs the program of {voice}")
    return Voice.parse(voice)


def pitch(audio: Audio) -> float:
    """Median pitch of the voiced frames in hertz, by autocorrelation."""
    found = []
    for first in range(0, len(audio.samples) - 1024, 400):
        frame = audio.samples[first : first + 1024] * np.hanning(1024)
        echo = np.fft.irfft(np.abs(np.fft.rfft(frame, 2048)) ** 2)
        lag = int(np.argmax(echo[40:250])) + 40
        if echo[lag] > 0.5 * echo[0] > 1e-3:
            found.append(16_000 / lag)
    return float(np.median(found))


@pytest.mark.parametrize(
    ("spec", "language", "accent"),
    [
        ("flite:slt", Language.ENGLISH, "en-us"),
        ("flite:awb", Language.ENGLISH, "en-gb-scotland"),
        ("espeak:en-gb", Language.ENGLISH, "en-gb"),
        ("espeak:en-us+f3", Language.ENGLISH, "en-us"),
        ("espeak:cmn", Language.MANDARIN, "cmn"),
        ("espeak:cmn+m3", Language.MANDARIN, "cmn"),
        ("command:say {text} {out}", Language.AUTO, ""),
    ],
)
def test_a_voice_knows_what_it_speaks(spec: str, language: Language, accent: str) -> None:
    voice = Voice.parse(spec)
    assert (str(voice), voice.language, voice.accent) == (spec, language, accent)


@pytest.mark.parametrize(
    "spec",
    ["", "slt", "flite:", "festival:kal", "espeak:de", "espeak:engels", "command:say {text}",
     "command:say > {out}"],
)  # fmt: skip
def test_what_is_no_voice(spec: str) -> None:
    with pytest.raises(ConfigError):
        Voice.parse(spec)


@pytest.mark.parametrize("spec", ["flite:slt", "flite:kal16", "espeak:en-gb", "espeak:cmn"])
def test_a_text_is_said_the_same_each_time(spec: str) -> None:
    voice = installed(spec)
    one, two = (voice.say("a red coat") for _ in range(2))
    assert one.rate == 16_000
    assert 0.5 < one.seconds < 3
    assert np.array_equal(one.samples, two.samples)


@pytest.mark.parametrize(
    ("spec", "command"),
    [
        ("flite:slt", ["flite", "-voice", "slt", "-o", "OUT", "-t"]),
        ("flite:kal16", ["flite", "-voice", "kal16", "-o", "OUT", "-t"]),
        ("espeak:en-gb", ["espeak-ng", "-v", "en-gb", "-w", "OUT"]),
        ("espeak:cmn+f3", ["espeak-ng", "-v", "cmn+f3", "-w", "OUT"]),
    ],
)
def test_unchanged_a_voice_sounds_as_its_program_makes_it(
    tmp_path: Path, spec: str, command: list[str]
) -> None:
    said = installed(spec).say("wireless mouse")
    arguments = [part.replace("OUT", str(tmp_path / "a.wav")) for part in command]
    subprocess.run([*arguments, "wireless mouse"], check=True, capture_output=True)
    assert np.array_equal(said.samples, load_audio(tmp_path / "a.wav").samples)


@pytest.mark.parametrize("spec", ["flite:slt", "flite:rms", "espeak:en-us", "espeak:cmn"])
def test_speed_and_pitch_are_factors_and_apart(spec: str) -> None:
    voice = installed(spec)
    text = "wireless headphones under fifty dollars"
    plain = voice.say(text)
    faster, higher = voice.say(text, speed=1.25), voice.say(text, pitch=1.25)
    assert plain.seconds / faster.seconds == pytest.approx(1.25, rel=0.08)
    assert pitch(faster) == pytest.approx(pitch(plain), rel=0.08)
    assert higher.seconds == pytest.approx(plain.seconds, rel=0.05)
    assert pitch(higher) / pitch(plain) == pytest.approx(1.25, rel=0.1)


def test_mandarin_and_both_in_one_breath() -> None:
    voice = installed("espeak:cmn")
    short, longer = voice.say("耳机"), voice.say("两百块以内的 iphone 耳机")
    assert 0.3 < short.seconds < longer.seconds < 6


@pytest.mark.parametrize("text", ["", "   ", "...", "?!", "\0\n", "，。"])
@pytest.mark.parametrize("spec", ["flite:slt", "espeak:en-us", "espeak:cmn"])
def test_a_text_with_nothing_to_say(spec: str, text: str) -> None:
    with pytest.raises(InputError, match="nothing to say"):
        installed(spec).say(text)


@pytest.mark.parametrize("spec", ["flite:slt", "espeak:en-us"])
def test_an_english_voice_does_not_read_chinese(spec: str) -> None:
    with pytest.raises(InputError, match="does not speak Chinese"):
        installed(spec).say("红色 coat")


@pytest.mark.parametrize("spec", ["flite:slt", "espeak:en-us"])
@pytest.mark.parametrize(
    "text", ["-o /tmp/x hello", "--help", "$(reboot) coat", "[[h@]] coat", 'a "quoted" coat']
)
def test_no_text_is_an_option_or_a_program(spec: str, text: str) -> None:
    assert installed(spec).say(text).seconds > 0.5


def test_a_voice_that_the_program_does_not_have() -> None:
    for spec in ("flite:nobody", "espeak:en-nowhere", "espeak:en-us+nobody"):
        with pytest.raises(ConfigError, match="has no voice"):
            installed(spec).say("hello")


@pytest.mark.parametrize("factor", [0.4, 2.5, float("nan")])
def test_factors_have_limits(factor: float) -> None:
    for change in ({"speed": factor}, {"pitch": factor}):
        with pytest.raises(ConfigError, match="factors"):
            installed("flite:slt").say("hello", **change)


def test_a_program_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    voice = installed("flite:slt")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match="apt install flite"):
        voice.say("hello")
    with pytest.raises(MissingExtraError, match="no-such-program"):
        Voice.parse("command:no-such-program {text} {out}").check()


@pytest.fixture
def talker(tmp_path: Path) -> str:
    (tmp_path / "talker.py").write_text(TALKER)
    return f"command:{sys.executable} {tmp_path / 'talker.py'} {{text}} {{out}}"


def test_any_other_program_by_its_command(talker: str) -> None:
    voice = Voice.parse(talker)
    assert voice.program is Program.COMMAND
    assert voice.say("12345678").seconds == pytest.approx(0.5, abs=0.01)
    assert voice.say("红色 coat").seconds == pytest.approx(7 / 16, abs=0.01)


def test_a_command_gets_the_text_whole_and_no_shell(talker: str, tmp_path: Path) -> None:
    text = f"{{out}}; touch {tmp_path / 'broken'} 'x"
    assert Voice.parse(talker).say(text).seconds == pytest.approx(len(text) / 16, abs=0.01)
    assert not (tmp_path / "broken").exists()


def test_a_command_that_cannot_change_its_speed(talker: str) -> None:
    with pytest.raises(ConfigError, match=r"has no \{speed\}"):
        Voice.parse(talker).say("hello", speed=1.2)


def test_a_command_that_fails_or_says_nothing() -> None:
    failing = f"command:{sys.executable} -c 'raise SystemExit(\"ouch\")' {{text}} {{out}}"
    with pytest.raises(InputError, match=r"failed: .*ouch"):
        Voice.parse(failing).say("hello")
    with pytest.raises(InputError, match="says nothing"):
        Voice.parse(f"command:{sys.executable} -c pass {{text}} {{out}}").say("hello")


def test_the_split_keeps_its_sides_apart() -> None:
    split = VoiceSplit()
    assert set(split.train).isdisjoint(split.test)
    for side in Side:
        split.check(split.voices(side), side)
        assert {Voice.parse(v).language for v in split.voices(side)} == {
            Language.ENGLISH,
            Language.MANDARIN,
        }
    with pytest.raises(ConfigError, match="flite:rms is a test voice"):
        split.check(["espeak:en-gb-x-rp", "flite:rms"], Side.TRAIN)
    with pytest.raises(ConfigError, match=r"espeak:en-us\+f2 is a train voice"):
        split.check(["flite:rms", "espeak:en-us+f2"], Side.TEST)


def test_a_speaker_under_another_name_is_the_same(talker: str) -> None:
    with pytest.raises(ConfigError, match="flite:kal is a test voice"):
        VoiceSplit().check(["flite:kal"], Side.TRAIN)
    with pytest.raises(ConfigError, match="both"):
        VoiceSplit(train=("flite:kal",), test=("flite:kal16",))
    VoiceSplit().check([talker], Side.TRAIN)
    with pytest.raises(ConfigError, match="test voice"):
        VoiceSplit(train=(), test=(talker,)).check([talker], Side.TRAIN)


def test_every_voice_of_the_split_is_a_voice() -> None:
    said: list[Any] = []
    for spec in (*VoiceSplit().train, *VoiceSplit().test):
        voice = installed(spec)
        said.append(voice.say("你好" if voice.language is Language.MANDARIN else "hello").seconds)
    assert min(said) > 0.2
