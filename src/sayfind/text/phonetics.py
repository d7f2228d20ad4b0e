"""How words sound, in one phone space for Mandarin and English, and how near two sounds are.

A word is looked up in the table of names (``data/names.tsv``), then in CMUdict (read from the
pocketsphinx package, which is not imported), else our own grapheme-to-phoneme model says it.
Chinese goes through pypinyin, which reads characters of several readings by phrase. Digits are
spoken in the language of the text around them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from sayfind.errors import ModelError
from sayfind.text.g2p import bundled_g2p
from sayfind.text.letters import is_pronounceable
from sayfind.text.normalise import strip_accents
from sayfind.text.numbers import mandarin_number_words, number_words
from sayfind.text.phone_set import Phones, atom_costs, atom_gaps, atoms, is_phone

__all__ = [
    "Phones",
    "cmudict",
    "distance",
    "phones",
    "pronounce",
    "readings",
    "sounds",
    "substitution_cost",
]

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f〇"
_RUNS = re.compile(rf"[{_HAN}]+|[0-9]+(?:\.[0-9]+)?|[^\W\d_{_HAN}]+(?:'[^\W\d_{_HAN}]+)*")
_LETTERS = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY",
    "h": "EY CH", "i": "AY", "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N",
    "o": "OW", "p": "P IY", "q": "K Y UW", "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW",
    "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S", "y": "W AY", "z": "Z IY",
}  # fmt: skip
_MOST_VARIANTS = 4
_LONGEST_NUMBER = 9


def pronounce(word: str) -> tuple[Phones, ...]:
    """The ways to say one English word, likeliest first; empty if it holds no letter.

    A letter is said by its name, and so is a word without a vowel that no dictionary knows
    (``"rtx"``).

    >>> pronounce("nike")
    (('N', 'AY', 'K', 'IY'),)
    """
    return _pronounce(fold(word))


def phones(text: str) -> Phones:
    """The likeliest sound of a whole text; scripts may be mixed, other signs are silent.

    >>> phones("Nike 耐克")
    ('N', 'AY', 'K', 'IY', 'n', 'ai4', 'k', 'e4')
    """
    return tuple(phone for _, _, sound in sounds(text) for phone in sound)


def readings(text: str, limit: int = 4) -> list[Phones]:
    """The ways to say a whole text, likeliest first; at most ``limit``.

    Only one word at a time leaves its likeliest sound.
    """
    pieces = sounds(text)
    plain = [sound for _, _, sound in pieces]
    found = {tuple(phone for sound in plain for phone in sound): None}
    for i, (start, end, sound) in enumerate(pieces):
        for other in pronounce(text[start:end]) if sound and sound[0].isupper() else ():
            changed = [*plain[:i], other, *plain[i + 1 :]]
            found.setdefault(tuple(phone for each in changed for phone in each))
        if len(found) >= limit:
            break
    return list(found)[:limit]


def sounds(text: str) -> list[tuple[int, int, Phones]]:
    """The pieces of a text that have a sound: (start, end) in characters, and their phones.

    A piece is one Chinese character, one Latin word or one run of digits.
    """
    han = re.search(rf"[{_HAN}]", text) is not None
    pieces: list[tuple[int, int, Phones]] = []
    for match in _RUNS.finditer(_same_length(text)):
        run, start = match.group(), match.start()
        if run[0].isdigit():
            pieces.append((start, match.end(), _number_sound(run, han)))
        elif re.match(rf"[{_HAN}]", run):
            each = _han_sounds(run)
            pieces += [(start + i, start + i + 1, sound) for i, sound in enumerate(each)]
        else:
            variants = pronounce(run)
            pieces.append((start, match.end(), variants[0] if variants else ()))
    return pieces


def substitution_cost(a: str, b: str) -> float:
    """How unlike two phones are: 0 for the same, 1 for unrelated; symmetric across languages.

    Raises:
        ValueError: a name that is no phone.
    """
    return distance((a,), (b,))


def distance(a: Phones, b: Phones) -> float:
    """Weighted edit distance over the longer length in atoms: 0 for the same phones, at most 1.

    Raises:
        ValueError: a name that is no phone.
    """
    if a == b:
        return 0.0
    first, second = atoms(a), atoms(b)
    longest = max(len(first), len(second))
    # Two ways to write one sound (a final, and the same vowel and nasal apart) are near, not equal.
    return min(1.0, max(_edit_cost(first, second) / longest, 1e-3))


@lru_cache(maxsize=65_536)
def _edit_cost(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    if a > b:
        return _edit_cost(b, a)  # one order, so that rounding cannot break the symmetry
    costs, gaps = _tables()
    gaps_b = [gaps[y] for y in b]
    row = [0.0]
    for gap in gaps_b:
        row.append(row[-1] + gap)
    for x in a:
        gap_x, costs_x = gaps[x], costs[x]
        diagonal = row[0]
        left = row[0] = diagonal + gap_x
        for j, y in enumerate(b, start=1):
            above = row[j]
            best = diagonal + costs_x[y]
            best = min(best, above + gap_x)
            best = min(best, left + gaps_b[j - 1])
            diagonal = above
            left = row[j] = best
    return row[-1]


@cache
def _tables() -> tuple[list[list[float]], list[float]]:
    return atom_costs().tolist(), atom_gaps().tolist()


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """A word as the dictionaries spell it: lower case, without accents or other signs."""
    plain = strip_accents(unicodedata.normalize("NFKC", word.replace("’", "'"))).casefold()
    return "".join(c for c in plain if c.isalpha() or c == "'").strip("'")


def _same_length(text: str) -> str:
    """The text with width and apostrophes unified where that keeps every offset."""
    if text.isascii():
        return text
    unified = (unicodedata.normalize("NFKC", c) for c in text.translate({0x2019: "'"}))
    return "".join(u if len(u) == 1 else c for u, c in zip(unified, text, strict=True))


@lru_cache(maxsize=65_536)
def _pronounce(word: str) -> tuple[Phones, ...]:
    if not word:
        return ()
    if word in _LETTERS:
        return _single_letter(word)
    known = (*_names().get(word, ()), *_cmudict_variants(word))
    if not known and word.endswith("'s"):
        known = tuple(_with_s(sound) for sound in _pronounce(word[:-2]))
    if not known:
        known = _unknown(word)
    return tuple(dict.fromkeys(known))[:_MOST_VARIANTS]


def _unknown(word: str) -> tuple[Phones, ...]:
    letters = [c for c in word if c in _LETTERS]
    if not letters:
        return ()
    bare = "".join(letters)
    if not set(bare) & set("aeiouy") or (len(bare) <= 4 and not is_pronounceable(bare)):
        return (spell(bare),)
    return bundled_g2p().pronounce(bare)


def _single_letter(letter: str) -> tuple[Phones, ...]:
    name = tuple(_LETTERS[letter].split())
    return tuple(dict.fromkeys((name, *_cmudict_variants(letter))))


def spell(letters: str) -> Phones:
    """The names of Latin letters, one after another."""
    return tuple(phone for letter in letters for phone in _LETTERS[letter].split())


def _with_s(sound: Phones) -> Phones:
    """A plural or possessive: IH Z, S or Z by the last phone."""
    if sound[-1] in ("S", "Z", "SH", "ZH", "CH", "JH"):
        return (*sound, "IH", "Z")
    return (*sound, "S" if sound[-1] in ("P", "T", "K", "F", "TH") else "Z")


@cache
def cmudict() -> dict[str, str]:
    """CMUdict as pocketsphinx carries it: word (``"a(2)"`` for a variant) to phones in one string.

    Raises:
        ModelError: pocketsphinx is not installed, or its dictionary is not where it should be.
    """
    spec = find_spec("pocketsphinx")
    places = [] if spec is None else spec.submodule_search_locations or []
    for place in places:
        path = Path(place) / "model" / "en-us" / "cmudict-en-us.dict"
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            return {word: sound for word, _, sound in (line.partition(" ") for line in lines)}
    raise ModelError("CMUdict is missing; install it with pip install pocketsphinx.")


def _cmudict_variants(word: str) -> tuple[Phones, ...]:
    table = cmudict()
    if word not in table:
        return ()
    variants = [table[word]]
    while (more := table.get(f"{word}({len(variants) + 1})")) is not None:
        variants.append(more)
    return tuple(tuple(variant.split()) for variant in variants)


@cache
def _names() -> dict[str, tuple[Phones, ...]]:
    text = files("sayfind.text").joinpath("data/names.tsv").read_text(encoding="utf-8")
    table = {}
    for line in text.splitlines():
        name, tab, variants = line.partition("\t")
        if not tab or line.startswith("#"):
            continue
        table[fold(name)] = tuple(tuple(v.split()) for v in variants.split("|"))
    return table


@lru_cache(maxsize=65_536)
def _han_sounds(run: str) -> tuple[Phones, ...]:
    from pypinyin import Style, lazy_pinyin

    initials = lazy_pinyin(run, style=Style.INITIALS, strict=True)
    finals = lazy_pinyin(run, style=Style.FINALS_TONE3, strict=True, neutral_tone_with_five=True)
    if len(initials) != len(run) or len(finals) != len(run):
        return tuple(_han_sounds(c)[0] if len(run) > 1 else () for c in run)
    return tuple(_syllable(i, f) for i, f in zip(initials, finals, strict=True))


def _syllable(initial: str, final: str) -> Phones:
    # A few interjections (嗯) have no final in the strict scheme; the nearest syllable stands in.
    sound = tuple(phone for phone in (initial, final) if phone) or ("en2",)
    return sound if all(map(is_phone, sound)) else ()


@lru_cache(maxsize=8_192)
def _number_sound(digits: str, han: bool) -> Phones:
    if len(digits) > _LONGEST_NUMBER:  # read one by one, as a person would
        parts = [_number_sound(d, han) for d in digits if d.isdigit()]
        return tuple(phone for part in parts for phone in part)
    if han:
        parts = list(_han_sounds(mandarin_number_words(digits)[0]))
    else:
        parts = [pronounce(word)[0] for word in number_words(digits)[0].split()]
    return tuple(phone for part in parts for phone in part)
