"""What is likelier to be said now: what goes on with a conversation, and what is on the screen.

Knows no sound and no recogniser: a reading that was expected is made likelier than it was heard.
One that was not heard at all cannot win.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from sayfind.catalog.product import Product
from sayfind.catalog.speakable import title_head
from sayfind.text.normalise import has_han, normalise
from sayfind.types import NBest

__all__ = ["ExpectConfig", "lean", "names_of"]


@dataclass(frozen=True, slots=True)
class ExpectConfig:
    """How much likelier, as natural logs.

    ``follow_up`` is for a reading that edits the conversation ("cheaper"), ``on_screen`` for each
    of at most ``max_names`` names in it that stand on the screen.
    """

    follow_up: float = 2.0
    on_screen: float = 1.0
    max_names: int = 2

    def __post_init__(self) -> None:
        if not (0 <= self.follow_up < 20 and 0 <= self.on_screen < 20 and self.max_names >= 0):
            raise ValueError("follow_up and on_screen are from 0 to 20, max_names is not negative")


def names_of(products: Iterable[Product]) -> frozenset[str]:
    """What the products may be called: brand, kind, and the head of the title, in each script."""
    names = set[str]()
    for product in products:
        texts = (product.brand, *product.category[-1:], title_head(product.title))
        names |= {normalise(text) for text in texts}
        for field in ("brand", "category"):
            names |= {normalise(text) for text in product.translations.get(field, ())}
    return frozenset(name for name in names if len(name) > 1)


def lean(
    n_best: NBest,
    follows: Callable[[str], bool],
    names: Collection[str],
    config: ExpectConfig = ExpectConfig(),
) -> NBest:
    """The readings again, those expected likelier; each one's part is its score ``bias``.

    ``follows`` tells whether a reading goes on with the conversation, ``names`` are normalised.
    """
    gains = []
    for reading in n_best.hypotheses:
        text = normalise(reading.text)
        named = min(config.max_names, sum(_holds(text, name) for name in names))
        gains.append(config.follow_up * follows(text) + config.on_screen * named)
    if not any(gains):
        return n_best
    weights = [p * math.exp(g) for p, g in zip(n_best.probabilities, gains, strict=True)]
    total = sum(weights) or 1.0
    order = sorted(range(len(weights)), key=lambda i: -weights[i])
    readings = [
        replace(n_best.hypotheses[i], scores={**n_best.hypotheses[i].scores, "bias": gains[i]})
        for i in order
    ]
    shares = tuple(weights[i] / total for i in order)
    return replace(n_best, hypotheses=tuple(readings), probabilities=shares)


def _holds(text: str, name: str) -> bool:
    """Whether a name is in a text, as whole words."""
    if name not in text:
        return False
    return has_han(name) or bool(re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text))
