from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.audio.file import to_wav_bytes
from sayfind.audio.level import active_level, rms_level
from sayfind.data.noise import NoiseKind, NoiseSource, SpeechLevel, add_noise
from sayfind.data.sets import SpokenSet
from sayfind.errors import AudioError, ConfigError, InputError
from sayfind.types import Audio

RATE = 16_000
VOICES = {f"speaker{n}": 500.0 + 400 * n for n in range(8)}


@pytest.fixture
def speech(sets: Any) -> Audio:
    """A tone of a quarter second in a second of silence."""
    quiet = np.zeros(RATE * 3 // 8, np.float32)
    return Audio(np.concatenate([quiet, sets.tone(300, 0.25).samples, quiet]), RATE)


@pytest.mark.parametrize("spec", ["pink", "white"])
@pytest.mark.parametrize("snr", [24.0, 12.0, 6.0])
@pytest.mark.parametrize("level", list(SpeechLevel))
def test_the_snr_is_the_one_asked_for(
    speech: Audio, spec: str, snr: float, level: SpeechLevel
) -> None:
    quiet = Audio(speech.samples / 4, RATE)  # so that nothing is turned down
    noisy = add_noise(quiet, NoiseSource.open(spec), snr, 0, "case", level)
    under = Audio(noisy.samples - quiet.samples, RATE)
    measure = rms_level if level is SpeechLevel.CLIP else active_level
    assert measure(quiet) - rms_level(under) == pytest.approx(snr, abs=0.01)


def test_pauses_count_for_the_clip_and_not_for_the_speech(speech: Audio) -> None:
    noises = [
        rms_level(
            Audio(
                add_noise(speech, NoiseSource.open("white"), 20, 0, "case", level).samples
                - speech.samples,
                RATE,
            )
        )
        for level in (SpeechLevel.CLIP, SpeechLevel.ACTIVE)
    ]
    assert noises[1] - noises[0] == pytest.approx(6.0, abs=0.5)  # a quarter of the time is speech


def test_the_same_noise_at_every_snr(speech: Audio) -> None:
    source = NoiseSource.open("pink")
    under = [
        add_noise(speech, source, snr, 0, "case").samples.astype(float) - speech.samples
        for snr in (30, 10)
    ]
    assert under[1] == pytest.approx(10 * under[0], abs=1e-4)


def test_a_sum_that_would_clip_is_turned_down(sets: Any) -> None:
    loud = sets.tone(300, 0.5, amplitude=1.0)
    noisy = add_noise(loud, NoiseSource.open("white"), 0, 0, "case").samples
    assert np.abs(noisy).max() == pytest.approx(1.0, abs=1e-6)
    share = float(np.dot(noisy, loud.samples) / np.dot(loud.samples, loud.samples))
    rest = Audio((noisy - np.float32(share) * loud.samples).astype(np.float32), RATE)
    assert rms_level(Audio(np.float32(share) * loud.samples, RATE)) - rms_level(
        rest
    ) == pytest.approx(0.0, abs=0.3)


def test_seed_case_and_kind_decide_and_nothing_else(sets: Any, speech: Audio) -> None:
    spoken = SpokenSet.open(sets.voices("voices", VOICES))
    source = NoiseSource.open("babble", spoken)
    ids = [case.id for case in spoken.cases]

    def noise(order: list[str], seed: int) -> dict[str, bytes]:
        return {x: add_noise(speech, source, 6, seed, x).samples.tobytes() for x in order}

    forward, backward = noise(ids, 1), noise(ids[::-1], 1)
    assert forward == backward
    assert len(set(forward.values())) == len(ids)
    other = noise(ids, 2)
    assert all(other[x] != forward[x] for x in ids)


def test_another_process_lays_the_same_noise(sets: Any) -> None:
    path = sets.voices("voices", VOICES)
    code = (
        "import sys, hashlib; from sayfind.data.sets import SpokenSet\n"
        "from sayfind.data.noise import NoiseSource\n"
        "s = SpokenSet.open(sys.argv[1]); n = NoiseSource.open('babble', s)\n"
        "x = n.stretch(9000, 3, s.cases[2].id)\n"
        "print(hashlib.sha256(x.samples.tobytes()).hexdigest())"
    )
    done = [
        subprocess.run(
            [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert done[0] == done[1]
    assert len(done[0].strip()) == 64


def hummed(audio: Audio) -> set[str]:
    """Which of the speakers' tones are in a sound."""
    power = np.abs(np.fft.rfft(audio.samples * np.hanning(len(audio.samples)))) ** 2
    hertz = np.fft.rfftfreq(len(audio.samples), 1 / RATE)
    share = {
        name: power[np.abs(hertz - tone) < 50].sum() / power.sum() for name, tone in VOICES.items()
    }
    return {name for name, part in share.items() if part > 0.02}


@pytest.mark.parametrize("number", range(0, 16, 3))
def test_babble_is_six_other_speakers(sets: Any, number: int) -> None:
    spoken = SpokenSet.open(sets.voices("voices", VOICES))
    case = spoken.cases[number]
    heard = hummed(NoiseSource.open("babble", spoken).stretch(RATE * 2, 0, case.id))
    assert len(heard) == 6
    assert case.speaker not in heard


def test_babble_of_another_set(sets: Any) -> None:
    path = sets.voices("voices", VOICES)
    source = NoiseSource.open(f"babble:{path}")
    assert source.name == "babble:voices"
    assert len(hummed(source.stretch(RATE * 2, 0, "a case of some other set"))) == 6


def test_where_speakers_are_not_known_clips_stand_for_them(sets: Any) -> None:
    tones = list(VOICES.values())
    rows = [{"path": f"{n}.wav", "text": "x"} for n in range(len(tones))]
    files = {f"{n}.wav": sets.wav(hertz, 2.5) for n, hertz in enumerate(tones)}
    spoken = SpokenSet.open(sets.tar("nameless", sets.table(rows), files))
    heard = hummed(NoiseSource.open("babble", spoken).stretch(RATE, 0, "0.wav"))
    assert len(heard) >= 5  # a talker whose clip ends takes another
    assert "speaker0" not in heard


def test_of_one_speaker_other_clips_babble(sets: Any) -> None:
    spoken = SpokenSet.open(sets.voices("one", {"speaker0": 500.0}, clips=3))
    sound = NoiseSource.open("babble", spoken).stretch(RATE, 0, spoken.cases[0].id)
    assert hummed(sound) == {"speaker0"}
    alone = SpokenSet.open(sets.voices("alone", {"speaker0": 500.0}, clips=1))
    with pytest.raises(InputError, match="needs other clips"):
        NoiseSource.open("babble", alone).stretch(RATE, 0, alone.cases[0].id)


def quiet_share(audio: Audio) -> float:
    frames = audio.samples[: len(audio.samples) // 160 * 160].reshape(-1, 160)
    power = np.square(frames).mean(axis=1)
    return float((power < power.mean() / 100).mean())


def test_pauses_stay_unless_squeezing_is_asked_for(sets: Any) -> None:
    gap = np.zeros(RATE, np.float32)
    hum = np.concatenate([sets.tone(500, 0.2).samples, gap])
    files = {f"{n}.wav": to_wav_bytes(Audio(hum, RATE)) for n in range(7)}
    spoken = SpokenSet.open(sets.tar("gaps", sets.table([{"path": name} for name in files]), files))
    plain = NoiseSource.open("babble", spoken).stretch(4 * RATE, 0, "0.wav")
    squeezed = NoiseSource.open("babble-squeezed", spoken).stretch(4 * RATE, 0, "0.wav")
    assert quiet_share(plain) > quiet_share(squeezed)
    assert quiet_share(squeezed) < 0.05


def noises(sets: Any) -> Path:
    rows = [
        {"path": "tap.wav", "kind": "Running tap"},
        {"path": "fan.wav", "kind": "fan"},
        {"path": "dog.wav", "kind": "dog"},
    ]
    files = {"tap.wav": sets.wav(1_000), "fan.wav": sets.wav(2_000), "dog.wav": sets.wav(3_000)}
    return sets.tar("noises", sets.table(rows), files)


def loudest(audio: Audio) -> int:
    spectrum = np.abs(np.fft.rfft(audio.samples))
    return round(float(np.argmax(spectrum)) * RATE / len(audio.samples), -3)


def test_a_set_of_noises_gives_each_case_one(sets: Any) -> None:
    source = NoiseSource.open(str(noises(sets)))
    assert source.kind is NoiseKind.SET
    drawn = [loudest(source.stretch(RATE, 0, f"case {n}")) for n in range(30)]
    assert set(drawn) == {1_000, 2_000, 3_000}
    again = [loudest(source.stretch(RATE, 0, f"case {n}")) for n in range(30)]
    assert again == drawn


def test_some_kinds_of_a_set(sets: Any) -> None:
    source = NoiseSource.open(f"{noises(sets)}:fan,running TAP")
    drawn = {loudest(source.stretch(RATE, 0, f"case {n}")) for n in range(30)}
    assert drawn == {1_000, 2_000}
    with pytest.raises(ConfigError, match="no noise of the kind 'cat'"):
        NoiseSource.open(f"{noises(sets)}:cat")


def test_a_sound_file_is_looped(sets: Any, tmp_path: Path, speech: Audio) -> None:
    (tmp_path / "hum.wav").write_bytes(sets.wav(2_000, 0.1))
    source = NoiseSource.open(str(tmp_path / "hum.wav"))
    assert source.name == "hum"
    sound = source.stretch(RATE, 0, "case")
    assert loudest(sound) == 2_000
    assert len(sound.samples) == RATE
    assert quiet_share(sound) == 0


def test_silence_is_refused_on_either_side(sets: Any, tmp_path: Path, speech: Audio) -> None:
    (tmp_path / "still.wav").write_bytes(sets.wav(amplitude=0.0))
    still = NoiseSource.open(str(tmp_path / "still.wav"))
    with pytest.raises(InputError, match="is silent"):
        add_noise(speech, still, 10, 0, "case")
    with pytest.raises(AudioError, match="an SNR means nothing"):
        add_noise(Audio(np.zeros(RATE, np.float32), RATE), NoiseSource.open("pink"), 10, 0, "case")
    with pytest.raises(ValueError, match="16000"):
        add_noise(Audio(np.ones(8, np.float32), 8_000), NoiseSource.open("pink"), 10, 0, "case")


@pytest.mark.parametrize(
    "spec", ["", "purple", "pink:3", "no/such/file.wav", "no.tar:kind", "babble", "babble-squeezed"]
)
def test_a_spec_that_names_nothing(spec: str) -> None:
    with pytest.raises(ConfigError):
        NoiseSource.open(spec)


def test_a_file_or_set_that_cannot_be_used(sets: Any, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    empty = sets.tar("empty", b"path\n", {})
    for spec in (str(tmp_path / "text.wav"), str(empty), f"babble:{empty}", "babble:none.tar"):
        with pytest.raises(InputError):
            NoiseSource.open(spec)


@settings(max_examples=30)
@given(st.integers(1, 40_000), st.integers(0, 2**40), st.text(max_size=8))
def test_any_length_seed_and_id(num_samples: int, seed: int, case_id: str) -> None:
    for spec in ("pink", "white"):
        sound = NoiseSource.open(spec).stretch(num_samples, seed, case_id)
        assert sound.samples.shape == (num_samples,)
        assert np.isfinite(sound.samples).all()


@pytest.mark.shared
def test_kitchen_noise_under_real_orders(shared_data: Path) -> None:
    orders = SpokenSet.open(shared_data / "speech" / "barista-dev.tar", ("path", "slots"))
    tar = shared_data / "noise" / "noise.tar"
    source = NoiseSource.open(f"{tar}:doing_the_dishes,running_tap", orders)
    case = orders.cases[0]
    audio = case.audio()
    noisy = add_noise(audio, source, 24, 0, case.id)
    under = Audio(noisy.samples - audio.samples, RATE)
    assert rms_level(audio) - rms_level(under) == pytest.approx(24, abs=0.1)
