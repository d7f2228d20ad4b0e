"""Which words are everyday language, whatever a shop sells."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

__all__ = ["han_words", "is_common_word", "is_function_word"]

_FUNCTION_WORDS = """
    a about above after all also am an and any anything are around as at be because been before
    below best between big both but buy by can cheap cheaper cheapest could do does down each
    either every expensive find for from get give good got great had has have help hey hi him
    his how i if in into is it its just kind latest less like little look looking made make many
    may me more most much my near need new of off old on only or order other our out over per
    please quite really search see shop show size small so some something sort such than thank
    that the their them then there these they thing things this those to too top under up us use
    very want wanna was we well what when where which while who will with within would yes you
    your
"""


@cache
def _function_words() -> frozenset[str]:
    return frozenset(_FUNCTION_WORDS.split())


@cache
def _common_words() -> frozenset[str]:
    text = files("sayfind.text").joinpath("data/common_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def is_common_word(word: str) -> bool:
    """Whether a lower-case English word is among the 30,000 commonest."""
    return word in _common_words()


def is_function_word(word: str) -> bool:
    """Whether a lower-case English word only holds a request together ("for", "looking")."""
    return word in _function_words()


@lru_cache(maxsize=4096)
def han_words(text: str) -> tuple[str, ...]:
    """Chinese text cut by the segmenter's dictionary alone; what it lacks comes as characters."""
    import rjieba

    return tuple(rjieba.cut(text, False))
