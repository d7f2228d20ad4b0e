from __future__ import annotations

import io
import shutil
import struct
import subprocess
import time
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sayfind.audio.file import AudioLimits, load_audio, save_wav, to_wav_bytes
from sayfind.errors import AudioError, InputError, MediaTypeError, StorageError, TooLargeError
from sayfind.types import Audio

# (container, codec, rates, sample format)
CODECS = [
    ("wav", "pcm_s16le", (8_000, 11_025, 16_000, 22_050, 44_100, 48_000), "s16"),
    ("wav", "pcm_u8", (8_000,), "u8"),
    ("wav", "pcm_f32le", (48_000,), "flt"),
    ("wav", "pcm_s24le", (44_100,), "s32"),
    ("wav", "pcm_mulaw", (8_000,), "s16"),
    ("flac", "flac", (16_000, 96_000), "s16"),
    ("mp3", "libmp3lame", (16_000, 22_050, 44_100), "fltp"),
    ("ogg", "libopus", (48_000, 16_000), "s16"),
    ("webm", "libopus", (48_000, 24_000), "s16"),
    ("mp4", "aac", (16_000, 44_100, 48_000), "fltp"),
    ("ipod", "aac", (48_000,), "fltp"),
    ("adts", "aac", (44_100,), "fltp"),
    ("aiff", "pcm_s16be", (44_100,), "s16"),
]
CASES = [
    pytest.param(container, codec, rate, form, layout, id=f"{container}-{codec}-{rate}-{layout}")
    for container, codec, rates, form in CODECS
    for rate in rates
    for layout in ("mono", "stereo")
]


def tone(seconds: float, rate: int, hertz: float = 440.0) -> np.ndarray:
    times = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def encode(
    samples: np.ndarray, rate: int, container: str, codec: str, form: str, layout: str = "mono"
) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.layout = layout
        stream.format = form
        resampler = av.AudioResampler(format=form, layout=layout, rate=rate)
        channels = 2 if layout == "stereo" else 1
        planes = np.repeat(samples[None], channels, axis=0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), "fltp", layout)
        frame.sample_rate, frame.pts = rate, 0
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def wav(samples: np.ndarray, rate: int = 16_000) -> bytes:
    return to_wav_bytes(Audio(samples.astype(np.float32), rate))


def float_wav(samples: np.ndarray, rate: int = 16_000) -> bytes:
    body = samples.astype("<f4").tobytes()
    form = struct.pack("<HHIIHH", 3, 1, rate, rate * 4, 4, 32)
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(body))
    return b"RIFF" + struct.pack("<I", len(chunks) + len(body)) + chunks + body


def loudest_hertz(audio: Audio) -> float:
    spectrum = np.abs(np.fft.rfft(audio.samples * np.hanning(len(audio.samples))))
    return float(spectrum.argmax() * audio.rate / len(audio.samples))


@pytest.mark.parametrize(("container", "codec", "rate", "form", "layout"), CASES)
def test_every_container_gives_the_same_tone(
    container: str, codec: str, rate: int, form: str, layout: str
) -> None:
    audio = load_audio(encode(tone(1.0, rate), rate, container, codec, form, layout))
    assert audio.rate == 16_000
    assert audio.samples.dtype == np.float32
    assert audio.seconds == pytest.approx(1.0, abs=0.12)
    assert loudest_hertz(audio) == pytest.approx(440, abs=3)
    middle = audio.window(0.3, 0.7).samples
    assert np.sqrt(2 * np.square(middle).mean()) == pytest.approx(0.5, abs=0.05)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs the ffmpeg program")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.webm", ["-c:a", "libopus", "-application", "voip", "-b:a", "16k"]),
        ("a.ogg", ["-c:a", "libvorbis"]),
        ("a.m4a", ["-c:a", "aac", "-movflags", "+faststart"]),
        ("a.m4a", ["-c:a", "alac"]),
        ("a.mp4", ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"]),
        ("a.mp3", ["-b:a", "32k"]),
        ("a.flac", []),
        ("a.mka", ["-c:a", "flac"]),
        ("a.wav", ["-ac", "6"]),
        ("a.caf", ["-c:a", "pcm_s16le"]),
        ("a.amr", ["-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1"]),
    ],
)
def test_files_of_the_ffmpeg_program(tmp_path: Path, name: str, options: list[str]) -> None:
    (tmp_path / "in.wav").write_bytes(wav(tone(1.5, 44_100), 44_100))
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(tmp_path / "in.wav"), *options]
    done = subprocess.run([*command, str(tmp_path / name)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this ffmpeg was built without that encoder")
    audio = load_audio(tmp_path / name)
    assert audio.seconds == pytest.approx(1.5, abs=0.12)
    assert loudest_hertz(audio) == pytest.approx(440, abs=3)


def test_all_kinds_of_source_agree(tmp_path: Path) -> None:
    data = wav(tone(0.3, 16_000))
    path = tmp_path / "名字 with space.wav"
    path.write_bytes(data)
    expected = load_audio(data).samples
    for source in (path, str(path), io.BytesIO(data), bytearray(data), memoryview(data)):
        assert np.array_equal(load_audio(source).samples, expected)
    with path.open("rb") as file:
        assert np.array_equal(load_audio(file).samples, expected)


def test_the_name_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(wav(tone(0.3, 16_000)))
    assert load_audio(tmp_path / "song.mp3").seconds == pytest.approx(0.3, abs=0.01)


def test_channels_are_averaged() -> None:
    left = np.full(4_000, 0.5)
    right = np.full(4_000, -0.1)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((2, 2, 16_000, 0, "NONE", ""))
        both = np.stack([left, right], axis=1)
        file.writeframes((both * 32767).astype("<i2").tobytes())
    assert load_audio(buffer.getvalue()).samples == pytest.approx(0.2, abs=1e-3)


def test_wav_round_trip_is_exact_to_sixteen_bits() -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, 5_000).astype(np.float32)
    back = load_audio(to_wav_bytes(Audio(samples, 16_000)))
    assert np.abs(back.samples - samples).max() < 2 / 32768


def test_save_wav(tmp_path: Path) -> None:
    save_wav(Audio(tone(0.1, 8_000), 8_000), tmp_path / "a.wav")
    assert load_audio(tmp_path / "a.wav").seconds == pytest.approx(0.1, abs=0.001)
    with pytest.raises(StorageError, match="Cannot write"):
        save_wav(Audio(tone(0.1, 8_000), 8_000), tmp_path / "none" / "a.wav")


def test_sound_over_full_scale_is_turned_down() -> None:
    audio = load_audio(float_wav(tone(0.5, 16_000) * 60_000))
    assert np.abs(audio.samples).max() == pytest.approx(1.0, abs=1e-3)


# What is wrong -> (bytes, error, words of its sentence)
def broken() -> dict[str, tuple[bytes, type[InputError], str]]:
    good = wav(tone(0.2, 16_000))
    nan, infinite = tone(0.2, 16_000), tone(0.2, 16_000)
    nan[100], infinite[100] = np.nan, np.inf
    return {
        "empty": (b"", AudioError, "empty"),
        "text": (b"hello, I am a sentence and not a sound. " * 50, MediaTypeError, "send WAV"),
        "html": (b"<!doctype html><html><body>no</body></html>", MediaTypeError, "send WAV"),
        "json": (b'{"audio": "aGVsbG8="}', MediaTypeError, "send WAV"),
        "zeros": (bytes(5_000), MediaTypeError, "send WAV"),
        "png": (b"\x89PNG\r\n\x1a\n" + bytes(200), MediaTypeError, "send WAV"),
        "pdf": (b"%PDF-1.7\n" + b"x" * 3_000, MediaTypeError, "send WAV"),
        "zip": (b"PK\x03\x04" + bytes(300), MediaTypeError, "send WAV"),
        "playlist": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", MediaTypeError, "send WAV"),
        "concat": (b"ffconcat version 1.0\nfile /etc/hostname\n", MediaTypeError, "send WAV"),
        "sdp": (b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 9 RTP/AVP 0\n", MediaTypeError, ""),
        "wav header alone": (good[:44], AudioError, "damaged"),
        "no samples": (wav(np.zeros(0)), AudioError, "damaged"),
        "half a header": (good[:20], InputError, ""),
        "nan": (float_wav(nan), AudioError, "not numbers"),
        "infinity": (float_wav(infinite), AudioError, "not numbers"),
        "rate of 1 Hz": (wav(tone(0.2, 16_000)[:20], 1), AudioError, "8 to 48 kHz"),
        "rate of 2 GHz": (wav(tone(0.2, 16_000), 2_000_000_000), InputError, ""),
        "video only": (video_without_sound(), AudioError, "no sound track"),
    }


def video_without_sound() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream: Any = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize("name", broken())
def test_bad_input_is_one_sentence(name: str) -> None:
    data, error, words = broken()[name]
    with pytest.raises(error) as caught:
        load_audio(data)
    message = str(caught.value)
    assert words in message
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize(
    "media_type", ["text/html", "application/json", "image/png", "text/plain; charset=utf-8", "x"]
)
def test_a_type_that_is_not_sound_is_refused_unread(media_type: str) -> None:
    with pytest.raises(MediaTypeError, match="not sound"):
        load_audio(wav(tone(0.1, 16_000)), media_type=media_type)


@pytest.mark.parametrize(
    "media_type",
    [None, "", "audio/wav", "Audio/WebM;codecs=opus", "video/webm", "application/octet-stream"],
)
def test_the_bytes_overrule_a_plausible_type(media_type: str | None) -> None:
    assert load_audio(wav(tone(0.1, 16_000)), media_type=media_type).seconds > 0.09


@pytest.mark.parametrize("name", ["missing.wav", ".", "nul\0.wav", "x" * 5_000])
def test_a_path_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(AudioError):
        load_audio(str(tmp_path / name))


@pytest.mark.parametrize("container,codec,form", [c[:2] + c[3:] for c in CODECS[5:11]])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_truncated_file_gives_what_is_there(
    container: str, codec: str, form: str, part: float
) -> None:
    rng = np.random.default_rng(2)
    samples = (tone(4.0, 48_000) + 0.1 * rng.standard_normal(192_000)).astype(np.float32)
    rate = 48_000 if codec != "libmp3lame" else 44_100
    data = encode(samples[: 4 * rate], rate, container, codec, form)
    data = data[: int(len(data) * part)]
    if container in ("mp4", "ipod"):  # its index comes last: without it nothing can be found
        with pytest.raises(InputError):
            load_audio(data)
        return
    audio = load_audio(data)
    assert 4 * part * 0.6 < audio.seconds < 4 * part * 1.4


def test_a_truncated_wav_gives_what_is_there() -> None:
    data = wav(tone(2.0, 16_000))
    assert load_audio(data[: len(data) // 2]).seconds == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0])
def test_a_streamed_wav_does_not_know_its_size(size: int) -> None:
    data = bytearray(wav(tone(1.0, 16_000)))
    data[4:8] = data[40:44] = struct.pack("<I", size)
    assert load_audio(bytes(data)).seconds == pytest.approx(1.0, abs=0.01)


def test_a_damaged_stretch_costs_only_itself() -> None:
    data = bytearray(encode(tone(4.0, 48_000), 48_000, "ogg", "libopus", "s16"))
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    assert load_audio(bytes(data)).seconds > 2.0


class TestLimits:
    def test_seconds(self) -> None:
        data = wav(tone(3.0, 16_000))
        assert load_audio(data, AudioLimits(max_seconds=3.0)).seconds == pytest.approx(3.0)
        with pytest.raises(TooLargeError, match=r"longer than 2 seconds; please"):
            load_audio(data, AudioLimits(max_seconds=2.0))

    def test_bytes(self, tmp_path: Path) -> None:
        data = wav(tone(3.0, 16_000))
        limit = AudioLimits(max_bytes=10_000)
        (tmp_path / "a.wav").write_bytes(data)
        for source in (data, io.BytesIO(data), tmp_path / "a.wav"):
            with pytest.raises(TooLargeError, match=r"larger than 0.01 MB"):
                load_audio(source, limit)

    def test_an_endless_stream_is_read_only_to_the_limit(self) -> None:
        class Endless(io.RawIOBase):
            def read(self, size: int = -1) -> bytes:
                assert 0 <= size <= 1_000_001
                return bytes(size)

        with pytest.raises(TooLargeError):
            load_audio(Endless(), AudioLimits(max_bytes=1_000_000))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("container", "codec", "form"),
        [
            ("wav", "pcm_s16le", "s16"),
            ("flac", "flac", "s16"),
            ("ogg", "libopus", "s16"),
            ("webm", "libopus", "s16"),
            ("mp3", "libmp3lame", "fltp"),
            ("mp4", "aac", "fltp"),
            ("adts", "aac", "fltp"),
        ],
    )
    def test_ten_minutes_are_refused_without_decoding_them(
        self, container: str, codec: str, form: str
    ) -> None:
        rate = 48_000 if codec == "libopus" else 16_000
        data = encode(np.zeros(600 * rate, np.float32), rate, container, codec, form)
        started = time.perf_counter()
        with pytest.raises(TooLargeError, match="longer than 60 seconds"):
            load_audio(data)
        assert time.perf_counter() - started < 1.0

    @pytest.mark.parametrize("values", [{"max_seconds": 0.0}, {"max_bytes": 0}])
    def test_limits_are_positive(self, values: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="positive"):
            AudioLimits(**values)

    def test_not_a_number_is_no_limit(self) -> None:
        with pytest.raises(ValueError, match="positive"):
            AudioLimits(max_seconds=float("nan"))


SEEDS = {
    container + codec: encode(tone(0.3, 48_000), 48_000, container, codec, form)
    for container, codec, form in [
        ("wav", "pcm_s16le", "s16"),
        ("flac", "flac", "s16"),
        ("mp3", "libmp3lame", "fltp"),
        ("ogg", "libopus", "s16"),
        ("webm", "libopus", "s16"),
        ("mp4", "aac", "fltp"),
    ]
}


def faults(data: bytes) -> list[str]:
    """What is wrong with the outcome: there is sound within its bounds, or one sentence."""
    try:
        audio = load_audio(data, AudioLimits(max_seconds=5.0))
    except InputError as error:
        good = {"one sentence": str(error).endswith(".") and "\n" not in str(error)}
    else:
        good = {
            "16 kHz": audio.rate == 16_000,
            "not empty": len(audio.samples) > 0,
            "not over the limit": audio.seconds <= 5.1,
            "numbers": bool(np.isfinite(audio.samples).all()),
            "full scale at most": float(np.abs(audio.samples).max(initial=0.0)) <= 1.0,
        }
    return [what for what, holds in good.items() if not holds]


@settings(deadline=5_000, max_examples=150)
@given(st.binary(max_size=3_000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert faults(data) == []


@settings(deadline=5_000, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=12),
    st.floats(0, 1),
)
def test_damaged_files_are_read_or_refused(
    name: str, edits: list[tuple[float, bytes]], cut: float
) -> None:
    data = bytearray(SEEDS[name])
    for place, patch in edits:
        first = int(place * place * (len(data) - 1))  # squared: headers are hit more often
        data[first : first + len(patch)] = patch
    assert faults(bytes(data)) == []
    assert faults(bytes(data[: int(cut * len(data))])) == []
