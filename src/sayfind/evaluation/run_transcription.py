"""Judges transcription: whether the text is what was said.

Errors are counted on the reading that counts: corrected where there is a shop, else as heard.
How numbers are written is no matter of hearing: a text with digits is compared in written form, and
a reading with digits, of a text without, as it would be said. The tokens of the text, and with them
the denominator, depend on the text alone. A Chinese character is a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sayfind.data.sets import Case
from sayfind.evaluation.correction import CorrectionCase
from sayfind.evaluation.run_judge import Cost, Rung, Subject, readings_of
from sayfind.evaluation.run_record import Judgement
from sayfind.evaluation.tokens import (
    character_tokens,
    mixed_tokens,
    phone_tokens,
    written_tokens,
)
from sayfind.evaluation.wer import Alignment, align, confusions, text_errors
from sayfind.text.normalise import has_han
from sayfind.text.spoken import spoken_forms

__all__ = ["TranscriptionJudge", "fair_errors", "sound_confusions"]

_DIGIT = re.compile(r"\d")


def fair_errors(reference: str, hypothesis: str) -> Alignment:
    """Words aligned, numbers compared however they are written.

    >>> fair_errors("iphone fifteen", "iPhone 15").errors, fair_errors("5 l", "five l").errors
    (0, 0)
    """
    if _DIGIT.search(reference):
        return text_errors(reference, hypothesis, written_tokens)
    plain = text_errors(reference, hypothesis, mixed_tokens)
    if not _DIGIT.search(hypothesis) or has_han(hypothesis):
        return plain
    said = [text_errors(reference, form, mixed_tokens) for form in spoken_forms(hypothesis)]
    return min([plain, *said], key=lambda alignment: alignment.errors)


def sound_confusions(reference: str, hypothesis: str) -> list[tuple[str, str]]:
    """(sound that was said, sound that was heard), once for each time."""
    if not hypothesis:
        return []
    alignment = align(phone_tokens(reference), phone_tokens(hypothesis))
    return list(confusions([alignment]).elements())


class TranscriptionJudge:
    """Compares readings with the manifest's ``text``."""

    main = "wer"
    lower_is_better = True
    yes_no = "sentence_accuracy"
    ladder: Sequence[Rung] = (
        Rung("first reading", "the recogniser's first reading, uncorrected"),
        Rung("corrected", "the whole chain: the first reading after correction"),
        Rung("best reading", "oracle: the reading of the n-best list nearest to the text"),
    )

    costs: Sequence[Cost] = (
        Cost("correction", "corrected", "first reading"),
        Cost("choosing among the readings", "corrected", "best reading"),
        Cost("hearing: no reading would do", "best reading"),
    )

    def problem(self, case: Case) -> str:
        """A text without a word cannot be compared."""
        return "" if mixed_tokens(case.text) else "empty reference"

    def judge(self, subject: Subject) -> Judgement:
        """Word, character and mixed errors, and what correction did to them."""
        text, trace = subject.text, subject.trace
        heard, given = trace.heard.text, trace.corrected.text
        final, first = fair_errors(text, given), fair_errors(text, heard)
        readings = [fair_errors(text, r) for r in readings_of(trace.heard, trace.corrected)]
        best = min([*readings, final], key=lambda alignment: alignment.errors)
        return Judgement(
            measures={"sentence_accuracy": float(not final.errors)},
            counts={
                "wer": _rate(final),
                "cer": _rate(text_errors(text, given, character_tokens)),
                "mer": _rate(text_errors(text, given, mixed_tokens)),
                "heard_wer": _rate(first),
                "oracle_wer": _rate(best),
                **correction_counts(CorrectionCase(text, heard, given), first, final),
            },
            rungs={"first reading": _rate(first), "corrected": _rate(final),
                   "best reading": _rate(best)},
            expected=text,
            given=given,
            confusions=sound_confusions(text, given),
        )  # fmt: skip


def correction_counts(
    case: CorrectionCase, first: Alignment, final: Alignment
) -> dict[str, tuple[float, float]]:
    """Over-correction among readings that were right, and errors removed among all."""
    right = not first.errors
    return {
        "over_correction": (float(right and case.is_changed), float(right)),
        "error_reduction": (float(first.errors - final.errors), float(first.errors)),
    }


def _rate(alignment: Alignment) -> tuple[float, float]:
    return float(alignment.errors), float(alignment.reference_length)
