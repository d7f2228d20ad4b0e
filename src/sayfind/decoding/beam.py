"""The search itself: CTC prefix beams over a pronunciation trie, one frame after another.

Knows a trie, a table of histories and rows of probabilities; nothing about words or files. A beam
is (history, node): the words said so far and the place in the word being said; both CTC masses
(ended in blank, ended in the token) are kept, so that all alignments are summed (Hannun et al.,
"First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs",
2014). A word joins the history when the next one begins. All beams advance together in arrays;
``Beams`` is a value, ``step`` makes a new one.

In a frame a beam stays, or goes along its word, or ends it and begins another. The trie being a
tree, a beam that stays is joined by one other candidate at most, and no two others meet: so each
beam looks up who joins it, nothing is sorted, and most candidates are never more than a total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sayfind.decoding.histories import EMPTY, Histories
from sayfind.decoding.trie import NOISE, ROOT, PronunciationTrie

__all__ = ["BeamConfig", "Beams", "Search"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BeamConfig:
    """How a beam search weighs and prunes.

    ``beam_width`` is the number of (history, place) pairs kept, ``prune`` how far (natural log) one
    may fall behind the best. The total is acoustic + ``lm_weight`` * lm + ``word_bonus`` * words +
    bias. Tokens below ``token_floor`` (log-probability) begin nothing unless one is likelier than
    the blank; a frame whose blank is above ``blank_skip`` (probability) only waits.
    ``noise_log_prob`` is the cost of one stray sound that belongs to no word, ``None`` forbids
    them. ``temperature`` flattens the posteriors.
    """

    beam_width: int = 100
    lm_weight: float = 0.8
    word_bonus: float = 0.0
    prune: float = 18.0
    token_floor: float = -9.0
    blank_skip: float = 0.9995
    noise_log_prob: float | None = -6.0
    num_hypotheses: int = 10
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if self.beam_width < 1 or self.num_hypotheses < 1:
            raise ValueError("beam_width and num_hypotheses are at least 1")
        if self.prune <= 0 or self.temperature <= 0 or self.token_floor >= 0:
            raise ValueError("prune and temperature are positive, token_floor negative")
        if self.noise_log_prob is not None and self.noise_log_prob > 0:
            raise ValueError("noise_log_prob is a log-probability, or nothing")


class Beams(NamedTuple):
    """The beams after some frames, arrays of one length, ordered by history and then by node.

    ``blank`` and ``label`` are probability masses relative to ``log_scale``; ``record`` numbers
    the last finished word with its times, ``start`` and ``last`` are the frames in which the word
    being said began and took its latest token.
    """

    history: Integers
    node: Integers
    blank: Floats
    label: Floats
    record: Integers
    start: Integers
    last: Integers
    log_scale: float
    frame: int


class _Stays(NamedTuple):
    """Beams that stay, with what joins them; of the two, ``row`` is the likelier beam's number.

    ``word`` is the one that ended there, ``_NONE`` if none did.
    """

    label: Floats
    total: Floats
    row: Integers
    word: Integers
    last: Integers


class _Along(NamedTuple):
    """One token further inside a word; the children of beam ``i`` begin at ``first[i]``."""

    first: Integers
    row: Integers
    node: Integers
    total: Floats


class _After(NamedTuple):
    """Words begun after ``word``: a row for each new history, in order, a column for each start.

    ``row`` is the likeliest beam that ended ``word`` there.
    """

    history: Integers
    row: Integers
    word: Integers
    total: Floats


_NONE = -2


class Search:
    """One utterance: the trie, the histories and the records of finished words."""

    def __init__(self, trie: PronunciationTrie, histories: Histories, config: BeamConfig) -> None:
        self.trie = trie
        self.histories = histories
        self.config = config
        self.records: list[tuple[int, int, int, int]] = []
        self._lookahead = config.lm_weight * trie.lookahead
        self._num_children = np.diff(trie.first_child)
        self._parent = np.append(ROOT, np.repeat(np.arange(trie.num_nodes), self._num_children))
        self._num_children[ROOT] = 0  # a word begins there as it does after a stray sound:
        self._words, self._first_word = np.append(trie.words, NOISE), trie.first_word.copy()
        self._num_words = np.diff(trie.first_word)
        self._num_words[ROOT], self._first_word[ROOT] = 1, len(trie.words)
        self._starts, self._start_token = trie.starts, trie.token[trie.starts]
        self._start_score = np.log(trie.entry[trie.starts]) + self._lookahead[trie.starts]

    def first(self) -> Beams:
        """Before the first frame: nothing said, certainly."""
        zero = np.zeros(1, dtype=np.int64)
        one = np.ones(1)
        return Beams(zero + EMPTY, zero + ROOT, one, 0.0 * one, zero - 1, zero, zero, 0.0, 0)

    def totals(self, beams: Beams) -> Floats:
        """Log-score by which beams are compared within a frame."""
        return _log(beams.blank + beams.label) + self._beside(beams.history, beams.node)

    def _beside(self, history: Integers, node: Integers) -> Floats:
        """What counts beside the sound."""
        score: Floats = self.histories.score[history] + self._lookahead[node]
        return score

    def step(self, beams: Beams, log_probs: NDArray[np.float32]) -> Beams:
        """The beams after one more frame of log-probabilities, ``(num_tokens,)``."""
        row = log_probs.astype(np.float64)
        probs = np.exp(row)
        stayed = beams._replace(
            blank=(beams.blank + beams.label) * probs[0],
            label=beams.label * probs[self.trie.token[beams.node]],  # the root's label is nought
            frame=beams.frame + 1,
        )
        row[(row <= self.config.token_floor) & (row < row.max())] = -np.inf
        likeliest = row[1:].max()
        if probs[0] > self.config.blank_skip or likeliest == -np.inf:
            return _scaled(stayed)
        with np.errstate(divide="ignore"):  # no mass is a total of minus infinity
            along, after = self._along(beams, row), self._after(beams, row, likeliest)
        return self._kept(stayed, self._stays(stayed, along, after), along, after)

    def _along(self, beams: Beams, row: Floats) -> _Along:
        """A token said twice needs a blank between."""
        first, rows, within = _expand(self._num_children[beams.node])
        node = self.trie.first_child[beams.node][rows] + within
        token = self.trie.token[node]
        mass = np.log(beams.blank + beams.label)[rows]
        twice = (token == self.trie.token[beams.node][rows]).nonzero()[0]
        mass[twice] = np.log(beams.blank[rows[twice]])
        return _Along(
            first, rows, node, mass + row[token] + self._beside(beams.history[rows], node)
        )

    def _after(self, beams: Beams, row: Floats, likeliest: float) -> _After:
        """The same for the first token of a next word; ends that make one history are one."""
        rows, words = self._endings(beams, likeliest)
        histories = self.histories.extend(beams.history[rows], words)
        order = np.lexsort((-beams.blank[rows] - beams.label[rows], histories))
        rows, words, histories = rows[order], words[order], histories[order]
        twice = self.trie.token[beams.node][rows][:, None] == self._start_token
        mass = beams.blank[rows][:, None] + np.where(twice, 0.0, beams.label[rows][:, None])
        new = np.ones(len(rows), dtype=bool)
        np.not_equal(histories[1:], histories[:-1], out=new[1:])
        if not new.all():
            first = new.nonzero()[0]
            mass = np.add.reduceat(mass, first)
            rows, words, histories = rows[first], words[first], histories[first]
        score = self._start_score + row[self._start_token]
        total = np.log(mass) + self.histories.score[histories][:, None] + score
        return _After(histories, rows, words, total)

    def _endings(self, beams: Beams, likeliest: float) -> tuple[Integers, Integers]:
        """(beam, word) of the words that end at a beam good enough to be gone on from."""
        totals = self.totals(beams)
        hopeful = totals + likeliest > totals.max() - self.config.prune
        return self._ended(beams, np.where(hopeful, self._num_words[beams.node], 0))

    def _ended(self, beams: Beams, counts: Integers) -> tuple[Integers, Integers]:
        _, rows, within = _expand(counts)
        return rows, self._words[self._first_word[beams.node][rows] + within]

    def _stays(self, stayed: Beams, along: _Along, after: _After) -> _Stays:
        """Each beam with the candidate for its own place, which is struck off the others."""
        history, node, here = stayed.history, stayed.node, np.arange(len(stayed.node))
        parent, size = self._parent[node], self.trie.num_nodes
        at, found = _find(history * size + node, history * size + parent)
        inside = (found & (parent != ROOT)).nonzero()[0]
        above = at[inside]
        place = along.first[above] + node[inside] - self.trie.first_child[parent[inside]]
        at, found = _find(after.history, history)
        begun = (found & (parent == ROOT) & (node != ROOT)).nonzero()[0]
        before = at[begun]
        cell = before, node[begun] - self._starts[0]
        beside, mass = self._beside(history, node), np.zeros(len(node))
        mass[inside] = np.exp(along.total[place] - beside[inside])
        mass[begun] = np.exp(after.total[cell] - beside[begun])
        along.total[place] = after.total[cell] = -np.inf
        row, word = here.copy(), np.full(len(node), _NONE)
        row[inside], row[begun], word[begun] = above, after.row[before], after.word[before]
        joins = mass > stayed.blank + stayed.label
        return _Stays(
            stayed.label + mass,
            _log(stayed.blank + stayed.label + mass) + beside,
            np.where(joins, row, here),
            np.where(joins, word, _NONE),
            np.where(joins, stayed.frame - 1, stayed.last),
        )

    def _kept(self, stayed: Beams, stays: _Stays, along: _Along, after: _After) -> Beams:
        """The best candidates in order, their finished words put on record."""
        total = np.concatenate([stays.total, along.total, after.total.ravel()])
        first, second = len(stays.total), len(stays.total) + len(along.total)
        best = self._best(total)
        stay, go = best[best < first], best[(best >= first) & (best < second)] - first
        row, column = np.divmod(best[best >= second] - second, len(self._starts))
        history = [stayed.history[stay], stayed.history[along.row[go]], after.history[row]]
        node = [stayed.node[stay], along.node[go], self._starts[column]]
        moved = np.concatenate([along.total[go], after.total[row, column]])
        moved -= self._beside(np.concatenate(history[1:]), np.concatenate(node[1:]))
        source = np.concatenate([stays.row[stay], along.row[go], after.row[row]])
        beams = Beams(
            np.concatenate(history),
            np.concatenate(node),
            np.concatenate([stayed.blank[stay], np.zeros(len(moved))]),
            np.concatenate([stays.label[stay], np.exp(moved)]),
            stayed.record[source],
            stayed.start[source],
            np.concatenate([stays.last[stay], np.full(len(moved), stayed.frame - 1)]),
            stayed.log_scale,
            stayed.frame,
        )
        word = np.concatenate([stays.word[stay], np.full(len(go), _NONE), after.word[row]])
        self._put_on_record(beams, word, stayed.last[source] + 1)
        order = (beams.history * self.trie.num_nodes + beams.node).argsort()
        return _scaled(Beams._make([*(column[order] for column in beams[:7]), *beams[7:]]))

    def _best(self, total: Floats) -> Integers:
        """Which candidates the threshold and the width leave."""
        near: Integers = (total > total.max() - self.config.prune).nonzero()[0]
        width = self.config.beam_width
        if len(near) <= width:
            return near
        best: Integers = near[total[near].argpartition(len(near) - width)[-width:]]
        return best

    def _put_on_record(self, beams: Beams, words: Integers, ends: Integers) -> None:
        """Write down the words that ended, in beams not yet shown to anybody."""
        for i in (words != _NONE).nonzero()[0].tolist():
            if words[i] != NOISE:
                beams.record[i] = self._recorded(beams, i, int(words[i]), int(ends[i]))
            beams.start[i] = beams.frame - 1

    def _recorded(self, beams: Beams, i: int, word: int, end: int) -> int:
        self.records.append((int(beams.record[i]), word, int(beams.start[i]), end))
        return len(self.records) - 1

    def finish(self, beams: Beams) -> list[tuple[int, float, int]]:
        """(history, acoustic log-probability, record) of each whole word sequence.

        Beams inside a word count only where no beam stands at the end of one.
        """
        rows, words = self._ended(beams, self._num_words[beams.node])
        if not len(rows):
            rows = np.arange(len(beams.node))
            words = np.full(len(rows), NOISE)
        histories = self.histories.extend(beams.history[rows], words)
        mass = _log(beams.blank + beams.label)[rows] + beams.log_scale
        found: dict[int, tuple[float, float, int]] = {}
        for history, row, word, value in zip(
            histories.tolist(), rows.tolist(), words.tolist(), mass.tolist(), strict=True
        ):
            total, best, record = found.get(history, (-np.inf, -np.inf, -1))
            if value > best:
                best, record = value, int(beams.record[row])
                if word != NOISE:
                    record = self._recorded(beams, row, word, int(beams.last[row]) + 1)
            found[history] = (float(np.logaddexp(total, value)), best, record)
        return [(history, total, record) for history, (total, _, record) in found.items()]


def _log(mass: Floats) -> Floats:
    floored: Floats = np.log(np.maximum(mass, 1e-300))
    return floored


def _expand(counts: Integers) -> tuple[Integers, Integers, Integers]:
    """Rows repeated by their counts: where each begins, the row, the number within it."""
    first = counts.cumsum() - counts
    rows = np.arange(len(counts)).repeat(counts)
    return first, rows, np.arange(len(rows)) - first[rows]


def _find(values: Integers, wanted: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """Where wanted numbers stand among ordered ones that are not negative, and whether they do."""
    at = values.searchsorted(wanted)
    found = at < len(values)
    found[found] = values[at[found]] == wanted[found]
    return at, found


def _scaled(beams: Beams) -> Beams:
    """Masses brought back to at most one, so that nothing underflows."""
    top = float((beams.blank + beams.label).max())
    if top <= 0.0:
        return beams
    return beams._replace(
        blank=beams.blank / top, label=beams.label / top, log_scale=beams.log_scale + np.log(top)
    )
