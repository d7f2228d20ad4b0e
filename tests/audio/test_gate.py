from __future__ import annotations

import numpy as np
import pytest

from sayfind.audio.augment import white_noise
from sayfind.audio.gate import gate, loudness_range
from sayfind.types import Audio


def bursts(quiet_db: float) -> Audio:
    """Half seconds of noise, in turn loud and so much quieter."""
    noise = white_noise(32_000, np.random.default_rng(3)).samples
    loud = np.arange(32_000) // 8_000 % 2 == 0
    return Audio(np.where(loud, noise, noise * 10 ** (-quiet_db / 20)).astype(np.float32), 16_000)


def test_what_is_far_below_is_muted_and_the_rest_untouched() -> None:
    before = bursts(30)
    after = gate(before, 18.0).samples
    assert not after[9_000:15_000].any()
    assert after[1_000:7_000] == pytest.approx(before.samples[1_000:7_000], rel=1e-5)


def test_what_is_not_far_below_stays() -> None:
    before = bursts(10)
    assert gate(before, 18.0).samples[100:-100] == pytest.approx(before.samples[100:-100], rel=1e-5)


def test_the_range_is_that_of_the_bursts() -> None:
    assert loudness_range(bursts(30)) == pytest.approx(30, abs=1.5)
    assert loudness_range(Audio(np.zeros(0, np.float32), 16_000)) == 0.0


@pytest.mark.parametrize("num_samples", [0, 1, 100, 320, 15_999])
def test_any_length(num_samples: int) -> None:
    samples = bursts(30).samples[:num_samples]
    assert len(gate(Audio(samples, 16_000), 18.0).samples) == num_samples
    silent = np.zeros(num_samples, np.float32)
    assert not gate(Audio(silent, 16_000), 18.0).samples.any()
