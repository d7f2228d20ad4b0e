"""Turns models into catalogue rows: which colours and sizes are on sale, titles, prices, numbers.

Draws come from one generator per model, seeded by its name, so that an edit to one line of a table
changes only that model's rows. Only ``Random.random()`` is used: its sequence is the one that
Python promises to keep between versions.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import TypeVar

from demo_catalog.tables import AUDIENCES, Model, Size, Tables

__all__ = ["COLUMNS", "catalogue", "size_zh", "to_tsv"]

T = TypeVar("T")
Row = dict[str, str]

COLUMNS = (
    "id", "title", "title_zh", "brand", "brand_zh", "category", "category_zh", "color", "color_zh",
    "size", "material", "material_zh", "price", "currency", "popularity", "rating", "description",
    "image",
)  # fmt: skip

TITLES = ("{brand} {model} {who} {noun}", "{brand} {who} {model} {noun}")
TITLES_ZH = (
    "{brand} {model} {who}{noun} {color} {size}",
    "{both} {model} {who}{noun} {color} {size}",
    "{brand} {model} {color} {who}{noun} {size}",
    "{brand} {who}{noun} {model} {color} {size}",
)
DESCRIPTIONS = (
    "The {brand} {model} {is} {phrase}.",
    "The {brand} {model} in {color} {is} {phrase}.",
    "{Phrase}, here in {color}.",
    "{Phrase}.",
    "{Phrase}, made of {material}.",
    "From {brand}: {phrase}.",
)
SIZES_ZH = (
    (r"EU (\d\d(?:\.5)?)", r"\1码"),
    (r"(XXS|XS|S|M|L|XL|XXL)", r"\1码"),
    (r"(\d+) years", r"\1岁"),
    (r"(.+)\"", r"\1英寸"),
    (r"([\d.]+) GB", r"\1GB"),
    (r"([\d.]+) TB", r"\1TB"),
    (r"([\d.]+) ml", r"\1毫升"),
    (r"([\d.]+) [lL]", r"\1升"),
    (r"([\d.]+) kg", r"\1公斤"),
    (r"([\d.]+) g", r"\1克"),
    (r"([\d.]+) cm", r"\1厘米"),
    (r"([\d.]+) mm", r"\1毫米"),
    (r"([\d.]+) m", r"\1米"),
    (r"(\d+) x (\d+) cm", r"\1×\2厘米"),
    (r"(\d+) x (\d+) ml", r"\2毫升×\1"),
    (r"(\d+) x (\d+) g", r"\2克×\1"),
    (r"(\d+) pack", r"\1件装"),
    (r"(\d+) pieces", r"\1片"),
    (r"(\d+) capsules", r"\1粒"),
    (r"(\d+) sticks", r"\1条"),
    (r"(\d+) tubes", r"\1支"),
    (r"(\d+) pens", r"\1支装"),
    (r"(\d+) bags", r"\1包"),
    (r"(\d+) sheets", r"\1张"),
    (r"(\d+) cups?", r"\1杯"),
    (r"(\d+) persons?", r"\1人"),
    (r"(\d+) keys", r"\1键"),
    (r"Size (\d)", r"\1号"),
    (r"W(\d+) L(\d+)", r"\1×\2"),
    (r"Standard", "标准款"),
)


def catalogue(tables: Tables, seed: int) -> list[Row]:
    """All rows, in table order, with ids ``SF-0001`` on."""
    rows: list[Row] = []
    for model in tables.models:
        rng = Random(f"{seed}/{model.brand}/{model.name}/{model.noun}")
        rows.extend(_rows(model, tables, rng))
    for number, row in enumerate(rows, start=1):
        row["id"] = f"SF-{number:04d}"
    return rows


def to_tsv(rows: Sequence[Row]) -> str:
    """Tab-separated text with a header line; Unix line ends."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def size_zh(size: str) -> str:
    """A size as a Chinese shop prints it: ``EU 42`` is ``42码``; unknown forms stay."""
    for pattern, replacement in SIZES_ZH:
        match = re.fullmatch(pattern, size)
        if match:
            return match.expand(replacement)
    return size


def _rows(model: Model, tables: Tables, rng: Random) -> Iterator[Row]:
    title = _pick(model.section.titles or TITLES, rng)
    title_zh = _pick(model.section.titles_zh or TITLES_ZH, rng)
    demand = 2.2**model.grade * (0.7 + 0.6 * rng.random())
    rating = min(4.9, 3.7 + 0.09 * model.grade + 0.5 * rng.random())
    for rank, (color, size) in enumerate(_on_sale(model, rng)):
        words = _words(model, color, size)
        yield {
            "id": "",
            "title": _fill(title, words | {"material": model.material.title()}),
            "title_zh": _fill(title_zh, _words_zh(model, tables, color, size)),
            "brand": model.brand,
            "brand_zh": tables.brands[model.brand],
            "category": " > ".join(model.section.path),
            "category_zh": " > ".join(model.section.path_zh),
            "color": color,
            "color_zh": tables.colors[color] if color else "",
            "size": size.name,
            "material": model.material,
            "material_zh": tables.materials[model.material] if model.material else "",
            "price": _price(model, size),
            "currency": "USD",
            "popularity": str(max(1, round(demand * 0.72**rank * (0.85 + 0.3 * rng.random())))),
            "rating": f"{min(4.9, rating + 0.1 * (rng.random() - 0.5)):.1f}",
            "description": _describe(model, words, rng),
            "image": "",
        }


def _on_sale(model: Model, rng: Random) -> list[tuple[str, Size]]:
    """Different colour and size pairs, every colour and audience before any comes again."""
    colors = model.colors or ("",)
    sizes = model.sizes or (Size(""),)
    audiences = list(dict.fromkeys(size.audience for size in sizes))
    pools = {
        who: _shuffled([size for size in sizes if size.audience == who], rng) for who in audiences
    }
    pairs: dict[tuple[str, Size], None] = {}
    # Rarely sold models are stocked in one variant, best sellers in one more than usual.
    usual = 1 if model.grade <= 5 else model.section.variants - (model.section.variants > 2)
    wanted = min(usual + (model.grade >= 8), len(colors) * len(sizes))
    turn = 0
    while len(pairs) < wanted:
        pool = pools[audiences[turn % len(audiences)]]
        # The second term walks on once a colour has met each size of the pool.
        color = colors[(turn + turn // (len(colors) * len(pool))) % len(colors)]
        size = pool[(turn // len(audiences)) % len(pool)]
        if (color, size) in pairs:
            color, size = (
                colors[int(rng.random() * len(colors))],
                pool[int(rng.random() * len(pool))],
            )
        pairs[color, size] = None
        turn += 1
    return list(pairs)


def _words(model: Model, color: str, size: Size) -> dict[str, str]:
    return {
        "brand": model.brand,
        "model": model.name,
        "noun": model.noun,
        "who": AUDIENCES[size.audience][0] if size.audience else "",
        "color": color,
        "size": size.name,
        "material": model.material,
    }


def _words_zh(model: Model, tables: Tables, color: str, size: Size) -> dict[str, str]:
    brand = tables.brands[model.brand]
    who = AUDIENCES[size.audience][1] if size.audience else ""
    return {
        "brand": brand or model.brand,
        "both": f"{brand}（{model.brand}）" if brand else model.brand,
        "model": model.name_zh,
        "noun": model.noun_zh,
        "who": who + model.section.who_zh if size.audience in ("m", "w") else who,
        "color": tables.colors[color] if color else "",
        "size": size_zh(size.name),
        "material": tables.materials[model.material] if model.material else "",
    }


def _fill(template: str, words: dict[str, str]) -> str:
    """The template with its words; the dash or comma before an empty word goes with it."""
    text = re.sub(r"(?: -|,)?( ?)\{(\w+)\}", lambda m: m[0] if words[m[2]] else m[1], template)
    return " ".join(text.format(**words).split()).replace("） ", "）").replace(" ,", ",")


def _price(model: Model, size: Size) -> str:
    """The tables' round figures as shops print them: 130 is 129.99, 19 is 19.99, 449 stays."""
    price = model.price + size.extra
    if price % 10 != 9:
        return f"{price - 0.01:.2f}"
    return f"{price:.2f}" if price > 100 else f"{price + 0.99:.2f}"


def _describe(model: Model, words: dict[str, str], rng: Random) -> str:
    singular = model.phrase.split()[0] in ("a", "an", "the", "one")
    form = _pick(DESCRIPTIONS, rng)
    if not _fits(form, model, words):
        form = DESCRIPTIONS[0]
    if model.section.mass or not model.name:
        form = re.sub(r"^The \{brand\} \{model\}( in \{color\})?", "{brand} {model}", form)
    if model.section.mass and not singular:
        form = form.replace(" {is}", ":")
    text = form.format(
        brand=model.brand,
        model=model.name or model.noun,
        phrase=model.phrase,
        Phrase=model.phrase[0].upper() + model.phrase[1:],
        color=words["color"].lower(),
        material=words["material"].lower(),
        **{"is": "is" if singular else "are"},
    )
    return text if text.endswith(".") else text + "."


def _fits(form: str, model: Model, words: dict[str, str]) -> bool:
    """Whether a description's form suits: no empty or repeated word, no clause left dangling."""
    if "{color}" in form and words["color"] in ("", "Clear", "Natural"):
        return False
    if "{material}" not in form:
        return True
    said = f"{model.noun} {model.phrase}".casefold().split()
    clause = {"that", "whose", "who", "you", "your", "in", "for", "with", "from"} & set(said)
    return bool(model.material) and not clause and model.material.casefold() not in " ".join(said)


def _pick(options: Sequence[T], rng: Random) -> T:
    return options[int(rng.random() * len(options))]


def _shuffled(items: Sequence[T], rng: Random) -> list[T]:
    return [item for _, _, item in sorted((rng.random(), n, i) for n, i in enumerate(items))]
