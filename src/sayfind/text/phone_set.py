"""One phone space for Mandarin and English, and how far apart two of its phones are.

English phones are ARPAbet without stress (``"AA"`` .. ``"ZH"``); Mandarin phones are pinyin
initials (``"zh"``) and toned finals (``"ang1"``, tone 5 is neutral). Both are compared in one
articulatory space: a final is first taken apart into *atoms* (``"iang1"`` is glide, vowel, nasal),
so that ``ang`` and ``AE NG`` line up. Knows nothing about words.

Costs run from 0 (the same) to 1 (unrelated). The accent table holds confusions that listeners and
learners make far more often than articulation alone suggests (n/l and f/h in southern Mandarin,
v/w and th/s in Mandarin-accented English).
"""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ENGLISH_PHONES",
    "FIRST_VOWEL_CLASS",
    "MANDARIN_FINALS",
    "MANDARIN_INITIALS",
    "NUM_CLASSES",
    "Phones",
    "atom_classes",
    "atom_costs",
    "atom_gaps",
    "atoms",
    "homophone_classes",
    "is_phone",
]

Phones = tuple[str, ...]

# name: (place 0 lips .. 1 glottis, manner, voicing 0 aspirated .. 1 voiced)
_ENGLISH_CONSONANTS = {
    "P": (0.0, "stop", 0.0), "B": (0.0, "stop", 1.0), "T": (0.4, "stop", 0.0),
    "D": (0.4, "stop", 1.0), "K": (0.8, "stop", 0.0), "G": (0.8, "stop", 1.0),
    "CH": (0.5, "affricate", 0.0), "JH": (0.5, "affricate", 1.0),
    "F": (0.1, "fricative", 0.0), "V": (0.1, "fricative", 1.0), "TH": (0.3, "fricative", 0.0),
    "DH": (0.3, "fricative", 1.0), "S": (0.4, "fricative", 0.0), "Z": (0.4, "fricative", 1.0),
    "SH": (0.5, "fricative", 0.0), "ZH": (0.5, "fricative", 1.0), "HH": (1.0, "fricative", 0.0),
    "M": (0.0, "nasal", 1.0), "N": (0.4, "nasal", 1.0), "NG": (0.8, "nasal", 1.0),
    "L": (0.4, "lateral", 1.0), "R": (0.5, "rhotic", 1.0), "W": (0.2, "glide", 1.0),
    "Y": (0.6, "glide", 1.0),
}  # fmt: skip
_MANDARIN_CONSONANTS = {
    "b": (0.0, "stop", 0.6), "p": (0.0, "stop", 0.0), "d": (0.4, "stop", 0.6),
    "t": (0.4, "stop", 0.0), "g": (0.8, "stop", 0.6), "k": (0.8, "stop", 0.0),
    "f": (0.1, "fricative", 0.0), "h": (0.9, "fricative", 0.0), "m": (0.0, "nasal", 1.0),
    "n": (0.4, "nasal", 1.0), "l": (0.4, "lateral", 1.0), "r": (0.5, "rhotic", 1.0),
    "z": (0.4, "affricate", 0.6), "c": (0.4, "affricate", 0.0), "s": (0.4, "fricative", 0.0),
    "zh": (0.5, "affricate", 0.6), "ch": (0.5, "affricate", 0.0), "sh": (0.5, "fricative", 0.0),
    "j": (0.6, "affricate", 0.6), "q": (0.6, "affricate", 0.0), "x": (0.6, "fricative", 0.0),
}  # fmt: skip
# Parts of a final, not phones themselves: medial glides and nasal codas.
_MANDARIN_PARTS = {
    "-y": (0.6, "glide", 1.0), "-w": (0.2, "glide", 1.0), "-yw": (0.5, "glide", 1.0),
    "-n": (0.4, "nasal", 1.0), "-ng": (0.8, "nasal", 1.0),
}  # fmt: skip

# name: height, backness, rounding at the start, then height and backness at the end
_ENGLISH_VOWELS = {
    "AA": (0.0, 0.7, 0.0, 0.0, 0.7), "AE": (0.15, 0.1, 0.0, 0.15, 0.1),
    "AH": (0.35, 0.5, 0.0, 0.35, 0.5), "AO": (0.3, 0.9, 0.8, 0.3, 0.9),
    "AW": (0.0, 0.5, 0.0, 0.8, 0.9), "AY": (0.0, 0.5, 0.0, 0.9, 0.1),
    "EH": (0.4, 0.1, 0.0, 0.4, 0.1), "ER": (0.4, 0.5, 0.3, 0.4, 0.5),
    "EY": (0.55, 0.1, 0.0, 0.9, 0.1), "IH": (0.8, 0.2, 0.0, 0.8, 0.2),
    "IY": (1.0, 0.0, 0.0, 1.0, 0.0), "OW": (0.5, 0.8, 0.7, 0.85, 0.9),
    "OY": (0.4, 0.9, 0.8, 0.9, 0.1), "UH": (0.8, 0.8, 0.6, 0.8, 0.8),
    "UW": (1.0, 0.9, 1.0, 1.0, 0.9),
}  # fmt: skip
_MANDARIN_VOWELS = {
    "a": (0.0, 0.5, 0.0, 0.0, 0.5), "o": (0.45, 0.9, 0.7, 0.45, 0.9),
    "e": (0.5, 0.65, 0.0, 0.5, 0.65), "eh": (0.4, 0.1, 0.0, 0.4, 0.1),
    "i": (1.0, 0.0, 0.0, 1.0, 0.0), "u": (1.0, 0.9, 1.0, 1.0, 0.9),
    "v": (1.0, 0.0, 1.0, 1.0, 0.0), "ai": (0.0, 0.45, 0.0, 0.9, 0.1),
    "ei": (0.55, 0.1, 0.0, 0.9, 0.1), "ao": (0.0, 0.6, 0.0, 0.7, 0.9),
    "ou": (0.5, 0.8, 0.7, 0.85, 0.9), "er": (0.3, 0.5, 0.2, 0.4, 0.5),
}  # fmt: skip
_FINALS = {
    "a": "a", "o": "o", "e": "e", "i": "i", "u": "u", "v": "v", "er": "er", "ai": "ai",
    "ei": "ei", "ao": "ao", "ou": "ou", "an": "a -n", "en": "e -n", "ang": "a -ng",
    "eng": "e -ng", "ong": "u -ng", "ia": "-y a", "ie": "-y eh", "iao": "-y ao",
    "iou": "-y ou", "ian": "-y eh -n", "in": "i -n", "iang": "-y a -ng", "ing": "i -ng",
    "iong": "-y u -ng", "ua": "-w a", "uo": "-w o", "uai": "-w ai", "uei": "-w ei",
    "uan": "-w a -n", "uen": "-w e -n", "uang": "-w a -ng", "ueng": "-w e -ng",
    "ve": "-yw eh", "van": "-yw eh -n", "vn": "v -n",
}  # fmt: skip

_MANNERS = ("stop", "affricate", "fricative", "nasal", "lateral", "rhotic", "glide")
_MANNER_COSTS = np.array(
    [
        [0.00, 0.30, 0.45, 0.55, 0.80, 0.85, 0.85],
        [0.30, 0.00, 0.25, 0.80, 0.85, 0.80, 0.85],
        [0.45, 0.25, 0.00, 0.80, 0.80, 0.60, 0.70],
        [0.55, 0.80, 0.80, 0.00, 0.35, 0.60, 0.60],
        [0.80, 0.85, 0.80, 0.35, 0.00, 0.30, 0.45],
        [0.85, 0.80, 0.60, 0.60, 0.30, 0.00, 0.30],
        [0.85, 0.85, 0.70, 0.60, 0.45, 0.30, 0.00],
    ]
)

# Confusions by accent and by loan: the smaller of this and the articulatory cost holds. Lower case
# is Mandarin, upper case English.
_ACCENTS = {
    0.10: ("Z S", "z zh", "c ch", "s sh", "-n -ng", "N NG", "N -n", "NG -ng", "R r", "ZH r",
           "JH zh", "JH j", "CH ch", "CH q", "SH sh", "SH x", "HH h"),
    0.15: ("S SH", "TH S", "V W", "N L", "n l", "N l", "n L", "NG -n", "N -ng", "S s", "S x",
           "Z z", "DH D", "TH s", "V -w", "W -w", "Y -y", "S sh", "SH s"),
    0.20: ("r l", "DH Z", "Z ZH", "R W", "z j", "c q", "s x", "zh j", "ch q", "sh x", "r R",
           "L R", "L r", "R l", "Z s", "DH d", "DH z", "Z j", "ZH JH", "TH F", "W -yw", "Y -yw"),
    0.25: ("F HH", "f h", "F h", "f HH", "V F", "V f", "V b", "B V", "S c", "T c", "Z zh",
           "ER R", "er R", "ER r", "W UW", "-w UW", "-w u", "W u", "Y IY", "-y IY", "-y i", "Y i",
           "-yw v", "JH Z", "CH SH", "JH ZH", "-yw Y", "UW -yw"),
    0.40: ("L OW", "L UW", "L AO", "R AH", "-w ao", "-w o", "L ou", "L er", "L u", "L o", "R a",
           "W OW", "-w OW", "Y IH", "-y IH", "Y EY", "M N", "m n", "M -n", "M -ng", "K G", "P B",
           "T D", "R AA", "R AO", "r er", "R e"),
}  # fmt: skip

_CROSS = 0.04  # the same articulation in the other language is near, not equal
_LEAST = 0.02  # no two atoms are the same, not even n at the start and at the end of a syllable
_TONE = 0.06  # tones mistaken: cheap, because shoppers' tones and recognisers' tones both slip

ENGLISH_PHONES: Phones = tuple(sorted([*_ENGLISH_CONSONANTS, *_ENGLISH_VOWELS]))
MANDARIN_INITIALS: Phones = tuple(_MANDARIN_CONSONANTS)
MANDARIN_FINALS: Phones = tuple(f"{final}{tone}" for final in _FINALS for tone in range(1, 6))

_CONSONANTS = {**_ENGLISH_CONSONANTS, **_MANDARIN_CONSONANTS, **_MANDARIN_PARTS}
_VOWELS = {
    **_ENGLISH_VOWELS,
    **{f"{v}{tone}": where for v, where in _MANDARIN_VOWELS.items() for tone in range(1, 6)},
}
_ATOMS = (*_CONSONANTS, *_VOWELS)
_NUMBER = {name: i for i, name in enumerate(_ATOMS)}


def _expand() -> dict[str, tuple[int, ...]]:
    simple = (*ENGLISH_PHONES, *MANDARIN_INITIALS)
    table: dict[str, tuple[int, ...]] = {name: (_NUMBER[name],) for name in simple}
    for final, parts in _FINALS.items():
        for tone in range(1, 6):
            names = [part if part[0] == "-" else f"{part}{tone}" for part in parts.split()]
            table[f"{final}{tone}"] = tuple(_NUMBER[name] for name in names)
    return table


_ATOMS_OF = _expand()


def is_phone(name: str) -> bool:
    """Whether a name belongs to the phone space."""
    return name in _ATOMS_OF


@lru_cache(maxsize=65_536)
def atoms(phones: Phones) -> tuple[int, ...]:
    """The numbers of the atoms that phones are made of; finals come apart.

    Raises:
        ValueError: a name that is no phone.
    """
    try:
        return tuple(atom for phone in phones for atom in _ATOMS_OF[phone])
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} is not a phone of the zh-en phone space.") from error


def _toneless(name: str) -> str:
    return name.rstrip("12345")


def _is_english(name: str) -> bool:
    return name[0].isupper()


def _consonant_cost(a: str, b: str) -> float:
    (place_a, manner_a, voice_a), (place_b, manner_b, voice_b) = _CONSONANTS[a], _CONSONANTS[b]
    manner = _MANNER_COSTS[_MANNERS.index(manner_a), _MANNERS.index(manner_b)]
    return float(manner + 0.6 * math.sqrt(abs(place_a - place_b)) + 0.2 * abs(voice_a - voice_b))


def _vowel_cost(a: str, b: str) -> float:
    x, y = np.array(_VOWELS[a]), np.array(_VOWELS[b])
    weights = np.array([1.0, 0.6, 0.3, 0.6, 0.4])
    return 0.5 * math.sqrt(float(weights @ (x - y) ** 2))


@cache
def _accent_costs() -> dict[frozenset[str], float]:
    table: dict[frozenset[str], float] = {}
    for cost, pairs in _ACCENTS.items():
        for pair in pairs:
            table.setdefault(frozenset(pair.split()), cost)
    return table


def _atom_cost(a: str, b: str) -> float:
    if a == b:
        return 0.0
    plain_a, plain_b = _toneless(a), _toneless(b)
    if plain_a == plain_b:
        return _TONE
    if (a in _VOWELS) != (b in _VOWELS):
        cost = 1.0
    else:
        cost = _vowel_cost(a, b) if a in _VOWELS else _consonant_cost(a, b)
    cost = min(cost, _accent_costs().get(frozenset((plain_a, plain_b)), 1.0))
    if _is_english(a) != _is_english(b):
        return min(1.0, cost + _CROSS)
    if not _is_english(a) and a in _VOWELS and b in _VOWELS and a[-1] != b[-1]:
        cost += _TONE
    return min(1.0, max(cost, _LEAST))


@cache
def atom_costs() -> NDArray[np.float32]:
    """Substitution cost between atoms, ``(num_atoms, num_atoms)``: symmetric, 0 on the diagonal."""
    return np.array([[_atom_cost(a, b) for b in _ATOMS] for a in _ATOMS], dtype=np.float32)


_GAPS = {
    "stop": 0.7, "affricate": 0.8, "fricative": 0.75, "nasal": 0.6, "lateral": 0.6, "rhotic": 0.45,
    "glide": 0.35,
}  # fmt: skip


def _gap(name: str) -> float:
    if name in _VOWELS:
        # Loans insert e, i, u after a consonant (耐克 for Nike); English drops its schwas.
        return 0.25 if _toneless(name) in ("AH", "IH", "e", "i", "u") else 0.35
    return 0.5 if name in ("HH", "h") else _GAPS[_CONSONANTS[name][1]]


@cache
def atom_gaps() -> NDArray[np.float32]:
    """Cost of one atom too many or too few, ``(num_atoms,)``; vowels and glides are cheap."""
    return np.array([_gap(name) for name in _ATOMS], dtype=np.float32)


_CLASSES = (
    "P B p b", "F V HH W f h -w", "T D t d", "K G k g", "M m", "N NG L n l -n -ng", "R r ER er",
    "S Z SH ZH TH DH s sh x z zh j JH c ch q CH",
    "IY IH EY EH AE i v ei eh", "AA AH AY AW a ai ao e", "AO OW OY UH UW o u ou",
)  # fmt: skip
FIRST_VOWEL_CLASS = 9
NUM_CLASSES = 12


@cache
def atom_classes() -> NDArray[np.int8]:
    """Confusable class of each atom, ``(num_atoms,)``: 0 for glides, which melt into vowels.

    Vowels are the classes from ``FIRST_VOWEL_CLASS``, all classes are below ``NUM_CLASSES``.
    """
    number = {name: i for i, names in enumerate(_CLASSES, start=1) for name in names.split()}
    return np.array([number.get(_toneless(name), 0) for name in _ATOMS], dtype=np.int8)


_HOMOPHONES = ("n l", "z zh", "c ch", "s sh", "f h", "-n -ng")


@cache
def homophone_classes() -> NDArray[np.int16]:
    """Number of the Mandarin near-homophones an atom belongs to, ``(num_atoms,)``.

    Tones, flat and curled sibilants, n and l, f and h, and the two nasal endings fall together;
    every other atom is alone.
    """
    first = {name: names.split()[0] for names in _HOMOPHONES for name in names.split()}
    plain = [first.get(_toneless(name), _toneless(name)) for name in _ATOMS]
    return np.array([plain.index(name) for name in plain], dtype=np.int16)
