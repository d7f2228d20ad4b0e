"""An intent grammar as a plain file: patterns, values, votes, and what is wrong with a file."""

from __future__ import annotations

import pytest

from sayfind.errors import ConfigError
from sayfind.stages import Understander
from sayfind.types import Hypothesis, Intent, NBest, Range
from sayfind.understanding import ConstraintUnderstander
from sayfind.understanding.grammar import Grammar, GrammarUnderstander

TEXT = """
[dim]
say = ["(dim|set) [the] {what} to {level:percent}", "[把]{what}调到{level:percent}"]
answer = "{what} at {level}."
answer_zh = "{what}：{level}。"
where = { category = "Shoes" }
[paint]
say = ["paint {what} {colour:red|dark blue}"]
[stop]
say = ["stop"]
"""


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return Grammar.parse(TEXT)


@pytest.mark.parametrize(
    ("text", "name", "slots"),
    [
        ("Dim the lamp to thirty percent", "dim",
         (("what", "lamp"), ("level", Range(30, 30, "%")))),
        ("could you please set theatre to 5", "dim",
         (("what", "theatre"), ("level", Range(5, 5, "%")))),
        ("请把灯调到百分之二十", "dim", (("what", "灯"), ("level", Range(20, 20, "%")))),
        ("paint it dark blue", "paint", (("what", "it"), ("colour", "dark blue"))),
        ("stop, please", "stop", ()),
    ],
)  # fmt: skip
def test_what_is_said_is_read(grammar: Grammar, text: str, name: str, slots: object) -> None:
    assert grammar.read(text) == Intent(name, slots)


@pytest.mark.parametrize(
    "text",
    ["", "dimmer switches", "red shoes", "paint it green", "umbrella stop", "nonstop", "?)("],
)
def test_what_is_none_of_it_is_left(grammar: Grammar, text: str) -> None:
    assert grammar.read(text) is None


def test_the_answer_is_in_the_shoppers_language(grammar: Grammar) -> None:
    intent = grammar.read("dim lamp to 30 percent")
    assert grammar.answer(intent, False, lambda _: "Lamp") == "Lamp at 30%."
    assert grammar.answer(intent, True, lambda _: "灯") == "灯：30%。"


def test_readings_vote_and_what_is_left_is_understood(grammar: Grammar, shop) -> None:
    understander = GrammarUnderstander(grammar, ConstraintUnderstander(shop))
    assert isinstance(understander, Understander)
    texts = ("dim the red shoes to 30", "stop", "dim the red shoes to 30 percent")
    readings = NBest(tuple(map(Hypothesis, texts)), (0.3, 0.4, 0.3))
    query = understander.understand(readings)
    assert query.intent.name == "dim" and query.intent.confidence == pytest.approx(0.6)
    assert query.text == texts[0] and query.first("color").value == "Red"
    assert query.first("category").value == "Shoes"
    plain = understander.understand(NBest.from_text("red shoes"))
    assert plain == ConstraintUnderstander(shop).understand(NBest.from_text("red shoes"))


@pytest.mark.parametrize(
    ("text", "said"),
    [("[a", "TOML"), ("[a]\nanswer='x'", "needs say"), ("a = 1", "needs say"),
     ("[a]\nsay=['(b']", "bad pattern"), ("[a]\nsay=['{x:number} {x}']", "bad pattern"),
     ("[a]\nsay=['b']\nwere='c'", "may have")],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Grammar.parse(text)
