"""An intent grammar as a plain file: what can be said to a domain, and what is then to be done.

A TOML file has one table for each intent::

    [turn_on]
    say = ["(turn|switch) on [the] {what}", "打开{what}"]
    answer = "Turning on {what}."
    answer_zh = "正在打开{what}。"
    where = { category = "Lights" }

In ``say``, ``(a|b)`` is a choice, ``[a]`` may be left out, ``{what}`` is looked up in the
catalogue, ``{other}`` too, and ``{level:percent}`` takes one of ``KINDS`` of values, or one of the
words that follow the colon, parted by bars. ``where`` are wishes that go with the intent.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sayfind.errors import ConfigError
from sayfind.stages import Understander
from sayfind.text.normalise import normalise
from sayfind.text.numbers import to_digits
from sayfind.types import Constraint, Intent, NBest, Query, Range

__all__ = ["KINDS", "WHAT", "Grammar", "GrammarUnderstander", "IntentRule"]

WHAT = "what"
"""The slot that is looked up in the catalogue."""

_NUMBER = r"-?\d+(?:\.\d+)?"
KINDS: Mapping[str, tuple[str, str]] = {
    "number": (_NUMBER, ""),
    "percent": (rf"(?:百分之)?\s*{_NUMBER}\s*(?:%|percent|per cent)?", "%"),
    "degrees": (rf"{_NUMBER}\s*(?:degrees?(?: celsius)?|°c?|度)?", "°C"),
    "minutes": (rf"{_NUMBER}\s*(?:minutes?|mins?|分钟)", "min"),
    "time": (r"\d{1,2}(?::\d\d)?\s*(?:am|pm|o'clock)?|[上下]午\d{1,2}点半?|\d{1,2}点半?", ""),
    "text": (r"[^\s].*?", ""),
}
"""Kinds of values: their pattern, and the unit of those that are numbers."""

_POLITE = re.compile(
    r"^(?:(?:(?:please|hey|ok|okay|um+|uh+|hi|hello|now|and|then|could you|can you|would you|"
    r"will you|i want you to|i would like to|i'd like to|i want to|let's)(?![a-z])|"
    r"请|麻烦|帮我|给我|帮忙|你好|能不能|可以|能|我想|我要|那)[\s,]*)+"
)
_POLITE_END = re.compile(
    r"[\s,.!?。！？]*(?:please|thanks|thank you|for me|now|吧|谢谢|好吗|一下|吗)?[\s,.!?。！？]*$"
)
_PIECE = re.compile(
    r"\{(?P<slot>\w+)(?::(?P<kind>[^}]+))?\}|(?P<mark>[()|\[\]])|(?P<space>\s+)|(?P<text>.)"
)


@dataclass(frozen=True, slots=True)
class IntentRule:
    """One table of the file."""

    name: str
    patterns: tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]
    answers: Mapping[str, str] = field(default_factory=dict)
    where: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class Grammar:
    """All intents of a domain, in the order of the file: the first that matches counts."""

    rules: tuple[IntentRule, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Grammar:
        """The grammar of a TOML text.

        Raises:
            ConfigError: it is none; the sentence names the intent and what is wrong with it.
        """
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"The intents are not valid TOML: {error}.") from error
        return cls(tuple(_rule(name, table) for name, table in tables.items()))

    def read(self, text: str) -> Intent | None:
        """What a text asks to be done, or ``None``."""
        plain = to_digits(normalise(text)).strip()
        plain = _POLITE_END.sub("", _POLITE.sub("", plain))
        for rule in self.rules:
            for pattern, kinds in rule.patterns:
                found = pattern.fullmatch(plain)
                if found:
                    slots = {n: v.strip() for n, v in found.groupdict().items() if v}
                    values = tuple((n, _value(kinds.get(n, ""), v)) for n, v in slots.items())
                    return Intent(rule.name, values)
        return None

    def rule(self, name: str) -> IntentRule | None:
        """The table with a name."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def answer(self, intent: Intent, chinese: bool, shown: Callable[[str], str]) -> str:
        """The sentence for an intent; ``shown`` gives the words for a slot that was looked up."""
        rule = self.rule(intent.name)
        template = rule.answers.get("zh" if chinese else "en", "") if rule else ""
        for name, value in intent.slots:
            words = shown(name) if isinstance(value, str) else f"{value.low:g}{value.unit}"
            template = template.replace(f"{{{name}}}", words)
        return template


def _rule(name: str, table: Any) -> IntentRule:
    known = {"say", "answer", "answer_zh", "where"}
    if not isinstance(table, dict) or set(table) - known or not table.get("say"):
        raise ConfigError(f"The intent {name!r} needs say, and may have answer, answer_zh, where.")
    patterns = []
    for said in table["say"]:
        kinds: dict[str, str] = {}
        try:
            patterns.append((re.compile(_pattern(said, kinds)), kinds))
        except (re.error, TypeError) as error:
            raise ConfigError(
                f"The intent {name!r} has a bad pattern {said!r}: {error}."
            ) from error
    answers = {"en": table.get("answer", ""), "zh": table.get("answer_zh", "")}
    wanted = table.get("where", {})
    where = tuple(
        Constraint(key, value)
        for key, values in wanted.items()
        for value in (values if isinstance(values, list) else [values])
    )
    return IntentRule(name, tuple(patterns), answers, where)


def _pattern(said: str, kinds: dict[str, str]) -> str:
    """A way to say something as a regular expression over normalised text."""
    pieces = []
    for found in _PIECE.finditer(normalise(said)):
        if found["slot"]:
            kind = kinds[found["slot"]] = found["kind"] or ""
            words = KINDS[kind][0] if kind in KINDS else kind or KINDS["text"][0]
            pieces.append(f"(?P<{found['slot']}>{words})")
        elif found["space"]:
            pieces.append(r"\s*" if not pieces else r"\s*(?:\b|(?<=\W)|(?=\W))\s*")
        else:
            mark = {"(": "(?:", "[": "(?:", "]": ")?"}.get(found["mark"] or "", found["mark"])
            pieces.append(mark or re.escape(found["text"]))
    return "".join(pieces)


def _value(kind: str, said: str) -> str | Range:
    unit = KINDS.get(kind, ("", ""))[1]
    number = re.search(_NUMBER, said)
    if (unit or kind == "number") and number:
        return Range(float(number.group()), float(number.group()), unit)
    return said


class GrammarUnderstander:
    """Implements ``stages.Understander``: the grammar first, and what it leaves to another."""

    def __init__(self, grammar: Grammar, inner: Understander) -> None:
        self.grammar = grammar
        self._inner = inner

    def understand(self, n_best: NBest) -> Query:
        """The likeliest intent over all readings, with what it speaks of as the query."""
        votes: dict[Intent, float] = defaultdict(float)
        texts: dict[Intent, str] = {}
        for hypothesis, probability in zip(n_best.hypotheses, n_best.probabilities, strict=True):
            intent = self.grammar.read(hypothesis.text)
            if intent is not None:
                votes[intent] += probability
                texts.setdefault(intent, hypothesis.text)
        if not votes:
            query = self._inner.understand(n_best)
            guessed = query.intent is not None and self.grammar.rule(query.intent.name)
            return replace(query, intent=None) if guessed else query
        intent = max(votes, key=lambda found: votes[found])
        what = str(dict(intent.slots).get(WHAT, ""))
        inner = self._inner.understand(NBest.from_text(what))
        rule = self.grammar.rule(intent.name)
        known = {(c.field, c.value) for c in inner.constraints}
        where = rule.where if rule else ()
        wishes = (*inner.constraints, *(c for c in where if (c.field, c.value) not in known))
        return replace(
            inner,
            text=n_best.text,
            terms=inner.terms or what,
            constraints=wishes,
            alternatives=tuple(
                (h.text, p) for h, p in zip(n_best.hypotheses, n_best.probabilities, strict=True)
            )[:1],
            intent=replace(intent, confidence=min(1.0, votes[intent])),
        )
