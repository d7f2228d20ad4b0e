"""The words around a product when people ask for one, in any shop; weights are relative.

Spoken English, lower case. General knowledge of how requests are put, from no data set.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "ABOVE", "AROUND", "BELOW", "BETWEEN", "CARRIERS", "CURRENCIES", "DETERMINERS", "ENDINGS",
    "NEGATIONS", "NUMBERS", "PLURAL_DETERMINERS", "SORT_AFTER", "SORT_BEFORE",
]  # fmt: skip

CARRIERS: Mapping[str, float] = {
    "i want": 5, "i'd like": 6, "i would like": 3, "can i get": 6, "can i have": 6,
    "may i have": 4, "may i get": 1, "could i get": 3, "could i have": 3, "could you get me": 1,
    "can you get me": 1, "can you make me": 1, "could you make me": 1, "give me": 3, "get me": 2,
    "make me": 4, "make": 1, "bring me": 1, "order": 2, "order me": 1, "i'd like to order": 2,
    "i want to order": 2, "i'd like to get": 1, "i'd like to have": 1, "i'd like to buy": 1,
    "i want to buy": 2, "i'll have": 3, "i'll take": 3, "i'll get": 1, "let me get": 2,
    "let me have": 2, "show me": 7, "do you have": 3, "do you sell": 1, "have you got": 1,
    "got": 0.2, "looking for": 2, "i'm looking for": 4, "i am looking for": 2, "i need": 4,
    "find me": 2, "find": 2, "search for": 2, "search": 1, "look for": 1, "look up": 0.5,
    "where can i find": 1, "where is": 0.5, "i'm searching for": 0.5, "please give me": 1,
    "please get me": 0.5, "please make me": 0.5, "please show me": 1, "please find": 0.5,
    "buy": 1, "add": 1, "i'm after": 0.3, "what about": 0.3, "how about": 0.5, "brew": 1,
    "brew me": 0.5, "prepare": 0.5, "prepare me": 0.3, "fix me": 0.3, "cook me": 0.3,
    "serve me": 0.3, "pour me": 0.3, "grab me": 0.5, "pick me": 0.1, "send me": 0.3,
    "i wanna get": 0.3, "i wanna": 0.2, "i wanna buy": 0.3, "can you find me": 0.5,
    "can you show me": 1, "could you show me": 0.5, "do you have any": 1, "are there any": 0.5,
    "is there": 0.3, "recommend": 0.3, "recommend me": 0.3, "i would love": 0.3, "i'd love": 0.5,
    "i'm in the mood for": 0.2, "hi can i get": 0.5, "hello can i have": 0.3, "hey can i get": 0.3,
}  # fmt: skip
DETERMINERS: Mapping[str, float] = {
    "a": 60, "": 20, "some": 3, "the": 5, "one": 5, "another": 2, "any": 1, "my": 0.5, "your": 0.5,
}  # fmt: skip
PLURAL_DETERMINERS: Mapping[str, float] = {
    "": 60, "some": 18, "the": 6, "a pair of": 5, "any": 3, "two": 3, "three": 1, "a few": 1,
    "your": 1,
}  # fmt: skip
NUMBERS: Mapping[str, float] = {
    "two": 10, "three": 5, "four": 3, "five": 2, "six": 2, "a couple of": 1, "ten": 1, "a dozen": 1,
}  # fmt: skip
ENDINGS: Mapping[str, float] = {
    "please": 10, "for me": 2, "for me please": 1, "thanks": 1, "thank you": 2, "to go": 1,
    "as a gift": 0.5, "on sale": 1, "in stock": 0.5,
}  # fmt: skip
BELOW: Mapping[str, float] = {
    "under": 10, "below": 4, "less than": 4, "for less than": 2, "cheaper than": 2, "at most": 1,
    "no more than": 1, "for under": 3, "up to": 2, "within": 1, "not more than": 1,
    "costing less than": 0.5, "for no more than": 0.5, "maximum": 0.5,
}  # fmt: skip
ABOVE: Mapping[str, float] = {
    "over": 4, "above": 3, "more than": 3, "at least": 2, "from": 1, "starting at": 0.5,
}  # fmt: skip
AROUND: Mapping[str, float] = {
    "around": 4, "about": 4, "for": 3, "for about": 2, "for around": 2, "at around": 0.5,
}  # fmt: skip
BETWEEN: Mapping[str, float] = {"between {} and {}": 6, "from {} to {}": 2, "{} to {}": 1}
SORT_BEFORE: Mapping[str, float] = {
    "the cheapest": 10, "cheapest": 6, "the most expensive": 2, "most expensive": 1,
    "the best": 4, "best": 2, "the best selling": 2, "best selling": 1, "the most popular": 3,
    "most popular": 2, "the newest": 3, "newest": 2, "the latest": 3, "the best rated": 2,
    "top rated": 2, "cheap": 4, "a cheap": 3, "an affordable": 1, "affordable": 1,
    "inexpensive": 1, "expensive": 1,
}  # fmt: skip
SORT_AFTER: Mapping[str, float] = {
    "cheapest first": 2, "sorted by price": 2, "sort by price": 1, "lowest price first": 1,
    "newest first": 1, "best rated first": 1, "sorted by popularity": 1, "low to high": 0.3,
    "that is cheap": 0.5, "as cheap as possible": 0.5,
}  # fmt: skip
NEGATIONS: Mapping[str, float] = {
    "not {}": 8, "but not {}": 4, "no {}": 4, "without {}": 4, "anything but {}": 1,
    "that's not {}": 1, "that is not {}": 1, "except {}": 1, "other than {}": 0.5,
    "i don't want {}": 1, "and no {}": 1,
}  # fmt: skip
CURRENCIES: Mapping[str, tuple[str, ...]] = {
    "": ("dollars", "bucks", "euros", "pounds", ""),  # a feed that does not say
    "USD": ("dollars", "bucks", ""), "CAD": ("dollars", "bucks", ""),
    "AUD": ("dollars", "bucks", ""), "SGD": ("dollars", ""), "HKD": ("dollars", ""),
    "NZD": ("dollars", ""), "TWD": ("dollars", ""), "EUR": ("euros", ""),
    "GBP": ("pounds", "quid", ""), "CNY": ("yuan", ""), "JPY": ("yen", ""), "INR": ("rupees", ""),
    "KRW": ("won", ""), "CHF": ("francs", ""), "SEK": ("crowns", ""), "RUB": ("rubles", ""),
}  # fmt: skip
