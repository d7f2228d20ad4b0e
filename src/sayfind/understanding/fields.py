"""What the columns of a catalogue are about, and the words that announce them.

A feed names its columns freely ("Farbe" aside): ``color``, ``frame_colour`` and ``颜色`` are all
colours. ``roles`` says which; ``cues`` are the words that point at a column in speech, such as
"size" in "size large" or 码 in 42码.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sayfind.text.normalise import normalise

__all__ = ["LEADING_HINTS", "ROLES", "cue_phrases", "field_words", "role_of"]

# Role -> words that name it, as a column's name or in a shopper's sentence.
ROLES: dict[str, tuple[str, ...]] = {
    "brand": ("brand", "manufacturer", "品牌", "牌子", "牌"),
    "category": ("category", "department", "product type", "类别", "品类", "类目", "分类"),
    "colour": ("colour", "color", "coloured", "colored", "颜色", "色", "色系"),
    "size": ("size", "sizes", "sized", "尺码", "尺寸", "码", "号", "码数", "大小"),
    "material": ("material", "fabric", "made of", "made from", "made out of", "材质", "面料"),
    "flavour": ("flavour", "flavor", "flavoured", "flavored", "口味", "味"),
    "rating": ("rating", "评分", "星级"),
    "style": ("style", "款式", "风格"),
}

# A word before a value that makes one role likelier: "by nike", "in red".
LEADING_HINTS: dict[str, tuple[str, ...]] = {
    "by": ("brand",),
    "from": ("brand",),
    "in": ("colour", "size", "material"),
    "with": ("",),
}

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-./]+")


def field_words(name: str) -> str:
    """A column's name as words: ``milkAmount`` -> ``milk amount``."""
    return " ".join(normalise(_CAMEL.sub(" ", name)).split())


def role_of(name: str) -> str:
    """The role of a column, or its own name in words where it has none of the known ones."""
    words = field_words(name)
    for role, names in ROLES.items():
        if words in names or any(words.endswith(f" {n}") for n in names if n.isascii()):
            return role
        if any(words.endswith(n) for n in names if not n.isascii()):
            return role
    return words


def cue_phrases(fields: Iterable[str]) -> dict[str, frozenset[str]]:
    """Phrase -> the columns it announces."""
    cues: dict[str, set[str]] = {}
    for name in fields:
        for phrase in {field_words(name), *ROLES.get(role_of(name), ())}:
            cues.setdefault(phrase, set()).add(name)
    return {phrase: frozenset(names) for phrase, names in cues.items() if phrase}
