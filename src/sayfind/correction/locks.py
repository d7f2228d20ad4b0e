"""What no corrector may touch: numbers and negations.

``under 50`` must not become ``under 15``, nor ``not leather`` lose its ``not``, however near the
sounds are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sayfind.text.numbers import number_spans

__all__ = ["lock_signature", "locks"]

_NEGATIONS = re.compile(
    r"\b(?:no|not|non|nor|never|none|without|except|excluding|minus|anything but|free"
    r"|(?:do|does|is|are|was|wo|ca|should|could|would)n['’]t)\b|[不没無无非别別勿莫除免]",
    re.IGNORECASE,
)
_NUMBER_WORDS = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fou?rty|fifty|sixty|seventy"
    r"|eighty|ninety|hundred|thousand|million|half|dozen|double|triple|single|pair)s?\b"
    r"|\d+(?:[.,]\d+)*|[零〇一二两三四五六七八九十百千万亿半几]",
    re.IGNORECASE,
)


def locks(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, ``"number"`` or ``"negation"``) of each stretch that stays as it is."""
    for match in _NEGATIONS.finditer(text):
        yield match.start(), match.end(), "negation"
    for match in _NUMBER_WORDS.finditer(text):
        yield match.start(), match.end(), "number"
    for span in number_spans(text):
        yield span.start, span.end, "number"


def lock_signature(text: str) -> tuple[Counter[str], Counter[str]]:
    """The numbers and the negations of a text: a corrected text must have the same."""
    numbers = Counter(span.digits for span in number_spans(text))
    words = Counter(m.group().casefold() for m in _NUMBER_WORDS.finditer(text))
    negations = Counter(m.group().casefold() for m in _NEGATIONS.finditer(text))
    return numbers + words, negations
