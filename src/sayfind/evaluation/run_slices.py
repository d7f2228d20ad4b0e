"""What a case is like, in words: the keys by which figures are told apart."""

from __future__ import annotations

from sayfind.data.sets import Case

__all__ = ["slices_of"]

COLUMNS = (
    "speaker", "voice", "accent", "language", "speed", "pitch", "room", "codec", "source", "kind",
    "intent", "age", "gender", "rarity",
)  # fmt: skip
LENGTHS = ((2.0, "under 2 s"), (4.0, "2 to 4 s"), (7.0, "4 to 7 s"))


def slices_of(case: Case) -> dict[str, str]:
    """The value of a case under every key that its manifest gives it one for."""
    found = {name: case.row[name] for name in COLUMNS if case.row.get(name)}
    for name in ("noise", "snr"):  # of the recording itself, not of this run
        if case.row.get(name):
            found[f"recorded {name}"] = case.row[name]
    if case.seconds is not None:
        found["length"] = _length(case.seconds)
    words = len((case.query or case.text).split())
    if words:
        found["words"] = _count(words)
    if case.slots:
        found["slots"] = _count(len(case.slots))
    return found


def _length(seconds: float) -> str:
    return next((name for limit, name in LENGTHS if seconds < limit), "7 s or more")


def _count(number: int) -> str:
    return str(number) if number < 6 else "6 or more"
