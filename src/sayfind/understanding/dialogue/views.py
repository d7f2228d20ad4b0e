"""What edits do to a conversation. Pure functions of values: the same edit gives the same view.

Edits of different fields may come in any order. ``undone`` gives back exactly the state before
the last change, as far back as ``MOST_PAST`` changes.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sayfind.catalog.product import Product
from sayfind.text.normalise import has_han, normalise
from sayfind.types import Constraint, DialogueState, Query, Range, Sort, View
from sayfind.understanding.dialogue.edits import Act, Edit
from sayfind.understanding.fields import role_of

__all__ = ["MOST_PAST", "Shelf", "apply", "begun", "changed", "described", "query_of", "undone"]

MOST_PAST = 30
"""How many changes can be undone; older ones are forgotten, so that a state stays small."""

_STEP_DOWN = 0.8  # "cheaper" than a stated limit, where nothing shown says what cheap is
_LETTERS = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What edits look up: a product by its id, and the sizes that there are, by field."""

    product: Callable[[str], Product | None]
    sizes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def begun(state: DialogueState | None, query: Query) -> DialogueState:
    """The conversation after a search that starts afresh; the one before it can be undone to."""
    words = normalise(query.terms)
    for wish in query.constraints:
        if not wish.negated:
            words = _without(words, wish)
    view = View(" ".join(words.split()), _canonical(query.constraints), query.sort)
    return changed(state, view) if state else DialogueState(view)


def changed(state: DialogueState, view: View) -> DialogueState:
    """The conversation with a new view; the present one becomes the past."""
    return DialogueState(view, (*state.past, state.now)[-MOST_PAST:])


def undone(state: DialogueState) -> DialogueState:
    """The conversation before the last change; itself where there was none."""
    return DialogueState(state.past[-1], state.past[:-1]) if state.past else state


def apply(view: View, edit: Edit, shelf: Shelf) -> tuple[View, str]:
    """The view after one edit, and a sentence where the edit could do nothing."""
    if edit.act is Act.FOCUS:
        return _focused(view, edit.place)
    if edit.act in (Act.CHEAPER, Act.DEARER):
        return _priced(view, edit.act, shelf), ""
    if edit.act in (Act.LARGER, Act.SMALLER):
        return _resized(view, 1 if edit.act is Act.LARGER else -1, shelf)
    if edit.act is Act.NOT_THAT:
        return _other(view, edit.role, shelf)
    if edit.act is Act.SIMILAR:
        return _similar(view, shelf)
    return _plain(_anchored(view, shelf), edit), ""


def _plain(view: View, edit: Edit) -> View:
    """Edits that only say what the view is to hold from now on."""
    if edit.act is Act.SET:
        return _set(view, edit.wishes)
    if edit.act is Act.DROP:
        kept = [c for c in view.constraints if role_of(c.field) != edit.role]
        return replace(view, constraints=_canonical(kept))
    if edit.act is Act.SORT:
        return replace(view, sort=edit.sort)
    if edit.act is Act.ADD_WORDS:
        return replace(view, words=f"{view.words} {edit.words}".strip())
    assert edit.act is Act.RESTART, f"{edit.act} is no edit of a view"
    return View()


def query_of(view: View) -> Query:
    """The view as a query: the free words, and the wanted values in the shopper's own words."""
    said = [
        c.text or c.value for c in view.constraints if not c.negated and isinstance(c.value, str)
    ]
    terms = " ".join(dict.fromkeys([*said, *view.words.split()]))
    return Query(described(view), terms, view.constraints, view.sort)


def described(view: View) -> str:
    """The view in a few words: ``Red Nike Running shoes, up to 100, not Leather``."""
    chinese = has_han("".join([view.words, *(c.text for c in view.constraints)]))
    no, upto, over = ("不要", "不超过 ", "至少 ") if chinese else ("not ", "up to ", "from ")
    wanted = [c.value for c in view.constraints if not c.negated and isinstance(c.value, str)]
    parts = [" ".join([*wanted, view.words]).strip()]
    for wish in view.constraints:
        sign = no if wish.negated else ""
        if isinstance(wish.value, Range):
            low = "" if wish.value.low is None else f"{over}{wish.value.low:g} "
            high = "" if wish.value.high is None else f"{upto}{wish.value.high:g} "
            name = "" if wish.field == "price" else f"{wish.field} "
            parts.append(f"{sign}{name}{low}{high}{wish.value.unit}".strip())
        elif wish.negated:
            parts.append(f"{sign}{wish.value}")
    return ", ".join(part for part in parts if part)


def _canonical(wishes: Sequence[Constraint]) -> tuple[Constraint, ...]:
    """Each wish once, in an order that does not tell which came first."""
    once = {(c.field, str(c.value), c.negated): c for c in wishes}
    rank = {"category": 3, "brand": 2, "price": 4}
    return tuple(
        once[key]
        for key in sorted(once, key=lambda k: (rank.get(k[0], 4 if "Range" in k[1] else 1), *k))
    )


def _without(words: str, wish: Constraint) -> str:
    for said in (wish.text, wish.value if isinstance(wish.value, str) else ""):
        if said:
            han = has_han(said)
            edge = ("", "") if han else (r"(?<![a-z0-9])", r"(?![a-z0-9])")
            words = re.sub(f"{edge[0]}{re.escape(normalise(said))}{edge[1]}", " ", words)
    return words


def _set(view: View, wishes: Sequence[Constraint]) -> View:
    """The view with these values for their field, and nothing that contradicts them."""
    if not wishes:
        return view
    name, wanted = wishes[0].field, [c for c in wishes if not c.negated]
    values = {c.value for c in wishes}
    kept, ranges = [], []
    for old in view.constraints:
        if old.field != name:
            kept.append(old)
        elif isinstance(old.value, Range):
            ranges.append(old.value)
        elif old.value not in values and (old.negated or not wanted):
            kept.append(old)
    fresh = [
        replace(c, value=_joined(ranges, c.value)) if isinstance(c.value, Range) else c
        for c in wishes
    ]
    return replace(view, constraints=_canonical([*kept, *fresh]))


def _joined(old: Sequence[Range], new: Range) -> Range:
    """An open side is kept as it was said before, unless that leaves nothing between."""
    for before in old:
        low = before.low if new.low is None else new.low
        high = before.high if new.high is None else new.high
        same = not (before.unit and new.unit) or before.unit == new.unit
        if same and (low is None or high is None or low <= high):
            return Range(low, high, new.unit or before.unit)
    return new


def _focused(view: View, place: int) -> tuple[View, str]:
    shown = view.shown
    if not shown:
        return view, "Nothing is shown yet; say what you are looking for first."
    if place == 0:
        return replace(view, focus=view.focus or shown[0]), ""
    if place > len(shown):
        return view, f"There are only {len(shown)} products to choose from."
    return replace(view, focus=shown[place - 1 if place > 0 else -1]), ""


def _anchored(view: View, shelf: Shelf) -> View:
    """The view around the product spoken of: its brand, its category and its name's words."""
    product = shelf.product(view.focus) if view.focus else None
    if product is None:
        return replace(view, focus="")
    wishes = [c for c in view.constraints if c.field not in ("brand", "category")]
    if product.brand:
        wishes.append(Constraint("brand", product.brand))
    if product.category:
        wishes.append(Constraint("category", product.category[-1]))
    own = {normalise(v) for values in product.attributes.values() for v in values}
    own |= {normalise(product.brand)}
    words = [w for w in normalise(product.title).split() if w not in own and w.strip("-,()")]
    return View(" ".join(words), _canonical(wishes), view.sort, "", view.shown)


def _similar(view: View, shelf: Shelf) -> tuple[View, str]:
    product = shelf.product(view.focus or next(iter(view.shown), ""))
    if product is None or not product.category:
        return view, "Say which product you mean, for example the second one."
    wish = Constraint("category", product.category[-1])
    return View("", (wish,), Sort.RELEVANCE, "", view.shown), ""


def _priced(view: View, act: Act, shelf: Shelf) -> View:
    """A limit below (or above) what was spoken of, or shown; else the order by price."""
    now = next((c.value for c in view.constraints if c.field == "price" and not c.negated), None)
    limits = now if isinstance(now, Range) else Range()
    spoken_of = [view.focus] if view.focus else list(view.shown)
    products = [p for p in map(shelf.product, spoken_of) if p is not None and p.price is not None]
    prices = [p.price for p in products if p.price is not None]
    cheaper = act is Act.CHEAPER
    if not prices and limits == Range():
        sort = Sort.PRICE_ASCENDING if cheaper else Sort.PRICE_DESCENDING
        return replace(view, sort=sort)
    value = _limit(limits, prices, cheaper, bool(view.focus))
    others = [c for c in view.constraints if c.field != "price"]
    wish = Constraint("price", value)
    focus = "" if view.focus else view.focus
    return replace(view, constraints=_canonical([*others, wish]), focus=focus)


def _limit(limits: Range, prices: Sequence[float], cheaper: bool, exactly: bool) -> Range:
    bound = limits.high if cheaper else limits.low
    middle = statistics.median(prices) if prices else math.inf if cheaper else 0.0
    if exactly:
        middle += -0.01 if cheaper else 0.01
    if bound is not None:
        step = bound * (_STEP_DOWN if cheaper else 1 / _STEP_DOWN)
        middle = min(middle, step) if cheaper else max(middle, step)
    middle = round(middle, 2)
    if cheaper:
        low = limits.low if limits.low is not None and limits.low < middle else None
        return Range(low, middle, limits.unit)
    high = limits.high if limits.high is not None and limits.high > middle else None
    return Range(middle, high, limits.unit)


def _other(view: View, role: str, shelf: Shelf) -> tuple[View, str]:
    """Anything but that brand (colour, size): of the product spoken of, asked for, or first."""
    wished = [c for c in view.constraints if role_of(c.field) == role and not c.negated]
    if role == "price":
        return _priced(view, Act.CHEAPER, shelf), ""
    product = shelf.product(view.focus or next(iter(view.shown), ""))
    named: list[tuple[str, str | Range]] = [
        (c.field, c.value) for c in wished if isinstance(c.value, str)
    ]
    if product is not None and (view.focus or not named):
        named = _values(product, role) or named
    if not named:
        return view, f"Say which {role} you do not want."
    unwanted = [Constraint(name, value, negated=True) for name, value in named]
    kept = [c for c in view.constraints if c not in wished]
    view = replace(view, constraints=_canonical([*kept, *unwanted]), focus="")
    return view, ""


def _values(product: Product, role: str) -> list[tuple[str, str | Range]]:
    if role == "brand":
        return [("brand", product.brand)] if product.brand else []
    return [
        (name, value)
        for name, values in product.attributes.items()
        if role_of(name) == role and len(values) == 1
        for value in values
    ]


def _resized(view: View, step: int, shelf: Shelf) -> tuple[View, str]:
    wish = next((c for c in view.constraints if c.field in shelf.sizes and not c.negated), None)
    if wish is None and view.focus and (product := shelf.product(view.focus)) is not None:
        own = [(n, v) for n, v in _values(product, "size") if n in shelf.sizes]
        wish = Constraint(*own[0]) if own else None
    if wish is None:
        return view, "Say a size first."
    ladder = sorted({*shelf.sizes[wish.field]}, key=_size_key)
    at = ladder.index(str(wish.value)) + step if str(wish.value) in ladder else -1
    if not 0 <= at < len(ladder) or _size_key(ladder[at])[0] != _size_key(str(wish.value))[0]:
        return view, f"There is no size beyond {wish.value}."
    wish = Constraint(wish.field, ladder[at])
    return _plain(_anchored(view, shelf), Edit(Act.SET, wishes=(wish,))), ""


def _size_key(size: str) -> tuple[int, float, str]:
    """Letters in their order, then numbers, then the rest."""
    plain = normalise(size)
    if plain in _LETTERS:
        return 0, _LETTERS.index(plain), plain
    number = re.search(r"\d+(?:\.\d+)?", plain)
    prefix = plain[: number.start()] if number else plain
    kind = 1 + sum(map(ord, prefix)) % 997 if number else 0
    return (kind, float(number.group()), plain) if number else (2000, 0.0, plain)
