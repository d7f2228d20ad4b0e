"""Interpolated modified Kneser-Ney estimation from weighted sentences (Chen & Goodman 1998).

Weights may be fractions. Each n-gram's count is then treated as stochastically rounded to one of
its two neighbouring whole numbers, and every statistic is the expectation of that (in the spirit
of Zhang & Chiang 2014, "Kneser-Ney smoothing on expected counts"): a count of 1.3 adds 0.7 to the
number of singletons and 0.3 to that of doubletons; it is discounted by 0.7 D1 + 0.3 D2; a count
of 0.4 is 0.4 of a left context. With whole weights this is the textbook method exactly.

Witten-Bell smoothing (Witten & Bell 1991, method C) is there for small closed domains, where what
follows a context is nearly certain: a context backs off in proportion to how many different words
were seen after it, so that "with some whole" is hardly ever an end.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sayfind.errors import ConfigError, InputError
from sayfind.lm.backoff import BEGIN, END, LOG_ZERO, UNKNOWN, Floats, Integers, Level, NGram
from sayfind.lm.prune import prune_by_entropy

__all__ = ["MAX_ORDER", "NGram", "Pruning", "Smoothing", "estimate"]

MAX_ORDER = 5
_FALLBACK = (0.5, 1.0, 1.5)
"""Discounts where a corpus is too small to estimate them, as in KenLM's ``--discount_fallback``."""


class Smoothing(StrEnum):
    """Where the probability of what was not seen is taken from."""

    KNESER_NEY = "kneser_ney"
    WITTEN_BELL = "witten_bell"


@dataclass(frozen=True, slots=True)
class Pruning:
    """What to leave out of a model.

    ``min_counts[k]`` is the least weight at which a (k+1)-gram is kept (unigrams always are; the
    last number holds for all longer ones). ``entropy`` is the relative increase of perplexity
    below which an n-gram is given up (Stolcke 1998); 1e-8 is mild, 1e-6 strong.
    """

    min_counts: tuple[float, ...] = ()
    entropy: float = 0.0

    def __post_init__(self) -> None:
        if any(count < 0 for count in self.min_counts) or self.entropy < 0:
            raise ValueError("min_counts and entropy are not negative")

    def least(self, order: int) -> float:
        """The least weight of an n-gram of this order."""
        if order == 1 or not self.min_counts:
            return 0.0
        return self.min_counts[min(order, len(self.min_counts)) - 1]


@dataclass(frozen=True, slots=True)
class _Counted:
    """The n-grams of one order, sorted by key; ``suffixes`` index the next shorter order."""

    keys: Integers
    counts: Floats
    suffixes: Integers
    begins: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def prefixes(self, size: int) -> Integers:
        return self.keys // size


def estimate(
    sentences: Iterable[tuple[Sequence[str], float]],
    order: int = 3,
    *,
    vocabulary: Collection[str] | None = None,
    open_vocabulary: bool = True,
    pruning: Pruning | None = None,
    smoothing: Smoothing = Smoothing.KNESER_NEY,
) -> NGram:
    """An n-gram model of order 1 to 5 from (words, weight) pairs; a weight is a count.

    With ``open_vocabulary`` a word outside the vocabulary is ``<unk>``, which always keeps some
    probability; otherwise it is impossible. The vocabulary is that of the sentences, and given
    words that no sentence holds get the probability of an unseen word.

    Raises:
        ConfigError: the order is out of range.
        InputError: no sentence has weight; a weight is negative; a word is empty, reserved or
            holds a space; a closed vocabulary does not hold a word of a sentence.
    """
    if not 1 <= order <= MAX_ORDER:
        raise ConfigError(f"order is {order}; an n-gram model has an order from 1 to {MAX_ORDER}.")
    words, tokens, weights, left = _read(sentences, vocabulary, open_vocabulary)
    counted = _count(tokens, weights, left, order, len(words))
    pruning = pruning or Pruning()
    kept = _kept(counted, pruning, len(words))
    levels = _levels(counted, kept, len(words), smoothing)
    model = NGram(words, levels)
    if pruning.entropy > 0:
        survivors = [c.counts[k] for c, k in zip(counted, kept, strict=True)]
        model = prune_by_entropy(model, survivors, pruning.entropy)
    return model


def _read(
    sentences: Iterable[tuple[Sequence[str], float]],
    vocabulary: Collection[str] | None,
    open_vocabulary: bool,
) -> tuple[list[str], Integers, Floats, Integers]:
    """Words by number; per token its number, its weight, and how many follow up to the end."""
    ids: defaultdict[str, int] = defaultdict()
    ids.default_factory = ids.__len__
    reserved = [BEGIN, END, *([UNKNOWN] if open_vocabulary else [])]
    for word in (*reserved, *(vocabulary or ())):
        ids[word]
    if vocabulary is not None:
        ids.default_factory = (lambda: 2) if open_vocabulary else None
    flat: list[int] = []
    lengths, weights = [], []
    for words, weight in sentences:
        if not 0 <= weight < math.inf:
            raise InputError(f"A sentence's weight is a positive number, not {weight}.")
        if weight > 0:
            try:
                flat.extend((0, *map(ids.__getitem__, words), 1))
            except KeyError as error:
                raise InputError(f"Add {error} to the closed vocabulary, or open it.") from error
            lengths.append(len(words) + 2)
            weights.append(weight)
    if not lengths:
        raise InputError("A language model needs at least one sentence with a weight.")
    tokens, sizes = np.array(flat, dtype=np.int64), np.array(lengths)
    ends = np.cumsum(sizes)
    left = np.repeat(ends, sizes) - np.arange(len(tokens))
    names = _checked(list(ids)) if vocabulary is None else _checked(_numbered(reserved, vocabulary))
    per_token = np.repeat(np.array(weights, dtype=np.float64), sizes)
    reserved_used = np.flatnonzero((tokens < 2) & (left != 1) & (np.roll(left, 1) != 1))
    if len(reserved_used):
        raise InputError(f"{BEGIN} and {END} are put in by the model; leave them out.")
    return names, tokens, per_token, left


def _numbered(reserved: Sequence[str], vocabulary: Collection[str]) -> list[str]:
    return list(dict.fromkeys((*reserved, *vocabulary)))


def _checked(words: list[str]) -> list[str]:
    for word in words:
        if len(word.split()) != 1 or word != word.strip():
            raise InputError(f"A word of a language model holds no spaces, unlike {word!r}.")
    return words


def _count(
    tokens: Integers, weights: Floats, left: Integers, order: int, size: int
) -> list[_Counted]:
    """Adjusted counts by order: weights at the highest order and at ``<s>``, elsewhere left
    contexts (each one worth at most one).
    """  # noqa: D205
    counted: list[_Counted] = []
    number = tokens
    for length in range(1, order + 1):
        at = np.flatnonzero(left >= length)
        packed = tokens if length == 1 else number[at] * size + tokens[at + length - 1]
        keys, first, inverse = np.unique(packed, return_index=True, return_inverse=True)
        counts = np.bincount(inverse, weights[at]).astype(np.float64)
        suffixes = number[at[first] + 1] if length > 1 else np.zeros(len(keys), dtype=np.int64)
        counted.append(_Counted(keys, counts, suffixes, tokens[at[first]] == 0))
        number = np.zeros(len(tokens), dtype=np.int64)
        number[at] = inverse
        if length == 1:
            counted[0], number = _all_words(counted[0], size), tokens
    return counted


def _all_words(seen: _Counted, size: int) -> _Counted:
    """Unigrams for the whole vocabulary, so that a unigram's index is its word's number."""
    counts = np.zeros(size)
    counts[seen.keys] = seen.counts
    keys = np.arange(size, dtype=np.int64)
    return _Counted(keys, counts, np.zeros(size, dtype=np.int64), keys == 0)


def _adjusted(counted: list[_Counted], order: int) -> Floats:
    if order == len(counted):
        return counted[order - 1].counts
    this, longer = counted[order - 1], counted[order]
    contexts = np.bincount(
        longer.suffixes, np.minimum(longer.counts, 1.0), minlength=len(this.keys)
    )
    return np.where(this.begins, this.counts, contexts)


def _kept(counted: list[_Counted], pruning: Pruning, size: int) -> list[np.ndarray]:
    """Which n-grams stay: heavy enough, or part of a longer one that stays."""
    kept = [c.counts >= pruning.least(n) for n, c in enumerate(counted, start=1)]
    for order in range(len(counted), 1, -1):
        chosen = counted[order - 1], kept[order - 1]
        kept[order - 2][chosen[0].prefixes(size)[chosen[1]]] = True
        kept[order - 2][chosen[0].suffixes[chosen[1]]] = True
    return kept


def _levels(
    counted: list[_Counted], kept: list[np.ndarray], size: int, smoothing: Smoothing
) -> list[Level]:
    """Probabilities from the shortest n-grams to the longest, then packed without the pruned."""
    levels: list[Level] = []
    probs = np.empty(0)
    renumbered = np.zeros(1, dtype=np.int64)
    for order, (this, stays) in enumerate(zip(counted, kept, strict=True), start=1):
        kneser_ney = smoothing is Smoothing.KNESER_NEY
        adjusted = _adjusted(counted, order) if kneser_ney else this.counts.copy()
        if order == 1:
            adjusted[0] = 0.0  # <s> is never predicted
        prefixes = this.prefixes(size) if order > 1 else np.zeros(size, dtype=np.int64)
        contexts = len(counted[order - 2].keys) if order > 1 else 1
        taken = (
            _discount(adjusted, _discounts(adjusted))
            if kneser_ney
            else _witten_bell(adjusted, prefixes, contexts)
        )
        discounts = np.where(stays, taken, adjusted)
        totals = np.bincount(prefixes, adjusted, minlength=contexts)
        totals[totals == 0] = 1.0
        gammas = np.bincount(prefixes, discounts, minlength=contexts) / totals
        below = probs[this.suffixes] if order > 1 else _uniform(size)
        probs = (adjusted - discounts) / totals[prefixes] + gammas[prefixes] * below
        keys = renumbered[prefixes] * size + this.keys % size
        logs = np.log(np.maximum(probs[stays], np.exp(LOG_ZERO)))
        if order > 1:
            has = np.bincount(prefixes, minlength=contexts) > 0
            backoffs = np.where(has, np.log(np.where(has, gammas, 1.0)), 0.0)
            before = levels[-1]
            levels[-1] = Level(before.keys, before.log_probs, backoffs[kept[order - 2]])
        levels.append(Level(keys[stays], logs, np.zeros(int(stays.sum()))))
        renumbered = np.cumsum(stays) - 1
    return levels


def _uniform(size: int) -> Floats:
    below = np.full(size, 1.0 / (size - 1))
    below[0] = 0.0
    return below


def _discounts(counts: Floats) -> tuple[float, float, float]:
    """D1, D2 and D3+ (Chen & Goodman 1998, eq. 26) from expected counts of counts."""
    low = np.floor(counts)
    part = counts - low
    whole = low.astype(np.int64)
    seen = np.zeros(6)
    for rounded, share in ((whole, 1.0 - part), (whole + 1, part)):
        seen += np.bincount(np.minimum(rounded, 5), share, minlength=6)
    n = [float(value) for value in seen]
    if min(n[1:5]) <= 0:
        return _FALLBACK
    ratio = n[1] / (n[1] + 2 * n[2])
    found = [j - (j + 1) * ratio * n[j + 1] / n[j] for j in (1, 2, 3)]
    usable = [f if 0 < f <= j else d for j, f, d in zip((1, 2, 3), found, _FALLBACK, strict=True)]
    return usable[0], usable[1], usable[2]


def _discount(counts: Floats, discounts: tuple[float, float, float]) -> Floats:
    """The discount of each count: linear between whole numbers, zero at zero."""
    return np.interp(counts, (0.0, 1.0, 2.0, 3.0), (0.0, *discounts))


def _witten_bell(counts: Floats, prefixes: Integers, contexts: int) -> Floats:
    """What each count gives up: its share of types over types and tokens of its context."""
    tokens = np.bincount(prefixes, counts, minlength=contexts)
    types = np.bincount(prefixes, np.minimum(counts, 1.0), minlength=contexts)
    lost = types / np.maximum(types + tokens, 1e-300)
    result: Floats = counts * lost[prefixes]
    return result
