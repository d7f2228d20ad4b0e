"""The ways in which one catalogue value is written: what a shopper may type for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sayfind.catalog.inflection import plural_phrase, singular_phrase
from sayfind.text.normalise import has_han, normalise, strip_accents

__all__ = ["brand_forms", "column_words", "noun_forms", "parts", "value_forms"]

_COMPANY = re.compile(
    r"[\s,]+(?:inc|incorporated|ltd|limited|llc|corp|corporation|co|company|gmbh|ag|sa|s\.a|plc"
    r"|kg|bv|b\.v|srl|oy|ab|pty)\.?$|\.(?:com|net)$"
)
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+(?:[\s·]*[\u3400-\u9fff]+)*")
_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]{2})")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OPEN = re.compile(r"[\-_/+]+|(?<=[a-z])\.(?=[a-z])")
_WORDS = re.compile(r"[a-z]{3,}( [a-z]{3,})?")
_LISTED = re.compile(r"\s*(?:&|,|/|;|\+|\band\b|、|和)\s*")
_AROUND = re.compile(r"^[\s\-–·|/,:;()（）]+|[\s\-–·|/,:;()（）]+$")
_PARENTHESIS = re.compile(r"\s*[(（\[][^)）\]]*[)）\]]\s*")
_UNIT = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)\s?(oz|fl oz|ml|cl|l|kg|g|mg|lbs?|mm|cm|m|km|in|inch|ft|yd|[kmgt]b"
    r"|[kmg]?hz|k?w|k?v|m?ah|wh|pcs?|pk|ct|bit|p|k)\b"
)


def value_forms(value: str) -> tuple[str, ...]:
    """A value's normalised spellings, itself first.

    >>> value_forms("Wi-Fi")
    ('wi-fi', 'wi fi', 'wifi')
    >>> value_forms("Black & Gold")
    ('black & gold', 'black and gold', 'black gold')
    """
    return _unique(_value_forms(value))


def _value_forms(value: str) -> Iterator[str]:
    base = normalise(value)
    yield base
    if _PARENTHESIS.search(base):
        yield _PARENTHESIS.sub(" ", base).strip()
    yield from _scripts(base)
    for form in (base, *_scripts(base)):
        yield from _spellings(form)
    camel = _CAMEL.sub(" ", value)
    if camel != value:
        yield normalise(camel)


def _spellings(form: str) -> Iterator[str]:
    yield strip_accents(form)
    if "&" in form or " and " in form:
        yield re.sub(r"\s*&\s*", " and ", form)
        yield re.sub(r"\s*&\s*|\s+and\s+", " & ", form)
        if not re.search(r"\b\w&|&\w\b", form):
            yield re.sub(r"\s*&\s*|\s+and\s+", " ", form)
    if _OPEN.search(form):
        yield _OPEN.sub(" ", form)
    if re.fullmatch(r"[a-z]+(-[a-z]+)+", form):
        yield form.replace("-", "")
    if "/" in form or "," in form:
        listed = [part for part in re.split(r"\s*[/,]\s*", form) if part]
        yield " ".join(listed)
        if len(listed) == 2 and all(_WORDS.fullmatch(part) for part in listed):
            yield " and ".join(listed)
    if "'" in form:
        yield form.replace("'", "")
        yield re.sub(r"'s?\b", "", form)
    if _UNIT.search(form):
        yield _UNIT.sub(r"\1 \2", form)
        yield _UNIT.sub(r"\1\2", form)


def _scripts(form: str) -> tuple[str, ...]:
    """The Latin and the Chinese part of a form that has both (``nike/耐克``)."""
    if not has_han(form) or not re.search(r"[a-z]{2}", form):
        return ()
    han = " ".join(run.group() for run in _HAN_RUN.finditer(form))
    latin = " ".join(_AROUND.sub("", piece) for piece in _HAN_RUN.split(form)).strip()
    latin = _AROUND.sub("", latin)
    return tuple(part for part in (latin, han) if len(part) > 1)


def brand_forms(name: str) -> tuple[str, ...]:
    """A brand's spellings: without its company suffix, in each script, joined and split.

    >>> brand_forms("Best Buy, Inc.")
    ('best buy, inc.', 'best buy', 'bestbuy')
    """
    forms = list(value_forms(name))
    bare = forms[0] if forms else ""
    while (shorter := _COMPANY.sub("", bare)) != bare:
        bare = shorter
    if forms and bare and bare != forms[0]:
        forms = [forms[0], *value_forms(bare), *(f for f in forms if not _COMPANY.search(f))]
    words = bare.split()
    if len(words) == 2 and all(word.isalpha() and word.isascii() for word in words):
        forms.append("".join(words))
    return _unique(forms)


def noun_forms(name: str) -> tuple[str, ...]:
    """Spellings of a thing's name, each also with its head noun in singular and plural.

    >>> noun_forms("Running Shoes")
    ('running shoes', 'running shoe')
    """
    forms = value_forms(name)
    inflected = [inflect(f) for f in forms for inflect in (singular_phrase, plural_phrase)]
    return _unique([*forms, *(form for form in inflected if form.isascii())])


def parts(name: str) -> tuple[str, ...]:
    """The things a heading names together.

    >>> parts("Headphones, Earbuds & Cases")
    ('headphones', 'earbuds', 'cases')
    """
    pieces = [piece for piece in _LISTED.split(normalise(name)) if len(piece) > 1]
    return tuple(pieces) if len(pieces) > 1 else ()


def column_words(column: str) -> str:
    """A column's name as words.

    >>> column_words("milkAmount"), column_words("product_colour"), column_words("Wi-Fi")
    ('milk amount', 'product colour', 'wi fi')
    """
    return normalise(re.sub(r"[_.\-:/]+", " ", _HUMP.sub(" ", column)))


def _unique(forms: Iterable[str]) -> tuple[str, ...]:
    tidy = map(normalise, forms)
    return tuple(dict.fromkeys(form for form in tidy if form))
