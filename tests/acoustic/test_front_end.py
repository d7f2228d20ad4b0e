"""The front end is deaf to loudness and to digital silence, in numpy's floats and in torch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.acoustic.gaussians import load_gaussians
from sayfind.acoustic.networks.configs import FrontEndConfig
from sayfind.features.fbank import fbank
from sayfind.types import Audio

torch = pytest.importorskip("torch")

from sayfind.acoustic.networks.front_end import FrontEnd  # noqa: E402

RATE = 16_000


def speech_like(seconds: float, seed: int = 0) -> np.ndarray:
    """Bursts of coloured noise at about -26 dBFS over a soft floor."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    sound = np.convolve(rng.normal(size=count), [1, 0.9, 0.7, 0.5, 0.2], mode="same")
    swell = np.clip(np.sin(np.arange(count) / RATE * 2 * np.pi * 3), 0.01, 1)
    return (0.05 * sound * swell).astype(np.float32)


@pytest.fixture(scope="module")
def front() -> Any:
    return FrontEnd(FrontEndConfig(), np.full(80, -7.0)).eval()


def listened(front: Any, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mel = torch.from_numpy(fbank(Audio(sound.astype(np.float32), RATE)))[None]
    with torch.no_grad():
        seen, old, _ = front(mel, torch.tensor([mel.shape[1]]))
    return seen[0].numpy(), old[0].numpy()


@settings(deadline=None, max_examples=12)
@given(st.floats(0.01, 10.0), st.integers(0, 99))
def test_loudness_changes_nothing(front: Any, gain: float, seed: int) -> None:
    sound = speech_like(1.5, seed)
    seen, old = listened(front, sound)
    louder, older = listened(front, sound * np.float32(gain))
    loud = seen.mean(axis=1) > 0
    bound = 0.1 if gain > 0.1 else 0.35  # at a hundredth the floor of 16 bits is heard
    assert np.abs(louder - seen)[loud].mean() < bound
    assert np.abs(older - old).mean() < bound


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 150), st.integers(0, 150), st.integers(0, 99))
def test_digital_silence_around_speech_changes_it_little(
    front: Any, before: int, after: int, seed: int
) -> None:
    sound = speech_like(3.0, seed)
    seen, old = listened(front, sound)
    ends = [np.zeros(160 * count, np.float32) for count in (before // 3 * 3, after)]
    around, older = listened(front, np.concatenate([ends[0], sound, ends[1]]))
    first = len(ends[0]) // 160
    inner = slice(first + 3, first + len(seen) - 3)
    assert np.abs(around[inner] - seen[3:-3]).mean() < 0.8  # of a deviation; its bulk is a shift
    shift = (around[inner] - seen[3:-3]).mean(axis=0)
    loud = seen[3:-3].mean(axis=1) > 0
    assert np.abs(around[inner] - seen[3:-3] - shift)[loud].mean() < 0.2
    inner = slice(first // 3 + 1, first // 3 + len(old) - 1)
    assert np.abs(older[inner] - old[1:-1]).mean() < 0.5


def test_silence_alone_is_finite(front: Any) -> None:
    for sound in (np.zeros(16_000), np.zeros(100)):
        seen, old = listened(front, sound)
        assert np.isfinite(seen).all()
        assert np.isfinite(old).all()


def test_old_ears_give_what_the_mixtures_give(front: Any) -> None:
    """The layer against the densities, one after another, from the same cepstra."""
    found, old = load_gaussians(), front.old
    mel = torch.from_numpy(fbank(Audio(speech_like(0.5), RATE)))[None]
    mask = torch.ones(1, mel.shape[1], 1)
    with torch.no_grad():
        cepstra = (torch.log(torch.exp(mel) @ old.bands + 1e-10) @ old.cepstra)[0].double()
        states = old(mel, mask)[0].numpy()
    c = (cepstra - cepstra.mean(0)).numpy()
    far = np.pad(c, ((3, 3), (0, 0)), mode="edge")
    at = {n: far[3 + n : 3 + n + len(c)] for n in range(-3, 4)}
    streams = (at[0], at[2] - at[-2], at[3] - at[-1] - at[1] + at[-3])
    total = 0.0
    for number, values in enumerate(streams):
        x = values[9][None, None]  # the fourth row of the layer
        variance, mean = found.variances[:, number], found.means[:, number]
        logs = -0.5 * (((x - mean) ** 2 / variance) + np.log(2 * np.pi * variance)).sum(-1)
        weights = found.log_weights[:, :, number]
        total = total + np.logaddexp.reduce(logs[:, None] + weights, axis=-1)
    flat = 0.5 * total.ravel()
    expected = np.maximum(flat - np.logaddexp.reduce(flat), -12) / 4 + 1.5
    assert states[3] == pytest.approx(expected, abs=0.01)
