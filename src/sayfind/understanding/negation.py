"""Negation: which words open it, and how far it reaches.

A cue negates the first catalogue value after it, and further ones joined to that value. A value
of another kind in between is negated too only where nothing but it follows: in "not a black
leather jacket" the colour and the material are unwanted, the jacket is not. "non-stick",
"wireless", 无线 and 不锈钢 open nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from sayfind.understanding.reading import Reading, Span

__all__ = ["Cue", "Scope", "Value", "find_cues", "scope_of"]


class Reach(Enum):
    """Which way a cue looks for what it negates."""

    FORWARD = "forward"
    BACKWARD = "backward"
    ATTACHED = "attached"  # forward, and only what follows at once
    SUFFIX = "suffix"  # backward, and only what stands at once before: "sugar free"


@dataclass(frozen=True, slots=True)
class Cue:
    """Characters ``start`` to ``end`` negate. ``joins_any``: "except A and B" takes both."""

    start: int
    end: int
    reach: Reach
    joins_any: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A matched catalogue value by its characters; ``fields`` it may belong to, and their roles."""

    start: int
    end: int
    fields: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a cue negates: indices of values, and the characters that leave the search terms."""

    values: tuple[int, ...]
    span: Span


_EXCEPT = (
    r"(?:anything|everything|all|any(?: brand| colou?r| size)?|any other(?: brand| colou?r)?) "
    r"(?:but|except|other than|besides)(?: for)?|except(?: for)?|excluding|excludes?|other than|"
    r"apart from|aside from|instead of|rather than|leave out|leaving out|leave off|avoid(?:ing)?|"
    r"minus|hold the|skip the"
)
_NOT = (
    r"(?:but |and )?(?:(?:i |we )?(?:do not|don't|dont|doesn't|does not|didn't|never|won't|"
    r"wouldn't|can't|cannot)(?: (?:really|ever))?(?: (?:want|need|like|have|show|give|include|"
    r"including|add|contain|use|put|get|recommend|be|drink|eat|wear))?(?: (?:it|me|us|one|ones))?"
    r"(?: (?:in|with|to be|from))?|not(?: (?:in|with|made of|made from|from|by|including|"
    r"containing|the|an?|any|interested in))?|no(?: more)?|without|with no|with out|nor|neither|"
    r"isn't|is not|aren't|are not|hate|dislike|can't stand|i hate|no longer)"
)
_NEVER_A_CUE = (
    r"not (?:only|just|sure|bad|yet|necessarily)|no(?=,)|no (?:make|give|i|let|actually|sorry|"
    r"rather|change|idea|problem|thanks?|thank you|matter|wait|"
    r"worries|one|longer than)|nothing but|(?:don't|do not|doesn't|does not|didn't|dont|can't) "
    r"(?:care|mind|matter|know|understand|find|think)|why not|whether or not|if not|can't find"
)
_ENGLISH_SKIP = re.compile(rf"(?<![a-z0-9])(?:{_NEVER_A_CUE})(?![a-z])")
_ENGLISH_EXCEPT = re.compile(rf"(?<![a-z0-9])(?:{_EXCEPT})(?![a-z0-9'])")
_ENGLISH_NOT = re.compile(rf"(?<![a-z0-9]){_NOT}(?![a-z0-9'])(?!\s*\d)")
_ENGLISH_ATTACHED = re.compile(r"(?<![a-z0-9])non(?:-|\s)(?=[a-z])")
_ENGLISH_SUFFIX = re.compile(r"(?<=[a-z])(?:\s|-)free(?![a-z])(?! (?:shipping|delivery|gift))")

_ZH_EXCEPT = re.compile(
    r"(?:除了|除开|除去|排除|剔除|不包括|不包含|避开|除(?=[^湿尘螨味毛霜臭甲草垢皱]))"
)
_ZH_NOT = re.compile(
    r"(?:我)?(?:也|但|但是|可|就|都|绝对|千万|一定|最好)?"
    r"(?:不要|不想要|不想买|不想|不需要|不用|别要|别给我|别买|别选|别拿|别放|别加|别是|别用|别有|不喜欢|讨厌|"
    r"不能(?:有|是|含|带)?|(?<!是)不是|不含有?|不带|不加|不放|(?<!有)没有|不买|不选|不爱|不吃|不喝|不穿|拒绝|"
    r"非|无|不|别|没)(?:那种|这种|任何|什么|用|带|有|含)?"
)
_ZH_BACK = re.compile(
    r"(?:的|款|牌子?的?|家的?)?(?:之外|以外|除外|都?不考虑|"
    r"(?:[就也都我])?(?:不要|不行|不喜欢|不想要|算了|别)了?(?=[,.\s]|$))"
)
_ZH_AFTER_EXCEPT = re.compile(r"(?:的)?(?:以外|之外)?(?:的)?(?:其他|别的|都行|都可以|还有)?(?:的)?")
_BOUNDARY_EN = re.compile(
    r"(?<![a-z])(?:but|with|under|over|below|above|just|only|instead|though|however|that is|in "
    r"size|for|please|because|i want|i need|show|give|prefer|preferably|something|if|"
    r"which)(?![a-z])"
)
_BOUNDARY_ZH = re.compile(r"但|而是|我要|我想|就要|只要|要(?!素)|的话|，|给我|而且|最好|换|改")
_SKIPPED = re.compile(
    r"(?:[\s,\-\"'“”的是有带用加放太很那种些了含色]|任何|什么|颜色|牌子|品牌|(?<![a-z])(?:any|the|an?|of|kind|"
    r"type|made|from|in|for|too|much|very|so|all|colou?r|brand|really|thing|that|is|has|have|it|"
    r"me|other|ones?|either|anything|by)(?![a-z]))*"
)
# "not a black leather jacket" speaks of one thing; "not leather black shoes" does not.
_WHOLE_PHRASE = re.compile(r"(?<![a-z])an? $|want |like |need ")
_JOIN_ANY = re.compile(
    r"\s*,?\s*(?:or|nor|/|、|或者?|还是|跟|以及|,\s*(?:or|nor)|(?:and|,)\s*(?:no|not|also not))\s*"
    r"(?:any |the |an? )?"
)
_JOIN_SAME = re.compile(r"\s*(?:,|and|&|和|与|及|还有|,\s*and)\s*(?:any |the |an? )?|\s*的?\s*")
_JOIN_ALL = re.compile(r"\s*(?:,|and|&|和|与|及|还有|,\s*and)\s*(?:any |the |an? )?")


def find_cues(reading: Reading) -> list[Cue]:
    """Every negation cue, in order; of two that overlap the longer."""
    text = reading.text
    skipped = [Span(m.start(), m.end()) for m in _ENGLISH_SKIP.finditer(text)]
    cues = [
        cue
        for cue in (*_english(text), *_chinese(reading))
        if not any(s.overlaps(Span(cue.start, cue.end)) for s in skipped)
    ]
    kept: list[Cue] = []
    for cue in sorted(cues, key=lambda c: (c.start - c.end, c.start)):
        if all(cue.end <= k.start or k.end <= cue.start for k in kept):
            kept.append(cue)
    return sorted(kept, key=lambda c: c.start)


def _english(text: str) -> Iterator[Cue]:
    for match in _ENGLISH_EXCEPT.finditer(text):
        yield Cue(match.start(), match.end(), Reach.FORWARD, joins_any=True)
    for match in _ENGLISH_NOT.finditer(text):
        yield Cue(match.start(), match.end(), Reach.FORWARD)
    for match in _ENGLISH_ATTACHED.finditer(text):
        yield Cue(match.start(), match.end(), Reach.ATTACHED)
    for match in _ENGLISH_SUFFIX.finditer(text):
        yield Cue(match.start(), match.end(), Reach.SUFFIX)


def _chinese(reading: Reading) -> Iterator[Cue]:
    text = reading.text
    for match in _ZH_EXCEPT.finditer(text):
        yield Cue(match.start(), match.end(), Reach.FORWARD, joins_any=True)
    for match in _ZH_BACK.finditer(text):
        yield Cue(match.start(), match.end(), Reach.BACKWARD)
    for match in _ZH_NOT.finditer(text):
        short = match.end() - match.start() == 1
        # 不, 无, 非, 别 negate only as words of their own: not in 不锈钢, 无线, 非洲, 别墅.
        edges = {match.start(), match.end()} if short else {match.start()}
        if not edges <= reading.han_boundaries:
            continue
        yield Cue(match.start(), match.end(), Reach.ATTACHED if short else Reach.FORWARD)


def scope_of(cue: Cue, reading: Reading, values: Sequence[Value], limit: int) -> Scope | None:
    """What a cue negates before the character ``limit``, or ``None`` where it is nothing."""
    if cue.reach in (Reach.BACKWARD, Reach.SUFFIX):
        return _backward(cue, values)
    first = _first_value(cue, reading.text, values)
    if first is None or values[first].start >= limit:
        return _unknown_words(cue, reading)
    negated = _chain(first, cue, reading.text, values)
    end = values[negated[-1]].end
    if any("\u4e00" <= c <= "\u9fff" for c in reading.text[cue.start : cue.end]):
        tail = _ZH_AFTER_EXCEPT.match(reading.text, end)
        end = tail.end() if tail else end
    return Scope(tuple(negated), Span(cue.start, end))


def _attachable(value: Value) -> bool:
    """Things may be "non-leather" or "sugar free", but not non-Nike or shoe free."""
    return not {"brand", "category"} & set(value.roles)


def _backward(cue: Cue, values: Sequence[Value]) -> Scope | None:
    before = [i for i, value in enumerate(values) if value.end == cue.start]
    if not before or (cue.reach is Reach.SUFFIX and not _attachable(values[before[0]])):
        return None
    return Scope((before[0],), Span(values[before[0]].start, cue.end))


def _first_value(cue: Cue, text: str, values: Sequence[Value]) -> int | None:
    i = next((i for i, value in enumerate(values) if value.start >= cue.end), None)
    if i is None:
        return None
    between = text[cue.end : values[i].start]
    if cue.reach is Reach.ATTACHED:
        return i if not between.strip() and _attachable(values[i]) else None
    if _BOUNDARY_EN.search(between) or _BOUNDARY_ZH.search(between):
        return None
    left = _SKIPPED.sub("", between).strip()
    words = len(left.split()) if left.isascii() else (len(left) + 1) // 2
    if words and _is_head(values[i]):  # "not waterproof phone", 没有糖的咖啡
        return None
    return i if words <= 1 and "," not in between.strip() else None


def _chain(first: int, cue: Cue, text: str, values: Sequence[Value]) -> list[int]:
    """The first value and those joined to it."""
    chain = [first]
    opening = text[cue.start : values[first].start]
    for i in range(first + 1, len(values)):
        last, value = values[chain[-1]], values[i]
        between = text[last.end : value.start]
        joined = (
            _JOIN_ANY.fullmatch(between)
            or (cue.joins_any and _JOIN_ALL.fullmatch(between))
            or (_JOIN_SAME.fullmatch(between) and set(last.fields) & set(value.fields))
            or (_WHOLE_PHRASE.search(opening) and not between.strip() and not _is_head(value))
        )
        if not joined:
            break
        chain.append(i)
    return chain


def _is_head(value: Value) -> bool:
    return "category" in value.roles


def _unknown_words(cue: Cue, reading: Reading) -> Scope | None:
    """A negated word that is no catalogue value leaves the terms: one word after the cue."""
    if cue.reach is not Reach.FORWARD:
        return None
    skipped = _SKIPPED.match(reading.text, cue.end)
    at = skipped.end() if skipped else cue.end
    if _BOUNDARY_EN.match(reading.text, at) or _BOUNDARY_ZH.match(reading.text, at):
        return Scope((), Span(cue.start, cue.end))
    for token in reading.tokens:
        if token.start >= at:
            end = token.end
            if token.han:
                end = min((b for b in reading.han_boundaries if b > token.start), default=end)
            return Scope((), Span(cue.start, end))
    return Scope((), Span(cue.start, cue.end))
