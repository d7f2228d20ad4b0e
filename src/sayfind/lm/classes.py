"""Class n-grams: "a <size> <brand> <thing>" with the shop's own brands, sizes, colours and prices.

Words of a class are one token to the n-gram model, and share its statistics: a brand that was added
this morning is expected wherever brands are. A member may have several words, and may be a plain
word too; all ways to read a sentence count, and the state is the distribution over them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sayfind.errors import ConfigError
from sayfind.lm.backoff import END, NGram
from sayfind.lm.ngram import Smoothing, estimate

__all__ = ["ClassNGram", "State"]

Reading = tuple[tuple[str, ...], str, tuple[str, ...]]
"""State of the n-gram model, the class that is open (or ``""``), its words so far."""
State = tuple[tuple[Reading, float], ...]
"""Every way to read what came before, with its natural-log share; shares sum to one."""


class ClassNGram:
    """An n-gram model over words and classes; implements ``stages.LanguageModel``."""

    def __init__(self, model: NGram, classes: Mapping[str, Mapping[str, float]]) -> None:
        """``model`` predicts words and class tokens; ``classes`` maps a token to members' weights.

        Raises:
            ConfigError: a class is no word of the model, or has no member with weight.
        """
        self.model = model
        self._next: dict[str, dict[tuple[str, ...], dict[str, float]]] = {}
        for token, members in classes.items():
            used = {tuple(text.split()): weight for text, weight in members.items() if weight > 0}
            if token not in model.ids or not any(used):
                raise ConfigError(
                    f"The class {token!r} needs members, and sentences it occurs in; see that "
                    "both are there."
                )
            self._next[token] = _transitions(used)
        # A member's word is unknown outside its class only if the sentences have it there too.
        self._spoken = {w for n in self._next.values() for ws in n for w in ws}

    @classmethod
    def estimate(
        cls,
        sentences: Iterable[tuple[Sequence[str], float]],
        classes: Mapping[str, Mapping[str, float]],
        order: int = 3,
        smoothing: Smoothing = Smoothing.KNESER_NEY,
    ) -> ClassNGram:
        """Estimate from sentences of words, whose members are replaced by their class first.

        A class that no sentence has is left out.
        """
        tagged = [(replace_members(words, classes), weight) for words, weight in sentences]
        used = {token for words, _ in tagged for token in words} & set(classes)
        model = estimate(tagged, order, smoothing=smoothing)
        return cls(model, {token: classes[token] for token in sorted(used)})

    def start(self) -> State:
        """State at the beginning of a sentence."""
        return (((self.model.start(), "", ()), 0.0),)

    def score(self, state: State, token: str) -> tuple[float, State]:
        """Natural-log probability of a word after a state, and the state after it.

        A class token itself is never said, and has probability zero.
        """
        if token in self._next:
            return -math.inf, state
        found: dict[Reading, list[float]] = defaultdict(list)
        for (history, open_class, words), share in state:
            if open_class:
                self._go_on(found, (history, open_class, words), share, token)
                continue
            if token not in self._spoken or token in self.model.ids:
                value, after = self.model.score(history, token)
                found[(after, "", ())].append(share + value)
            if token != END:
                for name in self._next:
                    value, after = self.model.score(history, name)
                    self._go_on(found, (after, name, ()), share + value, token)
        logs = {reading: _log_sum(values) for reading, values in found.items()}
        total = _log_sum(list(logs.values()))
        if total == -math.inf:
            return total, state
        shares = {r: v - total for r, v in logs.items() if v - total > -30.0}
        return total, tuple(sorted(shares.items()))

    def sentence(self, words: Sequence[str]) -> float:
        """Natural-log probability of a whole sentence, its end included."""
        total, state = 0.0, self.start()
        for word in (*words, END):
            value, state = self.score(state, word)
            total += value
        return total

    def perplexity(self, sentences: Iterable[Sequence[str]]) -> float:
        """Perplexity per predicted token, ends included; ``nan`` without sentences."""
        texts = [list(words) for words in sentences]
        count = sum(len(words) + 1 for words in texts)
        return math.exp(-sum(map(self.sentence, texts)) / count) if count else math.nan

    def _go_on(
        self, found: dict[Reading, list[float]], reading: Reading, share: float, word: str
    ) -> None:
        """One more word of the open class: it ends there, or goes on, each with its share."""
        history, name, words = reading
        weights = self._next[name]
        chances = weights.get(words, {})
        weight = chances.get(word)
        if not weight:
            return
        value = share + math.log(weight / sum(w for next_word, w in chances.items() if next_word))
        after = (*words, word)
        further = weights.get(after, {})
        whole = sum(further.values())
        ends = further.get("", 0.0) if further else 0.0
        if ends:
            found[(history, "", ())].append(value + math.log(ends / whole))
        if whole > ends:
            found[(history, name, after)].append(value + math.log((whole - ends) / whole))


def _transitions(
    members: Mapping[tuple[str, ...], float],
) -> dict[tuple[str, ...], dict[str, float]]:
    """Weights of the next word by the words so far; ``""`` is the end of a member."""
    found: dict[tuple[str, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for words, weight in members.items():
        for at in range(len(words)):
            found[words[:at]][words[at]] += weight
        found[words][""] += weight
    # Inside a member, going on is decided when its last word is said: "" is no next word there.
    return {prefix: dict(following) for prefix, following in found.items()}


def replace_members(words: Sequence[str], classes: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A sentence with the longest members replaced by their classes, from the left.

    >>> replace_members(["red", "new", "balance", "shoes"], {"<brand>": {"new balance": 1.0}})
    ['red', '<brand>', 'shoes']
    """
    owner = {tuple(m.split()): name for name, members in classes.items() for m in members}
    longest = max(map(len, owner), default=0)
    found: list[str] = []
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            name = owner.get(tuple(words[at : at + size]))
            if name:
                found.append(name)
                at += size
                break
        else:
            found.append(words[at])
            at += 1
    return found


def _log_sum(values: Sequence[float]) -> float:
    top = max(values, default=-math.inf)
    return top if top == -math.inf else top + math.log(sum(math.exp(v - top) for v in values))
