"""Endless training batches out of packed collections: chosen, joined, changed, padded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sayfind.acoustic.networks import SUBSAMPLING
from sayfind.acoustic.tokens import token_numbers
from sayfind.errors import FeedError
from sayfind.training.log_mel_mixing import MixingConfig, Noises, disguise, stretch, warp
from sayfind.training.packed import Utterance
from sayfind.types import FloatArray

__all__ = ["Batch", "BatchConfig", "Collection", "Spell", "batches", "collate", "spoken_numbers"]

_MOST_LOST = 1000  # examples in a row that cannot be used
_SHORT = 150  # frames: a word or two that stand alone

Generator = np.random.Generator
Integers = NDArray[np.int64]
Spell = Callable[[Utterance], list[int]]
"""Numbers of the tokens that an utterance is to be heard as."""


def spoken_numbers(utterance: Utterance) -> list[int]:
    """Those of its phones."""
    return token_numbers(utterance.spoken)


@dataclass(frozen=True, slots=True)
class Collection:
    """Utterances of one kind.

    Attributes:
        weight: How often they are chosen.
        trust: How far their alignment is trusted.
        domains: Where they come from, for domain-adversarial training (``regularisation``).
    """

    name: str
    utterances: tuple[Utterance, ...]
    weight: float
    trust: float = 1.0
    domains: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """How batches are made.

    Attributes:
        frames: Frames of 10 ms in a batch; ``longest`` in an example.
        longest_join: Words are joined up to so many frames.
        fluent: Share of joined words that are said in one breath: without the pauses between
            them, and faster, for a word that stands alone is drawled.
        plain: Share that is not disguised.
    """

    frames: int = 8000
    longest_join: int = 450
    longest: int = 900
    fluent: float = 0.6
    plain: float = 0.1
    mixing: MixingConfig = field(default_factory=MixingConfig)


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded utterances of like length.

    ``log_mel`` ``(batch, num_frames, 80)``; ``lengths`` in frames of 10 ms; ``tokens`` all phone
    sequences one after another, ``token_lengths`` their lengths; ``aligned``
    ``(batch, num_frames // 3)`` the phone of each frame (0 in silence, -1 beyond the end);
    ``trust`` ``(batch,)``; ``domains`` ``(batch, num_kinds)``.
    """

    log_mel: FloatArray
    lengths: Integers
    tokens: Integers
    token_lengths: Integers
    aligned: Integers
    trust: FloatArray
    domains: Integers = field(default_factory=lambda: np.zeros((0, 0), np.int64))


@dataclass(frozen=True, slots=True)
class _Example:
    log_mel: FloatArray
    tokens: list[int]
    aligned: Integers
    trust: float
    domains: tuple[int, ...] = ()


def batches(
    collections: Sequence[Collection],
    noises: Noises,
    config: BatchConfig,
    seed: int,
    spell: Spell = spoken_numbers,
) -> Iterator[Batch]:
    """Batches for ever: examples are drawn by the collections' weights, sorted by length.

    Only phones have alignments; other tokens are learnt by CTC alone.

    Raises:
        FeedError: what is drawn is, again and again, longer than ``config.longest``, or longer in
            tokens than in frames.
    """
    rng = np.random.default_rng(seed)
    weights = np.array([c.weight for c in collections])
    weights /= weights.sum()
    while True:
        pool: list[_Example] = []
        lost = 0
        while sum(len(e.log_mel) for e in pool) < 16 * config.frames:
            chosen = collections[int(rng.choice(len(weights), p=weights))]
            example = _example(chosen, noises, config, rng, spell)
            if _fits(example, config.longest):
                pool.append(example)
            elif (lost := lost + 1) > _MOST_LOST and not pool:
                raise FeedError(
                    f"None of {lost} recordings of {chosen.name} and others fits: raise "
                    "batch.longest, or look for transcripts that are longer than their sound."
                )
        pool.sort(key=lambda e: len(e.log_mel))
        made = list(_groups(pool, config.frames))
        for number in rng.permutation(len(made)).tolist():
            yield collate(made[number])


def _fits(example: _Example, longest: int) -> bool:
    """Whether CTC can say the phones in the time: one frame each, one between equal ones."""
    repeats = sum(a == b for a, b in zip(example.tokens, example.tokens[1:], strict=False))
    frames = len(example.log_mel) // SUBSAMPLING
    return len(example.log_mel) <= longest and len(example.tokens) + repeats <= frames


def _groups(pool: Sequence[_Example], frames: int) -> Iterator[list[_Example]]:
    group: list[_Example] = []
    for example in pool:
        if group and (len(group) + 1) * len(example.log_mel) > frames:
            yield group
            group = []
        group.append(example)


def _example(
    collection: Collection, noises: Noises, config: BatchConfig, rng: Generator, spell: Spell
) -> _Example:
    items = collection.utterances
    chosen = [items[int(rng.integers(len(items)))]]
    target = rng.uniform(0, config.longest_join)
    while sum(len(u.log_mel) for u in chosen) < target and len(chosen) < 6:
        more = items[int(rng.integers(len(items)))]
        if sum(len(u.log_mel) for u in chosen) + len(more.log_mel) > config.longest_join:
            break
        chosen.append(more)
    parts = [_changed(u, config.mixing, rng) for u in chosen]
    if len(chosen) > 1 and rng.random() < config.fluent:
        parts = [_in_one_breath(mel, phones, rng) for mel, phones in parts]
    near = np.concatenate([mel for mel, _ in parts])
    numbers = [n for u in chosen for n in spell(u)]
    aligned = np.concatenate([phones for _, phones in parts])[1::SUBSAMPLING]
    if spell is not spoken_numbers:
        aligned = np.full_like(aligned, -1)
    if rng.random() >= config.plain:
        near = disguise(near, noises, config.mixing, rng)
    return _Example(near, numbers, aligned, collection.trust, collection.domains)


def _changed(
    utterance: Utterance, config: MixingConfig, rng: Generator
) -> tuple[FloatArray, Integers]:
    """The utterance at another tempo by another voice, and the phone of each of its frames."""
    factor = 1 + rng.uniform(-config.tempo, config.tempo)
    mel = stretch(utterance.log_mel.astype(np.float32), factor)
    if rng.random() < 0.7:
        mel = warp(mel, 1 + rng.uniform(-config.voice, config.voice))
    numbers = [0 if p == "SIL" else token_numbers((p,))[0] for p in utterance.phones]
    ends = np.round(utterance.starts[1:] * len(mel) / len(utterance.log_mel)).astype(int)
    places = np.searchsorted(ends, np.arange(len(mel)), side="right")
    return mel, np.array(numbers, np.int64)[np.minimum(places, len(numbers) - 1)]


def _in_one_breath(
    mel: FloatArray, phones: Integers, rng: Generator
) -> tuple[FloatArray, Integers]:
    """A short utterance without the silence at its ends, and faster."""
    said = np.flatnonzero(phones)
    if len(mel) > _SHORT or not len(said):
        return mel, phones
    edge = int(rng.integers(0, 6))
    kept = slice(max(0, int(said[0]) - edge), int(said[-1]) + 1 + edge)
    faster = stretch(mel[kept], rng.uniform(0.5, 1.0))
    places = np.linspace(0, len(phones[kept]) - 1, len(faster)).round().astype(int)
    return faster, phones[kept][places]


def collate(examples: Sequence[_Example]) -> Batch:
    """Examples as one batch, padded with silence."""
    lengths = np.array([len(e.log_mel) for e in examples], np.int64)
    longest = int(lengths.max())
    log_mel = np.full((len(examples), longest, 80), -15.9, np.float32)
    aligned = np.full((len(examples), (longest + 2) // SUBSAMPLING), -1, np.int64)
    for row, example in enumerate(examples):
        log_mel[row, : len(example.log_mel)] = example.log_mel
        aligned[row, : len(example.aligned)] = example.aligned
    return Batch(
        log_mel,
        lengths,
        np.array([n for e in examples for n in e.tokens], np.int64),
        np.array([len(e.tokens) for e in examples], np.int64),
        aligned,
        np.array([e.trust for e in examples], np.float32),
        np.array([e.domains for e in examples], np.int64),
    )


def plain_batch(utterances: Sequence[Utterance], spell: Spell = spoken_numbers) -> Batch:
    """Utterances as they are, for validation."""
    examples = [
        _Example(u.log_mel.astype(np.float32), spell(u), np.zeros(0, np.int64), 1.0)
        for u in utterances
    ]
    return collate(examples)
