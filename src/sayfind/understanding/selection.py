"""Which column a mention means, and which one of several values for a column is wanted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sayfind.types import Constraint
from sayfind.understanding.mentions import Mention, Option
from sayfind.understanding.reading import Reading, Span
from sayfind.understanding.wording import ACCESSORIES, COMPARED, JOIN, STOP_WORDS, ZH_ACCESSORIES

__all__ = ["Selection", "Wanted", "one_per_field", "shares"]

_TAKEN = 0.15  # how likely a column is named twice without "or"
_OF_ACCESSORY = 0.3  # how likely "laptop" is the category in "laptop sleeve"
_QUALIFIER = 0.75  # the same before a noun that nobody knows
_CORRECTED = re.compile(
    r"(?<![a-z])(?:no|wait|sorry|i mean|actually|make (?:it|that)|rather|instead)(?![a-z])|"
    r"不对|不是|错了|改成|换成|还是要|应该"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One mention read as one column's value."""

    mention: Mention
    option: Option
    confidence: float
    negated: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """Constraints with their place in the reading; ``overruled`` stretches were taken back."""

    constraints: tuple[tuple[int, Constraint], ...]
    overruled: tuple[Span, ...]


def shares(
    reading: Reading,
    mentions: Sequence[Mention],
    negated: Collection[int],
    known: Sequence[Span],
    min_share: float,
) -> list[Wanted]:
    """Each mention with the columns it may mean; shares below ``min_share`` are let go.

    ``known`` are stretches that something else explains. The first column of a mention is always
    kept. Columns that another mention certainly names
    become unlikelier, unless the two are joined ("red or orange").
    """
    taken = [*known, *(Span(m.start, m.end) for m in mentions)]
    certain = {m.fields[0]: i for i, m in enumerate(mentions) if len(m.fields) == 1}
    wanted = []
    for i, mention in enumerate(mentions):
        weights = [
            option.weight * _joined_or_taken(option.field, i, certain, mentions, reading)
            for option in mention.options
        ]
        total = sum(weights)
        order = sorted(range(len(weights)), key=lambda k: -weights[k])
        for rank, k in enumerate(order):
            share = weights[k] / total
            if rank == 0 or share >= min_share:
                confidence = share * mention.fit * mention.options[k].trust
                if mention.options[k].role == "category":
                    confidence *= _headship(reading, mention, taken)
                wanted.append(
                    Wanted(mention, mention.options[k], round(confidence, 4), i in negated)
                )
    return wanted


def one_per_field(reading: Reading, wanted: Sequence[Wanted]) -> Selection:
    """One wished value for each column, or several that are joined; all unwanted ones."""
    chosen = [w for w in wanted if w.negated]
    refused = {(w.option.field, w.option.value) for w in chosen}
    by_field: dict[str, list[Wanted]] = defaultdict(list)
    for item in wanted:
        if not item.negated and (item.option.field, item.option.value) not in refused:
            by_field[item.option.field].append(item)
    overruled: list[Span] = []
    for items in by_field.values():
        groups = _groups(reading, items)
        best = groups[0]
        for group in groups[1:]:
            if _corrects(reading, best, group):
                overruled += [Span(w.mention.start, w.mention.end) for w in best]
                best = group
            elif _better(reading, best, group):
                best = group
        chosen += {(w.option.value): w for w in reversed(best)}.values()
    constraints = tuple((w.mention.start, _constraint(reading, w)) for w in chosen)
    return Selection(constraints, tuple(overruled))


def _groups(reading: Reading, items: Sequence[Wanted]) -> list[list[Wanted]]:
    """Values of one column, those joined by "or" and the like together.

    Nobody says a comma: "black white or red" are three, for the last two are joined.
    """
    gaps = [
        reading.text[first.mention.end : second.mention.start] for first, second in pairwise(items)
    ]
    joined = [bool(JOIN.fullmatch(gap) or COMPARED.fullmatch(gap)) for gap in gaps]
    for i in range(len(gaps) - 2, -1, -1):
        joined[i] = joined[i] or (joined[i + 1] and gaps[i].isspace())
    groups = [[items[0]]]
    for item, goes_on in zip(items[1:], joined, strict=True):
        if goes_on:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _corrects(reading: Reading, kept: list[Wanted], later: list[Wanted]) -> bool:
    """Whether the shopper took the first back: "nike, no wait, adidas"."""
    between = reading.text[kept[-1].mention.end : later[0].mention.start]
    return bool(_CORRECTED.search(between))


def _better(reading: Reading, kept: list[Wanted], later: list[Wanted]) -> bool:
    """Whether the later of two groups of values is the one that is meant."""
    strength = max(w.confidence for w in later) - max(w.confidence for w in kept)
    if abs(strength) > 0.1:
        return strength > 0
    if (
        kept[0].option.role == "category"
    ):  # "phone ... case": the last noun is the thing, up to "for", "with"
        between = reading.text[kept[-1].mention.end : later[0].mention.start]
        return not re.search(r"(?<![a-z])(?:for|with|from|of|to|like|in)(?![a-z])|适用|配", between)
    return False


def _joined_or_taken(
    name: str,
    i: int,
    certain: dict[str, int],
    mentions: Sequence[Mention],
    reading: Reading,
) -> float:
    other = certain.get(name)
    if other is None or other == i:
        return 1.0
    first, last = sorted((mentions[i], mentions[other]), key=lambda m: m.start)
    joined = JOIN.fullmatch(reading.text[first.end : last.start])
    return 1 / _TAKEN if joined else _TAKEN


def _headship(reading: Reading, mention: Mention, known: Sequence[Span]) -> float:
    """Lower for a category that only qualifies a noun the catalogue does not know."""
    if mention.last >= len(reading.tokens):
        return 1.0
    follower = reading.tokens[mention.last]
    if follower.clause_before or follower.numeric:
        return 1.0
    if follower.han:
        rest = reading.text[follower.start : follower.start + 3]
        return _OF_ACCESSORY if follower.glued and rest.startswith(ZH_ACCESSORIES) else 1.0
    if follower.text in ACCESSORIES or follower.text.removesuffix("s") in ACCESSORIES:
        return _OF_ACCESSORY
    explained = any(span.start <= follower.start < span.end for span in known)
    return 1.0 if explained or follower.text in STOP_WORDS else _QUALIFIER


def _constraint(reading: Reading, wanted: Wanted) -> Constraint:
    mention = wanted.mention
    start = min([mention.start, *(c.start for c in mention.cues)])
    end = max([mention.end, *(c.end for c in mention.cues)])
    return Constraint(
        wanted.option.field,
        wanted.option.value,
        wanted.confidence,
        wanted.negated,
        reading.text[start:end],
    )
