"""A corrector that learnt from shoppers what this shop's ears make of what is said.

Two kinds of evidence, both counted in sessions and not in events. A *rule* says that a stretch of
words was heard where another was meant, in so many sessions, against those in which the stretch was
right. A *known query* is a text that sessions were content with; it lifts a lower reading of the
n-best that says the same. What is locked (numbers, negations) is compared before and after by a
function that is given: this room does not know what the correction room locks.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path

from sayfind.catalog.phonetic_index import PhoneticIndex
from sayfind.errors import ModelError
from sayfind.feedback.implicit import Transcript
from sayfind.stages import Corrector
from sayfind.text.normalise import normalise
from sayfind.text.phonetics import phones
from sayfind.types import Audio, Change, Hypothesis, NBest

__all__ = ["Rewriter", "RewriterConfig", "Rules", "learn_rules"]

Words = tuple[str, ...]
_SOURCE = "learnt"
_MOST = 0.98  # probability that what was learnt may have: it may be wrong here
_EDGE = "|"  # stands before and after a whole utterance
_VERSION = 1


@dataclass(frozen=True, slots=True)
class RewriterConfig:
    """How much must speak for a rewriting.

    A rule needs ``least_sessions``, and the lower end of the interval of its share (Wilson, 95%)
    above ``least_share``. Stretches have at most ``max_words`` words, neighbours included; a whole
    utterance may be longer. A reading with less than ``floor`` times the first one's probability is
    not considered; ``known_weight`` is how much a tenfold of content sessions lifts a reading, in
    log-probability. Speech whose first reading has a probability of at most ``max_sure`` may
    become the known query that sounds most like it, within ``max_distance`` (0 the same, 1 nothing
    in common), if the next one is farther by ``margin``.
    """

    least_sessions: int = 3
    least_share: float = 0.5
    max_words: int = 5
    floor: float = 0.01
    known_weight: float = 1.0
    max_sure: float = 0.8
    max_distance: float = 0.3
    margin: float = 0.05

    def __post_init__(self) -> None:
        if self.least_sessions < 1 or self.max_words < 1 or not 0.0 < self.floor <= 1.0:
            raise ValueError("least_sessions, max_words are 1 or more, floor lies in (0, 1]")
        if not 0.0 <= self.least_share < 1.0 or self.known_weight < 0:
            raise ValueError("least_share lies in [0, 1), known_weight is 0 or more")
        if not all(0.0 <= x <= 1.0 for x in (self.max_sure, self.max_distance, self.margin)):
            raise ValueError("max_sure, max_distance and margin lie in [0, 1]")


@dataclass(frozen=True)
class Rules:
    """What was learnt.

    ``meant`` maps a stretch to (stretch, share), ``known`` a text to its content sessions.
    """

    meant: Mapping[Words, tuple[Words, float]] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write them as JSON that a person can read."""
        rows = [[" ".join(h), " ".join(m), round(s, 4)] for h, (m, s) in sorted(self.meant.items())]
        body = {"version": _VERSION, "rules": rows, "known": dict(sorted(self.known.items()))}
        path.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def open(cls, path: Path) -> Rules:
        """What ``save`` wrote.

        Raises:
            ModelError: it is missing, damaged or of another version.
        """
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            if body["version"] != _VERSION:
                raise ModelError(f"{path} is of another version; run `sayfind learn` again.")
            rules = {tuple(h.split()): (tuple(m.split()), float(s)) for h, m, s in body["rules"]}
            return cls(rules, {str(t): int(n) for t, n in body["known"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path} cannot be read; run `sayfind learn` again.") from error


def learn_rules(found: Iterable[Transcript], config: RewriterConfig | None = None) -> Rules:
    """The rules and known queries of some transcripts."""
    config = config or RewriterConfig()
    found = list(found)
    sessions = defaultdict[tuple[Words, Words], set[str]](set)
    content = defaultdict[str, set[str]](set)
    for each in found:
        content[normalise(each.meant)].add(each.session)
        for heard, meant in _stretches(each, config.max_words):
            sessions[heard, meant].add(each.session)
    keys = {heard for heard, _ in sessions}
    for each in found:
        for stretch in _kept(each, keys, config.max_words):
            sessions[stretch, stretch].add(each.session)
    totals = defaultdict[Words, int](int)
    for (heard, _), names in sessions.items():
        totals[heard] += len(names)
    meant_by: dict[Words, tuple[Words, float]] = {}
    for (heard, meant), names in sorted(sessions.items()):
        share = _lower(len(names), totals[heard])
        enough = len(names) >= config.least_sessions and share > config.least_share
        if heard != meant and enough and share > meant_by.get(heard, ((), 0.0))[1]:
            meant_by[heard] = (meant, share)
    known = {t: len(names) for t, names in content.items() if len(names) >= config.least_sessions}
    return Rules(meant_by, known)


class Rewriter:
    """A ``Corrector`` by what was learnt."""

    def __init__(
        self,
        rules: Rules,
        locked: Callable[[str], object],
        otherwise: Corrector | None = None,
        config: RewriterConfig | None = None,
    ) -> None:
        """``locked`` gives what must be equal before and after, such as ``lock_signature``.

        ``otherwise`` corrects where nothing was learnt.
        """
        self.rules, self.config = rules, config or RewriterConfig()
        self._locked, self._otherwise = locked, otherwise
        queries = sorted(rules.known)
        self._index = (queries, PhoneticIndex.build(queries)) if queries else None

    def correct(self, n_best: NBest, audio: Audio | None) -> tuple[NBest, tuple[Change, ...]]:
        """The list with what was probably meant in front, and every change to the first reading.

        Words that shoppers were content with as they stood are left alone altogether.

        ``scores["learnt"]`` is what the log's evidence adds to a reading's log-probability.
        """
        if not n_best:
            return n_best, ()
        first, best = n_best.hypotheses[0].text, n_best.probabilities[0]
        choices = [
            (math.log(max(share, 1e-300)) + self._evidence(rewritten, changes), rewritten, changes)
            for place, (reading, share) in enumerate(
                zip(n_best.hypotheses, n_best.probabilities, strict=True)
            )
            if not place or share >= self.config.floor * best
            for rewritten, changes in self._ways(reading.text)
            if self._locked(rewritten) == self._locked(first)
        ]
        _, text, changes = max(choices, key=lambda choice: choice[0])
        if text == first:
            return self._left_over(n_best, audio)
        if not _leads(first, text, changes):
            reason = "other reading, which shoppers were content with"
            changes = (Change(first, text, 0, len(first), True, reason, {}, _SOURCE),)
        return _in_front(n_best, text, self._evidence(text, changes)), changes

    def _left_over(self, n_best: NBest, audio: Audio | None) -> tuple[NBest, tuple[Change, ...]]:
        """What becomes of a list that no rule speaks of."""
        first = n_best.hypotheses[0]
        if normalise(first.text) in self.rules.known:
            return n_best, ()
        change = self._near_query(n_best) if audio is not None or first.scores else None
        if change is not None:
            # No session said so, and it may be a new question: what was heard keeps even odds.
            return _in_front(n_best, change.after, 0.0), (change,)
        return self._otherwise.correct(n_best, audio) if self._otherwise else (n_best, ())

    def _near_query(self, n_best: NBest) -> Change | None:
        """The one known query that sounds nearly as what was doubtfully heard."""
        config, text = self.config, n_best.text
        if n_best.confidence > config.max_sure or not self._index:
            return None
        queries, index = self._index
        near = index.nearest(phones(text), 2)
        clear = len(near) < 2 or near[1][1] - near[0][1] >= config.margin
        if not near or near[0][1] > config.max_distance or not clear:
            return None
        meant, far = queries[near[0][0]], near[0][1]
        if self._locked(meant) != self._locked(text):
            return None
        scores = {"distance": far, "limit": config.max_distance}
        reason = "sounds nearly as what shoppers were content with"
        return Change(text, meant, 0, len(text), True, reason, scores, _SOURCE)

    def _ways(self, text: str) -> Iterator[tuple[str, tuple[Change, ...]]]:
        """A reading as it is, and as the rules would have it, if they then come to rest."""
        yield text, ()
        rewritten, changes = self._rewritten(text)
        if changes and not self._rewritten(rewritten)[1]:
            yield rewritten, changes

    def _evidence(self, text: str, changes: Sequence[Change]) -> float:
        known = self.rules.known.get(normalise(text), 0)
        rules = sum(-math.log(1.0 - change.scores["share"]) for change in changes if change.scores)
        return rules + self.config.known_weight * math.log10(1 + known)

    def _rewritten(self, text: str) -> tuple[str, tuple[Change, ...]]:
        """The text by the rules: a whole utterance first, then the longest stretch at each word."""
        tokens = _tokens(text)
        words = (_EDGE, *(word for word, _, _ in tokens), _EDGE)
        if rule := self.rules.meant.get(words):
            meant = " ".join(rule[0][1:-1])
            return meant, (self._change(text, meant, (0, len(text)), rule[1]),)
        changes, place = [], 0
        while place < len(tokens):
            for end in range(min(len(tokens), place + self.config.max_words), place, -1):
                rule = self.rules.meant.get(tuple(word for word, _, _ in tokens[place:end]))
                if rule:
                    span = (tokens[place][1], tokens[end - 1][2])
                    changes.append(self._change(text, " ".join(rule[0]), span, rule[1]))
                    place = end - 1
                    break
            place += 1
        for change in reversed(changes):
            text = text[: change.start] + change.after + text[change.end :]
        return text, tuple(changes)

    def _change(self, text: str, meant: str, span: tuple[int, int], share: float) -> Change:
        start, end = span
        reason = f"shoppers who were heard so meant this ({share:.0%} or more)"
        return Change(text[start:end], meant, start, end, True, reason, {"share": share}, _SOURCE)


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """(word in lower case, start, end) of each word that spaces set apart."""
    found, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        found.append((word.lower(), start, at))
    return found


def _words(text: str) -> Words:
    return tuple(word for word, _, _ in _tokens(text))


def _stretches(each: Transcript, most: int) -> Iterator[tuple[Words, Words]]:
    """What was heard and meant in its place: alone, with each neighbour, with both, and whole."""
    heard, meant = _words(each.heard), _words(each.meant)
    if heard == meant or not meant:
        return
    yield (_EDGE, *heard, _EDGE), (_EDGE, *meant, _EDGE)
    matcher = SequenceMatcher(a=heard, b=meant, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        for before, after in ((0, 0), (1, 0), (0, 1), (1, 1)):
            if before > min(a, c) or b + after > len(heard) or d + after > len(meant):
                continue
            left, right = heard[a - before : b + after], meant[c - before : d + after]
            if left and right and len(left) <= most:
                yield left, right


def _kept(each: Transcript, keys: set[Words], most: int) -> Iterator[Words]:
    """The stretches with a rule that in this transcript were right as they were heard."""
    heard, meant = _words(each.heard), _words(each.meant)
    if heard == meant and (whole := (_EDGE, *heard, _EDGE)) in keys:
        yield whole
    matcher = SequenceMatcher(a=heard, b=meant, autojunk=False)
    for a, _, size in matcher.get_matching_blocks():
        for start in range(a, a + size):
            for end in range(start + 1, min(start + most, a + size) + 1):
                if heard[start:end] in keys:
                    yield heard[start:end]


def _lower(yes: int, total: int, z: float = 1.96) -> float:
    """The lower end of Wilson's interval (1927) of a share."""
    share, extra = yes / total, z * z / total
    spread = z * math.sqrt(share * (1 - share) / total + extra / (4 * total))
    return (share + extra / 2 - spread) / (1 + extra)


def _leads(first: str, text: str, changes: Sequence[Change]) -> bool:
    """Whether the changes, made to the first reading, give the text."""
    for change in reversed(changes):
        if first[change.start : change.end] != change.before:
            return False
        first = first[: change.start] + change.after + first[change.end :]
    return bool(changes) and first == text


def _in_front(n_best: NBest, text: str, evidence: float) -> NBest:
    """The list with a text first: its share raised by the evidence, above the next one's.

    A text that was not in the list has the share of the first reading, which it replaces.
    """
    pairs = list(zip(n_best.hypotheses, n_best.probabilities, strict=True))
    mine = [(h, share) for h, share in pairs if h.text == text]
    rest = [(h, share) for h, share in pairs if h.text != text]
    found = mine[0][0] if mine else Hypothesis(text, dict(n_best.hypotheses[0].scores))
    total = sum(share for _, share in rest)
    own, scale = 1.0, 0.0
    if total > 0:
        most = max(share for _, share in rest) / total
        weight = (sum(share for _, share in mine) or rest[0][1]) * math.exp(min(evidence, 50.0))
        own = max(min(_MOST, weight / (weight + total)), most / (1.0 + most) + 1e-9)
        scale = (1.0 - own) / total
    return replace(
        n_best,
        hypotheses=(found.with_score("learnt", evidence), *(h for h, _ in rest)),
        probabilities=(own, *(share * scale for _, share in rest)),
    )
