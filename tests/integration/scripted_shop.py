"""A small shop with scripted ears, so that the page can be tried on its own."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from sayfind.catalog.product import Product
from sayfind.types import (
    Audio,
    Change,
    Constraint,
    Context,
    Hit,
    Hypothesis,
    Language,
    NBest,
    Query,
    Range,
    SearchResult,
    Sort,
    Trace,
)

BRANDS = {
    "Asics": "亚瑟士",
    "Saucony": "索康尼",
    "Hoka": "霍卡",
    "Salomon": "萨洛蒙",
    "Brooks": "布鲁克斯",
    "Mizuno": "美津浓",
    "Adidas": "阿迪达斯",
    "Nike": "耐克",
    "Bose": "博士",
    "Sennheiser": "森海塞尔",
}
COLORS = ("black", "white", "blue", "green", "coral")
ROWS = (
    ("Asics", "Gel-Nimbus 26", "缓震跑鞋", "Running shoes", 139.0, ("blue", "white")),
    ("Saucony", "Endorphin Speed 4", "啡速跑鞋", "Running shoes", 148.0, ("coral",)),
    ("Hoka", "Clifton 9", "轻量跑鞋", "Running shoes", 124.95, ("white", "green")),
    ("Brooks", "Ghost 16", "日常跑鞋", "Running shoes", 119.0, ("blue", "black")),
    ("Mizuno", "Wave Rider 28", "稳定跑鞋", "Running shoes", 129.5, ("green",)),
    ("Salomon", "Speedcross 6", "越野跑鞋", "Trail shoes", 134.0, ("black", "coral")),
    ("Asics", "Trabuco 12", "越野跑鞋", "Trail shoes", 109.0, ("green", "coral")),
    ("Nike", "Pegasus 41", "飞马跑鞋", "Running shoes", 129.0, ("white", "blue")),
    ("Adidas", "Adizero Boston 12", "竞速跑鞋", "Running shoes", 144.0, ("coral", "white")),
    ("Hoka", "Speedgoat 5", "越野跑鞋", "Trail shoes", 149.0, ("blue",)),
    ("Bose", "QuietComfort Ultra", "降噪耳机", "Headphones", 379.0, ("black", "white")),
    ("Sennheiser", "Momentum 4", "无线耳机", "Headphones", 289.0, ("black", "white")),
)
PRODUCTS = tuple(
    Product(
        id=f"p{number}",
        title=f"{brand} {name}",
        brand=brand,
        category=("Audio" if kind == "Headphones" else "Shoes", kind),
        description=f"The {name} by {brand}.",
        price=price,
        currency="USD",
        attributes={"color": colors},
        translations={"title": (f"{BRANDS[brand]} {name} {chinese}",), "brand": (BRANDS[brand],)},
    )
    for number, (brand, name, chinese, kind, price, colors) in enumerate(ROWS)
)
MISHEARD = {"sock a knee": "Saucony", "a six": "Asics", "adidos": "Adidas"}
SPOKEN = "sock a knee or a six running shoes not black under one fifty"


ANY = Context()


@dataclass
class ScriptedShop:
    name: str = "Fieldhouse"
    examples: tuple[str, ...] = (
        "running shoes not black under 150",
        "adidos shoes",
        "不要黑色的耳机",
        "cheapest trail shoes",
        "Sennheiser headphones",
    )
    num_products: int = 1840

    def product(self, product_id: str) -> Product:
        return PRODUCTS[int(product_id[1:])]


@dataclass
class ScriptedSearch:
    shop: ScriptedShop = field(default_factory=ScriptedShop)

    def hear(self, audio: Audio, context: Context = ANY) -> Trace:
        time.sleep(0.05)
        if float(abs(audio.samples).max(initial=0.0)) < 0.01:
            return trace_of("", context, literal=False, seconds={"vad": 0.011})
        seconds = {"vad": 0.011, "recognise": 0.118, "second pass": 0.046, "correct": 0.009}
        return trace_of(SPOKEN, context, False, {**seconds, "understand": 0.004, "search": 0.012})

    def type(self, text: str, context: Context = ANY, *, literal: bool = False) -> Trace:
        seconds = {"correct": 0.002, "understand": 0.004, "search": 0.012}
        return trace_of(text, context, literal, seconds)


def trace_of(text: str, context: Context, literal: bool, seconds: dict[str, float]) -> Trace:
    changes = () if literal else changes_in(text)
    corrected = text
    for change in sorted(changes, key=lambda c: -c.start):
        corrected = corrected[: change.start] + change.after + corrected[change.end :]
    gone = {(c.field, c.value, c.negated) for c in context.removed}
    wishes = tuple(c for c in wishes_in(corrected) if (c.field, c.value, c.negated) not in gone)
    found = [p for p in PRODUCTS if all(fits(p, wish, wishes) for wish in wishes)] if text else []
    cheap = "cheapest" in corrected
    found.sort(key=lambda p: p.price or 0.0) if cheap else None
    heard = NBest.from_text(text, Language.ENGLISH)
    if changes and not literal:
        scores = {"acoustic": -2841.2, "lm": -31.7}
        second = Hypothesis(text.replace("one", "won"), {"acoustic": -2843.9, "lm": -36.0})
        heard = NBest.from_scores([Hypothesis(text, scores), second], [-3.0, -4.4])
    return Trace(
        id="b7c1f02e",
        heard=heard,
        corrected=NBest.from_text(corrected, Language.ENGLISH),
        changes=changes,
        query=Query(
            corrected,
            corrected,
            wishes,
            Sort.PRICE_ASCENDING if cheap else Sort.RELEVANCE,
            ((corrected, 0.8), (text, 0.2)) if changes else ((corrected, 1.0),),
        ),
        result=SearchResult(tuple(hit(p, wishes) for p in found), len(found), facets_of(found)),
        seconds=seconds,
        speech=((0.31, 3.42),) if "recognise" in seconds else (),
        did_you_mean=("Salomon or Asics running shoes",) if len(changes) > 1 else (),
    )


def changes_in(text: str) -> tuple[Change, ...]:
    return tuple(
        Change(
            before=heard,
            after=meant,
            start=match.start(),
            end=match.end(),
            accepted=True,
            reason=f"“{heard}” sounds like the brand {meant}, and nothing in this shop is "
            f"called “{heard}”.",
            scores={"phonetic": -0.08, "margin": 2.1},
            source="phonetic",
        )
        for heard, meant in MISHEARD.items()
        for match in re.finditer(re.escape(heard), text)
    )


def wishes_in(text: str) -> tuple[Constraint, ...]:
    low = text.casefold()
    wishes = [Constraint("brand", b, 0.94, text=b) for b in BRANDS if b.casefold() in low]
    kinds = {"Running shoes": "running shoes", "Trail shoes": "trail shoes"}
    said = {kind for kind, words in kinds.items() if words in low}
    said |= {"Headphones"} if re.search("headphones|耳机", low) else set()
    wishes += [Constraint("category", kind, 0.97, text=kind) for kind in sorted(said)]
    for color in COLORS:
        negated = f"not {color}" in low or (color == "black" and "不要黑" in low)
        if color in low or negated:
            wishes.append(Constraint("color", color, 0.9, negated, color))
    price = re.search(r"under (one fifty|\d+)", low)
    if price:
        most = 150.0 if price[1] == "one fifty" else float(price[1])
        wishes.append(Constraint("price", Range(None, most, "USD"), 1.0, text=price[0]))
    return tuple(wishes)


def fits(product: Product, wish: Constraint, wishes: tuple[Constraint, ...]) -> bool:
    if isinstance(wish.value, Range):
        return product.price in wish.value
    if wish.field == "brand":  # several brands are alternatives
        return any(w.value == product.brand for w in wishes if w.field == "brand")
    values = {"category": product.category[1:]}.get(wish.field) or product.attributes["color"]
    return (wish.value in values) != wish.negated


def facets_of(products: list[Product]) -> dict[str, dict[str, int]]:
    facets: dict[str, dict[str, int]] = {"brand": {}, "category": {}, "color": {}}
    for product in products:
        values = [("brand", product.brand), ("category", product.category[1])]
        values += [("color", color) for color in product.attributes["color"]]
        for name, value in values:
            facets[name][value] = facets[name].get(value, 0) + 1
    return facets


def hit(product: Product, wishes: tuple[Constraint, ...]) -> Hit:
    reasons = [f"{w.field} is {w.value}" for w in wishes if isinstance(w.value, str)]
    return Hit(product.id, 10.0, (*reasons, "The title holds “shoes”."))
