"""The words that are left for text search once everything else is understood."""

from __future__ import annotations

from collections.abc import Sequence

import rjieba

from sayfind.understanding.carriers import Carriers
from sayfind.understanding.mentions import Mention
from sayfind.understanding.reading import Reading, Span
from sayfind.understanding.wording import STOP_WORDS, ZH_STOP_WORDS

__all__ = ["remaining_terms"]

_KEPT_GAPS = frozenset(["", "-", "/", "&", "+", "_", "."])


def remaining_terms(
    reading: Reading, kept: Sequence[Mention], dropped: Sequence[Span], carriers: Carriers
) -> str:
    """Wanted values in the shopper's or, where those were rewritten, the catalogue's words.

    Prices, counts, sort and negated words (``dropped``), carriers and function words are out;
    other numbers are written in digits, as catalogues write them.
    """
    covered = [False] * (len(reading.text) + 1)
    for span in dropped:
        covered[span.start : span.end] = [True] * (span.end - span.start)
    free = [*carriers.spans, *_function_words(reading)]
    inside = [False] * (len(reading.text) + 1)
    for mention in kept:
        inside[mention.start : mention.end] = [True] * (mention.end - mention.start)
    for span in free:
        for at in range(span.start, span.end):
            covered[at] = covered[at] or not inside[at]
    replaced = {n.start: (n.end, n.digits) for n in reading.numbers if n.spoken}
    replaced = {k: v for k, v in replaced.items() if not any(inside[k : v[0]])}
    for mention in kept:
        if mention.rewritten:
            replaced[mention.start] = (mention.end, mention.options[0].value)
    return _join(reading, covered, replaced)


def _function_words(reading: Reading) -> list[Span]:
    spans = [Span(t.start, t.end) for t in reading.tokens if t.latin and t.text in STOP_WORDS]
    if reading.han_boundaries:
        spans += [
            Span(start, end)
            for word, start, end in rjieba.tokenize(reading.text)
            if word in ZH_STOP_WORDS
        ]
    return spans


def _join(reading: Reading, covered: list[bool], replaced: dict[int, tuple[int, str]]) -> str:
    """Tokens that are not covered, parted as in the reading where they were neighbours."""
    pieces: list[str] = []
    at, end, rewritten = 0, -1, False
    for token in reading.tokens:
        if token.start < at or covered[token.start]:
            continue
        gap = reading.text[end : token.start] if 0 <= end <= token.start else " "
        new = token.start in replaced
        kept = gap in _KEPT_GAPS and not (gap == "" and (new or rewritten))
        at, word = replaced.get(token.start, (token.end, reading.text[token.start : token.end]))
        pieces += [gap if kept else " ", word]
        end, rewritten = at, new
    return "".join(pieces).strip()
