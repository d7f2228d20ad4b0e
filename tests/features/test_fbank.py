"""Filterbanks and cepstra are those of Kaldi."""

from __future__ import annotations

import kaldi_native_fbank as kaldi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.features.fbank import FbankConfig, FbankStream, fbank, mel_matrix
from sayfind.features.mfcc import MfccConfig, mfcc, with_deltas
from sayfind.types import Audio

LENGTHS = [0, 1, 79, 80, 81, 159, 160, 399, 400, 401, 1_999, 16_000, 16_077]


def noise(num_samples: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    swell = 0.5 + 0.5 * np.sin(np.arange(num_samples) / 900)
    return (rng.normal(0, 0.1, num_samples) * swell).astype(np.float32)


def of_kaldi(computer: object, sound: np.ndarray, width: int, rate: int) -> np.ndarray:
    computer.accept_waveform(rate, sound.tolist())  # type: ignore[attr-defined]
    computer.input_finished()  # type: ignore[attr-defined]
    count = computer.num_frames_ready  # type: ignore[attr-defined]
    rows = [computer.get_frame(n) for n in range(count)]  # type: ignore[attr-defined]
    return np.array(rows, np.float32).reshape(count, width)


def kaldi_fbank(sound: np.ndarray, bands: int = 80, rate: int = 16_000) -> np.ndarray:
    options = kaldi.FbankOptions()
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = False
    options.frame_opts.samp_freq = rate
    options.mel_opts.num_bins = bands
    options.mel_opts.high_freq = -400.0
    return of_kaldi(kaldi.OnlineFbank(options), sound, bands, rate)


def kaldi_mfcc(sound: np.ndarray) -> np.ndarray:
    options = kaldi.MfccOptions()
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = False
    options.use_energy = False
    return of_kaldi(kaldi.OnlineMfcc(options), sound, 13, 16_000)


@pytest.mark.parametrize("num_samples", LENGTHS)
def test_the_filterbank_is_kaldis(num_samples: int) -> None:
    sound = noise(num_samples)
    found, expected = fbank(Audio(sound, 16_000)), kaldi_fbank(sound)
    assert found.shape == expected.shape
    assert found == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("bands", "rate"), [(40, 16_000), (23, 8_000), (64, 22_050)])
def test_other_bands_and_rates_are_kaldis_too(bands: int, rate: int) -> None:
    sound = noise(rate // 2)
    found = fbank(Audio(sound, rate), FbankConfig(num_bands=bands))
    assert found == pytest.approx(kaldi_fbank(sound, bands, rate), abs=1e-3)


@pytest.mark.parametrize("num_samples", LENGTHS)
def test_the_cepstra_are_kaldis(num_samples: int) -> None:
    sound = noise(num_samples)
    found, expected = mfcc(Audio(sound, 16_000)), kaldi_mfcc(sound)
    assert found.shape == (len(expected), 39)
    assert found[:, :13] == pytest.approx(expected, abs=1e-3)


def test_digital_silence_is_the_floor_and_no_infinity() -> None:
    found = fbank(Audio(np.zeros(4_000, np.float32), 16_000))
    assert found == pytest.approx(np.log(np.finfo(np.float32).eps))


@settings(deadline=None, max_examples=25)
@given(st.floats(0.02, 10.0), st.integers(500, 9_000))
def test_a_louder_sound_is_a_shift_of_all_bands(gain: float, num_samples: int) -> None:
    sound = noise(num_samples)
    near = fbank(Audio(sound, 16_000))
    far = fbank(Audio((sound * np.float32(gain)).astype(np.float32), 16_000))
    loud = np.minimum(near, far) > -12
    assert (far - near)[loud] == pytest.approx(2 * np.log(gain), abs=5e-3)


def test_every_band_hears_something_and_the_last_bin_nothing() -> None:
    matrix = mel_matrix(FbankConfig(), 16_000)
    assert matrix.shape == (80, 257)
    assert (matrix.max(axis=1) > 0).all()
    assert (matrix >= 0).all()
    assert not matrix[:, -1].any()


def test_differences_of_a_straight_line_are_its_slope_and_then_nothing() -> None:
    line = np.arange(20, dtype=np.float32)[:, None] * np.array([[2.0, -3.0]], np.float32)
    found = with_deltas(line)
    assert found.shape == (20, 6)
    assert found[5:-5, 2:4] == pytest.approx(np.tile([2.0, -3.0], (10, 1)), abs=1e-4)
    assert found[5:-5, 4:] == pytest.approx(0.0, abs=1e-4)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="num_bands"):
        FbankConfig(num_bands=2)
    with pytest.raises(ValueError, match="num_cepstra"):
        MfccConfig(num_cepstra=24)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 3_000), st.lists(st.integers(0, 3_000), max_size=5),
    st.sampled_from([8_000, 16_000, 11_025]),
)  # fmt: skip
def test_sound_in_pieces_gives_the_frames_of_the_whole(
    num_samples: int, cuts: list[int], rate: int
) -> None:
    sound, stream, found = noise(num_samples), FbankStream(rate), []
    for piece in np.split(sound, sorted(min(cut, num_samples) for cut in cuts)):
        stream, frames = stream.step(piece)
        found.append(frames)
    whole = fbank(Audio(sound, rate))
    joined = np.concatenate([*found, stream.finish()])
    assert joined.shape == whole.shape
    assert joined == pytest.approx(whole, abs=1e-4)
