"""The same figure for parts of a set: by noise, SNR, voice, accent, length or rarity."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from sayfind.evaluation.figure import Figure
from sayfind.evaluation.tokens import mixed_tokens

__all__ = ["by_slice", "figures_by_slice", "length_slice", "rarity_slice", "snr_slice"]

Case = TypeVar("Case")
Key = TypeVar("Key", bound=Hashable)

_LENGTHS = ((1, "1 word"), (2, "2 words"), (4, "3-4 words"), (8, "5-8 words"))
_RARITIES = ((0, "unseen"), (1, "once"), (9, "2-9 times"), (99, "10-99 times"))


def by_slice(cases: Iterable[Case], key: Callable[[Case], Key]) -> dict[Key, list[Case]]:
    """Cases under their key, in the order in which keys first come; each case is in one slice."""
    slices: dict[Key, list[Case]] = {}
    for case in cases:
        slices.setdefault(key(case), []).append(case)
    return slices


def figures_by_slice(
    cases: Iterable[Case],
    key: Callable[[Case], Key],
    figure: Callable[[Sequence[Case]], Figure],
) -> dict[Key, Figure]:
    """One figure for each slice; the ``n`` of each says how much it is worth.

    >>> from sayfind.evaluation.figure import mean_figure
    >>> figures_by_slice([1, 2, 3], lambda case: case % 2, mean_figure)[1].value
    2.0
    """
    return {name: figure(part) for name, part in by_slice(cases, key).items()}


def length_slice(text: str) -> str:
    """How long an utterance is, in Chinese characters and other words."""
    return _named(len(mixed_tokens(text)), _LENGTHS, "9 words and more")


def rarity_slice(count: int) -> str:
    """How often a word or a name was seen before, say in the catalogue."""
    return _named(count, _RARITIES, "100 times and more")


def snr_slice(snr: float | None) -> str:
    """A signal-to-noise ratio in dB; ``None`` is clean."""
    return "clean" if snr is None else f"{snr:g} dB"


def _named(count: int, limits: Sequence[tuple[int, str]], above: str) -> str:
    return next((name for limit, name in limits if count <= limit), above)
