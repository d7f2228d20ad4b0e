from __future__ import annotations

import math

import pytest

from sayfind.correction.apply import apply, did_you_mean, join
from sayfind.correction.reasons import TIED
from sayfind.types import Change, Hypothesis, NBest, Word


def change(before: str, after: str, start: int, accepted: bool = True, **scores: float) -> Change:
    values = {"distance": 0.1, "limit": 0.2, **scores}
    reason = "nearest by sound" if accepted else TIED
    return Change(before, after, start, start + len(before), accepted, reason, values)


def test_changes_are_made_from_the_end() -> None:
    changes = [change("addidas", "Adidas", 0), change("shoos", "shoes", 8)]
    assert apply("addidas shoos", changes) == "Adidas shoes"


def test_the_corrected_reading_takes_most_of_the_probability() -> None:
    n_best = NBest((Hypothesis("addidas", {"lm": -3.0}), Hypothesis("a dad")), (0.8, 0.2))
    joined = join(n_best, [change("addidas", "Adidas", 0)])
    assert [h.text for h in joined.hypotheses] == ["Adidas", "a dad", "addidas"]
    assert sum(joined.probabilities) == pytest.approx(1.0)
    assert joined.hypotheses[0].scores["lm"] == -3.0
    sure = [math.exp(h.scores["corrector"]) for h in (joined.hypotheses[0], joined.hypotheses[2])]
    assert sum(sure) == pytest.approx(1.0)


def test_a_reading_that_was_there_already_is_not_doubled() -> None:
    n_best = NBest((Hypothesis("addidas"), Hypothesis("Adidas")), (0.6, 0.4))
    joined = join(n_best, [change("addidas", "Adidas", 0)])
    assert [h.text for h in joined.hypotheses] == ["Adidas", "addidas"]
    assert sum(joined.probabilities) == pytest.approx(1.0)


def test_word_times_follow() -> None:
    words = tuple(Word(w, i, i + 1.0, 0.9 - i / 10) for i, w in enumerate(["red", "logy", "tech"]))
    n_best = NBest((Hypothesis("red logy tech", {}, words),), (1.0,))
    joined = join(n_best, [change("logy tech", "Logitech", 4)])
    assert joined.hypotheses[0].words == (words[0], Word("Logitech", 1.0, 3.0, 0.7))


def test_words_that_do_not_fit_the_text_are_dropped() -> None:
    n_best = NBest((Hypothesis("addidas", {}, (Word("else", 0, 1),)),), (1.0,))
    assert join(n_best, [change("addidas", "Adidas", 0)]).hypotheses[0].words == ()


def test_did_you_mean_offers_what_was_refused_nearest_first() -> None:
    changes = [
        change("addidas", "Adidas", 0),
        change("liser", "riser", 8, accepted=False, distance=0.15),
        change("liser", "laser", 8, accepted=False, distance=0.12),
    ]
    offers = did_you_mean("addidas liser", changes)
    assert offers == ("Adidas laser", "Adidas riser")
    assert did_you_mean("addidas liser", changes, limit=1) == offers[:1]


def test_what_is_locked_is_not_offered() -> None:
    locked = Change("x", "y", 0, 1, False, "refused: number is locked", {"distance": 0.0})
    assert did_you_mean("x", [locked]) == ()
