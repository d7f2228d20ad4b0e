"""The Gaussian mixtures inside pocketsphinx's English model, as arrays.

Hundreds of hours of speech went into them, many times what our own networks see; ``networks``
makes a layer of them, so that training starts from what they know. Reads the files of a
phonetically tied (``ptm``) model: ``means``, ``variances``, ``sendump``, ``mdef`` (the formats of
SphinxBase, ``s3file`` and ``ptm_mgau``). Licence of the model: BSD, Carnegie Mellon University.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import ModelError

__all__ = ["CEPSTRA", "Gaussians", "cepstral_matrix", "load_gaussians", "sphinx_bands"]

Doubles = NDArray[np.float64]

CEPSTRA = 13
_STATES = 3  # of each phone
_SCORE_UNIT = 1024 * np.log(1.0001)  # natural logarithms per unit of a stored weight
_LEAST_VARIANCE = 1e-4  # pocketsphinx's varfloor
_LOW, _HIGH, _BANDS, _LIFTER = 130.0, 6800.0, 25, 22


@dataclass(frozen=True, slots=True)
class Gaussians:
    """Context-independent states, three a phone, over three streams of 13 cepstra.

    ``means`` and ``variances`` are ``(num_phones, 3, num_densities, 13)``; ``log_weights`` is
    ``(num_phones, 3 states, 3 streams, num_densities)``.
    """

    phones: tuple[str, ...]
    means: Doubles
    variances: Doubles
    log_weights: Doubles


def load_gaussians(folder: Path | None = None) -> Gaussians:
    """The model that the pocketsphinx package carries, or another of its kind.

    Raises:
        ModelError: there is no such model, or it is of another kind.
    """
    folder = folder or _bundled()
    try:
        means, variances = _parameters(folder / "means"), _parameters(folder / "variances")
        phones = _phones(folder / "mdef")
        weights = _weights(folder / "sendump", means.shape[2], _STATES * len(phones))
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise ModelError(f"{folder} is not a ptm model of pocketsphinx: {error}.") from error
    if len(means) != len(phones):
        raise ModelError(f"{folder} has not one codebook for each phone.")
    states = weights.reshape(3, means.shape[2], len(phones), _STATES).transpose(2, 3, 0, 1)
    return Gaussians(phones, means, np.maximum(variances, _LEAST_VARIANCE), states)


def _bundled() -> Path:
    spec = find_spec("pocketsphinx")
    places = [] if spec is None else spec.submodule_search_locations or []
    for place in places:
        return Path(place) / "model" / "en-us" / "en-us"
    raise ModelError("pocketsphinx is missing; install it with pip install pocketsphinx.")


def _parameters(path: Path) -> Doubles:
    data = path.read_bytes()
    at = data.index(b"endhdr\n") + 7
    _, codebooks, streams, densities = struct.unpack_from("<4i", data, at)
    at += 16 + 4 * streams
    (count,) = struct.unpack_from("<i", data, at)
    values = np.frombuffer(data, "<f4", count, at + 4).astype(np.float64)
    return values.reshape(codebooks, streams, densities, CEPSTRA)


def _phones(path: Path) -> tuple[str, ...]:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<i", data, 8)
    at = 12 + length
    (count,) = struct.unpack_from("<i", data, at)
    names = data[at + 40 :].split(b"\0", count)[:count]
    return tuple(name.decode("ascii") for name in names)


def _weights(path: Path, num_densities: int, num_states: int) -> Doubles:
    """Log-weights ``(3 streams, num_densities, num_states)`` of the context-independent states."""
    data, at = path.read_bytes(), 0
    while length := struct.unpack_from("<i", data, at)[0]:
        at += 4 + length
    rows, columns = struct.unpack_from("<2i", data, at + 4)
    if rows != num_densities or columns < num_states:
        raise ValueError("sendump does not fit the means")
    values = np.frombuffer(data, np.uint8, 3 * rows * columns, at + 12)
    kept = values.reshape(3, rows, columns)[:, :, :num_states].astype(np.float64)
    weights: Doubles = -kept * _SCORE_UNIT
    return weights


def sphinx_bands(mel_matrix: NDArray[np.float32], rate: int = 16_000) -> Doubles:
    """Weights ``(25, num_bands)`` that make pocketsphinx's bands out of a finer filterbank.

    ``mel_matrix`` is ``(num_bands, num_bins)``. Non-negative least squares by projected gradient;
    band levels do not matter, because the cepstral mean is taken off.
    """
    bins = np.arange(mel_matrix.shape[1]) * (rate / 2) / (mel_matrix.shape[1] - 1)
    mels = np.linspace(_mel(_LOW), _mel(_HIGH), _BANDS + 2)
    width = bins[1]
    edges = np.round(700 * (10 ** (mels / 2595) - 1) / width) * width
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    shapes = np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))
    target, source = np.maximum(shapes, 0.0), mel_matrix.astype(np.float64)
    gram, step = source @ source.T, 1.0 / np.linalg.eigvalsh(source @ source.T)[-1]
    weights = np.zeros((_BANDS, len(source)))
    for _ in range(20_000):
        weights = np.maximum(0.0, weights - step * (weights @ gram - target @ source.T))
    return weights


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def cepstral_matrix() -> Doubles:
    """Log-energies of 25 bands to 13 liftered cepstra: ``(13, 25)``, orthonormal DCT-II."""
    orders, places = np.arange(CEPSTRA)[:, None], np.arange(_BANDS) + 0.5
    matrix = np.cos(np.pi * orders * places / _BANDS) * np.sqrt(2 / _BANDS)
    matrix[0] /= np.sqrt(2)
    lifter = 1 + _LIFTER / 2 * np.sin(np.pi * np.arange(CEPSTRA) / _LIFTER)
    return np.asarray(matrix * lifter[:, None], np.float64)
