"""Word, character, mixed and phone error rates, from alignments that can be looked at.

An error rate is errors over reference tokens, summed over utterances (Levenshtein distance; with
several cheapest alignments, the errors agree and their kinds may not). The kind of token decides
what is measured: ``word_tokens`` WER, ``character_tokens`` CER, ``mixed_tokens`` the mixed
Chinese-English rate, ``phone_tokens`` the rate of sounds (see ``sayfind.evaluation.tokens``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import Levenshtein

from sayfind.evaluation.figure import Figure, ratio_figure
from sayfind.evaluation.tokens import Tokens, word_tokens

__all__ = [
    "Alignment",
    "align",
    "confusions",
    "error_rate",
    "oracle",
    "text_errors",
]


@dataclass(frozen=True)
class Alignment:
    """Reference and hypothesis side by side: ``None`` on one side marks the other's extra token."""

    pairs: tuple[tuple[str | None, str | None], ...]

    @cached_property
    def hits(self) -> int:
        """Tokens heard right."""
        return sum(a == b for a, b in self.pairs)

    @cached_property
    def substitutions(self) -> int:
        """Tokens heard as another."""
        return sum(None not in (a, b) and a != b for a, b in self.pairs)

    @cached_property
    def deletions(self) -> int:
        """Tokens that were said and not heard."""
        return sum(b is None for _, b in self.pairs)

    @cached_property
    def insertions(self) -> int:
        """Tokens that were heard and not said."""
        return sum(a is None for a, _ in self.pairs)

    @property
    def errors(self) -> int:
        """Substitutions, deletions and insertions together."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def reference_length(self) -> int:
        """Tokens that were said."""
        return self.hits + self.substitutions + self.deletions


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> Alignment:
    """The cheapest alignment of two token sequences, every edit costing one."""
    numbers: dict[str, int] = {}
    said = [numbers.setdefault(token, len(numbers)) for token in reference]
    heard = [numbers.setdefault(token, len(numbers)) for token in hypothesis]
    pairs: list[tuple[str | None, str | None]] = []
    for step in Levenshtein.opcodes(said, heard):
        left: Sequence[str | None] = reference[step.src_start : step.src_end]
        right: Sequence[str | None] = hypothesis[step.dest_start : step.dest_end]
        pairs += zip(
            left or [None] * len(right),
            right or [None] * len(left),
            strict=True,
        )
    return Alignment(tuple(pairs))


def text_errors(reference: str, hypothesis: str, tokens: Tokens = word_tokens) -> Alignment:
    """The alignment of two texts in a kind of token, words unless told.

    >>> text_errors("Small Mocha, no cream", "small mocker no ream").errors
    2
    """
    return align(tokens(reference), tokens(hypothesis))


def error_rate(alignments: Sequence[Alignment], seed: int = 0) -> Figure:
    """Errors over reference tokens of all utterances; can exceed 1."""
    return ratio_figure(
        [each.errors for each in alignments], [each.reference_length for each in alignments], seed
    )


def oracle(reference: str, readings: Iterable[str], tokens: Tokens = word_tokens) -> Alignment:
    """The best that choosing from an n-best list could do: the reading with the fewest errors.

    The first of several equals; an empty list is heard as nothing.
    """
    alignments = [text_errors(reference, reading, tokens) for reading in readings]
    return min(alignments, key=lambda each: each.errors, default=text_errors(reference, "", tokens))


def confusions(alignments: Iterable[Alignment]) -> Counter[tuple[str, str]]:
    """How often each token was heard as each other; with ``phone_tokens``, confusions of sounds."""
    return Counter(
        (said, heard)
        for alignment in alignments
        for said, heard in alignment.pairs
        if said is not None and heard is not None and said != heard
    )
