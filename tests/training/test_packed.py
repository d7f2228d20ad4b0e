"""Recordings become utterances with phones in their places; what cannot be used is named."""

from __future__ import annotations

import io
import shutil
import tarfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sayfind.audio.file import to_wav_bytes
from sayfind.data.voices import Voice
from sayfind.errors import FeedError, ModelError
from sayfind.features.fbank import fbank
from sayfind.training.alignment import Aligner
from sayfind.training.packed import english_words, main, pack, pack_noises, pack_one
from sayfind.training.packed_utterances import Packed, Utterance
from sayfind.types import Audio

SHARED = Path(__file__).parents[3] / "shared" / "data"
RATE = 16_000
needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="needs the program flite")
SENTENCE = "show me black shoes under fifty dollars please"


def said(text: str) -> Audio:
    return Voice.parse("flite:slt").say(text, 1.0, 1.0)


def write(path: Path, clips: list[tuple[str, str, Audio]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines, files = ["path\ttext\tspeaker"], {}
    for name, text, audio in clips:
        files[name] = to_wav_bytes(audio)
        lines.append(f"{name}\t{text}\tsomebody")
    files["manifest.tsv"] = "\n".join(lines).encode()
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{path.stem}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def silence(seconds: float) -> Audio:
    return Audio(np.zeros(round(seconds * RATE), np.float32), RATE)


def tone(seconds: float) -> Audio:
    swell = np.hanning(round(seconds * RATE))
    return Audio((0.3 * swell * np.sin(np.arange(len(swell)) / 5)).astype(np.float32), RATE)


@needs_flite
def test_phones_are_where_they_are_said() -> None:
    audio = said(SENTENCE)
    words = english_words(SENTENCE)
    found = Aligner(words).align(audio, words)
    assert found is not None
    assert found[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(found))
    assert found[-1].end == pytest.approx(audio.seconds * 100, abs=3)
    spoken = [segment.phone for segment in found if segment.phone != "SIL"]
    assert spoken[:5] == ["SH", "OW", "M", "IY", "B"]
    assert 25 < len(spoken) < 40
    mel = fbank(audio)
    hisses = [s for s in found if s.phone in ("SH", "S", "Z")]
    vowels = [s for s in found if s.phone in ("OW", "IY", "UW", "AA", "AE")]
    tilt = [
        np.mean([(mel[s.start : s.end, 60:] - 0).mean() - mel[s.start : s.end, :40].mean()
                 for s in some])
        for some in (hisses, vowels)
    ]  # fmt: skip
    assert tilt[0] > tilt[1] + 2


@needs_flite
def test_digital_silence_around_a_sentence_moves_it_and_no_more() -> None:
    audio = said(SENTENCE)
    words = english_words(SENTENCE)
    gap = np.zeros(RATE // 2, np.float32)
    around = Audio(np.concatenate([gap, audio.samples, gap]), RATE)
    near, far = (Aligner(words).align(sound, words) for sound in (audio, around))
    assert near is not None
    assert far is not None
    pairs = [[s for s in some if s.phone != "SIL"] for some in (near, far)]
    moved = [b.start - a.start for a, b in zip(*pairs, strict=True)]
    assert np.median(moved) == pytest.approx(50, abs=2)
    assert (np.abs(np.array(moved) - 50) <= 6).mean() > 0.8


def test_words_that_cannot_be_in_the_sound_are_no_alignment() -> None:
    aligner = Aligner(["coffee"])
    assert aligner.align(tone(0.5), []) is None
    assert aligner.align(tone(0.5), ["tea"]) is None
    assert aligner.align(silence(0.02), ["coffee"] * 9) is None


@needs_flite
def test_bad_recordings_are_named_and_the_rest_is_packed(tmp_path: Path) -> None:
    clips = [
        ("good.wav", SENTENCE, said(SENTENCE)),
        ("silent.wav", "black shoes", silence(1.0)),
        ("short.wav", SENTENCE, tone(0.1)),
        ("noise.wav", "", tone(1.0)),
    ]
    found, lost = pack(write(tmp_path / "speech" / "vctk-mini.tar", clips), "en")
    assert [(u.text, bool(u.spoken)) for u in found] == [(SENTENCE, True), ("", False)]
    assert len(found[1].log_mel) == 100
    assert lost["silent.wav"] == "silent"
    assert lost["short.wav"] in ("does not fit its words", "longer in phones than in frames")
    assert len(lost) == 2


def test_mandarin_is_spread_over_the_loud_part(tmp_path: Path) -> None:
    sound = Audio(np.concatenate([silence(0.3).samples, tone(0.9).samples]), RATE)
    clips = [("a.wav", "耳机", sound), ("b.wav", "er3 ji1", sound), ("c.wav", "耳机" * 60, sound)]
    found, lost = pack(write(tmp_path / "misc-zh.tar", clips), "zh")
    assert [u.spoken for u in found] == [("er3", "j", "i1")] * 2
    assert lost == {"c.wav": "does not fit its words"}
    for utterance in found:
        assert utterance.starts[0] == 0
        assert utterance.starts[-1] == len(utterance.log_mel)
        assert (np.diff(utterance.starts) >= 0).all()


def test_a_damaged_collection_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.tar"
    files = {"manifest.tsv": b"path\ttext\na.wav\thello\n", "a.wav": b"no sound"}
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"bad/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with pytest.raises(FeedError, match=r"bad\.tar"):
        pack(path, "en")


def test_packed_utterances_come_back_within_a_step_of_a_byte(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    items = tuple(
        Utterance(
            rng.uniform(-15.9, 9, (size, 80)).astype(np.float16),
            ("SIL", "HH", "AY"),
            np.array([0, 2, 4, size], np.int32),
            f"speaker {size}",
            "嗨 hi",
        )
        for size in (9, 30, 5)
    )
    Packed(items).save(tmp_path / "a.npz")
    back = Packed.open(tmp_path / "a.npz")
    assert back.seconds == pytest.approx(0.44)
    for one, other in zip(items, back.utterances, strict=True):
        assert (one.phones, one.speaker, one.text) == (other.phones, other.speaker, other.text)
        assert (one.starts == other.starts).all()
        assert other.log_mel.dtype == np.float16
        difference = one.log_mel.astype(np.float32) - other.log_mel.astype(np.float32)
        assert np.abs(difference).max() < 0.06
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_nothing_packed_comes_back_as_nothing(tmp_path: Path) -> None:
    Packed(()).save(tmp_path / "a.npz")
    assert Packed.open(tmp_path / "a.npz").utterances == ()


def test_a_damaged_pack_is_refused(tmp_path: Path) -> None:
    Packed(()).save(tmp_path / "a.npz")
    data = (tmp_path / "a.npz").read_bytes()
    for damage in (b"", b"nothing of ours", data[: len(data) // 2]):
        (tmp_path / "a.npz").write_bytes(damage)
        with pytest.raises(ModelError, match="pack them again"):
            Packed.open(tmp_path / "a.npz")


def test_noises_are_recorded_and_made(tmp_path: Path) -> None:
    clips = [(f"{n}.wav", "", tone(0.5)) for n in range(20)]
    found = pack_noises(write(tmp_path / "noise.tar", clips), np.random.default_rng(0))
    assert [len(u.log_mel) for u in found] == [50] * 20 + [1000] * 4
    assert all(u.spoken == () for u in found)


@needs_flite
def test_what_is_packed_is_not_packed_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "noise" / "noise.tar", [("a.wav", "", tone(0.5))])
    clips = [("good.wav", SENTENCE, said(SENTENCE)), ("silent.wav", "black", silence(1.0))]
    write(tmp_path / "speech" / "vctk-mini.tar", clips)
    main(tmp_path, tmp_path / "packed")
    printed = capsys.readouterr().out
    assert "vctk-mini: 1 utterances" in printed
    assert "1 silent: silent.wav" in printed
    assert {p.name for p in (tmp_path / "packed").iterdir()} == {"vctk-mini.npz", "noise.npz"}
    main(tmp_path, tmp_path / "packed")
    assert capsys.readouterr().out == ""


@needs_flite
def test_a_shops_own_recordings_are_packed(tmp_path: Path) -> None:
    path = write(tmp_path / "our-shop.tar", [("a.wav", SENTENCE, said(SENTENCE))])
    pack_one(path, tmp_path / "packed", "en")
    (utterance,) = Packed.open(tmp_path / "packed" / "our-shop.npz").utterances
    assert utterance.text == SENTENCE


@pytest.mark.shared
def test_real_recordings_align(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("needs the data in ../shared")
    found, lost = pack(SHARED / "speech" / "vctk-mini.tar", "en")
    assert len(lost) <= 0.05 * len(found)
    seconds = sum(len(u.log_mel) for u in found) / 100
    assert 6 < sum(len(u.spoken) for u in found) / seconds < 16  # phones a second, as people speak
