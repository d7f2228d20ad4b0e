"""Which stretches of a reading are worth a question, and when they are plausible as they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sayfind.correction.reasons import EVERYDAY, TOO_FAR
from sayfind.correction.targets import Near
from sayfind.correction.tokens import Token
from sayfind.text.phonetics import Phones

__all__ = [
    "doubt",
    "foreign_stretches",
    "han_stretches",
    "latin_stretches",
    "lock_refusal",
    "sound_of",
]


def latin_stretches(text: str, tokens: list[Token], longest: int) -> Iterator[tuple[int, int]]:
    """Runs of Latin tokens with a doubtful one inside, shorter ones first."""
    for size in range(1, longest + 1):
        for first in range(len(tokens) - size + 1):
            stretch = tokens[first : first + size]
            if any(t.han for t in stretch) or not any(t.doubtful for t in stretch):
                continue
            if stretch[0].joins or stretch[-1].joins or sum(bool(t.lock) for t in stretch) > 1:
                continue
            gaps = [text[a.end : b.start] for a, b in pairwise(stretch)]
            if all(gap.strip() in ("", "-", "'") for gap in gaps):
                yield first, first + size


def han_stretches(tokens: list[Token], longest: int) -> Iterator[tuple[int, int]]:
    """Runs of two or more Chinese characters with a doubtful one inside."""
    for first, token in enumerate(tokens):
        if not token.han:
            continue
        for last in range(first + 2, min(len(tokens), first + longest) + 1):
            stretch = tokens[first:last]
            if not stretch[-1].han or stretch[-1].start != stretch[-2].end:
                break
            if any(t.doubtful for t in stretch):
                yield first, last


def doubt(tokens: list[Token], first: int, last: int, found: list[Near]) -> str:
    """Why Chinese characters are plausible as they stand; empty if they are not.

    Plausible are dictionary words, parts of one that reaches beyond, and two characters that
    either share none with the name or stand among others that make no word (a name unknown here).
    """
    stretch = tokens[first:last]
    if all(t.real for t in stretch if t.doubtful):
        return EVERYDAY
    for inside, outside in ((first, first - 1), (last - 1, last)):
        if 0 <= outside < len(tokens) and tokens[outside].word == tokens[inside].word >= 0:
            return EVERYDAY
    if len(stretch) > 2:
        return ""
    around = [tokens[i] for i in (first - 1, last) if 0 <= i < len(tokens)]
    alone = any(t.han and t.doubtful and not t.real for t in around)
    return TOO_FAR if alone or all(near.spelling == 1.0 for near in found) else ""


def foreign_stretches(tokens: list[Token], longest: int) -> Iterator[list[Token]]:
    """Whole runs of doubtful Chinese characters that make no word: perhaps a foreign name."""
    run: list[Token] = []
    for token in [*tokens, None]:
        fits = token is not None and token.han and token.doubtful and not token.real
        if token is not None and fits:
            run.append(token)
        elif run:
            if 2 <= len(run) <= longest:
                yield run
            run = []


def sound_of(stretch: Sequence[Token]) -> Phones:
    """The phones of a stretch."""
    return tuple(phone for token in stretch for phone in token.sound)


def lock_refusal(stretch: Sequence[Token]) -> str:
    """The reason if something in a stretch must not be touched, else the empty string."""
    lock = next((token.lock for token in stretch if token.lock), "")
    return f"refused: {lock} is locked" if lock else ""
