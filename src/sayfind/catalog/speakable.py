"""Catalogue text made sayable, and how popular each product is. Remembers what it has said."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Entry
from sayfind.text.normalise import has_han
from sayfind.text.spoken import spoken_forms

__all__ = ["Speaker", "popularity_weights", "title_head"]

_HEAD_END = re.compile(r"\s[-–—|:]\s|[,(\[;:|]|\s(?:with|w/|for|by)\s|\s/\s", re.IGNORECASE)
_MEASURE = re.compile(
    r"^(?![2-6][gG]$|[248][kK]$|3[dD]$)\d+(?:[.,]\d+)?(?:%|\"|''|[a-zA-Z]{1,3}|-inch)?$"
)
_MAX_HEAD_WORDS = 6
_MAX_SPOKEN_FORMS = 6
_MAX_SPOKEN_WORDS = 9


class Speaker:
    """``spoken_forms`` with a memory: values, brands and categories come up again and again."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, int], tuple[str, ...]] = {}

    def say(self, text: str, limit: int = 2) -> tuple[str, ...]:
        """At most ``limit`` ways of saying a text, likeliest first."""
        known = self._said.get((text, limit))
        if known is None:
            known = self._said[text, limit] = tuple(spoken_forms(text, limit)) if text else ()
        return known

    def entry(self, entry: Entry) -> tuple[str, ...]:
        """The ways of saying a vocabulary entry, likeliest first; none too long to be said."""
        key = (f"\0{entry.field}\0{entry.value}", 0)
        known = self._said.get(key)
        if known is None:
            written = [form for form in entry.forms if not has_han(form)][:8]
            if entry.value != "yes" and entry.forms[0] == entry.value.casefold():
                written = [entry.value, *written]
            spoken = dict.fromkeys(s for form in written for s in self.say(form, 2))
            short = [s for s in _unspelled(spoken) if s.count(" ") < _MAX_SPOKEN_WORDS]
            known = self._said[key] = tuple(short[:_MAX_SPOKEN_FORMS])
        return known


def _unspelled(spoken: Iterable[str]) -> list[str]:
    """Without those that spell what another one says: no "t s h i r t" beside "t shirt"."""
    ways = list(spoken)
    letters = {way: sum(len(word) == 1 for word in way.split()) for way in ways}
    fewest: dict[str, int] = {}
    for way in ways:
        whole = way.replace(" ", "")
        fewest[whole] = min(letters[way], fewest.get(whole, letters[way]))
    return [way for way in ways if letters[way] == fewest[way.replace(" ", "")]]


def title_head(title: str) -> str:
    """The part of a title by which a product is called.

    Up to the first bracket, comma, dash or "with", at most six words, no trailing measures.

    >>> title_head("HP LaserJet Pro M404dn, Laser printer (A4)")
    'HP LaserJet Pro M404dn'
    >>> title_head('Acer Aspire 3 Notebook 39.6 cm')
    'Acer Aspire 3 Notebook'
    """
    end = _HEAD_END.search(title, 3)
    words = (title[: end.start()] if end else title).split()[:_MAX_HEAD_WORDS]
    measure = next((i for i, w in enumerate(words) if i > 2 and _MEASURE.match(w)), len(words))
    return " ".join(words[:measure])


def popularity_weights(products: Sequence[Product]) -> list[float]:
    """A weight for each product, 1 on average; the logarithm keeps a best seller in bounds."""
    logs = [math.log1p(product.popularity) for product in products]
    mean = sum(logs) / len(logs) if logs else 0.0
    return [0.5 + 0.5 * value / mean if mean > 0 else 1.0 for value in logs]
