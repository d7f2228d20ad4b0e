"""Text into search terms: what both an index and a query are cut into.

English words lose case, accents and plurals; codes are kept whole and in parts; a number and its
unit become one term besides the number, whatever the unit's spelling or language (``17"``,
"17 inch" and 17寸 all give ``17in``). Chinese is cut by rjieba's search mode. Terms repeat as the
text does, so that term frequencies count.
"""

from __future__ import annotations

import re
from functools import lru_cache

import rjieba

from sayfind.text.letters import close_names
from sayfind.text.normalise import normalise, strip_accents
from sayfind.text.stem import stem
from sayfind.text.unit_table import UNIT_OF_NAME, UNITS, Dimension

__all__ = ["tokenise"]

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_CHUNK = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<word>[^\W_{_HAN}]+(?:(?:[-.'&_]|,(?=\d{{3}}))[^\W_{_HAN}]+)*)(?P<plus>\+?)"
)
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NUMBER_AND_LETTERS = re.compile(r"(\d+(?:,\d{3})*(?:\.\d+)?)-?([a-z]+\d?)")
_LETTERS_AND_NUMBER = re.compile(r"([a-z]{2,})(\d+)")
_DIMENSIONS = re.compile(r"(?<=\d)x(?=\d)")
_RUN = re.compile(r"[a-z]+|\d+")
_SEPARATOR = re.compile(r"[-._&]")

# Units that make one term with their number: no counts, no money, nothing that is also a word.
_JOINING = {
    name: unit
    for name, unit in UNIT_OF_NAME.items()
    if UNITS[unit].dimension not in (Dimension.COUNT, Dimension.MONEY, Dimension.TIME)
    and name not in ("in", "'", "cup", "cups", "p", "foot", "second")
}
_UNIT_AFTER = re.compile(
    r"\s?(?:(?P<symbol>\"|''|%)|-?(?P<name>"
    + "|".join(sorted((re.escape(n) for n in _JOINING if n[0].isascii() and n[0].isalpha()),
                      key=lambda n: (-len(n), n)))
    + r")(?![a-z0-9]))"
)  # fmt: skip

_SHIRT = re.compile(r"\bt shirt")
_AMPERSAND = re.compile(r"\b([a-z]{1,2}) & ([a-z]{1,2})\b|\b([a-z]) and ([a-z])\b")


def tokenise(text: str) -> list[str]:
    """Search terms in the order of the text.

    >>> tokenise('HP Pavilion dv7-1211ea Notebooks 43.2 cm (17")')
    ['hp', 'pavilion', 'dv7-1211ea', 'dv7', '1211ea', 'notebook', '43.2cm', '43.2', '17in', '17']
    >>> tokenise("Wi-Fi 保温杯500毫升")
    ['wifi', '保温', '保温杯', '500ml', '500']
    """
    text = strip_accents(normalise(text))
    text = _DIMENSIONS.sub(" x ", text)
    text = _SHIRT.sub("t-shirt", close_names(text))
    if "&" in text or " and " in text:
        text = _AMPERSAND.sub(_joined_letters, text)
    terms: list[str] = []
    position = 0
    for match in _CHUNK.finditer(text):
        if match.start() < position:
            continue  # a unit that went with the number before it
        if match["han"]:
            terms += _cut(match["han"])
        elif _NUMBER.fullmatch(match["word"]):
            position = _add_number(terms, text, match)
        else:
            terms += _word_terms(match["word"])
        if match["plus"] and match["word"][-1] != "+" and len(match["word"]) > 1:
            terms.append("plus")
    return terms


def _joined_letters(match: re.Match[str]) -> str:
    return f"{match[1] or match[3]}&{match[2] or match[4]}"


def _add_number(terms: list[str], text: str, match: re.Match[str]) -> int:
    """Terms of a number and of the unit after it; where reading goes on."""
    number = match["word"].replace(",", "")
    unit = _UNIT_AFTER.match(text, match.end())
    if unit is not None:
        symbol = _JOINING[unit["symbol"] or unit["name"]]
        terms += _quantity_terms(number, symbol)
        return unit.end()
    han = _CHUNK.match(text, match.end())
    if han is not None and han["han"]:
        first = _cut(han["han"])[0]
        if first in _JOINING:
            terms += _quantity_terms(number, _JOINING[first])
            terms += _cut(han["han"].removeprefix(first))
            return han.end()
    terms += _number_terms(number)
    return match.end()


def _quantity_terms(number: str, unit: str) -> list[str]:
    plain = _plain(number)
    return [f"{plain}{unit.replace(' ', '')}", plain]


def _number_terms(number: str) -> list[str]:
    plain = _plain(number)
    return [number] if plain == number else [number, plain]


def _plain(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


@lru_cache(maxsize=65536)
def _cut(run: str) -> tuple[str, ...]:
    return tuple(rjieba.cut_for_search(run))


@lru_cache(maxsize=131072)
def _word_terms(word: str) -> tuple[str, ...]:
    """Terms of one chunk without spaces."""
    word = word.removesuffix("'s").replace("'", "")
    quantity = _NUMBER_AND_LETTERS.fullmatch(word)
    if quantity and (quantity[2] in _JOINING or quantity[2] == "in"):
        unit = _JOINING.get(quantity[2], "in")
        return tuple(_quantity_terms(quantity[1].replace(",", ""), unit))
    parts = _SEPARATOR.split(word)
    if len(parts) > 1:
        return tuple(_compound_terms(word, parts))
    split = _LETTERS_AND_NUMBER.fullmatch(word)
    if split:
        return (word, stem(split[1]), split[2])
    return (stem(word),) if word.isalpha() else (word, *_runs(word))


def _runs(code: str) -> list[str]:
    """Longer letter and digit runs of a code of three runs or more: "1000xm5" has 1000 and xm."""
    runs = _RUN.findall(code)
    return [run for run in runs if len(run) > 1] if len(runs) > 2 else []


def _compound_terms(word: str, parts: list[str]) -> list[str]:
    if any(character.isdigit() for character in word):
        number = _NUMBER.match(word)
        if "-" not in word and number and "." in number[0]:
            return [word, number[0]]  # 802.11ac
        return [word, *(term for part in parts for term in (part, *_runs(part)))]
    if "&" in word:
        return [word] if all(len(part) < 3 for part in parts) else [stem(part) for part in parts]
    if "." in word:
        return [word, *(stem(part) for part in parts)]
    if len(parts) == 2:
        whole = stem("".join(parts))
        return [whole, *(stem(part) for part in parts if min(map(len, parts)) > 2 or len(part) > 2)]
    return [stem(part) for part in parts]
