"""The confusion network of an n-best list, and the sentences spread over it.

Readings are aligned word by word to the likeliest one (Mangu et al. 2000, on lists instead of
lattices); what stands at one place are rivals, each with the share of the readings that have it.
The right sentence is often there although no reading has it whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from sayfind.types import NBest

__all__ = ["Slot", "confusion_network", "recombined"]

Slot = dict[str, float]
"""Words (or ``""`` for none) that stand at one place, with their shares, which sum to one."""


def confusion_network(n_best: NBest) -> list[Slot]:
    """The places of the likeliest reading, with a place between any two for insertions.

    Slot ``2 * i + 1`` is word ``i`` of the first reading; even slots are the gaps.
    """
    pivot = n_best.text.split()
    slots: list[Slot] = [{} for _ in range(2 * len(pivot) + 1)]
    for hypothesis, share in zip(n_best.hypotheses, n_best.probabilities, strict=True):
        for slot, word in zip(slots, _placed(pivot, hypothesis.text.split()), strict=True):
            slot[word] = slot.get(word, 0.0) + share
    return [dict(sorted(slot.items(), key=lambda pair: -pair[1])) for slot in slots]


def _placed(pivot: Sequence[str], words: Sequence[str]) -> list[str]:
    """What a reading has at each slot of the pivot."""
    placed = [""] * (2 * len(pivot) + 1)
    matcher = SequenceMatcher(None, list(pivot), list(words), autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "insert":
            placed[2 * a] = " ".join(words[c:d])
            continue
        common = min(b - a, d - c)
        for step in range(common):
            placed[2 * (a + step) + 1] = words[c + step]
        if d - c > common:  # more words than the pivot has there: the rest follows the last
            placed[2 * (a + common - 1) + 1] += " " + " ".join(words[c + common : d])
    return placed


def recombined(n_best: NBest, most: int = 12, width: int = 24) -> list[tuple[str, float]]:
    """Sentences of the network that no reading has, likeliest first, with their probability.

    The probability is the product of the shares; ``width`` partial sentences are kept at a time.
    """
    if len(n_best.hypotheses) < 2:
        return []
    beams: list[tuple[tuple[str, ...], float]] = [((), 1.0)]
    for slot in confusion_network(n_best):
        longer = [
            ((*words, word) if word else words, share * part)
            for words, share in beams
            for word, part in slot.items()
        ]
        longer.sort(key=lambda pair: -pair[1])
        beams = longer[:width]
    known = {hypothesis.text for hypothesis in n_best.hypotheses}
    found: dict[str, float] = {}
    for words, share in beams:
        text = " ".join(words)
        if text and text not in known:
            found[text] = max(share, found.get(text, 0.0))
    return sorted(found.items(), key=lambda pair: -pair[1])[:most]
