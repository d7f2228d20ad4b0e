"""Requests as people put them: a carrier, values before the noun, "with" after it, a price, a no.

The grammar knows English and nothing of any trade. Part of the requests are whole frames of a
table (``frames``): comparing, refusing, for whom, by when, and what is said next.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from sayfind.catalog import request_words as words
from sayfind.catalog.frames import Choice, Frames, plain_amounts, round_number
from sayfind.catalog.inflection import is_mass_noun, is_plural, plural_phrase
from sayfind.catalog.naming import Naming
from sayfind.catalog.product import Product
from sayfind.catalog.speakable import Speaker
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.text.numbers import number_words

__all__ = ["Requests"]


_CARRIERS, _DETERMINERS = Choice(words.CARRIERS), Choice(words.DETERMINERS)
_PLURAL_DETERMINERS, _NUMBERS = Choice(words.PLURAL_DETERMINERS), Choice(words.NUMBERS)
_ENDINGS, _NEGATIONS = Choice(words.ENDINGS), Choice(words.NEGATIONS)
_SORT_BEFORE, _SORT_AFTER = Choice(words.SORT_BEFORE), Choice(words.SORT_AFTER)
_LIMITS = (Choice(words.BELOW), Choice(words.BELOW), Choice(words.ABOVE), Choice(words.AROUND))
_BETWEEN = Choice(words.BETWEEN)


class Requests:
    """Draws requests for products of one shop, the popular ones more often."""

    def __init__(
        self,
        products: Sequence[Product],
        vocabulary: Vocabulary,
        speaker: Speaker,
        generator: random.Random,
        shares: tuple[float, float],
    ) -> None:
        """``shares``: of the requests without "i want" and the like, and of whole frames."""
        self.naming = Naming(products, vocabulary, speaker, generator)
        self._generator = generator
        self._bare_share, self._frame_share = shares
        self._frames = Frames.load("en")
        unit = vocabulary.price.unit if vocabulary.price else ""
        self._currency = words.CURRENCIES.get(unit, words.CURRENCIES[""])

    def draw(self) -> str:
        """One request, or the empty string where the drawn product has nothing sayable."""
        chance = self._generator.random
        framed = chance() < self._frame_share
        if framed and (asked := self._frames.draw(self._generator, lambda: _Places(self).fill)):
            return asked
        product = self.naming.product()
        phrase, noun = self.phrase(product)
        return self._finished(phrase, noun, product) if noun else ""

    def phrase(self, product: Product) -> tuple[str, str]:
        """A product with some of its values, and the noun in it; empty where nothing is sayable."""
        chance = self._generator.random
        before, after, following = self.naming.values(product)
        noun = self.naming.noun(product, bool(before or following))
        if not noun:
            return "", ""
        before = [value for value in before if not set(value.split()) & set(noun.split())]
        if chance() < 0.04 and plural_phrase(noun) != noun:
            noun = plural_phrase(noun)
            before.insert(0, _NUMBERS.draw(self._generator))
        phrase = " ".join([*before, noun, *after])
        if following:
            phrase += " with " + self._joined(following)
        return phrase, noun

    def _finished(self, phrase: str, noun: str, product: Product) -> str:
        """The phrase with a carrier in front, and sometimes a price, a no or a please behind."""
        generator, chance = self._generator, self._generator.random
        if chance() < 0.04:
            phrase = f"{_SORT_BEFORE.draw(generator)} {phrase}"
        elif chance() < 0.02:
            phrase = f"{phrase} {_SORT_AFTER.draw(generator)}"
        elif chance() >= self._bare_share:
            phrase = f"{_CARRIERS.draw(generator)} {self._determined(phrase, noun)}"
        if chance() < 0.05:
            phrase = f"{phrase} {self._negation()}"
        if product.price and chance() < 0.08:
            phrase = f"{phrase} {self.limit(product.price)}"
        if chance() < 0.06:
            phrase = f"{phrase} {_ENDINGS.draw(generator)}"
        return phrase.strip()

    def _determined(self, phrase: str, noun: str) -> str:
        """With its article; people do say "a iced tea", so "an" is not always kept."""
        head = noun.rpartition(" ")[2]
        if is_plural(head) or is_mass_noun(head):
            return f"{_PLURAL_DETERMINERS.draw(self._generator)} {phrase}".strip()
        determiner = _DETERMINERS.draw(self._generator)
        if determiner == "a" and phrase[:1] in "aeiou" and self._generator.random() < 0.6:
            determiner = "an"
        return f"{determiner} {phrase}".strip()

    def _joined(self, values: Sequence[str]) -> str:
        """Values in a row: "milk and sugar", or now and then "milk with sugar"."""
        if len(values) == 1:
            return values[0]
        last = " with " if self._generator.random() < 0.08 else " and "
        between = " and " if self._generator.random() < 0.5 else " "
        return between.join(values[:-1]) + last + values[-1]

    def _negation(self) -> str:
        unwanted = self.naming.unwanted()
        return _NEGATIONS.draw(self._generator).format(unwanted) if unwanted else ""

    def limit(self, price: float) -> str:
        """A limit near a price, in round numbers."""
        generator = self._generator
        if generator.random() < 0.2:
            low, high = self.bounds(price)
            limits = _BETWEEN.draw(generator).format(self.number(low), self.number(high))
            return f"{limits} {generator.choice(self._currency)}".strip()
        near = round_number(price * generator.uniform(0.7, 2.0), generator)
        return f"{generator.choice(_LIMITS).draw(generator)} {self.amount(near)}"

    def bounds(self, price: float) -> tuple[int, int]:
        """Two round numbers on either side of a price."""
        generator = self._generator
        low = round_number(max(1.0, price * generator.uniform(0.3, 0.9)), generator)
        high = round_number(price * generator.uniform(0.9, 2.0), generator)
        return min(low, high), max(low, high) + (low == high)

    def amount(self, number: int) -> str:
        """A number with the shop's currency, or now and then without."""
        return f"{self.number(number)} {self._generator.choice(self._currency)}".strip()

    def number(self, number: int) -> str:
        """A number as people say a price."""
        ways = plain_amounts(number_words(str(number))[:3])
        said = ways[0] if self._generator.random() < 0.6 else self._generator.choice(ways)
        round_one = said in ("one hundred", "one thousand") and self._generator.random() < 0.4
        return f"a {said[4:]}" if round_one else said

    def noun(self, product: Product, place: str) -> str:
        """A product's kind for the place ``noun``, ``nouns`` or ``a_noun``."""
        noun = self.naming.kind(product) or self.naming.noun(product, has_values=True)
        if place == "nouns":
            return plural_phrase(noun) if noun else ""
        return self._determined(noun, noun) if noun and place == "a_noun" else noun


class _Places:
    """Fills the places of one frame: those with a digit speak of another product."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._products: dict[str, Product] = {}
        self._values: tuple[str, str, str] | None = None
        self._bounds: tuple[int, int] | None = None

    def fill(self, place: str) -> str:
        """The words for a place; empty where the shop has none."""
        requests, name = self._requests, place.rstrip("23")
        other = name != place
        if name == "value":
            self._values = self._values or requests.naming.values_of_one(self._product(False))
            return self._values[int(place[5:] or 1) - 1]
        if name in ("number", "amount", "limit"):
            return self._price(name, other)
        product = self._product(other)
        if name == "thing":
            return requests.phrase(product)[0]
        if name.endswith(("noun", "nouns")):
            return requests.noun(product, name)
        naming = requests.naming
        parts = {"brand": naming.brand, "size": naming.size, "measure": naming.measure}
        return parts[name](product)

    def _product(self, other: bool) -> Product:
        key = "other" if other else "this"
        if key not in self._products:
            self._products[key] = self._requests.naming.product()
        return self._products[key]

    def _price(self, name: str, other: bool) -> str:
        requests, price = self._requests, self._product(False).price
        if not price:
            return ""
        if name == "limit":
            return requests.limit(price)
        self._bounds = self._bounds or requests.bounds(price)
        number = self._bounds[other]
        return requests.number(number) if name == "number" else requests.amount(number)
