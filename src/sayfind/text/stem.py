"""English plurals taken off, and the two spellings of one word made one.

Far lighter than Porter: "printing" and "printer" stay apart, "shorts" and "short" too. What it
merges is the same thing to a shopper.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["stem"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "kids": "kid", "feet": "foot",
    "teeth": "tooth", "mice": "mouse", "geese": "goose", "knives": "knife", "shelves": "shelf",
    "scarves": "scarf", "wolves": "wolf", "halves": "half", "calves": "calf", "loaves": "loaf",
    "tvs": "tv", "cds": "cd", "pcs": "pc", "lenses": "lens", "potatoes": "potato",
    "tomatoes": "tomato", "heroes": "hero", "caches": "cache", "axes": "axe", "buses": "bus",
    "colour": "color", "colours": "color", "colored": "color", "coloured": "color",
    "grey": "gray", "fibre": "fiber", "fibres": "fiber", "litre": "liter", "litres": "liter",
    "metre": "meter", "metres": "meter", "centre": "center", "centres": "center",
    "theatre": "theater", "jewellery": "jewelry", "aluminium": "aluminum", "tyre": "tire",
    "tyres": "tire", "moisturiser": "moisturizer", "organiser": "organizer",
    "organisers": "organizer", "catalogue": "catalog", "catalogues": "catalog",
    "pyjamas": "pajama", "pajamas": "pajama", "licence": "license", "licences": "license",
    "moulded": "molded", "sulphate": "sulfate", "mould": "mold", "moulds": "mold",
}  # fmt: skip
# Words in s that are no plural, or whose plural is another thing than their singular.
_KEPT = _words(
    """
    series species news lens gas bias alias atlas canvas adidas christmas texas vegas asics shorts
    windows tights goods jeans pants trousers always perhaps sometimes hermes clothes physics
    electronics thermos cosmos chaos vans beats bros airbus whereas pancreas judas mercedes crocs
    levis fries corps lotus
    """
)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The singular of a lower-case English word, in one spelling.

    >>> [stem(word) for word in ("headphones", "batteries", "watches", "movies", "glass", "lens")]
    ['headphone', 'battery', 'watch', 'movy', 'glass', 'lens']
    """
    irregular = _IRREGULAR.get(word)
    if irregular is not None:
        return irregular
    if len(word) < 4 or word in _KEPT:
        return word
    if word.endswith(("ies", "ie")) and len(word) > 4:
        # "movie" and "movies" must meet, as must "battery" and "batteries".
        return word.removesuffix("s")[:-2] + "y"
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith(("ches", "shes", "xes", "sses", "zzes")):
        return word[:-2]
    return word[:-1]
