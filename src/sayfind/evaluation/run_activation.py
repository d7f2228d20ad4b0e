"""Judges silence: how often a set without speech makes the chain answer.

A clip that gives any text, or a refusal that a shopper would read, has activated the chain once.
Rates are over the time listened, so that a silent set still has an upper limit.
"""

from __future__ import annotations

from collections.abc import Sequence

from sayfind.data.sets import Case
from sayfind.evaluation.activation import HALF_HOUR
from sayfind.evaluation.run_judge import Cost, Rung, Subject
from sayfind.evaluation.run_record import Judgement
from sayfind.evaluation.tokens import mixed_tokens

__all__ = ["RATES", "ActivationJudge"]

ACTIVATIONS = "false_activations_per_30_minutes"
SPEECH = "speech_detections_per_30_minutes"
RATES = frozenset({ACTIVATIONS, SPEECH})
"""Measures that are events over time: none seen in a short time is no proof of none."""


class ActivationJudge:
    """Expects nothing to come of any clip."""

    main = ACTIVATIONS
    lower_is_better = True
    yes_no = ""  # no answer is right here, so that confidence cannot be calibrated
    ladder: Sequence[Rung] = ()
    costs: Sequence[Cost] = ()

    def problem(self, case: Case) -> str:
        """A clip in which something is said is no non-speech."""
        return "somebody speaks in it" if mixed_tokens(case.text) else ""

    def judge(self, subject: Subject) -> Judgement:
        """Whether the chain answered, and how many stretches were taken for speech."""
        given = subject.trace.corrected.text
        answered = float(subject.failed or bool(given))
        # a refusal comes without a trace; somebody must have been heard to speak
        stretches = max(answered, float(len(subject.trace.speech)))
        half_hours = subject.seconds / HALF_HOUR
        return Judgement(
            measures={"activated_share": answered},
            counts={ACTIVATIONS: (answered, half_hours), SPEECH: (stretches, half_hours)},
            expected="",
            given=given,
        )
