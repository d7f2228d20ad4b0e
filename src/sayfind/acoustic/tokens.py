"""What our acoustic models tell apart: the blank of CTC, then phones, characters or word pieces.

Phones of both languages are one space for both and what the bundled ears know. Characters and
pieces need no pronunciations: a lexicon for them is ``{word: [tokens.spell(word)]}``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from sayfind.errors import ModelError
from sayfind.text.normalise import has_han, normalise
from sayfind.text.phone_set import ENGLISH_PHONES, MANDARIN_FINALS, MANDARIN_INITIALS

__all__ = ["BLANK", "PHONE_TOKENS", "TextTokens", "TokenKind", "learn_tokens", "token_numbers"]

BLANK = "<blank>"

PHONE_TOKENS: tuple[str, ...] = (BLANK, *ENGLISH_PHONES, *MANDARIN_INITIALS, *MANDARIN_FINALS)
"""Blank first, ARPAbet, pinyin initials, toned finals."""

_NUMBERS = {token: number for number, token in enumerate(PHONE_TOKENS)}
_WORD = "▁"  # begins a word, as in sentencepiece


class TokenKind(StrEnum):
    """What a model is trained to tell apart."""

    PHONES = "phones"
    CHARACTERS = "characters"
    PIECES = "bpe"


def token_numbers(phones: Iterable[str]) -> list[int]:
    """Columns of phones in ``PHONE_TOKENS``.

    Raises:
        ValueError: a name that is no phone.
    """
    try:
        return [_NUMBERS[phone] for phone in phones]
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} is not a phone of the zh-en phone space.") from error


@dataclass(frozen=True)
class TextTokens:
    """Characters, or pieces that were joined from them: ``names``, the blank first.

    A name earlier in the list was joined earlier, so the list is all that spelling needs.
    """

    names: tuple[str, ...]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    def spell(self, text: str) -> tuple[str, ...]:
        """The pieces of a text, each word begun by ``▁``; characters never seen are left out.

        >>> TextTokens((BLANK, "▁", "t", "e", "a", "▁t", "ea")).spell("Tea")
        ('▁t', 'ea')
        """
        return tuple(piece for word in _words(text) for piece in self._joined(list(word)))

    def numbers(self, text: str) -> list[int]:
        """Columns of the pieces of a text."""
        return [self._numbers[piece] for piece in self.spell(text)]

    def _joined(self, pieces: list[str]) -> list[str]:
        known, never = self._numbers, len(self.names)
        pieces = [piece for piece in pieces if piece in known]
        while len(pieces) > 1:
            pairs = pairwise(pieces)
            ranks = [known.get(one + other, never) for one, other in pairs]
            best = min(ranks)
            if best == never:
                break
            at = ranks.index(best)
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
        return pieces

    def save(self, path: Path) -> None:
        """Write one name a line."""
        path.write_text("".join(f"{name}\n" for name in self.names), encoding="utf-8")

    @classmethod
    def open(cls, path: Path) -> TextTokens:
        """Read what ``save`` wrote.

        Raises:
            ModelError: the file is missing or holds no tokens.
        """
        try:
            names = tuple(path.read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"{path} cannot be read; train the model again.") from error
        if not names or names[0] != BLANK or len(set(names)) != len(names):
            raise ModelError(f"{path} holds no tokens; train the model again.")
        return cls(names)


def learn_tokens(texts: Iterable[str], most: int = 0) -> TextTokens:
    """The characters of texts and, up to ``most`` names, pieces joined from them (0: none).

    The commonest pair is joined first, within words only (Sennrich et al. 2016); Chinese
    characters stay alone.
    """
    counts = Counter(word for text in texts for word in _words(text))
    names = [BLANK, *sorted({character for word in counts for character in word})]
    words = {tuple(word): count for word, count in counts.items() if not has_han(word)}
    while len(names) < most and (pair := _commonest(words)):
        if (joined := "".join(pair)) not in names:  # two pairs may spell the same
            names.append(joined)
        words = {_with(word, pair): count for word, count in words.items()}
    return TextTokens(tuple(names))


def _commonest(words: dict[tuple[str, ...], int]) -> tuple[str, str] | None:
    pairs: Counter[tuple[str, str]] = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] += count
    best = max(pairs.items(), key=lambda item: (item[1], item[0]), default=None)
    return best[0] if best and best[1] > 1 else None


def _with(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    """A word with every such pair joined."""
    joined: list[str] = []
    for piece in word:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece
        else:
            joined.append(piece)
    return tuple(joined)


def _words(text: str) -> Iterator[str]:
    """Words with their mark in front; a Chinese character is a word without one."""
    for chunk in normalise(text).split():
        word = ""
        for character in chunk:
            if has_han(character):
                if word:
                    yield _WORD + word
                yield character
                word = ""
            elif character.isalnum() or character == "'":
                word += character
        if word:
            yield _WORD + word
