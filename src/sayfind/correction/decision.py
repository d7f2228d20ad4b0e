"""Keep, change or ask: the choice of least expected loss, and its audit trail.

Probabilities are calibrated ones (``rescoring``). Keeping a wrong reading loses 1; changing a right
one loses ``breaking``, for nobody forgives that; asking always loses a little.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from sayfind.types import Change

__all__ = ["Decision", "DecisionConfig", "Verdict", "decide", "differences"]


class Decision(StrEnum):
    """What is done about a reading."""

    KEEP = "keep"
    CHANGE = "change"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class DecisionConfig:
    """What mistakes cost, in units of a wrong reading that was kept.

    ``breaking`` is the loss of changing a right reading, ``asking`` of showing the rival as a
    question, ``margin`` the least difference of expected losses for a change.
    """

    breaking: float = 1.2
    asking: float = 0.3
    margin: float = 0.0

    def __post_init__(self) -> None:
        if self.breaking < 1 or self.asking < 0 or self.margin < 0:
            raise ValueError("breaking is at least 1, asking and margin are not negative")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision and the expected loss of each way."""

    decision: Decision
    keep: float
    change: float
    ask: float

    @property
    def scores(self) -> dict[str, float]:
        """The losses by name, for a ``Change``."""
        return {"loss_keep": self.keep, "loss_change": self.change, "loss_ask": self.ask}


def decide(kept: float, best: float, config: DecisionConfig) -> Verdict:
    """What to do, from the probability of the reading as it is and of its best rival.

    >>> decide(0.05, 0.9, DecisionConfig()).decision
    <Decision.CHANGE: 'change'>
    >>> decide(0.9, 0.05, DecisionConfig()).decision
    <Decision.KEEP: 'keep'>
    """
    keep = 1.0 - kept
    change = (1.0 - kept - best) + config.breaking * kept
    # Asking keeps the text; who sees the right rival takes it, at the price of a look.
    ask = config.asking + max(0.0, 1.0 - kept - best)
    if change + config.margin < min(keep, ask):
        return Verdict(Decision.CHANGE, keep, change, ask)
    return Verdict(Decision.ASK if ask < keep else Decision.KEEP, keep, change, ask)


_TOKEN = re.compile(r"[\u3007\u3400-\u9fff]|[^\s\u3007\u3400-\u9fff]+")


def differences(
    before: str, after: str, accepted: bool, reason: str, scores: dict[str, float], source: str
) -> tuple[Change, ...]:
    """What makes one text of another, as changes of whole words (or Chinese characters).

    Putting the changes into ``before`` gives ``after`` to the letter (``apply.apply``).
    """
    old = list(_TOKEN.finditer(before))
    new = list(_TOKEN.finditer(after))
    matcher = SequenceMatcher(None, [m[0] for m in old], [m[0] for m in new], autojunk=False)
    spans = [
        _span(before, after, (old[a:b], new[c:d]), (old[:a], new[:c]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]
    return tuple(
        Change(before[s:e], text, s, e, accepted, reason, scores, source)
        for s, e, text in _covering(before, after, spans)
    )


_Match = re.Match[str]
_Sides = tuple[Sequence[_Match], Sequence[_Match]]


def _span(before: str, after: str, inside: _Sides, ahead: _Sides) -> tuple[int, int, str]:
    """Where the old words stand, and the new text for there."""
    old, new = inside
    if old and new:
        return old[0].start(), old[-1].end(), after[new[0].start() : new[-1].end()]
    left_old = ahead[0][-1].end() if ahead[0] else 0
    left_new = ahead[1][-1].end() if ahead[1] else 0
    if old:  # words go, and the gap before them
        start = left_old if ahead[0] else old[0].start()
        end = old[-1].end()
        while not ahead[0] and end < len(before) and before[end].isspace():
            end += 1
        return start, end, ""
    text = after[left_new : new[-1].end()]
    if ahead[1]:
        return left_old, left_old, text
    rest = after[new[-1].end() :]
    return left_old, left_old, text + rest[: len(rest) - len(rest.lstrip())]


def _covering(
    before: str, after: str, spans: Sequence[tuple[int, int, str]]
) -> Sequence[tuple[int, int, str]]:
    """The spans if they give the new text to the letter, else the whole text as one change."""
    made, at = "", 0
    for start, end, text in spans:
        made += before[at:start] + text
        at = end
    if made + before[at:] == after:
        return spans
    return [(0, len(before), after)] if before != after else []
