from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.data.codec import Codec, through_codec
from sayfind.types import Audio

RATE = 16_000


def chirp(seconds: float) -> Audio:
    time = np.arange(round(seconds * RATE)) / RATE
    return Audio((0.3 * np.sin(2 * np.pi * (200 + 500 * time) * time)).astype(np.float32), RATE)


@pytest.mark.parametrize("codec", list(Codec))
def test_a_line_keeps_length_and_time(codec: Codec) -> None:
    audio = chirp(2.0)
    out = through_codec(audio, codec)
    assert (out.rate, len(out.samples)) == (RATE, len(audio.samples))
    size = 1 << 17
    spectra = np.fft.rfft(audio.samples, size).conj() * np.fft.rfft(out.samples, size)
    lag = int(np.fft.irfft(spectra).argmax())
    assert min(lag, size - lag) <= 8  # half a millisecond


@pytest.mark.parametrize("codec", list(Codec))
def test_a_line_does_the_same_each_time(codec: Codec) -> None:
    one, two = (through_codec(chirp(1.0), codec).samples for _ in range(2))
    assert np.array_equal(one, two)


def share_above(audio: Audio, hertz: float) -> float:
    power = np.abs(np.fft.rfft(audio.samples)) ** 2
    return float(power[np.fft.rfftfreq(len(audio.samples), 1 / RATE) > hertz].sum() / power.sum())


def test_a_telephone_is_narrow_and_opus_is_not_transparent() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32) * 0.1
    audio = Audio(noise, RATE)
    assert (
        share_above(through_codec(audio, Codec.TELEPHONE), 3_700) < 0.02 < share_above(audio, 3_700)
    )
    speech = chirp(1.0)
    opus = through_codec(speech, Codec.OPUS12)
    assert 0.9 < np.corrcoef(opus.samples, speech.samples)[0, 1] < 0.9999
    assert through_codec(speech, Codec.NONE) is speech


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5_000), st.sampled_from(list(Codec)))
def test_any_length_comes_back(num_samples: int, codec: Codec) -> None:
    audio = Audio(np.full(num_samples, 0.1, np.float32), RATE)
    out = through_codec(audio, codec)
    assert len(out.samples) == num_samples
    assert np.isfinite(out.samples).all()
