from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.correction.locks import lock_signature
from sayfind.errors import ModelError
from sayfind.feedback.implicit import Transcript
from sayfind.feedback.rewriter import Rewriter, RewriterConfig, Rules, learn_rules
from sayfind.stages import Corrector
from sayfind.testing import CorrectorSuite, FakeCorrector
from sayfind.testing.checks import check_n_best
from sayfind.types import Action, Hypothesis, NBest


def said(heard: str, meant: str, sessions: int, name: str = "s") -> list[Transcript]:
    readings = ((heard, 0.7), ("something else", 0.3))
    action = Action.CLICKED if heard == meant else Action.EDITED
    return [Transcript(readings, meant, f"{name}{i}", action) for i in range(sessions)]


LOG = [
    *said("addy das running shoes", "adidas running shoes", 6, "a"),
    *said("black addy das", "black adidas", 5, "b"),
    *said("sony headphones", "sony headphones", 8, "c"),
    *said("shoes under forty", "shoes under fourteen", 9, "d"),
]
RULES = learn_rules(LOG)


class TestRewriter(CorrectorSuite):
    def corrector(self) -> Corrector:
        return Rewriter(RULES, lock_signature, FakeCorrector({"shoos": "shoes"}))

    def slip(self) -> tuple[str, str]:
        return "white addy das", "white adidas"

    def right(self) -> tuple[str, ...]:
        return "sony headphones", "addy black das", "adidas running shoes"


def rewritten(text: str, rules: Rules = RULES) -> str:
    return Rewriter(rules, lock_signature).correct(NBest.from_text(text), None)[0].text


def test_what_was_learnt_of_one_query_serves_another() -> None:
    assert rewritten("green addy das for men") == "green adidas for men"


def test_numbers_stay_whatever_shoppers_said() -> None:
    assert RULES.meant[("forty",)][0] == ("fourteen",)
    assert rewritten("shoes under forty") == "shoes under forty"


def test_two_sessions_are_not_enough_and_one_session_cannot_be_three() -> None:
    few = learn_rules(said("addy das", "adidas", 2))
    assert rewritten("addy das", few) == "addy das"
    alone = learn_rules(said("addy das", "adidas", 1) * 50)
    assert rewritten("addy das", alone) == "addy das"


def test_what_is_as_often_right_is_left() -> None:
    mixed = learn_rules([*said("polo", "polar", 9, "a"), *said("polo", "polo", 9, "b")])
    assert rewritten("polo", mixed) == "polo"


def test_what_nobody_corrects_any_more_is_what_is_kept() -> None:
    rules = learn_rules(
        [*said("polo", "polar", 20, "a"), *said("polo shirt", "polo shirt", 2, "b")]
    )
    assert rewritten("polo", rules) == "polar"


def test_a_lower_reading_that_shoppers_were_content_with_is_lifted() -> None:
    rules = learn_rules(said("sony headphones", "sony headphones", 500))
    heard = NBest.from_scores(
        [Hypothesis("sunny headphones"), Hypothesis("sony headphones")], [0, -1]
    )
    n_best, changes = Rewriter(rules, lock_signature).correct(heard, None)
    assert n_best.text == "sony headphones"
    assert [(c.before, c.after) for c in changes] == [("sunny headphones", "sony headphones")]
    check_n_best(n_best)
    sure = NBest.from_scores(
        [Hypothesis("sunny headphones"), Hypothesis("sony headphones")], [0, -9]
    )
    assert Rewriter(rules, lock_signature).correct(sure, None)[0].text == "sunny headphones"


def test_where_nothing_was_learnt_the_other_corrector_acts_but_not_on_known_words() -> None:
    other = FakeCorrector({"shoos": "shoes", "headphones": "earphones"})
    rewriter = Rewriter(RULES, lock_signature, other)
    assert rewriter.correct(NBest.from_text("red shoos"), None)[0].text == "red shoes"
    assert rewriter.correct(NBest.from_text("sony headphones"), None)[0].text == "sony headphones"


def test_doubtful_speech_becomes_the_known_query_that_it_sounds_like() -> None:
    rewriter = Rewriter(learn_rules(said("desert boots in suede", "desert boots in suede", 9)),
                        lock_signature)  # fmt: skip
    doubtful = NBest.from_scores(
        [Hypothesis("desert beats and suede", {"acoustic": -1.0}), Hypothesis("dessert")], [0, 0]
    )
    n_best, (change,) = rewriter.correct(doubtful, None)
    assert n_best.text == change.after == "desert boots in suede"
    check_n_best(n_best)
    sure = NBest((Hypothesis("desert beats and suede", {"acoustic": -1.0}),), (1.0,))
    assert rewriter.correct(sure, None)[0] == sure
    assert rewritten("desert beats and suede", rewriter.rules) == "desert beats and suede", "typed"


WORDS = st.lists(
    st.sampled_from(["a", "six", "asics", "red", "shoes", "50", "not"]), min_size=1, max_size=6
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(WORDS, WORDS), max_size=6), st.lists(WORDS, min_size=1, max_size=4))
def test_whatever_was_learnt_the_promises_hold(
    pairs: list[tuple[list[str], list[str]]], readings: list[list[str]]
) -> None:
    log = [t for i, (h, m) in enumerate(pairs) for t in said(" ".join(h), " ".join(m), 9, f"{i}-")]
    rewriter = Rewriter(learn_rules(log), lock_signature)
    texts = [" ".join(words) for words in readings]
    heard = NBest.from_scores([Hypothesis(text) for text in texts], [-i for i in range(len(texts))])
    n_best, changes = rewriter.correct(heard, None)
    check_n_best(n_best)
    assert lock_signature(n_best.text) == lock_signature(heard.text)
    text = heard.text
    for change in reversed(changes):
        assert text[change.start : change.end] == change.before
        text = text[: change.start] + change.after + text[change.end :]
    assert n_best.text == text
    assert rewriter.correct(NBest.from_text(n_best.text), None)[0].text == n_best.text


def test_rules_survive_the_disk(tmp_path: Path) -> None:
    RULES.save(tmp_path / "rules.json")
    again = Rules.open(tmp_path / "rules.json")
    assert again.known == RULES.known
    assert {h: m for h, (m, _) in again.meant.items()} == {
        h: m for h, (m, _) in RULES.meant.items()
    }


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"version": 9}', '{"version": 1, "rules": [3]}'])
def test_damaged_rules_are_an_error(tmp_path: Path, body: str) -> None:
    (tmp_path / "rules.json").write_text(body)
    with pytest.raises(ModelError, match="sayfind learn"):
        Rules.open(tmp_path / "rules.json")


def test_settings_that_make_no_sense() -> None:
    for wrong in ({"least_sessions": 0}, {"floor": 0.0}, {"least_share": 1.0}):
        with pytest.raises(ValueError):
            RewriterConfig(**wrong)  # type: ignore[arg-type]
