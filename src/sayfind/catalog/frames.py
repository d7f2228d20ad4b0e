"""Whole ways of asking, with places for what a shop has: "compare {brand} and {brand2}".

A table (``data/requests_en.txt``, ``data/requests_zh.txt``) is read by anyone and edited as text.
A line is a weight, a tab and a frame; ``[a|b|]`` is one of the pieces, ``{who}`` a place. A place
is filled by a list of the table (``who = my mom | my dad``) or by the shop. General knowledge of
how people ask, from no data set; what can be understood is to be hearable.
"""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate

__all__ = ["Choice", "Frames", "plain_amounts", "round_number"]

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_PLACE = re.compile(r"\{([a-z_]+\d?)\}")
_TRIES = 5
_DIGIT_BY_DIGIT = re.compile(
    r"(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine) ?){2,}|[零一二三四五六七八九]{2,}"
)

Fill = Callable[[str], str]


class Choice:
    """Draws from weighted words."""

    def __init__(self, weighted: Mapping[str, float]) -> None:
        self._items = tuple(weighted)
        self._sums = tuple(accumulate(weighted.values()))

    def draw(self, generator: random.Random) -> str:
        """One of them, by weight."""
        return self._items[bisect(self._sums, generator.random() * self._sums[-1])]


@dataclass(frozen=True)
class Frames:
    """Weighted frames and the lists they name."""

    frames: tuple[str, ...]
    weights: tuple[float, ...]
    lists: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sums", tuple(accumulate(self.weights)))

    @classmethod
    def load(cls, language: str) -> Frames:
        """The bundled table of a language, ``en`` or ``zh``."""
        table = files("sayfind.catalog").joinpath(f"data/requests_{language}.txt")
        return cls.parse(table.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> Frames:
        r"""A table; lines that are empty or begin with ``#`` say nothing.

        >>> Frames.parse("who = me | you\n2\tfor {who}").lists
        {'who': ('me', 'you')}
        """
        frames: list[str] = []
        weights: list[float] = []
        lists: dict[str, tuple[str, ...]] = {}
        for line in text.splitlines():
            name, is_list, members = line.partition(" = ")
            weight, _, frame = line.partition("\t")
            if not line or line.startswith("#"):
                continue
            if is_list:
                lists[name] = tuple(member.strip() for member in members.split("|"))
            else:
                weights.append(float(weight))
                frames.append(frame)
        return cls(tuple(frames), tuple(weights), lists)

    def draw(self, generator: random.Random, subject: Callable[[], Fill]) -> str:
        """One frame with its places filled; empty where the shop has nothing for a place.

        ``subject`` takes a product to speak of and gives what fills the places that no list fills,
        by their names; where it has not what the frame asks for, some others are tried.
        """
        sums: tuple[float, ...] = self.__dict__["_sums"]
        text = self.frames[bisect(sums, generator.random() * sums[-1])]
        while choice := _CHOICE.search(text):
            piece = generator.choice(choice[1].split("|"))
            text = text[: choice.start()] + piece + text[choice.end() :]
        for _ in range(_TRIES):
            if filled := self._filled(text, generator, subject()):
                return filled
        return ""

    def _filled(self, text: str, generator: random.Random, fill: Fill) -> str:
        filled: dict[str, str] = {}
        for name in _PLACE.findall(text):
            members = self.lists.get(name.rstrip("0123456789"))
            filled[name] = generator.choice(members) if members else fill(name)
            if not filled[name]:
                return ""
        return " ".join(_PLACE.sub(lambda place: filled[place[1]], text).split())


def round_number(price: float, generator: random.Random) -> int:
    """A number as people name one: one or two figures, then zeros; sometimes a five or a nine."""
    if price < 10:
        return max(1, round(price))
    figures = generator.choice((1, 1, 2))
    scale: int = 10 ** max(0, len(str(int(price))) - figures)
    number = max(1, round(price / scale)) * scale
    return number - 1 if generator.random() < 0.05 else number


def plain_amounts(forms: Sequence[str]) -> tuple[str, ...]:
    """The ways of saying an amount; nobody says a price of 700 as "seven zero zero".

    >>> plain_amounts(("two fifty", "two hundred fifty", "two five zero"))
    ('two fifty', 'two hundred fifty')
    """
    said = tuple(form for form in forms if not _DIGIT_BY_DIGIT.fullmatch(form))
    return said or tuple(forms[:1])
