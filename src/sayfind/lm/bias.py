"""Phrases a search should lean towards: an Aho-Corasick automaton with a bonus at every step.

Knows symbols (words, phones, characters) and numbers; nothing about sound. Each symbol of a phrase
earns a share of the phrase's weight at once; leaving the phrase before its end gives back what was
earned (the back-off cost), so that only whole phrases are worth anything in the end.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from sayfind.errors import ConfigError

__all__ = ["ContextGraph"]


class ContextGraph:
    """Phrases as symbol sequences with weights; a state is an integer, 0 outside any phrase."""

    def __init__(self, phrases: Mapping[tuple[str, ...], float]) -> None:
        """Build the automaton from phrase (a tuple of symbols) to weight (natural log, per phrase).

        Raises:
            ConfigError: no phrase has a symbol, or a weight is not a finite number.
        """
        given = {tuple(phrase): weight for phrase, weight in phrases.items() if phrase}
        if not given:
            raise ConfigError("The list of phrases cannot act: give at least one that is sayable.")
        if not all(map(math.isfinite, given.values())):
            raise ConfigError("Every weight in the list of phrases must be a finite number.")
        self._next: list[dict[str, int]] = [{}]
        self._earned = [0.0]
        self._final = [0.0]
        self._fail = [0]
        for phrase, weight in sorted(given.items()):
            self._insert(phrase, weight)
        self._link()

    @classmethod
    def from_texts(
        cls, phrases: Mapping[str, float], split: Callable[[str], Sequence[str]], known: set[str]
    ) -> ContextGraph:
        """From written phrases; one with a symbol that is not ``known`` can never be heard.

        Raises:
            ConfigError: no phrase is made of known symbols only.
        """
        cut = {tuple(split(text)): weight for text, weight in phrases.items()}
        sayable = {phrase: weight for phrase, weight in cut.items() if known.issuperset(phrase)}
        if not any(sayable):
            raise ConfigError(
                "The list of phrases cannot act: none of them is made of words in the lexicon."
            )
        return cls(sayable)

    def _insert(self, phrase: tuple[str, ...], weight: float) -> None:
        state = 0
        for count, symbol in enumerate(phrase, start=1):
            after = self._next[state].get(symbol)
            if after is None:
                after = len(self._next)
                self._next[state][symbol] = after
                self._next.append({})
                self._earned.append(-math.inf)
                self._final.append(0.0)
                self._fail.append(0)
            self._earned[after] = max(self._earned[after], weight * count / len(phrase))
            state = after
        self._final[state] = weight

    def _link(self) -> None:
        queue = deque(self._next[0].values())
        while queue:
            state = queue.popleft()
            for symbol, after in self._next[state].items():
                fail = self._fail[state]
                while fail and symbol not in self._next[fail]:
                    fail = self._fail[fail]
                self._fail[after] = self._next[fail].get(symbol, 0)
                self._final[after] += self._final[self._fail[after]]
                queue.append(after)

    def __len__(self) -> int:
        """Number of states."""
        return len(self._next)

    def step(self, state: int, symbol: str) -> tuple[int, float]:
        """State after a symbol, and what the step earns (negative where a phrase is left)."""
        fail = state
        while fail and symbol not in self._next[fail]:
            fail = self._fail[fail]
        after = self._next[fail].get(symbol, 0)
        gained = self._held(after) - self._held(state) + self._final[after]
        return after, gained

    def leave(self, state: int) -> float:
        """What ending here gives back: the share earned of a phrase that was not finished."""
        return -self._held(state)

    def total(self, symbols: Sequence[str]) -> float:
        """The bonus of a whole sequence: the weights of the phrases in it."""
        state, total = 0, 0.0
        for symbol in symbols:
            state, gained = self.step(state, symbol)
            total += gained
        return total + self.leave(state)

    def _held(self, state: int) -> float:
        """Advance on a phrase that is still open; a state with no way on holds nothing."""
        return self._earned[state] if self._next[state] else 0.0
