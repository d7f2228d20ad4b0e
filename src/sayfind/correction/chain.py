"""All of correction in a row, as one corrector with one audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sayfind.correction.decision import differences
from sayfind.correction.enhancement import EnhancementConfig
from sayfind.correction.homophones import HomophoneConfig
from sayfind.correction.phonetic import PhoneticConfig
from sayfind.correction.spoken import SpokenConfig
from sayfind.stages import Corrector
from sayfind.types import Audio, Change, NBest

__all__ = ["Chain", "CorrectionConfig"]


@dataclass(frozen=True, slots=True)
class CorrectionConfig:
    """The settings of every part of correction.

    ``mend_homophones`` lets the bundled masked model change Chinese characters; it is off, for
    as it is trained now it breaks more than it mends (docs/correction.md).
    """

    spoken: SpokenConfig = field(default_factory=SpokenConfig)
    phonetic: PhoneticConfig = field(default_factory=PhoneticConfig)
    homophones: HomophoneConfig = field(default_factory=HomophoneConfig)
    enhancement: EnhancementConfig = field(default_factory=EnhancementConfig)
    mend_homophones: bool = False


class Chain:
    """Implements ``stages.Corrector`` by several, each given what the one before made.

    The trail speaks of the first text: where more than one corrector changed it, what they did
    together is told as one set of changes, with the reasons of all.
    """

    def __init__(self, correctors: Sequence[Corrector]) -> None:
        self.correctors = tuple(correctors)

    def correct(self, n_best: NBest, audio: Audio | None) -> tuple[NBest, tuple[Change, ...]]:
        """The readings after the last corrector, and every decision of all."""
        text = n_best.text
        taken: list[tuple[Change, ...]] = []
        left: list[Change] = []
        for corrector in self.correctors:
            before = n_best.text
            n_best, changes = corrector.correct(n_best, audio)
            accepted = tuple(change for change in changes if change.accepted)
            if accepted:
                taken.append(accepted)
            if before == text:
                left += [change for change in changes if not change.accepted]
            else:
                left += _found_again(text, [c for c in changes if not c.accepted])
        made = taken[0] if len(taken) == 1 else _together(text, n_best.text, taken)
        trail = sorted([*made, *left], key=lambda c: (c.start, c.end, not c.accepted))
        return n_best, tuple(trail)


def _together(text: str, final: str, taken: Sequence[tuple[Change, ...]]) -> tuple[Change, ...]:
    """What several correctors did, as changes of the first text."""
    every = [change for changes in taken for change in changes]
    if not every:
        return ()
    reason = "; ".join(dict.fromkeys(change.reason for change in every))
    source = ", ".join(dict.fromkeys(change.source for change in every))
    scores = {name: value for change in every for name, value in change.scores.items()}
    return differences(text, final, True, reason, scores, source)


def _found_again(text: str, changes: Sequence[Change]) -> list[Change]:
    """Changes of a later text that speak of words which the first text has too, put there."""
    found = []
    for change in changes:
        start = text.find(change.before)
        if change.before and start >= 0:
            found.append(replace(change, start=start, end=start + len(change.before)))
    return found
