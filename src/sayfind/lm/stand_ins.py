"""New words in an n-gram model that is there: each takes the place of a word that it knows.

A new word is as likely as its stand-in, wherever that stands, until the model is estimated again.
The stand-in of a name is the word likeliest after what the name follows: a new model of a brand is
said where another model of the brand is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from sayfind.lm.backoff import BEGIN, END, NGram

__all__ = ["stand_ins", "with_words"]

_SHORTEST = 3  # letters: "a" and "of" stand for no name


def stand_ins(model: NGram, sentences: Iterable[Sequence[str]]) -> dict[str, str]:
    """The known word that stands for each unknown one of some sentences.

    >>> from sayfind.lm.ngram import estimate
    >>> model = estimate([(["nike", "pegasus", "shoes"], 1.0)], order=3, open_vocabulary=False)
    >>> stand_ins(model, [["nike", "vomero", "shoes"]])
    {'vomero': 'pegasus'}
    """
    found: dict[str, str] = {}
    for words in sentences:
        before = BEGIN
        for word in words:
            if word not in model.ids:
                found.setdefault(word, _likeliest(model, before, set(words)))
            before = found.get(word, word)
    return found


def _likeliest(model: NGram, before: str, others: set[str]) -> str:
    """The word likeliest after another that is no other word of the sentence."""
    fit = [w for w in model.vocabulary if len(w) >= _SHORTEST and w not in others]
    words = fit or list(model.vocabulary) or [END]
    rows = np.array([[model.ids[before], model.ids[word]] for word in words], dtype=np.int64)
    return words[int(model.log_probs(rows[:, -model.order :]).argmax())]


def with_words(model: NGram, known: Mapping[str, str]) -> NGram:
    """The model with names for words that it knows: new word to stand-in."""
    again = NGram(model.words, model.levels)
    again.ids = {**model.ids, **{new: model.ids[old] for new, old in known.items()}}
    return again
