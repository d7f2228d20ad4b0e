"""What shoppers call the things of one shop: nouns, brands, values, sizes, measures, by chance.

Where a value goes is read off the shop's own columns: one whose values look like "some milk" or "a
bit of sugar" follows "with"; a column of numbers is named ("size ten"); the others stand before
the noun in any order. A product that lists several values in a column offers a choice, so that
column is spoken of more often.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate

from sayfind.catalog.inflection import singular_phrase
from sayfind.catalog.placement import Place, column_manners
from sayfind.catalog.product import Product
from sayfind.catalog.speakable import Speaker, popularity_weights, title_head
from sayfind.catalog.vocabulary import Entry, Vocabulary
from sayfind.text.normalise import normalise

__all__ = ["Naming"]


class Naming:
    """Draws what a product, its kind, its brand and its values are called this time."""

    def __init__(
        self,
        products: Sequence[Product],
        vocabulary: Vocabulary,
        speaker: Speaker,
        generator: random.Random,
    ) -> None:
        self._products, self._speaker, self._generator = products, speaker, generator
        self._sums = list(accumulate(popularity_weights(products)))
        self._columns = column_manners(vocabulary)
        self._named = {
            field: {normalise(entry.value): entry for entry in vocabulary.entries_of(field)}
            for field in ("brand", "category")
        }

    def product(self) -> Product:
        """A product, the popular ones more often."""
        return self._products[bisect(self._sums, self._generator.random() * self._sums[-1])]

    def brand(self, product: Product) -> str:
        """Its brand; empty where it has none that can be said."""
        return self._entry("brand", product.brand)

    def values_of_one(self, product: Product) -> tuple[str, str, str]:
        """A value of the product and two others of the same column; empty where there is none."""
        columns = [
            (name, values)
            for name, values in product.attributes.items()
            if (column := self._columns.get(name)) and column.place is not Place.NAMED
        ]
        if not columns:
            return "", "", ""
        name, values = self._generator.choice(columns)
        entries = self._columns[name].entries
        own = entries.get(normalise(self._generator.choice(values)))
        others = [entry for entry in entries.values() if entry is not own]
        picked = self._generator.sample(others, min(2, len(others)))
        second, third = [*map(self.said, picked), "", ""][:2]
        return self.said(own), second, third

    def size(self, product: Product) -> str:
        """A number of a column of sizes ("forty two")."""
        numbers = [
            value
            for name, values in product.attributes.items()
            if (column := self._columns.get(name)) and column.is_size
            for value in values
            if (entry := column.entries.get(normalise(value))) and entry.is_named
        ]
        return self._one_of(self._speaker.say(self._generator.choice(numbers))) if numbers else ""

    def measure(self, product: Product) -> str:
        """A value that is a number with its unit ("twenty seven inch")."""
        measures = [
            entry
            for name, values in product.attributes.items()
            if (column := self._columns.get(name))
            for value in values
            if (entry := column.entries.get(normalise(value)))
            and entry.value[:1].isdigit()
            and not entry.is_named
        ]
        return self.said(self._generator.choice(measures)) if measures else ""

    def unwanted(self) -> str:
        """A value or a brand that is not wanted, from any product of the shop."""
        other = self._products[int(self._generator.random() * len(self._products))]
        brand = self.brand(other) if self._generator.random() < 0.3 else ""
        names = [name for name in other.attributes if name in self._columns]
        if brand or not names:
            return brand
        name = self._generator.choice(names)
        value = self._generator.choice(other.attributes[name])
        return self.said(self._columns[name].entries.get(normalise(value)))

    def noun(self, product: Product, has_values: bool) -> str:
        """What the product is called this time: its title's head, its kind, a brand with it."""
        generator = self._generator
        title = self._one_of(self._speaker.say(title_head(product.title)))
        kind = self.kind(product)
        brand = self.brand(product)
        chance = generator.random()
        if not kind:
            return title if chance < 0.85 or not brand or has_values else brand
        if not title or chance < 0.4:
            return kind
        if brand and chance < 0.6 and not kind.startswith(brand):
            return f"{brand} {kind}"
        return brand if brand and chance < 0.65 and not has_values else title

    def kind(self, product: Product) -> str:
        """The product's category, the narrowest step more often, or a column of kinds."""
        steps = [("category", step) for step in product.category[-2:]]
        kinds = [
            (name, values[0])
            for name, values in product.attributes.items()
            if (column := self._columns.get(name)) and column.names_things
        ]
        if kinds and (not steps or self._generator.random() < 0.4):
            name, value = self._generator.choice(kinds)
            return self.said(self._columns[name].entries.get(normalise(value)))
        if not steps:
            return ""
        field, step = steps[-1] if self._generator.random() < 0.8 else steps[0]
        return self._entry(field, step)

    def values(self, product: Product) -> tuple[list[str], list[str], list[str]]:
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
            spoken = self.said(entry)
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

    def said(self, entry: Entry | None) -> str:
        """One of the ways of saying an entry."""
        return self._one_of(self._speaker.entry(entry)) if entry else ""

    def _one_of(self, ways: Sequence[str]) -> str:
        """One of several ways of saying something, the first half the time."""
        if not ways:
            return ""
        rank = int(math.log2(1.0 / max(1e-9, self._generator.random())))
        return ways[rank] if rank < len(ways) else ways[0]

    def _entry(self, field: str, value: str) -> str:
        return self.said(self._named[field].get(normalise(value))) if value else ""
