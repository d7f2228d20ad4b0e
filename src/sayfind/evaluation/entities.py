"""Whether names come through: products, brands, people, whatever a catalogue lists.

A name is found where its tokens stand in the reading one after another (``mixed_tokens``, so case,
punctuation and the spaces around Chinese do not matter): "mocha" is in "a mocha please", not in
"mochaccino".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sayfind.evaluation.figure import Figure, ratio_figure
from sayfind.evaluation.ranking import first_rank, recall_at
from sayfind.evaluation.tokens import Tokens, mixed_tokens

__all__ = [
    "contains_name",
    "entity_rank",
    "entity_recall",
    "entity_recall_at",
    "hard_name_recall",
    "names_found",
]


def contains_name(reading: str, name: str, tokens: Tokens = mixed_tokens) -> bool:
    """Whether a reading holds a name; a name without a token is nowhere.

    >>> contains_name("我要买 IPHONE15 手机壳", "iPhone15手机壳")
    True
    """
    text, wanted = tokens(reading), tokens(name)
    starts = range(len(text) - len(wanted) + 1)
    return bool(wanted) and any(text[i : i + len(wanted)] == wanted for i in starts)


def names_found(
    names: Sequence[str], reading: str, tokens: Tokens = mixed_tokens
) -> tuple[bool, ...]:
    """For each name whether the reading holds it."""
    return tuple(contains_name(reading, name, tokens) for name in names)


def entity_recall(names: Sequence[Sequence[str]], readings: Sequence[str], seed: int = 0) -> Figure:
    """Share of the names said that the readings hold; one list of names for each reading."""
    found = [names_found(said, heard) for said, heard in zip(names, readings, strict=True)]
    return ratio_figure([sum(each) for each in found], [len(each) for each in found], seed)


def hard_name_recall(
    names: Sequence[Sequence[str]],
    readings: Sequence[str],
    unbiased: Sequence[str],
    seed: int = 0,
) -> Figure:
    """Entity recall over the names that the recogniser misses without the catalogue's help.

    ``unbiased`` are its readings of the same utterances; undefined where it misses nothing.
    """
    missed = [
        [name for name in said if not contains_name(plain, name)]
        for said, plain in zip(names, unbiased, strict=True)
    ]
    return entity_recall(missed, readings, seed)


def entity_rank(name: str | Collection[str], candidates: Sequence[str]) -> int | None:
    """The rank, from 1, of the first candidate that reads as the name (or as one of its names)."""
    accepted = [name] if isinstance(name, str) else name
    right = {_compared(each) for each in accepted}
    return first_rank(right, [_compared(each) for each in candidates])


def entity_recall_at(
    k: int, names: Sequence[str], candidates: Sequence[Sequence[str]], seed: int = 0
) -> Figure:
    """Share of cases whose name is among the first ``k`` of its own list of candidates."""
    ranks = [entity_rank(*each) for each in zip(names, candidates, strict=True)]
    return recall_at(k, ranks, seed)


def _compared(name: str) -> tuple[str, ...]:
    return tuple(mixed_tokens(name))
