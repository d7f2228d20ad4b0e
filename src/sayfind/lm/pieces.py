"""Text into the pieces of a neural language model, and each piece's Mandarin syllable.

A Chinese character is a piece, a digit is a piece, a Latin word is cut into the longest pieces
known (WordPiece, Wu et al. 2016); pieces inside a word begin with ``##``. Nothing else is text:
case, width and punctuation are gone before (``text.normalise``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

from pypinyin import Style, lazy_pinyin

from sayfind.text.normalise import has_han, normalise, strip_accents

__all__ = ["BEGIN", "END", "MASK", "PAD", "SPECIAL", "UNKNOWN", "Pieces", "split_words"]

SPECIAL = ("[PAD]", "[UNK]", "[BEGIN]", "[END]", "[MASK]")
PAD, UNKNOWN, BEGIN, END, MASK = range(5)
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_WORD = re.compile(rf"[{_HAN}]|\d|[^\W\d_{_HAN}]+")


def split_words(text: str) -> list[str]:
    """Chinese characters, digits and words in letters, in order.

    >>> split_words("Xperia Z5手机壳")
    ['xperia', 'z', '5', '手', '机', '壳']
    """
    return _WORD.findall(strip_accents(normalise(text)))


class Pieces:
    """A vocabulary of pieces; the numbers of ``SPECIAL`` come first."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.vocabulary = tuple(vocabulary)
        self._ids = {piece: number for number, piece in enumerate(self.vocabulary)}
        self._longest = max(map(len, self.vocabulary), default=0)
        self._cut = lru_cache(maxsize=65536)(self._pieces_of)

    def __len__(self) -> int:
        """How many pieces there are."""
        return len(self.vocabulary)

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's pieces, without begin and end.

        >>> Pieces([*SPECIAL, "phone", "##s", "壳"]).encode("Phones 壳")
        [5, 6, 7]
        """
        return [piece for word in split_words(text) for piece in self._cut(word)]

    def words(self, text: str) -> list[list[int]]:
        """The same, one list for each Chinese character, digit or word."""
        return [list(self._cut(word)) for word in split_words(text)]

    def number(self, piece: str) -> int:
        """The number of a piece; that of the unknown one where there is none."""
        return self._ids.get(piece, UNKNOWN)

    def _pieces_of(self, word: str) -> tuple[int, ...]:
        found: list[int] = []
        at = 0
        while at < len(word):
            for end in range(min(len(word), at + self._longest), at, -1):
                piece = self._ids.get(("##" if at else "") + word[at:end])
                if piece is not None:
                    break
            else:
                return (UNKNOWN,)
            found.append(piece)
            at = end
        return tuple(found)

    @cached_property
    def syllables(self) -> tuple[str, ...]:
        """The Mandarin syllables that occur, without tones, sorted; the first is none."""
        return ("", *sorted({s for s in map(_syllable, self.vocabulary) if s}))

    @cached_property
    def sounds(self) -> tuple[int, ...]:
        """For each piece the number of its syllable (most common reading), 0 for none."""
        numbers = {syllable: number for number, syllable in enumerate(self.syllables)}
        return tuple(numbers[_syllable(piece)] for piece in self.vocabulary)


@lru_cache(maxsize=65536)
def _syllable(piece: str) -> str:
    if len(piece) != 1 or not has_han(piece):
        return ""
    return next(iter(lazy_pinyin(piece, style=Style.NORMAL, errors="ignore")), "")
