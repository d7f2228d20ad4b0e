"""The graph of a catalogue: its tree, aliases, who sells what at which price, what fits what."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.text.normalise import normalise
from sayfind.understanding.knowledge.graph import Fact, Graph, Relation

__all__ = ["graph_of"]

_FITS = re.compile(
    r"(?:\bfor|\bfits|\bcompatible with)\s+(?:the |an? |your )?"
    r"(?P<latin>[^,;()\[\]|/]*?\d[^,;()\[\]|/\s]*"
    r"(?:\s+(?:pro|max|plus|ultra|mini|air)\b)*)|"
    r"(?:适用于?|兼容|用于)\s*(?P<han>[^,;，；()（）\[\]|/的]{2,24}?)(?=的|[,;，；()（）\[\]|/]|$)",
    re.IGNORECASE,
)
_LONGEST_THING = 5  # words


def graph_of(products: Sequence[Product], vocabulary: Vocabulary) -> Graph:
    """All that a catalogue says by itself; an owner's facts are added to it."""
    return Graph(
        [
            *_aliases(vocabulary),
            *_tree(products),
            *_sellers(products),
            *_prices(products),
            *_fitting(products),
        ]
    )


def _aliases(vocabulary: Vocabulary) -> Iterator[Fact]:
    for name in ("brand", "category"):
        for entry in vocabulary.entries_of(name):
            own = normalise(entry.value)
            for form in entry.forms:
                if form != own:
                    yield Fact(f"{name}:{entry.value}", Relation.ALSO, form)


def _tree(products: Iterable[Product]) -> Iterator[Fact]:
    edges = {pair for p in products for pair in zip(p.category[1:], p.category, strict=False)}
    for child, parent in sorted(edges):
        if child != parent:
            yield Fact(f"category:{child}", Relation.IS_A, f"category:{parent}")


def _sellers(products: Iterable[Product]) -> Iterator[Fact]:
    counts = Counter((p.brand, step) for p in products if p.brand for step in p.category)
    for (brand, step), count in counts.items():
        yield Fact(f"brand:{brand}", Relation.SELLS, f"category:{step}", float(count))


def _prices(products: Iterable[Product]) -> Iterator[Fact]:
    """The middle nine tenths of the prices of each brand and category."""
    prices: dict[str, list[float]] = defaultdict(list)
    for product in products:
        if product.price is not None:
            nodes = [f"brand:{product.brand}"] if product.brand else []
            for node in (*nodes, *(f"category:{step}" for step in product.category)):
                prices[node].append(product.price)
    for node, values in prices.items():
        values.sort()
        edge = len(values) // 20
        yield Fact(node, Relation.COSTS, f"{values[edge]:g}..{values[-1 - edge]:g}")


def _fitting(products: Iterable[Product]) -> Iterator[Fact]:
    """Read in titles ("case for iPhone 15"), and in columns that speak of compatibility."""
    for product in products:
        texts = [m["latin"] or m["han"] for t in product.titles for m in _FITS.finditer(t)]
        for name, values in product.attributes.items():
            if re.search(r"compatib|fits|适用", name, re.IGNORECASE):
                texts += values
        for thing in dict.fromkeys(" ".join(text.split()) for text in texts):
            if len(thing) > 1 and len(thing.split()) <= _LONGEST_THING:
                yield Fact(f"product:{product.id}", Relation.FITS, f"thing:{thing}")
