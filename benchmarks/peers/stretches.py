"""The stretches of a text that a matcher may replace, and the choice among its answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sayfind.catalog.phrases import catalogue_phrases
from sayfind.shop import Shop
from sayfind.text.normalise import has_han

__all__ = ["Replacement", "apply_best", "closed_set", "stretches"]

_TOKEN = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+(?:['.-][^\W\u4e00-\u9fff]+)*")


@dataclass(frozen=True, slots=True)
class Replacement:
    """Characters ``start`` to ``end`` should be ``after``; ``score`` in [0, 1] says how surely."""

    start: int
    end: int
    after: str
    score: float


def closed_set(shop: Shop) -> list[str]:
    """The names of a shop: its phrases as they are said, and its Chinese values as written."""
    phrases = catalogue_phrases(list(shop.products.values()), shop.vocabulary)
    values = (form for entry in shop.vocabulary.entries for form in (entry.value, *entry.forms))
    chinese = (form for form in values if has_han(form))
    return list(dict.fromkeys((*(phrase for phrase, _ in phrases), *chinese)))


def stretches(text: str, longest: int) -> Iterator[tuple[int, int]]:
    """(start, end) of every run of up to ``longest`` words or Chinese characters, longest first."""
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    for length in range(min(longest, len(tokens)), 0, -1):
        for first in range(len(tokens) - length + 1):
            yield tokens[first][0], tokens[first + length - 1][1]


def apply_best(text: str, found: Sequence[Replacement]) -> str:
    """The text with the surest replacements made, the longer first among equals; none overlap."""
    kept: list[Replacement] = []
    for each in sorted(found, key=lambda r: (-r.score, r.start - r.end, r.start)):
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
    for each in sorted(kept, key=lambda r: -r.start):
        text = text[: each.start] + each.after + text[each.end :]
    return text
