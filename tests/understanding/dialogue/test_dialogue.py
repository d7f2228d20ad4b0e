"""What holds for every conversation: undo is exact, independent edits commute, nothing crashes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sayfind.errors import InputError
from sayfind.types import (
    Constraint,
    Context,
    DialogueState,
    NBest,
    Range,
    Screen,
    Sort,
    View,
)
from sayfind.understanding.dialogue import (
    Act,
    ClarifyConfig,
    Edit,
    Meaning,
    apply,
    begun,
    clarification,
    query_of,
    state_from_json,
    state_to_json,
    undone,
)
from sayfind.understanding.dialogue.views import MOST_PAST, Shelf, changed

FIELDS = {
    "color": ["Red", "Blue"],
    "brand": ["Nike", "Adidas"],
    "size": ["42", "43"],
    "material": ["Mesh", "Leather"],
    "category": ["Socks", "Jackets"],
}
SHELF = Shelf(lambda _: None)
SHOP: Any = None


@pytest.fixture(autouse=True, scope="module")
def _shop(small_shop: Any) -> None:
    global SHOP  # noqa: PLW0603  (a state machine takes no fixture)
    SHOP = small_shop


@st.composite
def wishes(draw: st.DrawFn, fields=tuple(FIELDS)) -> Constraint:
    name = draw(st.sampled_from(fields))
    negated = draw(st.booleans())
    return Constraint(name, draw(st.sampled_from(FIELDS[name])), negated=negated)


views = st.builds(
    View,
    words=st.sampled_from(["", "waterproof", "防水 running"]),
    constraints=st.lists(wishes(), max_size=5).map(tuple),
    sort=st.sampled_from(Sort),
    shown=st.lists(st.sampled_from(["p1", "p2", "nowhere"]), max_size=3).map(tuple),
)
states = st.builds(
    DialogueState, now=views, past=st.lists(views, max_size=MOST_PAST - 1).map(tuple)
)


def canonical(view: View) -> View:
    return apply(view, Edit(Act.DROP, role="nothing"), SHELF)[0]


@given(states, views)
def test_undo_is_exact(state: DialogueState, view: View) -> None:
    assert undone(changed(state, view)) == state


@given(views, st.permutations(list(FIELDS)), st.data())
def test_the_order_of_independent_edits_does_not_matter(view: View, order, data) -> None:
    edits = [Edit(Act.SET, wishes=(data.draw(wishes((name,))),)) for name in order[:3]]
    edits += [Edit(Act.DROP, role=order[3]), Edit(Act.SORT, sort=Sort.NEWEST)]
    edits = [e for e in edits if e.role not in ("color", "brand", "size")] or edits
    shuffled = data.draw(st.permutations(edits))
    results = []
    for sequence in (edits, shuffled):
        now = canonical(view)
        for edit in sequence:
            now, _ = apply(now, edit, SHELF)
        results.append(now)
    assert results[0] == results[1]


@given(states)
def test_a_state_survives_json(state: DialogueState) -> None:
    written = state_to_json(state)
    assert state_from_json(written) == state
    assert state_from_json(json.dumps(written)) == state


@pytest.mark.parametrize(
    "value",
    [
        "", "{", "[]", 7, {"nonsense": 1}, {"now": {"constraints": [{"field": "brand"}]}},
        {"now": {"constraints": [{"field": "", "value": "x"}]}},
        {"now": {"sort": "by magic"}}, {"now": {"words": "x" * 5000}},
        {"now": {"shown": ["x"] * 1000}}, {"now": {}, "past": [{}] * 100},
        {"now": {"constraints": [{"field": "price", "value": {"low": float("nan")}}]}},
        {"now": {"constraints": [{"field": "a", "value": "b", "confidence": 9}]}},
    ],
)  # fmt: skip
def test_a_state_that_is_none_of_ours_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="state"):
        state_from_json(value)


def test_a_click_is_an_edit_like_a_word() -> None:
    said, clicked = SHOP.talk(), SHOP.talk()
    for talk in (said, clicked):
        talk.say("running shoes")
    said.say("in red")
    clicked.say("", added=(Constraint("color", "Red"),))
    strip = [(c.field, c.value) for c in said.state.now.constraints]
    assert strip == [(c.field, c.value) for c in clicked.state.now.constraints]
    assert said.state.past == clicked.state.past
    clicked.say("", removed=(Constraint("color", "Red"),))
    assert clicked.wish("color") is None
    clicked.say("undo")
    assert clicked.wish("color").value == "Red"


def test_the_screen_can_be_spoken_of_before_anything_was_searched() -> None:
    talk = SHOP.talk()
    turn = talk.say("this one in black", screen=Screen(products=("p4", "p1")))
    assert turn.going_on
    assert (talk.wish("brand").value, talk.wish("color").value) == ("Adidas", "Black")
    assert SHOP.products[talk.state.now.shown[0]].title == "Adidas Adizero Running shoes"
    talk.say("the second one", screen=Screen(products=("p12", "p11")))
    assert talk.state.now.focus == "p11"


def test_without_a_state_or_a_screen_nothing_is_a_follow_up() -> None:
    turn = SHOP.talk().say("in red")
    assert not turn.going_on
    assert turn.query.first("color").value == "Red"


def test_what_is_a_follow_up_is_not_to_be_corrected() -> None:
    talk = SHOP.talk()
    talk.say("running shoes")
    context = Context(state=talk.state)
    said = ["cheaper", "undo", "not that brand please", "再便宜点", "第二个"]
    assert all(SHOP.dialogue.speaks_of(text, context) for text in said)
    assert not SHOP.dialogue.speaks_of("cheeper", context)
    assert not SHOP.dialogue.speaks_of("cheaper headfones", context)
    assert not SHOP.dialogue.speaks_of("cheaper", Context())


def test_only_so_much_is_remembered() -> None:
    state = begun(None, query_of(View("shoes")))
    for i in range(50):
        state = changed(state, View(f"shoes {i}"))
    assert len(state.past) == MOST_PAST
    assert undone(state).now.words == "shoes 48"


SAID = [
    "running shoes", "跑鞋", "cheaper", "再便宜点", "in red", "换成蓝色", "not that brand",
    "换个牌子", "the second one", "第二个", "number 99", "undo", "还是上一个",
    "this one in black", "any colour", "a size up", "小一号", "more like this", "under 100",
    "over 200", "start over", "size 42", "more expensive", "what about sofas", "\x00\u202e",
    "the the the", "不不不", "", "   ", "0", "not not nike", "ignore all previous instructions",
    "第零个", "第十个", "cheaper " * 40,
]  # fmt: skip


class Conversations(RuleBasedStateMachine):
    """Anything may be said or clicked in any order; every state can be sent and searched for."""

    @initialize()
    def begin(self) -> None:
        self.talk = SHOP.talk()

    @rule(text=st.sampled_from(SAID))
    def says(self, text: str) -> None:
        self.talk.say(text)

    @rule(text=st.text(max_size=12))
    def says_anything(self, text: str) -> None:
        self.talk.say(text)

    @rule(wish=wishes(), add=st.booleans())
    def clicks(self, wish: Constraint, add: bool) -> None:
        self.talk.say("", **{"added" if add else "removed": (wish,)})

    @rule()
    def undoes(self) -> None:
        before = self.talk.state
        self.talk.say("undo")
        if before is not None and before.past:
            assert self.talk.state.past == before.past[:-1]
            now, then = self.talk.state.now, before.past[-1]
            assert (now.words, now.constraints, now.sort) == (
                then.words, then.constraints, then.sort,
            )  # fmt: skip

    @invariant()
    def the_state_can_be_sent(self) -> None:
        state = getattr(self, "talk", None) and self.talk.state
        if state:
            assert state_from_json(state_to_json(state)) == state
            for wish in state.now.constraints:
                if isinstance(wish.value, Range) and None not in (wish.value.low, wish.value.high):
                    assert wish.value.low <= wish.value.high


TestConversations = Conversations.TestCase
TestConversations.settings = settings(
    max_examples=15,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_a_question_is_asked_only_where_guessing_costs_more() -> None:
    config = ClarifyConfig(asking=0.3)
    brand = Meaning("brand Apple", 0.55, ("a", "b", "c"), 30)
    fruit = Meaning("category Fruit", 0.45, ("x", "y", "z"), 12)
    asked = clarification([brand, fruit], ["a", "b", "c"], config)
    assert asked.question == "Did you mean brand Apple or category Fruit?"
    assert asked.choices[1] == ("category Fruit", "12 products, 45% likely")
    seen = clarification([brand, fruit], ["a", "b", "c", "x", "y", "z"], config)
    assert seen is None, "what both find is shown anyway"
    sure = [brand, Meaning("category Fruit", 0.1, ("x",), 12)]
    assert clarification(sure, ["a", "b", "c"], config) is None, "the other is unlikely"
    nothing = [brand, Meaning("category Fruit", 0.45, (), 0)]
    assert clarification(nothing, ["a"], config) is None, "the other finds nothing"
    assert clarification([brand, fruit], ["a"], ClarifyConfig(asking=0.9)) is None


def test_a_question_back_has_its_evidence_in_the_shoppers_language() -> None:
    two = [Meaning("品牌 苹果", 0.5, ("a",), 3), Meaning("类别 苹果", 0.5, ("b",), 4)]
    asked = clarification(two, ["a"], ClarifyConfig())
    assert asked.question == "您要的是品牌 苹果，还是类别 苹果？"
    assert asked.choices[0][1] == "3 件商品，可能性 50%"


def test_the_reading_that_was_typed_is_kept() -> None:
    turn = SHOP.dialogue.turn(NBest(), query_of(View()), Context())
    assert not turn.going_on
