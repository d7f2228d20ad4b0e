from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.audio.spectrum import (
    HOP,
    NUM_BANDS,
    band_matrix,
    band_power,
    features,
    istft,
    stft,
)


def noise(num_samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(num_samples).astype(np.float32) * 0.1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3_000), st.integers(0, 9))
def test_there_and_back_is_the_identity(num_samples: int, seed: int) -> None:
    samples = noise(num_samples, seed)
    back = istft(stft(samples), num_samples)
    assert back.dtype == np.float32
    assert back.shape == samples.shape
    assert np.allclose(back, samples, atol=1e-5)


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    both = np.stack([noise(2_000, 1), noise(2_000, 2)])
    assert np.allclose(stft(both)[1], stft(both[1]), atol=1e-6)
    assert np.allclose(band_power(stft(both))[0], band_power(stft(both[0])), atol=1e-6)


def test_frames_are_one_hop_apart() -> None:
    assert len(stft(noise(10 * HOP))) == 11


def test_every_bin_is_shared_out_fully_and_every_band_has_bins() -> None:
    matrix = band_matrix()
    assert matrix.shape == (257, NUM_BANDS)
    assert matrix.sum(axis=1) == pytest.approx(1.0)
    assert (matrix.sum(axis=0) >= 0.99).all()
    assert (np.diff(matrix.argmax(axis=1)) >= 0).all()


@pytest.mark.parametrize("gain", [1e-3, 0.1, 8.0])
def test_features_do_not_know_the_level(gain: float) -> None:
    samples = noise(16_000)
    quiet, loud = (features(band_power(stft(samples * np.float32(g)))) for g in (1.0, gain))
    assert np.allclose(quiet, loud, atol=1e-3)


def test_features_of_silence_are_finite_and_lowest() -> None:
    assert features(band_power(stft(np.zeros(5_000, np.float32)))) == pytest.approx(-1.0)


def test_the_loudest_frames_are_near_one() -> None:
    values = features(band_power(stft(noise(32_000))))
    assert 0.9 < values.mean() < 1.1
