from __future__ import annotations

import functools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.audio.augment import pink_noise, white_noise
from sayfind.audio.vad import FRAME, FRAME_SECONDS, Hysteresis, SileroVad, VadConfig
from sayfind.errors import ModelError
from sayfind.stages import VoiceActivityDetector
from sayfind.types import Audio


@functools.cache
def vad() -> SileroVad:
    return SileroVad()


def vowels(seconds: float, seed: int = 0) -> np.ndarray:
    """Something voice-like: a gliding pulse train through slowly moving formants."""
    rng = np.random.default_rng(seed)
    num_samples = round(seconds * 16_000)
    pitch = 120 + 25 * np.sin(2 * np.pi * 2.1 * np.arange(num_samples) / 16_000)
    phase = np.cumsum(pitch) / 16_000
    source = np.diff(np.floor(phase), prepend=0.0) + 0.003 * rng.standard_normal(num_samples)
    out = np.zeros(num_samples)
    times = np.arange(400) / 16_000
    for first in range(0, num_samples, 1_600):
        block = np.zeros(num_samples)
        block[first : first + 1_600] = source[first : first + 1_600]
        for formant in rng.uniform([300, 900, 2_300], [800, 1_900, 2_900]):
            ring = np.exp(-times * 300) * np.sin(2 * np.pi * formant * times)
            out += np.convolve(block, ring)[:num_samples]
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * np.arange(num_samples) / 16_000)
    return (0.2 * syllables * out / np.abs(out).max()).astype(np.float32)


def clip(*parts: np.ndarray) -> Audio:
    return Audio(np.concatenate(parts).astype(np.float32), 16_000)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * 16_000), np.float32)


def test_it_is_a_voice_activity_detector() -> None:
    assert isinstance(vad(), VoiceActivityDetector)


@pytest.mark.parametrize(
    "audio",
    [
        clip(silence(0)),
        clip(silence(0.001)),
        clip(silence(3)),
        white_noise(48_000, np.random.default_rng(1)),
        pink_noise(48_000, np.random.default_rng(1)),
        clip(np.full(32_000, 0.9, np.float32)),
        clip(np.sin(np.arange(32_000) * 0.2).astype(np.float32)),
    ],
    ids=["nothing", "short", "digital silence", "white", "pink", "constant", "tone"],
)
def test_no_speech_where_nobody_speaks(audio: Audio) -> None:
    assert vad().speech(audio) == ()


def test_speech_after_digital_silence_is_found_where_it_is() -> None:
    spans = vad().speech(clip(silence(1.0), vowels(1.5), silence(1.5)))
    assert len(spans) == 1
    start, end = spans[0]
    assert 0.7 < start < 1.15
    assert 2.3 < end < 2.85


def test_a_long_pause_parts_two_stretches() -> None:
    spans = vad().speech(clip(silence(0.5), vowels(1), silence(1.5), vowels(1, 3), silence(0.5)))
    assert len(spans) == 2
    assert spans[0][1] < spans[1][0]


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
def test_other_rates_are_resampled(rate: int) -> None:
    samples = vowels(1.5)
    places = np.arange(round(1.5 * rate)) * 16_000 / rate
    heard = np.interp(places, np.arange(len(samples)), samples).astype(np.float32)
    spans = vad().speech(Audio(heard, rate))
    assert spans
    assert spans[-1][1] <= 1.5 + 1e-9


def test_it_is_fast() -> None:
    audio = clip(*[vowels(1, seed) for seed in range(20)])
    vad().speech(audio)
    started = time.process_time()
    vad().speech(audio)
    assert (time.process_time() - started) / audio.seconds < 0.01


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 9_000), max_size=12))
def test_chunked_equals_whole(cuts: list[int]) -> None:
    config = VadConfig(padding=0.0)
    detector = SileroVad(config)
    audio = clip(silence(0.4), vowels(0.7), silence(0.6), vowels(0.5, 2), silence(0.3))
    state, spans, place = detector.start(), [], 0
    for size in [*cuts, len(audio.samples)]:
        piece = Audio(audio.samples[place : place + size], 16_000)
        state, ended = detector.step(state, piece)
        spans += ended
        place += size
    spans += detector.finish(state)
    expected = detector.speech(audio)
    assert len(spans) == len(expected)
    assert np.allclose(
        [(start, min(end, audio.seconds)) for start, end in spans], expected, atol=1e-6
    )


def test_one_state_serves_many_streams() -> None:
    """Stepping twice from one state gives the same: nothing is hidden in the detector."""
    chunk = clip(vowels(0.8))
    state, _ = vad().step(vad().start(), chunk)
    first, second = vad().step(state, chunk), vad().step(state, chunk)
    assert np.array_equal(first[0].hidden, second[0].hidden)
    assert first[1] == second[1]


def test_a_stream_knows_that_somebody_speaks_and_since_when_not() -> None:
    state, _ = vad().step(vad().start(), clip(silence(0.3), vowels(1.0)))
    assert state.speaking
    state, ended = vad().step(state, clip(silence(0.15)))
    assert state.speaking
    assert ended == ()
    state, ended = vad().step(state, clip(silence(1.0)))
    assert not state.speaking
    assert len(ended) == 1


def test_a_stream_has_one_rate() -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        vad().step(vad().start(), Audio(silence(0.1), 8_000))


# Probabilities ("9" is 0.9) -> stretches in frames, with threshold 0.5, exit 0.35,
# silences of 2 frames and more end a stretch, stretches of 1 frame are dropped.
@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("", []),
        ("0000", []),
        ("999", [(0, 3)]),
        ("0990", [(1, 3)]),
        ("0900", []),
        ("099000", [(1, 3)]),
        ("09909900", [(1, 6)]),
        ("0990009900", [(1, 3), (6, 8)]),
        ("0994444400", [(1, 8)]),
        ("4444", []),
        ("0991441000", [(1, 3)]),
        ("0991941000", [(1, 6)]),
        ("59", [(0, 2)]),
    ],
)
def test_hysteresis(digits: str, expected: list[tuple[int, int]]) -> None:
    config = VadConfig(0.5, 0.35, 1.5 * FRAME_SECONDS, 2 * FRAME_SECONDS, 0.0)
    state, spans = Hysteresis(), []
    for digit in digits:
        state, span = state.step(int(digit) / 10, config)
        spans.append(span)
    spans.append(state.finish(config))
    found = [(round(s[0] / FRAME_SECONDS), round(s[1] / FRAME_SECONDS)) for s in spans if s]
    assert found == expected


@settings(max_examples=200)
@given(st.lists(st.floats(0, 1), max_size=80), st.floats(0, 0.3), st.floats(0, 0.3))
def test_spans_are_in_order_and_apart(
    values: list[float], min_speech: float, padding: float
) -> None:
    config = VadConfig(min_speech=min_speech, padding=padding)

    class Given(SileroVad):
        def __init__(self) -> None:
            self.config = config

        def probabilities(self, audio: Audio) -> np.ndarray:
            return np.array(values, np.float32)

    seconds = len(values) * FRAME_SECONDS
    spans = Given().speech(Audio(np.zeros(len(values) * FRAME, np.float32), 16_000))
    flat = [time for span in spans for time in span]
    assert flat == sorted(flat)
    assert all(0 <= time <= seconds + 1e-9 for time in flat)
    assert all(end > start for start, end in spans)


@pytest.mark.parametrize(
    "values",
    [
        {"threshold": 0.0},
        {"threshold": 1.0},
        {"exit_threshold": 0.6},
        {"min_speech": -1.0},
        {"padding": -0.1},
    ],
)
def test_settings_are_checked(values: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        VadConfig(**values)


def test_a_model_that_is_no_model(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="cannot be read"):
        SileroVad(model=tmp_path / "bad.onnx")
    with pytest.raises(ModelError, match="missing"):
        SileroVad(model=tmp_path / "none.onnx")
