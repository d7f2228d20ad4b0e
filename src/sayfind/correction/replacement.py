"""Which words were probably misheard, and what the shop knows that sounds like them.

Detection gives each word a probability of being wrong, from the recogniser's alternatives at its
place and from how little a masked model expects it. Replacements come from the closed set alone
(``targets``: the catalogue's phrases and words), the nearest by sound, for single words and for
neighbours together; numbers and negations are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sayfind.correction.confusion import confusion_network
from sayfind.correction.locks import locks
from sayfind.correction.targets import Targets, compact
from sayfind.lm.neural import MaskedModel
from sayfind.text.common_words import is_function_word
from sayfind.text.phonetics import phones
from sayfind.types import NBest

__all__ = ["DoubtModel", "Replacement", "Replacer", "ReplacerConfig", "word_doubts"]


@dataclass(frozen=True, slots=True)
class DoubtModel:
    """A logistic model of a word being wrong; fitted by ``benchmarks.correction`` on dev pairs.

    ``rivals`` weighs the share of readings with another word there, ``surprise`` the masked
    model's surprise (nats per word, at most 12).
    """

    bias: float = -2.5
    rivals: float = 3.0
    surprise: float = 0.15

    def probability(self, rivals: float, surprise: float) -> float:
        """How probably a word is wrong."""
        logit = self.bias + self.rivals * rivals + self.surprise * min(12.0, surprise)
        return 1.0 / (1.0 + math.exp(-logit))


def word_doubts(
    n_best: NBest, masked: MaskedModel | None, model: DoubtModel | None = None
) -> list[float]:
    """For each word of the first reading the probability that it is wrong."""
    model = model or DoubtModel()
    words = n_best.text.split()
    slots = confusion_network(n_best)
    surprises = _word_surprises(words, masked)
    return [
        model.probability(1.0 - slots[2 * i + 1].get(word, 0.0), surprises[i])
        for i, word in enumerate(words)
    ]


def _word_surprises(words: Sequence[str], masked: MaskedModel | None) -> list[float]:
    if masked is None or not words:
        return [0.0] * len(words)
    pieces = masked.surprises(" ".join(words), sounds=False)
    found, at = [], 0
    for word in words:
        size = len(masked.pieces.encode(word))
        found.append(sum(pieces[at : at + size]))
        at += size
    return found


@dataclass(frozen=True, slots=True)
class ReplacerConfig:
    """How widely replacements are sought.

    ``doubt`` is the least probability of a word being wrong, ``near`` the most that the sound of a
    replacement may differ (0 to 1), ``num_targets`` how many are looked at for one stretch,
    ``num_stretches`` how many stretches, ``most`` how many readings come of it.
    """

    doubt: float = 0.12
    near: float = 0.34
    num_targets: int = 10
    num_stretches: int = 6
    most: int = 16

    def __post_init__(self) -> None:
        if not (0 <= self.doubt <= 1 and 0 <= self.near <= 1):
            raise ValueError("doubt and near lie between 0 and 1")
        if min(self.num_targets, self.num_stretches, self.most) < 1:
            raise ValueError("num_targets, num_stretches and most are at least 1")


@dataclass(frozen=True, slots=True)
class Replacement:
    """A reading with one stretch replaced; ``distance`` by sound in [0, 1], ``doubt`` of it."""

    text: str
    distance: float
    doubt: float


class Replacer:
    """Readings with a doubtful stretch replaced by what the shop knows that sounds like it."""

    def __init__(
        self,
        targets: Targets,
        masked: MaskedModel | None = None,
        config: ReplacerConfig | None = None,
        doubts: DoubtModel | None = None,
    ) -> None:
        self._targets, self._masked, self._doubts = targets, masked, doubts
        self.config = config or ReplacerConfig()

    def replaced(self, n_best: NBest) -> list[Replacement]:
        """New readings, those of the most doubtful and nearest first; none a reading already."""
        words = n_best.text.split()
        doubts = word_doubts(n_best, self._masked, self._doubts)
        found: dict[str, Replacement] = {}
        known = {h.text for h in n_best.hypotheses}
        for first, last, doubt in self._stretches(words, doubts):
            for text, distance in self._near(" ".join(words[first:last])):
                whole = " ".join((*words[:first], text, *words[last:]))
                if whole not in known:
                    old = found.get(whole)
                    if old is None or distance < old.distance:
                        found[whole] = Replacement(whole, distance, doubt)
        ranked = sorted(found.values(), key=lambda r: (r.distance - 0.2 * r.doubt, r.text))
        return ranked[: self.config.most]

    def _stretches(
        self, words: Sequence[str], doubts: Sequence[float]
    ) -> list[tuple[int, int, float]]:
        """Single words and pairs with something doubtful and nothing locked, worst first."""
        text = " ".join(words)
        locked = [(start, end) for start, end, _ in locks(text)]
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word) + 1)

        def free(first: int, last: int) -> bool:
            begin, end = starts[first], starts[last] - 1
            return not any(a < end and begin < b for a, b in locked)

        found = [
            (first, first + size, max(doubts[first : first + size]))
            for size in (1, 2)
            for first in range(len(words) - size + 1)
            if free(first, first + size)
            and not all(map(is_function_word, words[first : first + size]))
        ]
        chosen = [s for s in found if s[2] >= self.config.doubt]
        return sorted(chosen, key=lambda s: (-s[2], s[1] - s[0]))[: self.config.num_stretches]

    def _near(self, stretch: str) -> Iterator[tuple[str, float]]:
        form = compact(stretch)
        for near in self._targets.near_sound(phones(stretch), form, self.config.num_targets):
            text = self._targets.texts[near.target].lower()
            if near.sound <= self.config.near and text != stretch:
                yield text, near.sound
