"""What a case is like, in words: the keys by which figures are told apart."""

from __future__ import annotations

from collections.abc import Sequence

from sayfind.data.sets import Case
from sayfind.evaluation.tokens import mixed_tokens

__all__ = ["length_slice", "rarity_slice", "slices_of"]

COLUMNS = (
    "speaker", "voice", "accent", "language", "speed", "pitch", "room", "codec", "source", "kind",
    "intent", "age", "gender", "rarity",
)  # fmt: skip
LENGTHS = ((2.0, "under 2 s"), (4.0, "2 to 4 s"), (7.0, "4 to 7 s"))
WORDS = ((1, "1"), (2, "2"), (4, "3 or 4"), (8, "5 to 8"))
RARITIES = ((0, "unseen"), (1, "once"), (9, "2 to 9 times"), (99, "10 to 99 times"))


def slices_of(case: Case) -> dict[str, str]:
    """The value of a case under every key that its manifest gives it one for."""
    found = {name: case.row[name] for name in COLUMNS if case.row.get(name)}
    for name in ("noise", "snr"):  # of the recording itself, not of this run
        if case.row.get(name):
            found[f"recorded {name}"] = case.row[name]
    if case.seconds is not None:
        found["length"] = _length(case.seconds)
    if case.query or case.text:
        found["words"] = length_slice(case.query or case.text)
    if case.slots:
        found["slots"] = _count(len(case.slots))
    return found


def length_slice(text: str) -> str:
    """How long an utterance is, in Chinese characters and other words."""
    return _named(len(mixed_tokens(text)), WORDS, "9 or more")


def rarity_slice(count: int) -> str:
    """How often a name was seen before, say in the catalogue."""
    return _named(count, RARITIES, "100 times or more")


def _named(count: int, limits: Sequence[tuple[int, str]], above: str) -> str:
    return next((name for limit, name in limits if count <= limit), above)


def _length(seconds: float) -> str:
    return next((name for limit, name in LENGTHS if seconds < limit), "7 s or more")


def _count(number: int) -> str:
    return str(number) if number < 6 else "6 or more"
