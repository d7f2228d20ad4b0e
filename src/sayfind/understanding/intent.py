"""What is to be done: a grammar of tell-tale phrases and a learned tagger, weighed together.

The tagger (``models/shop_tagger.onnx``) gives every intent a probability; each phrase of the
grammar that is found, and a product that the catalogue knows, counts beside it. A phrase of
confidence c weighs c / (1 - c) taggers, so that "where is my order" outvotes any guess and a
mild hint only tips the balance.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from sayfind.audio.onnx import MODELS
from sayfind.text.normalise import normalise
from sayfind.types import Constraint, Intent, Range
from sayfind.understanding.tagging import Tagged, Tagger

__all__ = ["IntentConfig", "IntentReader", "ShopIntent"]


class ShopIntent(StrEnum):
    """What people ask of a shop and its neighbours; ``NONE`` is none of these."""

    SEARCH = "search"
    COMPARE = "compare"
    FILTER = "filter"
    REORDER = "reorder"
    ORDER_STATUS = "order_status"
    RETURN = "return"
    FAQ = "faq"
    CONTROL_DEVICE = "control_device"
    NAVIGATE = "navigate"
    SMALL_TALK = "small_talk"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class IntentConfig:
    """How intents are read.

    Attributes:
        model: The tagger's file.
        readings: How many readings of an n-best list vote.
        least_slot: Confidence from which a tagged slot counts.
        known_value: Confidence that a wish for a catalogue value means a search.
        stranger: How likely somebody in a shop says what is none of its business, beside the
            texts that the tagger learnt from, nearly half of which are such.
    """

    model: Path = MODELS / "shop_tagger.onnx"
    readings: int = 3
    least_slot: float = 0.5
    known_value: float = 0.5
    stranger: float = 0.1

    def __post_init__(self) -> None:
        if not (0 <= self.least_slot <= 1 and 0 <= self.known_value < 1):
            raise ValueError("least_slot and known_value are probabilities below 1")
        if self.readings < 1 or self.stranger < 0:
            raise ValueError("readings is at least 1, stranger at least 0")


_I = ShopIntent
_PHRASES = Path(__file__).with_name("intent_phrases.tsv")


@cache
def _phrases() -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    """(intent, weight, pattern) of each intent's phrases that are equally sure."""
    together: dict[tuple[str, float], list[str]] = defaultdict(list)
    for line in _PHRASES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            intent, sure, phrase = line.split("\t")
            word = phrase.isascii()
            phrase = rf"(?<![a-z0-9])(?:{phrase})(?![a-z])" if word else f"(?:{phrase})"
            together[intent, float(sure)].append(phrase)
    return tuple(
        (intent, sure / (1 - sure), re.compile("|".join(phrases)))
        for (intent, sure), phrases in together.items()
    )


_SLOTS: Mapping[str, tuple[str, ...]] = {
    _I.CONTROL_DEVICE: ("device", "room", "value"),
    _I.NAVIGATE: ("place",),
    _I.ORDER_STATUS: ("order",),
    _I.RETURN: ("order",),
    _I.REORDER: ("order",),
}
_PRODUCT = ("category", "brand")


class IntentReader:
    """Reads the intent of readings; the wishes found in them are part of the evidence."""

    def __init__(self, config: IntentConfig | None = None) -> None:
        self._config = config or IntentConfig()
        self._tagger = Tagger(self._config.model)

    def read(
        self,
        texts: Sequence[str],
        probabilities: Sequence[float],
        wishes: Sequence[Constraint],
        details: Sequence[tuple[str, str | Range]],
    ) -> Intent | None:
        """The likeliest intent over the readings, with slots; a plain search is ``None``."""
        shares: dict[str, float] = defaultdict(float)
        tagged = Tagged((), ())
        for text, probability in self._voters(texts, probabilities):
            said = self._tagger.tag(text)
            tagged = tagged if tagged.intents else said
            for name, share in self._weigh(text, said, wishes):
                shares[name] += probability * share
        if not shares:
            return None
        name = max(shares, key=lambda each: shares[each])
        slots = (*self._slots(name, normalise(texts[0]), tagged, wishes), *details)
        if name == _I.SEARCH and not slots:
            return None
        return Intent(name, slots, round(min(1.0, shares[name]), 4))

    def _voters(
        self, texts: Sequence[str], probabilities: Sequence[float]
    ) -> list[tuple[str, float]]:
        together: dict[str, float] = defaultdict(float)
        for text, probability in zip(texts, probabilities, strict=True):
            together[normalise(text)] += probability
        voters = sorted(together.items(), key=lambda pair: -pair[1])[: self._config.readings]
        total = sum(share for _, share in voters) or 1.0
        return [(text, share / total) for text, share in voters]

    def _weigh(
        self, text: str, tagged: Tagged, wishes: Sequence[Constraint]
    ) -> Iterable[tuple[str, float]]:
        """Every intent with its share of all evidence; shares sum to one."""
        weights: dict[str, float] = defaultdict(float)
        for name, share in tagged.intents:
            weights[name] += share * (self._config.stranger if name == _I.NONE else 1.0)
        for intent, weight, pattern in _phrases():
            if pattern.search(text):
                weights[intent] += weight
        known = max((w.confidence for w in wishes if w.field in _PRODUCT), default=0.0)
        sure = self._config.known_value
        weights[_I.SEARCH] += known * sure / (1 - sure)
        total = sum(weights.values()) or 1.0
        return [(name, weight / total) for name, weight in weights.items()]

    def _slots(
        self, name: str, text: str, tagged: Tagged, wishes: Sequence[Constraint]
    ) -> Iterable[tuple[str, str]]:
        if name == _I.COMPARE:
            return [("item", item) for item in _compared(wishes)]
        wanted = _SLOTS.get(name, ())
        return [
            (slot.name, text[slot.start : slot.end])
            for slot in tagged.slots
            if slot.name in wanted and slot.confidence >= self._config.least_slot
        ]


def _compared(wishes: Sequence[Constraint]) -> list[str]:
    """The shopper's words for what is compared: the first column with two values or more."""
    by_field: dict[str, list[str]] = defaultdict(list)
    for wish in wishes:
        if not wish.negated and wish.text:
            by_field[wish.field].append(wish.text)
    return next((items for items in by_field.values() if len(items) > 1), [])
