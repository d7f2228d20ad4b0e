"""Singular and plural of English nouns, as product names use them.

A short list of exceptions and five rules; wrong for rare words, right for what shops sell.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["is_mass_noun", "is_plural", "plural", "plural_phrase", "singular", "singular_phrase"]

_IRREGULAR = {
    "man": "men", "woman": "women", "child": "children", "foot": "feet", "tooth": "teeth",
    "mouse": "mice", "goose": "geese", "person": "people", "shelf": "shelves", "knife": "knives",
    "scarf": "scarves", "loaf": "loaves", "leaf": "leaves", "half": "halves", "wife": "wives",
    "bookshelf": "bookshelves", "potato": "potatoes", "tomato": "tomatoes", "hero": "heroes",
    "battery": "batteries", "bus": "buses", "gas": "gases", "lens": "lenses", "axe": "axes",
    "tax": "taxes", "cookie": "cookies", "movie": "movies", "tie": "ties", "shoe": "shoes",
    "smoothie": "smoothies", "hoodie": "hoodies", "brownie": "brownies", "selfie": "selfies",
}  # fmt: skip
_SINGULAR = {many: one for one, many in _IRREGULAR.items()}
_ONLY_PLURAL = frozenset(
    [
     "jeans", "pants", "trousers", "shorts", "leggings", "scissors", "pliers", "goggles",
     "pajamas", "pyjamas", "clothes", "electronics", "cosmetics", "series", "species", "news",
     "sports", "sunglasses",
    ]
)  # fmt: skip
_MASS = frozenset(
    [
     "clothing", "apparel", "footwear", "underwear", "swimwear", "jewelry", "jewellery",
     "furniture", "luggage", "equipment", "software", "hardware", "audio", "video", "music",
     "food", "milk", "water", "bread", "rice", "sugar", "salt", "meat", "beef",
     "pork", "fish", "sheep", "stationery", "cookware", "tableware", "bedding", "makeup",
     "wireless", "fitness", "christmas", "canvas", "atlas", "swiss",
    ]
)  # fmt: skip


_INGS = frozenset(
    [
     "ring", "earring", "string", "spring", "building", "painting", "wing", "king", "drawing",
     "bearing",
    ]
)  # fmt: skip


def is_mass_noun(word: str) -> bool:
    """Whether a lower-case noun is not counted: neither "a furniture" nor "furnitures"."""
    return word in _MASS or (word.endswith("ing") and len(word) > 4 and word not in _INGS)


def is_plural(word: str) -> bool:
    """Whether a lower-case noun is in the plural ("shoes", "jeans", "women")."""
    return word in _ONLY_PLURAL or word in _SINGULAR or singular(word) != word


def plural(word: str) -> str:
    """The plural of a lower-case noun; a mass noun or a plural comes back as it is.

    >>> [plural(w) for w in ("shoe", "watch", "battery", "toy", "jeans", "man")]
    ['shoes', 'watches', 'batteries', 'toys', 'jeans', 'men']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if is_mass_noun(word) or word in _ONLY_PLURAL or word in _SINGULAR or not word.isalpha():
        return word
    if singular(word) != word:
        return word
    if not word.isascii():
        return word
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return word[:-1] + "ies"
    return word + "s"


def singular(word: str) -> str:
    """The singular of a lower-case noun; a singular comes back as it is.

    >>> [singular(w) for w in ("shoes", "watches", "batteries", "glass", "shelves", "boxes")]
    ['shoe', 'watch', 'battery', 'glass', 'shelf', 'box']
    """
    if word in _SINGULAR:
        return _SINGULAR[word]
    if word in _ONLY_PLURAL or word in _MASS or word in _IRREGULAR or len(word) < 4:
        return word
    if not word.isascii() or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "zzes", "ches", "shes")):
        return word[:-2]
    return word[:-1]


def plural_phrase(phrase: str) -> str:
    """A phrase with its last word in the plural."""
    return _with_head(phrase, plural)


def singular_phrase(phrase: str) -> str:
    """A phrase with its last word in the singular.

    >>> singular_phrase("running shoes")
    'running shoe'
    """
    return _with_head(phrase, singular)


def _with_head(phrase: str, change: Callable[[str], str]) -> str:
    start, space, head = phrase.rpartition(" ")
    return f"{start}{space}{change(head)}"
