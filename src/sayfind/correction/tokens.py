"""A reading cut into pieces, each with its sound and what is known about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from sayfind.correction.locks import locks
from sayfind.text.common_words import han_words, is_common_word, is_function_word
from sayfind.text.normalise import has_han, normalise
from sayfind.text.phonetics import Phones, sounds

__all__ = ["Token", "read_tokens"]

_LONGEST_HAN = 8
_LONGEST_LATIN = 5


@dataclass(frozen=True, slots=True)
class Token:
    """One Chinese character, Latin word or run of digits; ``start`` and ``end`` count characters.

    ``known``: the shop has it, alone or in a phrase that stands here. ``real``: everyday language,
    whatever the shop sells. ``joins``: a word that only holds a request together. ``lock`` says
    why it must not be touched; empty where it may. ``word`` numbers the Chinese dictionary word
    that a character stands in, -1 where it stands alone.
    """

    start: int
    end: int
    text: str
    sound: Phones
    han: bool
    lock: str = ""
    known: bool = False
    real: bool = False
    joins: bool = False
    word: int = -1

    @property
    def doubtful(self) -> bool:
        """Whether the shop does not know it, and it may be changed."""
        return not (self.known or self.lock or self.joins)


def read_tokens(text: str, knows: Callable[[str], bool]) -> list[Token]:
    """The pieces of a reading; ``knows`` tells normalised words and phrases of the shop."""
    pieces = [(start, end, text[start:end], sound) for start, end, sound in sounds(text)]
    forms = [normalise(piece) for _, _, piece, _ in pieces]
    han = [has_han(piece) for _, _, piece, _ in pieces]
    lock = _locked(text, pieces)
    known = _covered(text, pieces, han, knows)
    words = _han_words(text, pieces, han)
    return [
        Token(
            start, end, form, sound, han[i], lock[i],
            known=known[i],
            real=words[i] >= 0 if han[i] else is_common_word(form),
            joins=not han[i] and (len(form) < 3 or is_function_word(form)),
            word=words[i],
        )
        for i, ((start, end, _, sound), form) in enumerate(zip(pieces, forms, strict=True))
    ]  # fmt: skip


_Piece = tuple[int, int, str, Phones]


def _locked(text: str, pieces: list[_Piece]) -> list[str]:
    """Why each piece is locked; letters that touch digits are a code, locked with them."""
    reasons = [""] * len(pieces)
    spans = list(locks(text))
    for i, (start, end, piece, _) in enumerate(pieces):
        for first, last, why in spans:
            if start < last and first < end:
                reasons[i] = why
        if piece.isascii() and not reasons[i] and _touches_digit(text, start, end):
            reasons[i] = "number"
    return reasons


def _touches_digit(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 2) : start]
    after = text[end : end + 2]
    return (
        before[-1:].isdigit()
        or after[:1].isdigit()
        or (before[-1:] == "-" and before[:1].isdigit())
        or (after[:1] == "-" and after[1:].isdigit())
    )


def _covered(
    text: str, pieces: list[_Piece], han: list[bool], knows: Callable[[str], bool]
) -> list[bool]:
    """Which pieces belong to a word or phrase of the shop: longest match, then the next."""
    covered = [False] * len(pieces)
    for i in range(len(pieces)):
        longest = _LONGEST_HAN if han[i] else _LONGEST_LATIN
        for j in range(min(len(pieces), i + longest), i, -1):
            if knows(normalise(text[pieces[i][0] : pieces[j - 1][1]])):
                covered[i:j] = [True] * (j - i)
                break
    return covered


def _han_words(text: str, pieces: list[_Piece], han: list[bool]) -> list[int]:
    """The dictionary word that each Chinese character stands in, -1 where it stands alone."""
    words = [-1] * len(pieces)
    for is_han, group in groupby(range(len(pieces)), key=lambda i: (han[i], pieces[i][0] - i)):
        if is_han[0]:
            run = list(group)
            at = run[0]
            for word in han_words(text[pieces[at][0] : pieces[run[-1]][1]]):
                if len(word) > 1:
                    words[at : at + len(word)] = [at] * len(word)
                at += len(word)
    return words
