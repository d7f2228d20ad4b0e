"""The Gaussians of the installed pocketsphinx are read whole; anything else is refused."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from sayfind.acoustic.gaussians import cepstral_matrix, load_gaussians, sphinx_bands
from sayfind.errors import ModelError
from sayfind.features.fbank import FbankConfig, mel_matrix
from sayfind.text.phone_set import ENGLISH_PHONES

FILES = ("means", "variances", "sendump", "mdef")


def bundled() -> Path:
    spec = find_spec("pocketsphinx")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "model" / "en-us" / "en-us"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(bundled() / name, tmp_path / name)
    return tmp_path


def test_every_english_phone_has_its_states() -> None:
    found = load_gaussians()
    assert set(ENGLISH_PHONES) <= set(found.phones)
    assert len(found.phones) == 42
    assert found.means.shape == found.variances.shape == (42, 3, 128, 13)
    assert found.log_weights.shape == (42, 3, 3, 128)
    assert (found.variances > 0).all()
    assert np.exp(found.log_weights).sum(axis=-1) == pytest.approx(1.0, abs=0.1)


def test_a_vowel_differs_more_from_a_hiss_than_from_a_vowel() -> None:
    found = load_gaussians()
    weights = np.exp(found.log_weights[:, 1, 0])[:, :, None]
    centre = (weights * found.means[:, 0]).sum(axis=1)
    place = {name: centre[number] for number, name in enumerate(found.phones)}
    near = np.linalg.norm(place["IY"] - place["IH"])
    assert near < np.linalg.norm(place["IY"] - place["S"])


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_is_an_error_of_the_model(model: Path, name: str) -> None:
    (model / name).unlink()
    with pytest.raises(ModelError, match="not a ptm model"):
        load_gaussians(model)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("size", [0, 3, 60, 300])
def test_a_file_that_is_cut_short_is_an_error_of_the_model(
    model: Path, name: str, size: int
) -> None:
    (model / name).write_bytes((model / name).read_bytes()[:size])
    with pytest.raises(ModelError):
        load_gaussians(model)


def test_without_pocketsphinx_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sayfind.acoustic.gaussians.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="pip install pocketsphinx"):
        load_gaussians()


def test_bands_are_made_of_finer_bands() -> None:
    weights = sphinx_bands(mel_matrix(FbankConfig(), 16_000))
    assert weights.shape == (25, 80)
    assert (weights >= 0).all()
    centres = (weights @ np.arange(80)) / weights.sum(axis=1)
    assert (np.diff(centres) > 0).all()


def test_the_cepstral_matrix_is_orthogonal_up_to_its_lifter() -> None:
    matrix = cepstral_matrix()
    assert matrix.shape == (13, 25)
    product = matrix @ matrix.T
    assert product - np.diag(np.diag(product)) == pytest.approx(0.0, abs=1e-9)
