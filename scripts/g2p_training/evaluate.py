"""Phone and word error rates of pronunciations against a dictionary with variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz.distance import Levenshtein

Sound = tuple[str, ...]


def error_rates(
    spoken: Mapping[str, Sound], references: Mapping[str, Sequence[Sound]]
) -> tuple[float, float]:
    """(phone error rate, word error rate), each word against its nearest reference."""
    errors = phones = wrong = 0
    for word, sound in spoken.items():
        distance, length = min((Levenshtein.distance(sound, r), len(r)) for r in references[word])
        errors += distance
        phones += length
        wrong += distance > 0
    return errors / phones, wrong / max(1, len(spoken))
