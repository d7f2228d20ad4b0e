"""The conversations of ``conversations.txt``, each said to a shop that is really searched."""

from __future__ import annotations

from pathlib import Path

import pytest

from sayfind.types import Range, Sort

TEXT = (Path(__file__).parent / "conversations.txt").read_text(encoding="utf-8")


def conversations() -> dict[str, list[tuple[str, set[str]]]]:
    found: dict[str, list[tuple[str, set[str]]]] = {}
    said = ""
    for line in TEXT.splitlines():
        if line.startswith("["):
            turns = found.setdefault(line.strip("[]"), [])
        elif line.startswith("> "):
            said = line[2:]
        elif line.startswith("="):
            turns.append((said, {part.strip() for part in line[1:].split(";") if part.strip()}))
    return found


CONVERSATIONS = conversations()


def limits(wish) -> tuple[float, float]:
    value = wish.value if wish and isinstance(wish.value, Range) else Range()
    low = 0.0 if value.low is None else value.low
    return low, float("inf") if value.high is None else value.high


def written(talk, wanted: set[str], before) -> set[str]:  # noqa: C901
    """What is asked for now, in the words of the file."""
    now, shop = talk.state.now, talk.shop
    parts = set()
    for wish in now.constraints:
        value = wish.value
        if isinstance(value, Range):
            low, high = ("" if side is None else f"{side:g}" for side in (value.low, value.high))
            parts.add(f"{wish.field}={low}..{high}")
        else:
            parts.add(f"{'-' if wish.negated else ''}{wish.field}={value}")
    if now.sort is not Sort.RELEVANCE:
        parts.add(f"sort={now.sort}")
    if now.focus:
        parts.add(f"@{before.now.shown.index(now.focus) + 1}")
    if talk.turns[-1].notes:
        parts.add("note")
    if not talk.turns[-1].going_on:
        parts.add("new")
    if before is None:
        return parts
    wish, old = (
        talk.wish("price"),
        next((c for c in before.now.constraints if c.field == "price"), None),
    )
    prices = sorted(shop.products[i].price for i in before.now.shown)
    names = {
        "price<": limits(wish)[1] < min(limits(old)[1], prices[-1]) if prices else False,
        "price>": limits(wish)[0] > max(limits(old)[0], prices[0]) if prices else False,
    }
    focus = shop.products.get(before.now.focus)
    if focus:
        names["price<FOCUS"] = focus.price - 1 < limits(wish)[1] < focus.price
    for name, true in names.items():
        if name in wanted and true:
            parts = {p for p in parts if not p.startswith("price=")} | {name}
    first = shop.products[before.now.shown[0]].brand if before.now.shown else ""
    last = f"@{len(before.now.shown)}"
    stand_ins = {f"-brand={first}": "-brand=FIRST", last: "@-1"}
    stand_ins |= {f"brand={focus.brand}": "brand=FOCUS"} if focus else {}
    return {stand_ins.get(p, p) if stand_ins.get(p) in wanted else p for p in parts}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_conversation(name: str, talk) -> None:
    for said, wanted in CONVERSATIONS[name]:
        before = talk.state
        talk.say(said)
        assert written(talk, wanted, before) == wanted, f"after {said!r}"


def test_there_are_sixty() -> None:
    assert len(CONVERSATIONS) >= 60
