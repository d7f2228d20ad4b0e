"""Why a correction was or was not made, in the words that a Trace shows."""

from __future__ import annotations

__all__ = ["EVERYDAY", "FARTHER", "OFFERED", "SAME_LETTERS", "SCRIPT", "TIED", "TOO_FAR"]

SAME_LETTERS = "same letters, spaced or signed otherwise"

TIED = "refused: two names equally near"
EVERYDAY = "refused: everyday words"
FARTHER = "refused: farther than the name taken"
SCRIPT = "refused: another script"
TOO_FAR = "refused: not near enough"

OFFERED = frozenset((TIED, EVERYDAY, FARTHER, SCRIPT, TOO_FAR))  # worth a "did you mean"
