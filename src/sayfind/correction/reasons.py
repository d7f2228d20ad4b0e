"""Why a correction was or was not made, in the words that a Trace shows."""

from __future__ import annotations

__all__ = [
    "ASKED",
    "EVERYDAY",
    "FARTHER",
    "LESS_LIKELY",
    "OFFERED",
    "SAME_LETTERS",
    "SCRIPT",
    "TIED",
    "TOO_FAR",
]

SAME_LETTERS = "same letters, spaced or signed otherwise"

TIED = "refused: two names equally near"
EVERYDAY = "refused: everyday words"
FARTHER = "refused: farther than the name taken"
SCRIPT = "refused: another script"
TOO_FAR = "refused: not near enough"
ASKED = "asked: nearly as likely"
LESS_LIKELY = "left: less likely"

OFFERED = frozenset((TIED, EVERYDAY, FARTHER, SCRIPT, TOO_FAR, ASKED))  # worth a "did you mean"
