from __future__ import annotations

import numpy as np
import pytest

from sayfind.evaluation.latency import latency, peak_memory, real_time_factor


def test_percentiles_are_numpys_and_rise() -> None:
    seconds = np.random.default_rng(0).exponential(0.2, 400)
    figures = latency(seconds)
    assert list(figures) == ["p50", "p95", "p99"]
    for name, figure in figures.items():
        assert figure.value == np.percentile(seconds, int(name[1:]))
        assert figure.low < figure.value < figure.high
    assert figures["p50"].value < figures["p95"].value < figures["p99"].value


def test_the_real_time_factor_is_work_over_sound() -> None:
    assert real_time_factor([1.0, 2.0], [10.0, 2.0]).value == pytest.approx(0.25)


def test_peak_memory_is_in_bytes_and_never_falls() -> None:
    before = peak_memory()
    block = np.ones(8_000_000)  # 64 MB
    after = peak_memory()
    assert block.sum() == 8_000_000
    assert after >= before > 10_000_000
    assert after >= block.nbytes
