"""What correction does to text: how much it mends, and how much it breaks.

Readings are compared with the reference in ``mixed_tokens`` unless told. A *change*, though, is any
change of the text, case included: a right reading that comes out altered, and not as the reference
is written, was over-corrected, even where the tokens are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.evaluation.figure import Figure, ratio_figure, share_figure, undefined
from sayfind.evaluation.tokens import Tokens, mixed_tokens
from sayfind.evaluation.wer import text_errors

__all__ = [
    "CorrectionCase",
    "correction_gain",
    "over_correction_rate",
    "recovery_rate",
    "relative_error_reduction",
]


@dataclass(frozen=True, slots=True)
class CorrectionCase:
    """What was said, what was heard, and what correction made of it."""

    reference: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Whether correction altered the text otherwise than to what the reference says."""
        return self.after not in (self.before, self.reference)


def over_correction_rate(
    cases: Sequence[CorrectionCase], seed: int = 0, tokens: Tokens = mixed_tokens
) -> Figure:
    """Share of readings that were right and that correction changed; undefined if none was."""
    right = [case for case in cases if tokens(case.before) == tokens(case.reference)]
    return share_figure([case.is_changed for case in right], seed) if right else undefined()


def recovery_rate(
    cases: Sequence[CorrectionCase], seed: int = 0, tokens: Tokens = mixed_tokens
) -> Figure:
    """Share of readings that were wrong and that correction made right; undefined if none was."""
    wrong = [case for case in cases if tokens(case.before) != tokens(case.reference)]
    mended = [tokens(case.after) == tokens(case.reference) for case in wrong]
    return share_figure(mended, seed) if wrong else undefined()


def correction_gain(
    cases: Sequence[CorrectionCase], seed: int = 0, tokens: Tokens = mixed_tokens
) -> Figure:
    """Error rate before less error rate after: above 0 is better, below 0 is harm."""
    before, after, lengths = _errors(cases, tokens)
    return ratio_figure(before - after, lengths, seed)


def relative_error_reduction(
    cases: Sequence[CorrectionCase], seed: int = 0, tokens: Tokens = mixed_tokens
) -> Figure:
    """Share of the errors that correction takes away; undefined where nothing was wrong."""
    before, after, _ = _errors(cases, tokens)
    return ratio_figure(before - after, before, seed)


def _errors(
    cases: Sequence[CorrectionCase], tokens: Tokens
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Errors before and after, and tokens said, one of each per case."""
    before = [text_errors(case.reference, case.before, tokens) for case in cases]
    after = [text_errors(case.reference, case.after, tokens) for case in cases]
    return (
        np.array([each.errors for each in before], dtype=np.float64),
        np.array([each.errors for each in after], dtype=np.float64),
        np.array([each.reference_length for each in before], dtype=np.float64),
    )
