"""English number words: read out of running text, and said.

Reads cardinals ("two hundred and fifty"), hundreds ("fifteen hundred"), pairs as model numbers and
years are said ("forty ninety"), spelled digits ("four zero nine zero"), decimals, "a hundred",
"half a", "dozen". A lone digit before a tens ("two fifty") is 250 only where the words around it
say so (a price, a model letter, a unit that comes in hundreds), because it may as well be two
numbers. "one" on its own is a pronoun or part of a name ("the red one", "one plus", "xbox one")
unless something is measured with it. Ordinals and fractions ("second", "three quarter") are left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sayfind.text.number_speech import ONES, TEENS, TENS

__all__ = ["ReadNumber", "read_english"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DIGITS = {word: i for i, word in enumerate(ONES)} | {"nought": 0, "naught": 0}
_TEEN_VALUES = {word: 10 + i for i, word in enumerate(TEENS)}
_TENS_VALUES = {word: 20 + 10 * i for i, word in enumerate(TENS)} | {"fourty": 40}
_SCALES = {"thousand": 1000, "million": 10**6, "billion": 10**9}
_MULTIPLIERS = {"hundred": 100, **_SCALES, "dozen": 12}
_ZERO_LETTERS = frozenset(["oh", "o"])
_NUMBER_STARTS = frozenset(
    [*_DIGITS, *_TEEN_VALUES, *_TENS_VALUES, *_MULTIPLIERS, "a", "an", "half", "point"]
)
_NO_DECIMALS = frozenset([*_MULTIPLIERS, "a", "an", "half"])
_LONGEST = 24  # digits; nobody means a longer number, and hostile text must not cost time
_REPEATS = {"double": 2, "triple": 3}

_ORDINALS = _words("first second third fourth fifth sixth seventh eighth ninth")
_FRACTIONS = _words("quarter quarters third thirds fourths fifths eighths sixteenths")
_VAGUE = _words("few several many couple some odd per by of")
_PRICE_CUES = _words(
    """
    under over below above around about approximately than within between least most maximum
    minimum max min cost costs costing price priced budget beneath exceeding roughly"""
)
_MODEL_CUES = _words("model series number type version generation size level no")
_CURRENCY = _words(
    "dollar dollars buck bucks euro euros pound pounds quid yuan usd eur gbp rmb rupees yen"
)
# Units whose usual amounts are in the hundreds: "two fifty six gig", "one forty four hertz".
_IN_HUNDREDS = _words(
    """
    gig gigs gb gigabyte gigabytes mb meg megs megabyte megabytes hertz hz ml mil mils
    milliliter milliliters millilitre millilitres gram grams watt watts volt volts mah mm
    millimeter millimeters millimetre millimetres degree degrees sheet sheets page pages thread
    threads count dpi pixel pixels nits lumen lumens calorie calories ppi"""
)
_MEASURES = (
    _CURRENCY
    | _IN_HUNDREDS
    | _words(
        """
    inch inches foot feet ft yard yards meter meters metre metres m cm centimeter centimeters
        centimetre centimetres km kilometer kilometers mile miles mg g kg kilo kilos kilogram
        kilograms ounce ounces oz lb lbs l liter liters litre litres cup cups gallon gallons pint
        pints quart quarts tb tera terabyte terabytes kilowatt kilowatts kw w v amp amps pack packs
        piece pieces pair pairs pcs set sets box boxes bottle bottles can cans bag bags roll rolls
        percent hour hours minute minutes day days week weeks month months year years point star
        stars person people ply port ports gigahertz ghz megahertz mhz megapixel megapixels mp cent
        cents shot shots thousand hundred million dozen k times seater"""
    )
)
_TOKEN = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?(?!\.?\d)|[A-Za-z]+(?:'[A-Za-z]+)?|\d+", re.ASCII)
_GAP = re.compile(r"\s+|\s*-\s*")
_CODE_BEFORE = re.compile(r"[A-Za-z][A-Za-z0-9-]*[-_/.]?$|\d[.,]$")
_CODE_AFTER = re.compile(r"[A-Za-z]|[-_/](?:[A-Za-z]+\d|[A-Za-z](?![A-Za-z]))|[.,:/]\d")


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """Digits for ``text[start:end]``; ``spoken`` is False where they are digits already."""

    start: int
    end: int
    digits: str
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int
    follows: bool  # only a space or a hyphen lies between it and the token before


def read_english(text: str) -> list[ReadNumber]:
    """The numbers of a text in order, words and digits alike; no two overlap."""
    tokens = _tokens(text)
    reader = _Reader(tokens, text)
    found, i = [], 0
    while i < len(tokens):
        read = reader.number(i)
        if read is None:
            i += 1
            continue
        end, digits = read
        spoken = end - i > 1 or not tokens[i].word[0].isdigit()
        if spoken or not _in_code(text, tokens[i]):
            found.append(ReadNumber(tokens[i].start, tokens[end - 1].end, digits, spoken))
        i = end
    return found


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        follows = bool(tokens) and _GAP.fullmatch(text, end, match.start()) is not None
        tokens.append(_Token(match[0].lower(), match.start(), match.end(), follows))
        end = match.end()
    return tokens


def _in_code(text: str, token: _Token) -> bool:
    before, after = text[max(0, token.start - 24) : token.start], text[token.end : token.end + 12]
    return bool(_CODE_BEFORE.search(before) or _CODE_AFTER.match(after))


class _Reader:
    """Recursive descent over tokens; every method answers (next index, value) or ``None``."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self.tokens, self.text = tokens, text

    def word(self, i: int, first: bool = False) -> str:
        """The word at ``i`` if it hangs together with the one before (always, if ``first``)."""
        if not 0 <= i < len(self.tokens):
            return ""
        token = self.tokens[i]
        if not (first or token.follows):
            return ""
        return token.word

    def before(self, i: int, distance: int = 1) -> str:
        """The word ``distance`` before ``i``."""
        if i < distance or not all(t.follows for t in self.tokens[i - distance + 1 : i + 1]):
            return ""
        return self.tokens[i - distance].word

    def number(self, i: int) -> tuple[int, str] | None:
        word = self.word(i, first=True)
        if word[0].isdigit():
            return self._written(i)
        if word not in _NUMBER_STARTS or self._glued(i):
            return None
        after_point = self.before(i) == "point"
        if after_point and (word in _NO_DECIMALS or self._is_number(self.before(i, 2))):
            return None  # decimals that nobody says ("one point a hundred")
        if word in ("half", "point"):
            return self._half(i) if word == "half" else self._bare_point(i)
        if word in _MULTIPLIERS:
            return self._bare_multiplier(i)
        read = self._spelled_digits(i) or self._pair(i) or self._cardinal(i)
        if read is None:
            return None
        end, digits = self._tail(*read)
        if self._is_something_else(i, end):
            return None
        return end, _times(digits, self._shared_scale(i, end, digits))

    def _shared_scale(self, i: int, end: int, digits: str) -> int:
        """100 for the "two" of "two to three hundred", 1 where the number stands for itself."""
        joins = self.word(end) in ("to", "or") or (
            self.word(end) == "and" and self.before(i) == "between"
        )
        upper = _DIGITS.get(self.word(end + 1), 0)
        if not joins or end - i > 1 or int(float(digits)) >= upper:
            return 1
        scale = _MULTIPLIERS.get(self.word(end + 2), 1)
        return scale if scale != 12 else 1

    def _glued(self, i: int) -> bool:
        """Whether the word is stuck to digits ("five4"), and so no word at all."""
        start, end = self.tokens[i].start, self.tokens[i].end
        around = self.text[max(0, start - 1) : start] + self.text[end : end + 1]
        return any(c.isascii() and (c.isdigit() or c in "_'") for c in around)

    def _written(self, i: int) -> tuple[int, str]:
        """Digits, with the scale or decimals that are said after them ("5 million")."""
        token = self.tokens[i]
        digits = token.word.replace(",", "")
        if "." not in digits and not _in_code(self.text[: token.end], token):
            end, digits = self._tail(i + 1, digits)
            return end, digits if end > i + 1 else token.word.replace(",", "")
        return i + 1, digits

    def _half(self, i: int) -> tuple[int, str] | None:
        end = i + 2 if self.word(i + 1) in ("a", "an") else i + 1
        scale = _MULTIPLIERS.get(self.word(end))
        if scale:
            return self._tail(end + 1, str(scale // 2))
        measured = self.word(end) in _MEASURES and self.before(i) not in ("a", "and")
        return (end, "0.5") if measured and self.word(end) not in ("set", "day") else None

    def _bare_point(self, i: int) -> tuple[int, str] | None:
        read = self._decimals(i, start=i)
        if read is None or self.word(read[0]) not in _MEASURES:
            return None
        return read[0], f"0.{read[1]}"

    def _bare_multiplier(self, i: int) -> tuple[int, str] | None:
        """A bare scale: "hundred dollars", "dozen eggs"; not "a few hundred", "thousand island"."""
        word, previous = self.word(i, first=True), self.before(i)
        if previous in _VAGUE or previous.isdigit():
            return None
        meant = word == "dozen" or previous in _PRICE_CUES or self.word(i + 1) in _CURRENCY
        if not meant:
            return None
        return self._tail(i + 1, str(_MULTIPLIERS[word]))

    def _spelled_digits(self, i: int) -> tuple[int, str] | None:
        """Digits one by one: "four zero nine zero", "four oh nine oh", "one double five"."""
        end, digits = i, ""
        while True:
            word = self.word(end, first=end == i)
            if word in _DIGITS:
                digits += str(_DIGITS[word])
            elif digits and word in _ZERO_LETTERS and self._oh_counts(end, len(digits)):
                digits += "0"
            elif digits and word in _REPEATS and self.word(end + 1) in _DIGITS:
                digits += str(_DIGITS[self.word(end + 1)]) * _REPEATS[word]
                end += 1
            else:
                break
            end += 1
        if len(digits) > 1 and self._starts_another(end):
            end, digits = end - 1, digits[:-1]
        # Two digits before a unit are likelier an amount and a size ("two one liter bottles").
        if len(digits) == 2 and "0" not in digits and self.word(end) in _MEASURES - _CURRENCY:
            return None
        return (end, digits) if len(digits) > 1 else None

    def _starts_another(self, i: int) -> bool:
        """Whether the digit before ``i`` belongs to a number that goes on there."""
        word = self.word(i)
        return word[:1].isdigit() or word in _MULTIPLIERS or word in _TENS_VALUES | _TEEN_VALUES

    def _oh_counts(self, i: int, so_far: int) -> bool:
        return self.word(i + 1) in _DIGITS or self.word(i + 1) in _ZERO_LETTERS or so_far >= 3

    def _below_hundred(self, i: int, first: bool = False) -> tuple[int, int] | None:
        word = self.word(i, first)
        if word in _TENS_VALUES:
            unit = _DIGITS.get(self.word(i + 1), 0)
            return (i + 2, _TENS_VALUES[word] + unit) if unit else (i + 1, _TENS_VALUES[word])
        if word in _TEEN_VALUES:
            return i + 1, _TEEN_VALUES[word]
        return (i + 1, _DIGITS[word]) if word in _DIGITS else None

    def _pair(self, i: int) -> tuple[int, str] | None:
        """Two halves: "forty ninety", "nineteen oh five"; "two fifty" where its context says so."""
        read = self._below_hundred(i, first=True)
        if read is None or read[1] == 0:
            return None
        (end, high), low = read, None
        if self.word(end) in _ZERO_LETTERS and self.word(end + 1) in _DIGITS:
            end, low = end + 2, _DIGITS[self.word(end + 1)]
        else:
            second = self._below_hundred(end)
            if second is not None and second[1] >= 10:
                end, low = second
        if low is None or self.word(end) == "hundred":
            return None
        if high < 10 and not self._joins(i, end):
            return None
        return end, f"{high}{low:02d}"

    def _joins(self, i: int, end: int) -> bool:
        """Whether a digit and a tens are one number here."""
        before, after = self.before(i), self.word(end)
        if self._is_whole_text(i, end):
            return True
        if before in _PRICE_CUES or before in _MODEL_CUES or after in _CURRENCY | _IN_HUNDREDS:
            return True
        if before in ("and", "to", "or") and self._is_number(self.before(i, 2)):
            return True
        if after == "to" and self._is_number(self.word(end + 1)):
            return True
        letter_before = len(before) == 1 and before not in "ai"
        return letter_before or (len(after) == 1 and after.isalpha() and after not in "ail")

    def _is_number(self, word: str) -> bool:
        return word[:1].isdigit() or word in _NUMBER_STARTS - {"a", "an", "half", "point"}

    def _is_whole_text(self, i: int, end: int) -> bool:
        start, stop = self.tokens[i].start, self.tokens[end - 1].end
        return not (self.text[:start] + self.text[stop:]).strip()

    def _cardinal(self, i: int) -> tuple[int, str] | None:
        read = self._hundreds(i, first=True)
        if read is None:
            return None
        between = self.before(i) == "between"
        end, value = read
        total, smallest = 0, 10**12
        while (scale := _SCALES.get(self.word(end), smallest)) < smallest:
            total, smallest, value, end = total + value * scale, scale, 0, end + 1
            joined = self.word(end) == "and" and not between
            more = self._hundreds(end + joined)
            if more is None or not self._fits(more, smallest, joined):
                break
            end, value = more
        return end, str(total + value)

    def _fits(self, more: tuple[int, int], scale: int, joined: bool) -> bool:
        end, value = more
        if value == 0 or value >= scale or _SCALES.get(self.word(end), 0) >= scale:
            return False
        return not joined or (value < 100 and self.word(end) not in _SCALES)

    def _hundreds(self, i: int, first: bool = False) -> tuple[int, int] | None:
        if self.word(i, first) in ("a", "an"):
            if not first or self.word(i + 1) not in _MULTIPLIERS:
                return None
            read: tuple[int, int] | None = (i + 1, 1)
        else:
            read = self._below_hundred(i, first)
        if read is None or self.word(read[0]) != "hundred" or read[1] == 0:
            return read
        end, value = read[0] + 1, read[1] * 100
        joined = self.word(end) == "and"
        if joined and self.before(i) == "between":
            return end, value
        rest = self._below_hundred(end + joined)
        if rest is None or rest[1] == 0 or self.word(rest[0]) == "hundred":
            return end, value
        return rest[0], value + rest[1]

    def _decimals(self, i: int, start: int = -1) -> tuple[int, str] | None:
        """What follows "point": "five", "oh five", "ninety nine", "5"."""
        if self.word(i, first=i == start) != "point":
            return None
        end, digits = i + 1, ""
        while (word := self.word(end)) in _DIGITS or word in _ZERO_LETTERS:
            digits += str(_DIGITS.get(word, 0))
            end += 1
        if len(digits) > 1 and self.word(end) in _MULTIPLIERS and self.word(end) != "dozen":
            return end - 1, digits[:-1]
        if digits:
            return end, digits
        if self.word(end).isdigit() and not self._glued_digits(end):
            return end + 1, self.word(end)
        two = self._below_hundred(end)
        return (two[0], str(two[1])) if two else None

    def _glued_digits(self, i: int) -> bool:
        return _in_code(self.text, self.tokens[i])

    def _tail(self, end: int, digits: str) -> tuple[int, str]:
        """Decimals, halves, scales and dozens after a number."""
        decimals = self._decimals(end) if "." not in digits else None
        if decimals:
            end, digits = decimals[0], f"{digits}.{decimals[1]}"
        elif [self.word(end + k) for k in range(3)] == ["and", "a", "half"]:
            end, digits = end + 3, f"{digits}.5"
        scale = _MULTIPLIERS.get(self.word(end))
        if scale is None or len(digits) > _LONGEST:
            return end, digits
        return self._tail(end + 1, _times(digits, scale))

    def _is_something_else(self, i: int, end: int) -> bool:
        after, last = self.word(end), self.tokens[end - 1].word
        if after in _FRACTIONS and end - i == 1:
            return True
        if after in _ORDINALS and (last in _TENS_VALUES or last in _MULTIPLIERS):
            return True
        return end - i == 1 and last in ("one", "zero") and not self._one_counts(i)

    def _one_counts(self, i: int) -> bool:
        before, after = self.before(i), self.word(i + 1)
        if before == "in" and self._is_number(self.before(i, 2)):  # "two in one"
            return True
        if after in ("to", "or") and self._is_number(self.word(i + 2)):
            return True
        return (
            self._is_whole_text(i, i + 1)
            or after in _MEASURES - {"point", "star", "person", "people", "size"}
            or before in _MODEL_CUES - {"no"}
        )


def _times(digits: str, scale: int) -> str:
    if scale == 1:
        return digits
    whole, _, part = digits.partition(".")
    value = int(whole + part) * scale
    if not part:
        return str(value)
    padded = str(value).zfill(len(part) + 1)
    text = f"{padded[: -len(part)]}.{padded[-len(part) :]}".rstrip("0")
    return text.rstrip(".")
