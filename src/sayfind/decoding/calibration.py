"""Scores into probabilities to be believed: one temperature, and the score of "none of these".

Knows lists of scores and which one was right; nothing about sound. What is fitted goes into
``SecondPassConfig`` (both values) or ``BeamConfig`` (the temperature).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import InputError

__all__ = ["Calibration", "fit_calibration"]

NONE_RIGHT = -1
_TEMPERATURES = np.geomspace(0.1, 50.0, 60)


@dataclass(frozen=True, slots=True)
class Calibration:
    """``temperature`` and ``none`` as the softmax takes them; ``loss`` is nats per list."""

    temperature: float
    none: float
    loss: float


def fit_calibration(
    scores: Sequence[Sequence[float]], right: Sequence[int], *, with_none: bool = True
) -> Calibration:
    """The temperature and the score of none that make the right answers likeliest.

    ``scores`` holds one list for each utterance, ``right`` the place of the right answer in it, -1
    where it is not there (left out of the fit if ``with_none`` is false, and ``none`` is then
    ``-inf``). Source: Guo et al., "On Calibration of Modern Neural Networks", 2017.

    Raises:
        InputError: there is no list to fit to.
    """
    used = [
        (np.array(each, dtype=np.float64), place)
        for each, place in zip(scores, right, strict=True)
        if (len(each) or with_none) and (with_none or place != NONE_RIGHT)
    ]
    if not used:
        raise InputError("Calibration needs at least one utterance with a known answer.")
    tops = [float(each.max()) for each, _ in used if len(each)]
    nones = np.linspace(min(tops, default=0.0) - 5, max(tops, default=0.0), 60)
    choices = nones if with_none else np.array([-np.inf])
    table = _padded([each for each, _ in used])
    places = np.array([place for _, place in used])
    fits = [
        Calibration(float(t), float(none), _loss(table, places, float(none), float(t)))
        for none in choices
        for t in _TEMPERATURES
    ]
    return min(fits, key=lambda fit: fit.loss)


def _padded(lists: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    table = np.full((len(lists), max(map(len, lists)) + 1), -np.inf)
    for row, each in zip(table, lists, strict=True):
        row[: len(each)] = each
    return table


def _loss(
    table: NDArray[np.float64], places: NDArray[np.int64], none: float, temperature: float
) -> float:
    """Mean of -log(probability of the right one); the last column is for none of them."""
    logits = table / temperature
    logits[:, -1] = none / temperature
    top = logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
    return float((log_sum - logits[np.arange(len(places)), places]).mean())
