"""Chinese characters written for others of the same syllable, found and mended by a masked model.

The model guesses every character from those around it and from its syllable (tones do not count);
where another character of the syllable is far likelier, the character was probably a slip, of a
recogniser as of a pinyin keyboard. Numbers and negations stay.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sayfind.correction.apply import apply
from sayfind.correction.locks import lock_signature, locks
from sayfind.correction.reasons import TOO_FAR
from sayfind.lm.neural import MaskedModel
from sayfind.lm.pieces import split_words
from sayfind.text.normalise import has_han
from sayfind.types import Audio, Change, NBest

__all__ = ["HomophoneConfig", "HomophoneCorrector"]

_SOURCE = "masked model"
_OFFERED = 0.6  # of the gain asked for: a slip that is worth a question


@dataclass(frozen=True, slots=True)
class HomophoneConfig:
    """How sure the model must be.

    ``gain`` is by how many nats a character of the same syllable must be likelier than the one
    that stands there, ``likely`` the least log-probability of the new one given its neighbours
    and syllable; ``most`` how many characters of a text may change, ``known`` how much is added to
    ``gain`` for a character in a word of the shop.
    """

    gain: float = 5.0
    likely: float = -0.7
    most: int = 3
    known: float = 4.0

    def __post_init__(self) -> None:
        if self.gain <= 0 or self.likely > 0 or self.most < 1 or self.known < 0:
            raise ValueError(
                "gain is positive, likely a log-probability, most at least 1, known not negative"
            )


class HomophoneCorrector:
    """Implements ``stages.Corrector`` for texts with Chinese characters."""

    def __init__(
        self,
        model: MaskedModel,
        knows: Callable[[str], bool] = lambda _: False,
        config: HomophoneConfig | None = None,
    ) -> None:
        self._model, self._knows = model, knows
        self.config = config or HomophoneConfig()
        sounds = np.array(model.pieces.sounds)
        self._alike = {
            int(sound): np.flatnonzero(sounds == sound) for sound in np.unique(sounds) if sound
        }
        self._sounds = sounds

    def correct(self, n_best: NBest, audio: Audio | None) -> tuple[NBest, tuple[Change, ...]]:  # noqa: ARG002
        """The readings, the first one with its likely slips mended, and every decision."""
        text = n_best.text
        if sum(map(has_han, text)) < 2:
            return n_best, ()
        changes = self.changes(text)
        taken = [change for change in changes if change.accepted]
        if not taken:
            return n_best, changes
        first = n_best.hypotheses[0]
        mended = replace(first, text=apply(text, taken), words=())
        rest = tuple(h for h in n_best.hypotheses if h.text != mended.text)
        sure = [0.8, *(0.2 / len(rest) for _ in rest)] if rest else [1.0]
        return NBest((mended, *rest), tuple(sure), n_best.language), changes

    def changes(self, text: str) -> tuple[Change, ...]:
        """Slips mended, best first until nothing gains enough, then those merely suspected."""
        places = _han_places(text, self._model)
        found: dict[int, Change] = {}
        now = text
        for _ in range(self.config.most):
            best = max(self._suspects(now, places), key=lambda c: c.scores["gain"], default=None)
            if best is None or not best.accepted or best.start in found:
                break
            now = now[: best.start] + best.after + now[best.end :]
            found[best.start] = replace(best, before=text[best.start : best.end])
        if found and lock_signature(now) != lock_signature(text):
            return ()
        doubts = [c for c in self._suspects(now, places) if c.start not in found]
        offered = [replace(c, accepted=False, reason=TOO_FAR) for c in doubts]
        return tuple(sorted((*found.values(), *offered), key=lambda c: c.start))

    def _suspects(self, text: str, places: list[tuple[int, int]]) -> list[Change]:
        if not places:
            return []
        guesses = self._model.guesses(text)
        locked = [(start, end) for start, end, _ in locks(text)]
        return [
            change
            for at, piece in places
            if piece < len(guesses)
            and not any(start <= at < end for start, end in locked)
            and (change := self._suspect(text, at, guesses[piece])) is not None
        ]

    def _suspect(self, text: str, at: int, guess: NDArray[np.float32]) -> Change | None:
        """The likeliest other character of the syllable, if it is likelier at all."""
        here = self._model.pieces.number(text[at])
        alike = self._alike.get(int(self._sounds[here]))
        if alike is None:
            return None
        best = int(alike[np.argmax(guess[alike])])
        gain = float(guess[best] - guess[here])
        needed = self.config.gain + self.config.known * self._is_known(text, at)
        if best == here or gain < _OFFERED * needed:
            return None
        likely = float(guess[best])
        accepted = gain >= needed and likely >= self.config.likely
        reason = "likelier among characters of the same syllable" if accepted else TOO_FAR
        scores = {"gain": gain, "needed": needed, "distance": math.exp(-gain), "likely": likely}
        after = self._model.pieces.vocabulary[best]
        return Change(text[at], after, at, at + 1, accepted, reason, scores, _SOURCE)

    def _is_known(self, text: str, at: int) -> bool:
        """Whether the character stands in a word of the shop, two to four characters long."""
        for size in (4, 3, 2):
            for start in range(max(0, at - size + 1), min(at, len(text) - size) + 1):
                word = text[start : start + size]
                if all(map(has_han, word)) and self._knows(word):
                    return True
        return False


def _han_places(text: str, model: MaskedModel) -> list[tuple[int, int]]:
    """(character offset, number of the piece) of each Chinese character, in order."""
    offsets = [at for at, character in enumerate(text) if has_han(character)]
    pieces, at = [], 0
    for word in split_words(text):
        if has_han(word):
            pieces.append((at, word))
        at += len(model.pieces.encode(word))
    same = [text[offset] for offset in offsets] == [word for _, word in pieces]
    return [(o, p) for o, (p, _) in zip(offsets, pieces, strict=True)] if same else []
