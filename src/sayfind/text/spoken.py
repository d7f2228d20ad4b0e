"""How people say what is written, and back.

Turns messy English titles into words of a-z and apostrophes, spelled letters standing alone
("r t x"), numbers and units said in full. Knows no pronunciations. Chinese text is skipped:
Mandarin is pronounced from its characters.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache

from sayfind.text.letters import close_names, is_word
from sayfind.text.normalise import strip_accents
from sayfind.text.numbers import number_words
from sayfind.text.unit_table import UNIT_OF_NAME
from sayfind.text.written import written_form

__all__ = ["spoken_forms", "written_form"]


Alternatives = tuple[str, ...]

# unit: ways to say one of it, likeliest first; the plural adds an s unless given after a slash
_SAID: dict[str, str] = {
    "m": "meter", "mm": "millimeter|mil/mil", "cm": "centimeter", "km": "kilometer",
    "in": "inch/inches", "ft": "foot/feet", "yd": "yard", "g": "gram", "mg": "milligram",
    "kg": "kilogram|kilo", "oz": "ounce/ounces", "lb": "pound", "l": "liter",
    "ml": "milliliter|m l/m l", "cl": "centiliter", "fl oz": "fluid ounce/fluid ounces|ounce",
    "gal": "gallon", "gb": "gigabyte|gig|g b/g b", "mb": "megabyte|meg|m b/m b",
    "kb": "kilobyte|k b/k b", "tb": "terabyte|t b/t b", "w": "watt", "kw": "kilowatt",
    "mah": "milliamp hour|m a h/m a h", "ah": "amp hour", "wh": "watt hour",
    "kwh": "kilowatt hour", "v": "volt", "hz": "hertz/hertz", "khz": "kilohertz/kilohertz",
    "mhz": "megahertz/megahertz", "ghz": "gigahertz/gigahertz", "px": "pixel", "mp": "megapixel",
    "dpi": "d p i/d p i|dots per inch/dots per inch", "p": "p/p", "s": "second", "min": "minute",
    "h": "hour", "%": "percent/percent", "rpm": "r p m/r p m", "m2": "square meter",
    "sq ft": "square foot/square feet", "pcs": "piece", "pack": "pack", "pair": "pair",
    "set": "set", "mbps": "megabits per second/megabits per second|megabit",
    "gbps": "gigabits per second/gigabits per second|gigabit", "a": "amp", "qt": "quart",
}  # fmt: skip
_BITS = {"Gb": "gigabit", "Mb": "megabit"}
_CURRENCY = {"$": "dollars", "£": "pounds", "€": "euros", "¥": "yuan"}
_ROMAN = {"II": "two", "III": "three", "IV": "four", "VI": "six", "VII": "seven",
          "VIII": "eight"}  # fmt: skip
_SYMBOLS = str.maketrans(
    {"&": " and ", "+": " plus ", "@": " at ", "®": " ", "™": " ", "©": " ", "℠": " ",
     "’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "″": '"', "′": "'", "–": "-",
     "—": "-", "‑": "-", "‐": "-", "×": " x ", "½": " 1/2 ", "¼": " 1/4 ", "¾": " 3/4 ",
     "²": " ", "³": " ", "°": " degrees ", "µ": "micro", "μ": "micro", "\xa0": " ", "±": " ",
     "－": "-", "＂": '"', "Ω": " ohm ", "•": " ", "№": " number "}
)  # fmt: skip
_PLURAL_IN_BRACKETS = re.compile(r"\(s\)|\(es\)")
_DIMENSIONS = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:[xX]\d+(?:\.\d+)?)+(?![\dxX])", re.ASCII)
_DOT_COM = re.compile(r"(?<=\w)\.com\b", re.IGNORECASE)
_WORDS_FOR = {"w/o": "without", "w/": "with", "incl": "including", "approx": "approximately"}
_LITHIUM = re.compile(r"\bli-?(?=(?:ion|polymer|po)\b)", re.IGNORECASE)
_SHORTHAND = re.compile(r"(?<![\w])(w/o|w/|incl|approx)(?![a-z])(?=[\w .])", re.IGNORECASE)
_FRACTIONS = {"1/2": "half", "1/4": "quarter", "3/4": "three quarter", "1/3": "third",
              "1/8": "eighth", "3/8": "three eighths"}  # fmt: skip

_SPOKEN_UNITS = sorted(
    (n for n, u in UNIT_OF_NAME.items() if n.isascii() and n[0].isalpha() and u in _SAID),
    key=lambda name: (-len(name), name),
)
_UNIT_NAME = "|".join(re.escape(name).replace(r"\ ", "[ -]?") for name in _SPOKEN_UNITS)
_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_ITEM = re.compile(
    rf"""(?P<currency>[$£€¥])\s?(?P<amount>{_NUMBER})(?![\w])
      | (?P<standard>(?<![\w.])802\.(?:11|15|3)(?P<letters>[a-z]{{0,2}})(?![a-z\d]))
      | (?P<fraction>(?<![\w/.])[13]/[2348](?![\w/.]))
      | (?P<quantity>(?<![\w.]){_NUMBER})(?:(?P<mark>\"|''|%|')(?![A-Za-z])
            |(?P<gap>[\s-]?)(?P<unit>{_UNIT_NAME})(?![A-Za-z0-9]))
      | (?P<by>(?<=[\d"'])\s*x\s*(?=\d)|(?:(?<=in\ )|(?<=ft\ )|(?<=[cm]m\ )|(?<="\ ))x(?=\ \d))
      | (?P<number>(?<![A-Za-z\d.])
            (?:\d+\.\d+(?=[a-z]{{1,2}}(?![a-z\d]))|(?:{_NUMBER})(?![A-Za-z\d])))
      | (?P<code>[A-Za-z]*\d[A-Za-z\d]*)
      | (?P<word>[A-Za-z]+(?:'[A-Za-z]+)*)""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ENDS_A_SIZE = re.compile(r"\s*(?:$|[^\sA-Za-z0-9-]|x\s)")
_LOWER_CASE = re.compile(r"[a-z]{3}")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_IN_CODE = re.compile(r"[A-Za-z\d]-$", re.ASCII)
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)", re.IGNORECASE | re.ASCII)
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth",
             "eight": "eighth", "nine": "ninth", "twelve": "twelfth"}  # fmt: skip
_LINES = frozenset(["240", "360", "480", "576", "720", "1080", "1440", "2160", "4320"])
_RUNS = re.compile(r"\d+|[A-Za-z]+", re.ASCII)
_CAMEL = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z]{2})")


def spoken_forms(text: str, limit: int = 4, words: Container[str] = frozenset()) -> list[str]:
    """How people say a title or a value in English, likeliest first, at most ``limit`` ways.

    ``words`` are lower-case words known to be said as words (a lexicon, say). Empty where the text
    has nothing English.

    >>> spoken_forms("iPhone 15 Pro Max")
    ['iphone fifteen pro max']
    >>> spoken_forms("RTX 4090", limit=1)
    ['r t x forty ninety']
    """
    items = _items(_prepared(text), words)
    forms: dict[str, None] = {}
    # Every number or unit changes its reading at once: few forms show all the local readings.
    for turn in range(max((len(item) for item in items), default=0)):
        forms[" ".join(item[turn % len(item)] for item in items).strip()] = None
    return [form for form in forms if form][:limit]


def _prepared(text: str) -> str:
    text = strip_accents(text.translate(_SYMBOLS))
    text = _DIMENSIONS.sub(lambda match: re.sub("[xX]", " x ", match[0]), text)
    text = _DECIMAL_COMMA.sub(".", text)
    text = _LITHIUM.sub("lithium ", text)
    text = _DOT_COM.sub(" dot com", text)
    text = _PLURAL_IN_BRACKETS.sub("s", text)
    text = _SHORTHAND.sub(lambda match: f" {_WORDS_FOR[match[1].lower()]} ", text)
    return close_names(text)


def _items(text: str, words: Container[str]) -> list[Alternatives]:
    informative = _LOWER_CASE.search(text) is not None
    items, position = [], 0
    while match := _ITEM.search(text, position):
        position = match.end()
        if match["quantity"] and not _is_quantity(match, text):
            position = match.end("quantity")
            number = match["quantity"]
            items.append(_digits(number) if number.isdigit() else _number(number))
            continue
        items.append(_item(match, text, informative, words))
    return [item for item in items if item]


def _is_quantity(match: re.Match[str], text: str) -> bool:
    """Whether what follows the number is a unit, not a letter of a model or the word "in"."""
    unit = match["unit"] or match["mark"]
    if unit.lower() == "in":
        return _is_inch(match, text)
    if len(unit) > 1 or not unit.isalpha():
        return True
    if match["gap"] == "-" or _IN_CODE.search(text, 0, match.start()):
        return False  # VB-FD2-32G
    return _is_unit_letter(
        match["quantity"], unit, glued=not match["gap"], before=text[: match.start()]
    )


def _is_inch(match: re.Match[str], text: str) -> bool:
    rest = text[match.end() :]
    if match["gap"] == "-":
        return not rest.startswith("-")  # 2-in-1
    return not match["gap"] or _ENDS_A_SIZE.match(rest) is not None


def _is_unit_letter(number: str, unit: str, glued: bool, before: str) -> bool:
    if unit in "pP":
        return glued and number in _LINES
    if unit == "G" or (unit == "g" and glued and number in "23456"):
        return False  # "10G" is a network, "32G" a memory, "5g" a phone; grams are written small
    if unit == "L" and before.endswith(("f/", "F/")):
        return False  # the aperture of a lens
    # 9200M and 840M are chips; 2M, 10M and 1.5M are cables
    return not (glued and unit in "MLV") or len(number) < 3 or "." in number


def _item(
    match: re.Match[str], text: str, informative: bool, words: Container[str]
) -> Alternatives:
    if match["word"]:
        return _word(match["word"], informative, words)
    if match["code"]:
        return _code(match["code"], informative, words)
    if match["number"]:
        return _number(match["number"])
    if match["quantity"]:
        return _quantity(match, text)
    if match["standard"]:
        number = "eight oh two point " + _number(match["standard"][4:].rstrip(_LETTERS))[0]
        return (f"{number} {_spell(match['letters'])}".strip(),)
    if match["by"]:
        return ("by",)
    if match["fraction"]:
        return (_FRACTIONS.get(match["fraction"], ""),)
    return _each(_amount(match["amount"]), _CURRENCY[match["currency"]])


def _each(heads: Alternatives, tail: str) -> Alternatives:
    return tuple(f"{head} {tail}" for head in heads)


def _amount(number: str) -> Alternatives:
    """Money: "nineteen ninety nine" is not said of $1999 but of $19.99; cents are read as two."""
    whole, _, cents = number.partition(".")
    heads = _cardinal_first(whole)
    if len(cents) != 2 or not cents.strip("0"):
        return heads
    return _each(heads[:1], number_words(str(int(cents)))[0])


@lru_cache(maxsize=16384)
def _number(number: str) -> Alternatives:
    whole, _, part = number.replace(",", "").partition(".")
    if part:
        return _decimal(whole, part)
    if len(whole) > 4 and "," not in number and not whole.endswith("00"):
        return _digits(whole)  # a part number, not an amount
    return _not_spelled(number_words(whole[:12])[:3], whole)


def _not_spelled(forms: Alternatives, digits: str) -> Alternatives:
    """Without the digit by digit reading of what has a short name (15, 1200)."""
    short = len(digits) == 2 or (len(digits) < 7 and digits.endswith("00"))
    if not short or digits[0] == "0":
        return forms
    return tuple(form for form in forms if not _is_spelled(form, digits))


def _decimal(whole: str, part: str) -> Alternatives:
    exact = number_words(f"{whole[:12]}.{part[:6]}")
    if not part.strip("0"):
        # "usb two point zero", "usb two", "usb two point oh"
        return (*exact, number_words(whole[:12])[0], exact[0].replace("zero", "oh"))
    if len(part) == 2 and part[0] != "0":
        return (*exact, f"{exact[0].partition(' point ')[0]} point {number_words(part)[0]}")
    return exact


def _cardinal_first(number: str) -> Alternatives:
    """Readings of a measured amount: "five hundred", "two hundred fifty", "two fifty"."""
    if "." in number:
        return _number(number)
    bare = number.replace(",", "")[:12]
    forms = [form for form in number_words(bare) if not _is_spelled(form, bare)]
    cardinal = [form for form in forms if "hundred" in form or "thousand" in form]
    return tuple(dict.fromkeys([*cardinal[:1], *forms][:2])) or number_words(bare)[:1]


def _is_spelled(form: str, digits: str) -> bool:
    return len(digits) > 1 and len(form.split()) == len(digits) and form == number_words(digits)[-1]


def _quantity(match: re.Match[str], text: str) -> Alternatives:
    name = (match["mark"] or match["unit"]).lower()
    unit = UNIT_OF_NAME.get(name) or UNIT_OF_NAME[re.sub("[ -]", " ", name)]
    one = match["quantity"] == "1"
    follows = re.match(r"\s*[-]?\s*[A-Za-z]", text[match.end() :])
    if (name.endswith("s") and len(name) > 4) or name in ("inches", "feet"):
        attributive = False  # the title says the plural itself
    else:
        attributive = one or bool(follows) or (bool(match["unit"]) and match["gap"] != " ")
    if match["unit"] in ("Gb", "Mb"):
        return _combined(_cardinal_first(match["quantity"]), (f"{_BITS[match['unit']]}",))
    number = match["quantity"]
    whole = re.sub(r"\.0+$", "", number)
    numbers = _number(number)[:2] if unit == "p" else _cardinal_first(whole)
    said = _combined(numbers, _said(unit, attributive, one))
    # "3M" is a cable's length, or a maker.
    return (*said, f"{numbers[0]} m") if match["unit"] == "M" and match["gap"] == "" else said


@lru_cache(maxsize=1024)
def _said(unit: str, attributive: bool, one: bool) -> Alternatives:
    """Names of a unit: the singular first before a noun ("five liter pot"), else the plural."""
    said: list[str] = []
    for way in _SAID[unit].split("|"):
        singular, _, plural = way.partition("/")
        both = [singular, plural or f"{singular}s"]
        said += both[:1] if one else both if attributive else both[::-1]
    # Likeliest way first, then the other ways, then the other number of each.
    ways = list(dict.fromkeys([*said[::2], *said[1::2]])) if not one else said
    return tuple(dict.fromkeys(ways))


def _combined(heads: Alternatives, tails: Alternatives) -> Alternatives:
    count = max(len(heads), len(tails))
    return tuple(f"{heads[i % len(heads)]} {tails[i % len(tails)]}" for i in range(count))


def _word(word: str, informative: bool, words: Container[str]) -> Alternatives:
    if informative and word in _ROMAN:
        return (_ROMAN[word],)
    stem = word.partition("'")[0]
    lower = word.lower()
    plural = len(stem) > 2 and stem[-1] == "s" and stem[:-1].isupper()
    if plural and not is_word(stem[:-1], informative, words):
        return (f"{' '.join(stem[:-1].lower())}'s",)  # DVDs
    if not is_word(stem, informative, words):
        return (_spell(stem) + lower[len(stem) :],)
    split = _CAMEL.sub(" ", word).lower()
    return (lower, split) if split != lower else (lower,)


def _spell(run: str) -> str:
    """Letters one by one, but the word that some abbreviations end in is said (SDRAM)."""
    lower = run.lower()
    for ending in ("ram", "rom", "lan", "dimm", "mac"):
        if lower.endswith(ending) and len(lower) > len(ending):
            return " ".join([*lower[: -len(ending)], ending])
    return " ".join(lower)


@lru_cache(maxsize=65536)
def _code_runs(code: str) -> tuple[str, ...]:
    return tuple(_RUNS.findall(code))


def _code(code: str, informative: bool, words: Container[str]) -> Alternatives:
    """A model code: letters spelled or said, digits grouped as people group them."""
    ordinal = _ORDINAL.fullmatch(code)
    if ordinal:
        return (_ordinal_words(ordinal[1]),)
    parts: list[Alternatives] = []
    for run in _code_runs(code):
        if run.isdigit():
            parts.append(_digits(run))
        elif len(run) > 2 and is_word(run, informative, words):
            parts.append((run.lower(),))
        else:
            parts.append((_spell(run),))
    count = max(len(part) for part in parts)
    return tuple(" ".join(part[i % len(part)] for part in parts) for i in range(min(count, 4)))


def _ordinal_words(number: str) -> str:
    """The ordinal: "eighth" for 8, "twenty first" for 21."""
    head, _, last = number_words(number)[0].rpartition(" ")
    said = _ORDINALS.get(last) or (f"{last[:-1]}ieth" if last[-1] == "y" else f"{last}th")
    return f"{head} {said}".strip()


def _digits(run: str) -> Alternatives:
    if len(run) > 6:
        return (" ".join(number_words(digit)[0] for digit in run[:24]),)
    forms = number_words(run)
    if run[0] == "0" and len(run) in (3, 4):
        return (forms[0], f"oh {' '.join(_digits(run[1:])[:1])}")
    if len(run) == 2 and run[0] != "0":
        return forms[:1]
    if len(run) == 5 and run.endswith("00") and "0" not in (run[0], run[2]):
        # "i nine ten nine hundred k"
        return (f"{number_words(run[:2])[0]} {number_words(run[2:])[0]}", forms[0])
    if len(run) == 3 and run[1] == "0" and run[2] != "0":
        return (forms[1], forms[0], forms[-1])  # "g s one oh eight"
    if len(run) == 4 and run[2] == "0" and "0" not in (run[0], run[1], run[3]):
        return (forms[1], forms[0], forms[-1])  # "thirteen oh five"
    if len(run) < 5 or run[0] == "0":
        return _not_spelled(forms[:3], run)
    spelled = " ".join(number_words(digit)[0] for digit in run)
    pairs = " ".join(_pair(run[i : i + 2]) for i in range(len(run) % 2, len(run), 2))
    head = f"{number_words(run[0])[0]} " if len(run) % 2 else ""
    return (spelled, head + pairs, forms[0])


def _pair(digits: str) -> str:
    if digits[0] == "0":
        return f"oh {'oh' if digits[1] == '0' else number_words(digits[1])[0]}"
    return number_words(digits)[0]
