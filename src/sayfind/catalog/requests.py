"""Requests as people put them: a carrier, values before the noun, "with" after it, a price, a no.

The grammar knows English and nothing of any trade. Where a value goes is read off the shop's own
columns: one whose values look like "some milk" or "a bit of sugar" follows "with"; a column of
numbers is named ("size ten"); the others stand before the noun in any order. A product that lists
several values in a column offers a choice, so that column is spoken of more often.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate

from sayfind.catalog import request_words as words
from sayfind.catalog.inflection import is_mass_noun, is_plural, plural_phrase, singular_phrase
from sayfind.catalog.placement import Place, column_manners
from sayfind.catalog.product import Product
from sayfind.catalog.speakable import Speaker, popularity_weights, title_head
from sayfind.catalog.vocabulary import Entry, Vocabulary
from sayfind.text.normalise import normalise
from sayfind.text.numbers import number_words

__all__ = ["Requests"]


class _Choice:
    """Draws from weighted words."""

    def __init__(self, weighted: Mapping[str, float]) -> None:
        self._items = tuple(weighted)
        self._sums = tuple(accumulate(weighted.values()))

    def draw(self, generator: random.Random) -> str:
        """One of them, by weight."""
        return self._items[bisect(self._sums, generator.random() * self._sums[-1])]


_CARRIERS, _DETERMINERS = _Choice(words.CARRIERS), _Choice(words.DETERMINERS)
_PLURAL_DETERMINERS, _NUMBERS = _Choice(words.PLURAL_DETERMINERS), _Choice(words.NUMBERS)
_ENDINGS, _NEGATIONS = _Choice(words.ENDINGS), _Choice(words.NEGATIONS)
_SORT_BEFORE, _SORT_AFTER = _Choice(words.SORT_BEFORE), _Choice(words.SORT_AFTER)
_LIMITS = (_Choice(words.BELOW), _Choice(words.BELOW), _Choice(words.ABOVE), _Choice(words.AROUND))
_BETWEEN = _Choice(words.BETWEEN)


class Requests:
    """Draws requests for products of one shop, the popular ones more often."""

    def __init__(
        self,
        products: Sequence[Product],
        vocabulary: Vocabulary,
        speaker: Speaker,
        generator: random.Random,
        bare_share: float,
    ) -> None:
        self._products, self._speaker, self._generator = products, speaker, generator
        self._bare_share = bare_share
        self._sums = list(accumulate(popularity_weights(products)))
        self._columns = column_manners(vocabulary)
        self._named = {
            field: {normalise(entry.value): entry for entry in vocabulary.entries_of(field)}
            for field in ("brand", "category")
        }
        unit = vocabulary.price.unit if vocabulary.price else ""
        self._currency = words.CURRENCIES.get(unit, words.CURRENCIES[""])

    def draw(self) -> str:
        """One request, or the empty string where the drawn product has nothing sayable."""
        chance = self._generator.random
        product = self._products[bisect(self._sums, chance() * self._sums[-1])]
        before, after, following = self._values(product)
        noun = self._noun(product, bool(before or following))
        if not noun:
            return ""
        before = [value for value in before if not set(value.split()) & set(noun.split())]
        if chance() < 0.04 and plural_phrase(noun) != noun:
            noun = plural_phrase(noun)
            before.insert(0, _NUMBERS.draw(self._generator))
        phrase = " ".join([*before, noun, *after])
        if following:
            phrase += " with " + self._joined(following)
        return self._finished(phrase, noun, product)

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
            phrase = f"{phrase} {self._price(product.price)}"
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

    def _values(self, product: Product) -> tuple[list[str], list[str], list[str]]:
        """Values before the noun, right after it, and after "with"."""
        generator = self._generator
        before: list[str] = []
        after: list[str] = []
        following: list[str] = []
        for name, values in product.attributes.items():
            column = self._columns.get(name)
            if column is None:
                continue
            likelihood = 0.4 if len(values) > 1 else column.likelihood
            if generator.random() >= likelihood:
                continue
            entry = column.entries.get(normalise(generator.choice(values)))
            spoken = self._said(entry)
            if not entry or not spoken:
                continue
            if column.place is Place.WITH and generator.random() < 0.98:
                following.append(spoken)
            elif column.place is Place.NAMED or generator.random() < 0.06:
                after.append(spoken)
            elif column.is_colour and generator.random() < 0.15:
                after.append(f"in {spoken}")
            elif generator.random() < 0.05:
                following.append(spoken)
            else:
                before.append(self._before_noun(entry, spoken))
        generator.shuffle(before)
        generator.shuffle(following)
        return before[:5], after[:2], following[:3]

    def _before_noun(self, entry: Entry, spoken: str) -> str:
        """Before a noun a measure is singular: "twelve ounces", but "a twelve ounce bottle"."""
        single = singular_phrase(spoken)
        keep = single not in self._speaker.entry(entry) or self._generator.random() < 0.1
        return spoken if keep else single

    def _said(self, entry: Entry | None) -> str:
        return self._one_of(self._speaker.entry(entry)) if entry else ""

    def _one_of(self, ways: Sequence[str]) -> str:
        """One of several ways of saying something, the first half the time."""
        if not ways:
            return ""
        rank = int(math.log2(1.0 / max(1e-9, self._generator.random())))
        return ways[rank] if rank < len(ways) else ways[0]

    def _noun(self, product: Product, has_values: bool) -> str:
        """What the product is called this time: its title's head, its kind, a brand with it."""
        generator = self._generator
        title = self._one_of(self._speaker.say(title_head(product.title)))
        kind = self._kind(product)
        brand = self._entry("brand", product.brand)
        chance = generator.random()
        if not kind:
            return title if chance < 0.85 or not brand or has_values else brand
        if not title or chance < 0.4:
            return kind
        if brand and chance < 0.6 and not kind.startswith(brand):
            return f"{brand} {kind}"
        return brand if brand and chance < 0.65 and not has_values else title

    def _kind(self, product: Product) -> str:
        """The product's category, the narrowest step more often, or a column of kinds."""
        steps = [("category", step) for step in product.category[-2:]]
        kinds = [
            (name, values[0])
            for name, values in product.attributes.items()
            if (column := self._columns.get(name)) and column.names_things
        ]
        if kinds and (not steps or self._generator.random() < 0.4):
            name, value = self._generator.choice(kinds)
            return self._said(self._columns[name].entries.get(normalise(value)))
        if not steps:
            return ""
        field, step = steps[-1] if self._generator.random() < 0.8 else steps[0]
        return self._entry(field, step)

    def _entry(self, field: str, value: str) -> str:
        return self._said(self._named[field].get(normalise(value))) if value else ""

    def _negation(self) -> str:
        """A value or a brand that is not wanted, from any product of the shop."""
        other = self._products[int(self._generator.random() * len(self._products))]
        unwanted = self._entry("brand", other.brand) if self._generator.random() < 0.3 else ""
        names = [name for name in other.attributes if name in self._columns]
        if names and not unwanted:
            name = self._generator.choice(names)
            value = self._generator.choice(other.attributes[name])
            unwanted = self._said(self._columns[name].entries.get(normalise(value)))
        return _NEGATIONS.draw(self._generator).format(unwanted) if unwanted else ""

    def _price(self, price: float) -> str:
        """A limit near a price, in round numbers."""
        generator = self._generator
        currency = generator.choice(self._currency)
        near = _round_number(price * generator.uniform(0.7, 2.0), generator)
        if generator.random() < 0.2:
            low = _round_number(max(1.0, price * generator.uniform(0.3, 0.9)), generator)
            low, high = sorted((low, near + (low == near)))
            limits = _BETWEEN.draw(generator).format(self._number(low), self._number(high))
            return f"{limits} {currency}".strip()
        limit = generator.choice(_LIMITS).draw(generator)
        return f"{limit} {self._number(near)} {currency}".strip()

    def _number(self, number: int) -> str:
        return self._one_of(number_words(str(number))[:3])


def _round_number(price: float, generator: random.Random) -> int:
    """A number as people name one: one or two figures, then zeros; sometimes a five or a nine."""
    if price < 10:
        return max(1, round(price))
    figures = generator.choice((1, 1, 2))
    scale: int = 10 ** max(0, len(str(int(price))) - figures)
    number = max(1, round(price / scale)) * scale
    return number - 1 if generator.random() < 0.05 else number
