"""The search itself: CTC prefix beams over a pronunciation trie, one frame after another.

Knows a trie, a table of histories and rows of probabilities; nothing about words or files. A beam
is (history, node): the words said so far and the place in the word being said; both CTC masses
(ended in blank, ended in the token) are kept, so that all alignments are summed (Hannun et al.,
"First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs",
2014). A word joins the history when the next one begins. All beams advance together in arrays;
``Beams`` is a value, ``step`` makes a new one.
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
    bias. Tokens below ``token_floor`` (log-probability) begin nothing; a frame whose blank is above
    ``blank_skip`` (probability) only waits. ``noise_log_prob`` is the cost of one stray sound that
    belongs to no word, ``None`` forbids them. ``temperature`` flattens the posteriors.
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
    """The beams after some frames, arrays of one length.

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


class _Moves(NamedTuple):
    """Candidates of one frame; ``word`` is the word just finished, ``_NONE`` for none."""

    history: Integers
    node: Integers
    blank: Floats
    label: Floats
    record: Integers
    start: Integers
    last: Integers
    word: Integers
    ended: Integers


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
        self._num_words = np.diff(trie.first_word)

    def first(self) -> Beams:
        """Before the first frame: nothing said, certainly."""
        zero = np.zeros(1, dtype=np.int64)
        one = np.ones(1)
        return Beams(zero + EMPTY, zero + ROOT, one, 0.0 * one, zero - 1, zero, zero, 0.0, 0)

    def totals(self, beams: Beams) -> Floats:
        """Log-score by which beams are compared within a frame."""
        mass = np.log(np.maximum(beams.blank + beams.label, 1e-300))
        total: Floats = mass + self.histories.score[beams.history] + self._lookahead[beams.node]
        return total

    def step(self, beams: Beams, log_probs: NDArray[np.float32]) -> Beams:
        """The beams after one more frame of log-probabilities, ``(num_tokens,)``."""
        probs = np.exp(log_probs.astype(np.float64))
        token = self.trie.token[beams.node]
        mass = beams.blank + beams.label
        blank = mass * probs[0]
        label = np.where(token >= 0, beams.label * probs[token], 0.0)
        if probs[0] > self.config.blank_skip:
            return _scaled(beams._replace(blank=blank, label=label, frame=beams.frame + 1))
        allowed = log_probs > self.config.token_floor
        allowed[0] = False
        allowed[int(log_probs[1:].argmax()) + 1] = True
        moves = [
            _stays(beams, blank, label),
            self._along(beams, probs, allowed),
            self._new_words(beams, probs, allowed),
        ]
        return self._kept(_merged(self._near(_joined(moves)), self.trie.num_nodes), beams)

    def _near(self, moves: _Moves) -> _Moves:
        """The candidates that the prune threshold may leave, before the dearer merging."""
        mass = np.log(np.maximum(moves.blank + moves.label, 1e-300))
        totals = mass + self.histories.score[moves.history] + self._lookahead[moves.node]
        keep = np.flatnonzero(totals > totals.max() - self.config.prune - 1.0)
        return moves if len(keep) == len(mass) else _Moves._make(column[keep] for column in moves)

    def _along(self, beams: Beams, probs: Floats, allowed: NDArray[np.bool_]) -> _Moves:
        """One token further inside the word."""
        trie = self.trie
        counts = self._num_children[beams.node]
        rows = np.repeat(np.arange(len(counts)), counts)
        offset = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        child = trie.first_child[beams.node][rows] + offset
        keep = allowed[trie.token[child]]
        rows, child = rows[keep], child[keep]
        label = self._entering(beams, rows, child, probs)
        begins = beams.node[rows] == ROOT
        return _Moves(
            beams.history[rows],
            child,
            np.zeros(len(rows)),
            label,
            beams.record[rows],
            np.where(begins, beams.frame, beams.start[rows]),
            np.full(len(rows), beams.frame),
            np.full(len(rows), _NONE),
            beams.last[rows],
        )

    def _entering(self, beams: Beams, rows: Integers, child: Integers, probs: Floats) -> Floats:
        """Mass that enters each child: a token said twice needs a blank between."""
        token = self.trie.token[child]
        twice = token == self.trie.token[beams.node[rows]]
        mass = beams.blank[rows] + np.where(twice, 0.0, beams.label[rows])
        entered: Floats = mass * probs[token] * self.trie.entry[child]
        return entered

    def _new_words(self, beams: Beams, probs: Floats, allowed: NDArray[np.bool_]) -> _Moves:
        """The first token of a next word, after each word that ends where a beam is."""
        trie = self.trie
        starts = trie.starts[allowed[trie.token[trie.starts]]]
        rows, words = self._endings(beams, float(probs[1:].max()))
        histories = self.histories.extend(beams.history[rows], words)
        n = len(starts)
        child = np.tile(starts, len(rows))
        rows, words, histories = np.repeat(rows, n), np.repeat(words, n), np.repeat(histories, n)
        return _Moves(
            histories,
            child,
            np.zeros(len(rows)),
            self._entering(beams, rows, child, probs),
            beams.record[rows],
            beams.start[rows],
            np.full(len(rows), beams.frame),
            words,
            beams.last[rows],
        )

    def _endings(self, beams: Beams, best_prob: float) -> tuple[Integers, Integers]:
        """(beam, word) of the words that end at a beam good enough to be gone on from."""
        totals = self.totals(beams)
        hopeful = totals + np.log(best_prob) > totals.max() - self.config.prune
        counts = np.where(hopeful, self._num_words[beams.node], 0)
        rows = np.repeat(np.arange(len(counts)), counts)
        offset = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        return rows, self.trie.words[self.trie.first_word[beams.node][rows] + offset]

    def _kept(self, moves: _Moves, before: Beams) -> Beams:
        """The best candidates, their finished words put on record."""
        frame, log_scale = before.frame + 1, before.log_scale
        beams = Beams._make([*moves[:7], log_scale, frame])
        totals = self.totals(beams)
        keep = np.flatnonzero(totals > totals.max() - self.config.prune)
        width = self.config.beam_width
        if len(keep) > width:
            keep = keep[np.argpartition(-totals[keep], width - 1)[:width]]
        beams = Beams._make([*(column[keep] for column in moves[:7]), log_scale, frame])
        word, ended = moves.word[keep], moves.ended[keep]
        record, start = beams.record.copy(), beams.start.copy()
        for i in np.flatnonzero(word != _NONE).tolist():
            if word[i] != NOISE:
                self.records.append(
                    (int(record[i]), int(word[i]), int(start[i]), int(ended[i]) + 1)
                )
                record[i] = len(self.records) - 1
            start[i] = before.frame
        return _scaled(beams._replace(record=record, start=start))

    def finish(self, beams: Beams) -> list[tuple[int, float, int]]:
        """(history, acoustic log-probability, record) of each whole word sequence.

        Beams inside a word count only where no beam stands at the end of one.
        """
        rows, words = self._final_words(beams)
        histories = self.histories.extend(beams.history[rows], words)
        mass = np.log(np.maximum(beams.blank + beams.label, 1e-300))[rows] + beams.log_scale
        found: dict[int, tuple[float, float, int]] = {}
        for history, row, word, value in zip(
            histories.tolist(), rows.tolist(), words.tolist(), mass.tolist(), strict=True
        ):
            total, best, record = found.get(history, (-np.inf, -np.inf, -1))
            if value > best:
                best, record = value, self._closed(beams, row, word)
            found[history] = (float(np.logaddexp(total, value)), best, record)
        return [(history, total, record) for history, (total, _, record) in found.items()]

    def _final_words(self, beams: Beams) -> tuple[Integers, Integers]:
        counts = self._num_words[beams.node]
        rows = np.repeat(np.arange(len(counts)), counts)
        offset = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        words = self.trie.words[self.trie.first_word[beams.node][rows] + offset]
        idle = np.flatnonzero(beams.node == ROOT)
        if not len(rows) and not len(idle):
            idle = np.arange(len(counts))
        return np.append(rows, idle), np.append(words, np.full(len(idle), NOISE))

    def _closed(self, beams: Beams, row: int, word: int) -> int:
        if word == NOISE:
            return int(beams.record[row])
        start, end = int(beams.start[row]), int(beams.last[row]) + 1
        self.records.append((int(beams.record[row]), word, start, end))
        return len(self.records) - 1


def _stays(beams: Beams, blank: Floats, label: Floats) -> _Moves:
    none = np.full(len(blank), _NONE)
    return _Moves(
        beams.history, beams.node, blank, label, beams.record, beams.start, beams.last, none, none
    )


def _joined(parts: list[_Moves]) -> _Moves:
    return _Moves._make(map(np.concatenate, zip(*parts, strict=True)))


def _merged(moves: _Moves, num_nodes: int) -> _Moves:
    """One candidate for each (history, node): masses add, times come from the likelier."""
    key = moves.history * num_nodes + moves.node
    order = np.lexsort((-moves.blank - moves.label, key))
    ordered = key[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    if len(first) == len(key):
        return moves
    best = order[first]
    merged = _Moves._make(column[best] for column in moves)
    return merged._replace(
        blank=np.add.reduceat(moves.blank[order], first),
        label=np.add.reduceat(moves.label[order], first),
    )


def _scaled(beams: Beams) -> Beams:
    """Masses brought back to at most one, so that nothing underflows."""
    top = float((beams.blank + beams.label).max())
    if top <= 0.0:
        return beams
    return beams._replace(
        blank=beams.blank / top, label=beams.label / top, log_scale=beams.log_scale + np.log(top)
    )
